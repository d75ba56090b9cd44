/* SPDX-License-Identifier: GPL-2.0-only */
#define _GNU_SOURCE
#include "traces/base/process.h"

#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "traces/base/mem.h"

char *process_path(void)
{
	char link[PATH_MAX], real[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", link, sizeof(link) - 1);
	const char *given;

	if (n > 0) {
		link[n] = '\0';
		return vt_strdup(link);
	}
	/* What was executed, as it was called: from the folder that we are still in. */
	given = (const char *)getauxval(AT_EXECFN);
	return given && realpath(given, real) ? vt_strdup(real) : NULL;
}

void process_dies_with(pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
}
