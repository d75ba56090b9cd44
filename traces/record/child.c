/* SPDX-License-Identifier: GPL-2.0-only */
#define _GNU_SOURCE
#include "traces/record/child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "traces/base/mem.h"

/* What kept the command from being one; comes through the pipe. */
struct fault {
	int code; /* errno */
	bool user;
};

/* What the recorder does to signals, and what its caller did, is not for the command. */
static void calm_signals(void)
{
	/* The kernel's struct sigaction, all of it 0: SIG_DFL. The C library's signal() spares two
	 * signals that it keeps for itself, which who runs us may have ignored all the same. */
	static const unsigned long action[8];
	sigset_t none;

	for (int i = 1; i < NSIG; i++)
		syscall(SYS_rt_sigaction, i, action, NULL, (NSIG - 1) / 8);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void run(int go, int fault, char *const *argv, const struct run_as *as)
{
	struct fault why = { 0 };
	char byte;

	/* No byte: the recorder gave up before it began. */
	if (read(go, &byte, 1) != 1)
		_exit(0);
	calm_signals();
	/* Linux before 5.11 cannot; what vtick opens is closed by exec anyhow. */
	if (close_range(STDERR_FILENO + 1, UINT_MAX, CLOSE_RANGE_CLOEXEC)) {
		for (int fd = STDERR_FILENO + 1; fd < sysconf(_SC_OPEN_MAX); fd++)
			fcntl(fd, F_SETFD, FD_CLOEXEC);
	}
	why.user = run_as_become(as) != 0;
	if (!why.user)
		execvp(argv[0], argv);
	why.code = errno;
	if (write(fault, &why, sizeof(why)) != (ssize_t)sizeof(why))
		_exit(126);
	_exit(127);
}

/* The command of a recorder that ends at once. */
static volatile pid_t at_work;

static void stop_at_once(void)
{
	if (at_work > 0)
		kill(at_work, SIGTERM);
}

int child_prepare(struct child *c, char *const *argv, const struct run_as *as, struct vt_error *err)
{
	int go[2], fault[2];

	if (pipe2(go, O_CLOEXEC))
		return vt_error_set(err, NULL, VT_NO_OFFSET, "cannot make a pipe: %s",
				    strerror(errno));
	if (pipe2(fault, O_CLOEXEC)) {
		close(go[0]);
		close(go[1]);
		return vt_error_set(err, NULL, VT_NO_OFFSET, "cannot make a pipe: %s",
				    strerror(errno));
	}
	c->pid = fork();
	if (!c->pid) {
		close(go[1]);
		close(fault[0]);
		run(go[0], fault[1], argv, as);
	}
	at_work = c->pid;
	vt_at_no_memory(stop_at_once);
	close(go[0]);
	close(fault[1]);
	c->go = go[1];
	c->fault = fault[0];
	if (c->pid < 0) {
		c->pid = 0;
		close(c->go);
		close(c->fault);
		return vt_error_set(err, NULL, VT_NO_OFFSET, "cannot fork: %s", strerror(errno));
	}
	return 0;
}

int child_start(struct child *c, const char *name, struct vt_error *err)
{
	struct fault why;
	ssize_t n = write(c->go, "", 1);

	/* The other end closes when exec succeeds. */
	if (n == 1)
		n = read(c->fault, &why, sizeof(why));
	if (n != (ssize_t)sizeof(why))
		return 0;
	if (why.user)
		return vt_error_set(err, NULL, VT_NO_OFFSET,
				    "cannot become the user that is to run '%s': %s", name,
				    strerror(why.code));
	return vt_error_set(err, NULL, VT_NO_OFFSET, "cannot run '%s': %s", name,
			    strerror(why.code));
}

bool child_ended(struct child *c)
{
	if (c->pid && !c->ended)
		c->ended = waitpid(c->pid, &c->status, WNOHANG) == c->pid;
	if (c->ended)
		at_work = 0;
	return c->ended;
}

/* Whether it ended; until the grace is over, or the user asks again. */
static bool ends_in_time(const struct child *c)
{
	const struct timespec turn = { .tv_nsec = 100000000 };
	struct timespec now, until;
	sigset_t signals;
	int status;

	sigemptyset(&signals);
	sigaddset(&signals, SIGCHLD);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += CHILD_GRACE_S;
	do {
		int got;

		if (waitpid(c->pid, &status, WNOHANG) == c->pid)
			return true;
		got = sigtimedwait(&signals, NULL, &turn);
		if (got == SIGINT || got == SIGTERM)
			return false;
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec < until.tv_sec ||
		 (now.tv_sec == until.tv_sec && now.tv_nsec < until.tv_nsec));
	return false;
}

void child_finish(struct child *c, const char *name)
{
	if (!c->pid)
		return;
	close(c->go);
	close(c->fault);
	if (!child_ended(c)) {
		kill(c->pid, SIGTERM);
		if (!ends_in_time(c)) {
			vt_warn(NULL, "'%s' does not end at SIGTERM, it was killed", name);
			kill(c->pid, SIGKILL);
			waitpid(c->pid, NULL, 0);
		}
	}
	c->pid = at_work = 0;
}
