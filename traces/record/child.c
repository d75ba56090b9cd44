/* SPDX-License-Identifier: GPL-2.0-only */
#define _GNU_SOURCE
#include "traces/record/child.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void run(int go, int fault, char *const *argv, const sigset_t *mask)
{
	char byte;
	int code;

	/* No byte: the recorder gave up before it began. */
	if (read(go, &byte, 1) != 1)
		_exit(0);
	sigprocmask(SIG_SETMASK, mask, NULL);
	execvp(argv[0], argv);
	code = errno;
	if (write(fault, &code, sizeof(code)) != (ssize_t)sizeof(code))
		_exit(126);
	_exit(127);
}

int child_prepare(struct child *c, char *const *argv, const sigset_t *mask, struct vt_error *err)
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
		run(go[0], fault[1], argv, mask);
	}
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
	int code = 0;
	ssize_t n = write(c->go, "", 1);

	/* The other end closes when exec succeeds. */
	if (n == 1)
		n = read(c->fault, &code, sizeof(code));
	if (n == (ssize_t)sizeof(code))
		return vt_error_set(err, NULL, VT_NO_OFFSET, "cannot run '%s': %s", name,
				    strerror(code));
	return 0;
}

bool child_ended(struct child *c)
{
	if (c->pid && !c->ended)
		c->ended = waitpid(c->pid, &c->status, WNOHANG) == c->pid;
	return c->ended;
}

void child_finish(struct child *c)
{
	if (!c->pid)
		return;
	close(c->go);
	close(c->fault);
	if (!child_ended(c)) {
		kill(c->pid, SIGTERM);
		waitpid(c->pid, &c->status, 0);
	}
	c->pid = 0;
}
