/* SPDX-License-Identifier: GPL-2.0-only */
#define _GNU_SOURCE
#include "replay/plugin/child.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "traces/base/cli.h"
#include "traces/base/mem.h"

static const int ends[] = { SIGINT, SIGTERM, SIGHUP };

#define ENDS (sizeof(ends) / sizeof(*ends))

pid_t child_fork(int death, const sigset_t *mask)
{
	pid_t parent = getpid(), pid = fork();

	if (pid)
		return pid;
	vt_no_memory_quiet();
	prctl(PR_SET_PDEATHSIG, death);
	if (getppid() != parent)
		_exit(1);
	/* What the parent does at its end is not the child's to do. */
	for (size_t i = 0; i < ENDS; i++) {
		struct sigaction old;

		if (!sigaction(ends[i], NULL, &old) && old.sa_handler != SIG_IGN)
			signal(ends[i], SIG_DFL);
	}
	signal(SIGABRT, SIG_DFL);
	sigprocmask(SIG_SETMASK, mask, NULL);
	return 0;
}

void child_stdio(int output)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (output < 0)
		output = null;
	dup2(null, STDIN_FILENO);
	dup2(output, STDOUT_FILENO);
	dup2(output, STDERR_FILENO);
	if (null > STDERR_FILENO)
		close(null);
}

static int by_number(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* From @first up to @last, both included. */
static void close_all(unsigned first, unsigned last)
{
	long most = sysconf(_SC_OPEN_MAX);

	if (first > last || !close_range(first, last, 0))
		return;
	/* A kernel from before 5.9. */
	for (unsigned fd = first; fd <= last && (most < 0 || fd < (unsigned)most); fd++)
		close((int)fd);
}

void child_keep(const int *keep, size_t n)
{
	int sorted[n + 1];
	unsigned next = STDERR_FILENO + 1;

	memcpy(sorted, keep, n * sizeof(*keep));
	qsort(sorted, n, sizeof(*sorted), by_number);
	for (size_t i = 0; i < n; i++) {
		if (sorted[i] < (int)next)
			continue;
		if ((unsigned)sorted[i] > next)
			close_all(next, (unsigned)sorted[i] - 1);
		next = (unsigned)sorted[i] + 1;
	}
	close_all(next, ~0U);
}

static enum child_end give_up(pid_t pid, int stop, enum child_end why)
{
	kill(pid, stop);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return why;
}

/* Those signals that the caller blocks and whoever waits must see. */
static void awaited(const sigset_t *blocked, sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGCHLD);
	for (size_t i = 0; i < ENDS; i++) {
		if (sigismember(blocked, ends[i]) == 1)
			sigaddset(set, ends[i]);
	}
}

static enum child_end wait_for(pid_t pid, int stop, uint64_t limit_ns, const sigset_t *set,
			       int *status)
{
	uint64_t start = cli_now_ns(), left = 1000000000;

	for (;;) {
		pid_t got = waitpid(pid, status, WNOHANG);

		if (got == pid)
			return CHILD_ENDED;
		if (got < 0 && errno != EINTR)
			return CHILD_LOST;
		if (limit_ns) {
			uint64_t passed = cli_now_ns() - start;

			if (passed >= limit_ns)
				return give_up(pid, stop, CHILD_LATE);
			left = limit_ns - passed < 1000000000 ? limit_ns - passed : 1000000000;
		}

		struct timespec pause = { .tv_sec = (time_t)(left / 1000000000),
					  .tv_nsec = (long)(left % 1000000000) };
		int arrived = sigtimedwait(set, NULL, &pause);

		if (arrived > 0 && arrived != SIGCHLD) {
			raise(arrived); /* again: it is the caller's */
			return give_up(pid, stop, CHILD_INTERRUPTED);
		}
	}
}

enum child_end child_wait(pid_t pid, int stop, uint64_t limit_ns, int *status)
{
	sigset_t chld, before, set;
	enum child_end end;

	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, &before);
	awaited(&before, &set);
	end = wait_for(pid, stop, limit_ns, &set, status);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return end;
}
