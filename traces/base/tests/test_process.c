/* SPDX-License-Identifier: GPL-2.0-only */
#include <criterion/criterion.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "traces/base/process.h"

Test(process, path)
{
	char exe[PATH_MAX] = "", *path = process_path();

	cr_assert(readlink("/proc/self/exe", exe, sizeof(exe) - 1) > 0);
	cr_expect_str_eq(path, exe);
	free(path);
}

/* A child of a parent that is killed is gone, too: the pipe that it holds ends. */
Test(process, dies_with_its_parent, .timeout = 120)
{
	int end[2];
	char c;
	pid_t parent;

	cr_assert_eq(pipe(end), 0);
	parent = fork();
	if (!parent) {
		pid_t me = getpid(), child = fork();

		if (!child) {
			process_dies_with(me);
			if (write(end[1], "x", 1) != 1)
				_exit(1);
			for (;;)
				pause();
		}
		for (;;)
			pause();
	}
	close(end[1]);
	cr_assert_eq(read(end[0], &c, 1), 1);
	kill(parent, SIGKILL);
	cr_expect_eq(read(end[0], &c, 1), 0);
	waitpid(parent, NULL, 0);
}
