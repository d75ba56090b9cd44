/* SPDX-License-Identifier: GPL-2.0-only */
#define _GNU_SOURCE
#include "replay/run/worker_guard.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "replay/engine/host.h"
#include "replay/plugin/sandbox.h"
#include "traces/base/mem.h"

/* One child replays one job, so what it guards is the process's. */
static struct {
	struct worker_page *page;
	int statm;	 /* /proc/self/statm */
	rlim_t hard;	 /* as it was: the soft limit moves below it */
	uint64_t budget; /* bytes a cell; 0: no limit */
	uint64_t before; /* size when the policy was called */
	uint64_t limit;	 /* in force, bytes of address space */
} guard;

/* Size of the address space in bytes; safe in a signal handler. 0 if unknown. */
static uint64_t address_space(void)
{
	char text[32];
	uint64_t pages = 0;
	ssize_t n = pread(guard.statm, text, sizeof(text), 0);

	for (ssize_t i = 0; i < n && text[i] >= '0' && text[i] <= '9'; i++)
		pages = pages * 10 + (uint64_t)(text[i] - '0');
	return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

/*
 * A process that dies out of memory mostly dies of a null pointer or of abort(). It is told apart
 * by the error that malloc() left, or by a size that is within a sixteenth of the limit.
 */
static void note_death(int error)
{
	if (!guard.limit)
		return;
	guard.page->no_memory =
	    error == ENOMEM || address_space() + guard.budget / 16 >= guard.limit;
}

/* What was called stays with the death: a hook, and what it must not do. */
static void note_hook(void)
{
	guard.page->hook = host_hook();
}

/* The signal is back at what it does by default. */
static void on_signal(int number, siginfo_t *info, void *context)
{
	bool protected = number == SIGSEGV && info->si_code == SEGV_ACCERR;
	ptrdiff_t field = protected ? host_written(info->si_addr) : -1;

	(void)context;
	note_hook();
	if (field >= 0)
		guard.page->wrote = (uint32_t)field + 1;
	else
		note_death(errno);
	raise(number);
}

/* A policy that calls exit() must not run what the parent registered for its own end. */
static void on_leaving(int code, void *arg)
{
	(void)arg;
	note_death(errno);
	_exit(code);
}

/* What vtick itself asks for, for a policy or for nobody. */
static void on_no_memory(void)
{
	note_hook();
	note_death(ENOMEM);
	_exit(VT_NO_MEMORY_EXIT);
}

static void catch_signals(void)
{
	static const int fatal[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS };
	static char stack[1 << 16]; /* a stack that overflowed is no place for a handler */
	stack_t alternate = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct sigaction action = { .sa_sigaction = on_signal,
				    .sa_flags = (int)(SA_SIGINFO | SA_ONSTACK | SA_NODEFER |
						      SA_RESETHAND) };

	sigaltstack(&alternate, NULL);
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof(fatal) / sizeof(*fatal); i++)
		sigaction(fatal[i], &action, NULL);
	on_exit(on_leaving, NULL);
}

void worker_guard_forbidden(int number)
{
	note_hook();
	guard.page->forbidden = (uint32_t)number + 1;
	_exit(1);
}

/* Of what vtick itself needs beside a cell: blocks of the trace, the result. */
#define OWN_BYTES (UINT64_C(64) << 20)

/* One that lifts its limit comes to another. */
static void set_hard_limit(void)
{
	uint64_t most = address_space() + guard.budget + OWN_BYTES;
	const struct rlimit r = { .rlim_cur = most, .rlim_max = most };

	if (most < guard.hard && !setrlimit(RLIMIT_AS, &r))
		guard.hard = most;
}

void worker_guard_start(struct worker_page *page, uint64_t memory_mib, bool alone)
{
	struct rlimit r;

	guard.page = page;
	guard.statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	/* A sanitizer reserves terabytes of address space: a limit on it says nothing there. */
	if (!SANDBOX_ASAN && guard.statm >= 0 && !getrlimit(RLIMIT_AS, &r)) {
		guard.budget = memory_mib << 20;
		guard.hard = r.rlim_max;
	}
	if (alone && guard.budget)
		set_hard_limit();
	catch_signals();
	vt_no_memory_is(on_no_memory);
}

static void set_limit(rlim_t soft)
{
	struct rlimit r = { .rlim_cur = soft < guard.hard ? soft : guard.hard,
			    .rlim_max = guard.hard };

	setrlimit(RLIMIT_AS, &r);
}

void worker_guard_enter(uint32_t cell, enum worker_phase phase, const uint64_t *used)
{
	struct worker_page *page = guard.page;

	guard.before = guard.budget ? address_space() : 0;
	if (guard.before) {
		guard.limit = guard.before + (guard.budget > *used ? guard.budget - *used : 0);
		set_limit(guard.limit);
	}
	page->cell = cell;
	page->phase = phase;
	page->step++;
	vt_memory_end_up_to(0);
	errno = 0;
}

void worker_guard_leave(uint64_t *used)
{
	struct worker_page *page = guard.page;

	page->phase = WORKER_BETWEEN;
	page->step++;
	vt_memory_end_up_to(SIZE_MAX);
	if (!guard.before)
		return;

	uint64_t after = address_space();

	guard.limit = 0;
	set_limit(guard.hard);
	if (after) /* else a policy closed what tells it */
		*used = after + *used > guard.before ? after + *used - guard.before : 0;
}
