/* SPDX-License-Identifier: GPL-2.0-only */
#define _GNU_SOURCE
#include "compare/save.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int write_all(int fd, const char *text, size_t left)
{
	while (left) {
		ssize_t n = write(fd, text, left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		text += n;
		left -= (size_t)n;
	}
	return 0;
}

int save_text(const char *path, const char *text, size_t len, struct vt_error *err)
{
	struct stat st;
	bool special = !stat(path, &st) && !S_ISREG(st.st_mode);
	char *real = realpath(path, NULL), *temporary = NULL;
	const char *target = real ? real : path;
	int fd, failed;

	if (!special && asprintf(&temporary, "%s.tmp.%ld", target, (long)getpid()) < 0)
		abort();
	fd = open(special ? target : temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	failed = fd < 0 || write_all(fd, text, len);
	if (fd >= 0 && close(fd))
		failed = -1;
	if (!failed && temporary)
		failed = rename(temporary, target);
	if (failed) {
		vt_error_set(err, path, VT_NO_OFFSET, "cannot be written: %s", strerror(errno));
		if (temporary && fd >= 0)
			unlink(temporary);
	}
	free(temporary);
	free(real);
	return failed ? -1 : 0;
}
