/* SPDX-License-Identifier: GPL-2.0-only */
#define _GNU_SOURCE
#include "traces/reduce/children.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "traces/base/cli.h"
#include "traces/base/mem.h"
#include "traces/base/process.h"
#include "traces/base/temporary.h"

/* ---- signals ---- */

static sigset_t ends, before;
static int came;

void reduce_signals_begin(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };

	sigemptyset(&ends);
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++) {
		struct sigaction is;

		/* One that is ignored (nohup) stays so. */
		if (!sigaction(signals[i], NULL, &is) && is.sa_handler != SIG_IGN)
			sigaddset(&ends, signals[i]);
	}
	sigaddset(&ends, SIGCHLD);
	sigprocmask(SIG_BLOCK, &ends, &before);
	sigdelset(&ends, SIGCHLD);
	came = 0;
}

void reduce_signals_end(void)
{
	if (came)
		raise(came);
	sigprocmask(SIG_SETMASK, &before, NULL);
}

/* Sleeps until a child ends, a signal comes or @ns are over. */
static void sleep_for(uint64_t ns)
{
	const struct timespec most = { .tv_sec = (time_t)(ns / 1000000000),
				       .tv_nsec = (long)(ns % 1000000000) };
	sigset_t both = ends;
	int got;

	sigaddset(&both, SIGCHLD);
	got = sigtimedwait(&both, NULL, &most);
	if (got > 0 && got != SIGCHLD)
		came = got;
}

/* ---- children ---- */

void children_open(struct children *c, const struct reduce_test *test)
{
	*c = (struct children){ .test = test };
	if (!test->child)
		return;
	c->child = vt_array(test->jobs, sizeof(*c->child));
	c->broken = mmap(NULL, test->jobs * sizeof(*c->broken), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (c->broken == MAP_FAILED)
		vt_no_memory();
}

/* In a child: where it says what broke it. */
static struct broken *broken;

static void no_memory(void)
{
	broken->code = ENOMEM;
}

void reduce_child_broken(const struct vt_error *err)
{
	broken->says = *err;
	broken->code = BROKEN_SAYS;
	_exit(127);
}

static void be_quiet(void)
{
	int in = open("/dev/null", O_RDONLY | O_CLOEXEC),
	    out = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (in < 0 || out < 0 || dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
	    dup2(out, STDERR_FILENO) < 0) {
		broken->code = errno;
		_exit(127);
	}
}

static _Noreturn void be_child(const struct children *c, const struct whole *t, unsigned slot,
			       pid_t parent)
{
	setpgid(0, 0);
	process_dies_with(parent);
	temporary_forget();
	broken = &c->broken[slot];
	vt_no_memory_is(no_memory);
	be_quiet();
	sigprocmask(SIG_SETMASK, &before, NULL);
	c->test->child(c->test->arg, t, slot);
	_exit(127);
}

int children_start(struct children *c, const struct whole *t, unsigned *slot, struct vt_error *err)
{
	pid_t parent = getpid(), pid;
	unsigned s = 0;

	while (c->child[s].pid)
		s++;
	if (c->test->prepare && c->test->prepare(c->test->arg, t, s, err))
		return -1;
	pid = fork();
	if (!pid)
		be_child(c, t, s, parent);
	if (pid < 0)
		return vt_error_set(err, NULL, VT_NO_OFFSET, "cannot fork: %s", strerror(errno));
	/* Both do it: whoever comes first. */
	setpgid(pid, pid);
	c->child[s] = (struct one_child){
		.pid = pid,
		.until_ns = c->test->timeout_ns ? cli_now_ns() + c->test->timeout_ns : UINT64_MAX,
	};
	*slot = s;
	return 0;
}

/* Not by its test, which has not been asked then: no answer. */
static int tell_broken(struct children *c, unsigned slot, struct vt_error *err)
{
	const struct broken *b = &c->broken[slot];
	int code = b->code;

	c->broken[slot].code = 0;
	if (!code)
		return 0;
	if (code == BROKEN_SAYS)
		return vt_error_set(err, NULL, VT_NO_OFFSET, "%.*s", (int)sizeof(b->says.text) - 1,
				    b->says.text);
	return code == ENOMEM ? vt_error_set(err, NULL, VT_NO_OFFSET, "out of memory")
			      : vt_error_set(err, NULL, VT_NO_OFFSET, "cannot start a child: %s",
					     strerror(code));
}

/* Whatever it left running goes with it. */
static void end_group(const struct one_child *o)
{
	kill(-o->pid, SIGKILL);
}

/* Takes note of those that have ended, and ends those that are late. */
static int look(struct children *c, struct vt_error *err)
{
	for (unsigned s = 0; s < c->test->jobs; s++) {
		struct one_child *o = &c->child[s];
		siginfo_t info = { 0 };

		if (!o->pid || o->ended)
			continue;
		/* Its number stays its own until all of its group are gone. */
		if (waitid(P_PID, (id_t)o->pid, &info, WEXITED | WNOHANG | WNOWAIT) &&
		    errno != EINTR)
			return vt_error_set(err, NULL, VT_NO_OFFSET, "cannot wait for a child: %s",
					    strerror(errno));
		if (info.si_pid) {
			end_group(o);
			while (waitpid(o->pid, &o->status, 0) < 0 && errno == EINTR)
				;
			o->ended = true;
		} else if (!o->late && cli_now_ns() >= o->until_ns) {
			o->late = true;
			end_group(o);
		}
	}
	return 0;
}

/* How long nothing can happen but that a child ends. */
static uint64_t until_next(const struct children *c)
{
	uint64_t now = cli_now_ns(), ns = 100000000;

	for (unsigned s = 0; s < c->test->jobs; s++) {
		const struct one_child *o = &c->child[s];

		if (o->pid && !o->ended && !o->late && o->until_ns < now + ns)
			ns = o->until_ns > now ? o->until_ns - now : 0;
	}
	return ns;
}

int children_wait(struct children *c, unsigned slot, int *status, bool *late, struct vt_error *err)
{
	struct one_child *o = &c->child[slot];

	for (;;) {
		if (look(c, err))
			return -1;
		if (o->ended)
			break;
		sleep_for(until_next(c));
		if (came)
			return vt_error_set(err, NULL, VT_NO_OFFSET, "ended by a signal");
	}
	*status = o->status;
	*late = o->late;
	*o = (struct one_child){ 0 };
	return tell_broken(c, slot, err);
}

void children_kill(struct children *c)
{
	for (unsigned s = 0; c->child && s < c->test->jobs; s++) {
		struct one_child *o = &c->child[s];

		if (!o->pid)
			continue;
		/* Before its own setpgid() it is in no group of its own. */
		if (!o->ended) {
			kill(o->pid, SIGKILL);
			end_group(o);
			while (waitpid(o->pid, &o->status, 0) < 0 && errno == EINTR)
				;
		}
		c->broken[s].code = 0;
		*o = (struct one_child){ 0 };
	}
}

void children_close(struct children *c)
{
	if (c->broken)
		munmap(c->broken, c->test->jobs * sizeof(*c->broken));
	free(c->child);
	c->child = NULL;
	c->broken = NULL;
}
