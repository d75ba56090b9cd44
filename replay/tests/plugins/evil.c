/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A policy that attacks what is around it: at its ARM number `at`, in the way `how`. With none of
 * them may it harm anything but its own cell. misbehave.c has the plain mistakes.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include "replay/run/worker.h"

struct state {
	uint64_t arms;
	struct vtick_timer timer;
};

/* Volatile, so that no compiler sees that nothing comes of it. */
static volatile long sink;
static jmp_buf opened;

/* ---- the process ---- */

static void evil_longjmp(struct vtick_host *h)
{
	(void)h;
	longjmp(opened, 1); /* into a call that is over */
}

static void close_from(int fd)
{
	for (; fd < 1024; fd++)
		close(fd);
}

static void evil_closeall(struct vtick_host *h)
{
	(void)h;
	close_from(0);
}

static void evil_closefrom(struct vtick_host *h)
{
	(void)h;
	close_from(3);
}

static void evil_garbage(struct vtick_host *h)
{
	(void)h;
	for (int fd = 3; fd < 1024; fd++)
		sink += write(fd, "garbage", 7);
}

static void evil_killppterm(struct vtick_host *h)
{
	(void)h;
	kill(getppid(), SIGTERM);
}

static void evil_forkspin(struct vtick_host *h)
{
	(void)h;
	if (fork())
		return;
	setsid();
	sleep(30);
	_exit(0);
}

/* The copy goes on and comes to an end, too. */
static void evil_forkexit(struct vtick_host *h)
{
	(void)h;
	sink += fork();
}

static void *lock_stderr(void *arg)
{
	(void)arg;
	flockfile(stderr);
	for (;;)
		pause();
	return NULL;
}

static void evil_threadlock(struct vtick_host *h)
{
	pthread_t thread;

	(void)h;
	pthread_create(&thread, NULL, lock_stderr, NULL);
	usleep(20000);
}

static void spin(int number)
{
	(void)number;
	for (;;)
		sink++;
}

static void evil_alarmloop(struct vtick_host *h)
{
	struct sigaction action = { .sa_handler = spin };
	struct itimerval soon = { .it_value = { .tv_usec = 1 } };

	(void)h;
	sigaction(SIGVTALRM, &action, NULL);
	setitimer(ITIMER_VIRTUAL, &soon, NULL);
}

static void evil_setrlim(struct vtick_host *h)
{
	struct rlimit little = { .rlim_cur = 1 << 20, .rlim_max = 1 << 20 };

	(void)h;
	setrlimit(RLIMIT_AS, &little);
}

static void evil_chdir(struct vtick_host *h)
{
	(void)h;
	sink += chdir("/");
}

static void evil_stopself(struct vtick_host *h)
{
	(void)h;
	kill(getpid(), SIGSTOP);
}

static void evil_sigmask(struct vtick_host *h)
{
	sigset_t all;

	(void)h;
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	signal(SIGSEGV, SIG_IGN);
	*(volatile int *)8 = 1;
}

static void evil_execve(struct vtick_host *h)
{
	(void)h;
	execl("/bin/true", "true", (char *)NULL);
}

static void evil_raiseterm(struct vtick_host *h)
{
	(void)h;
	raise(SIGTERM);
}

static void evil_priority(struct vtick_host *h)
{
	(void)h;
	sink += nice(19);
}

static void evil_stdinread(struct vtick_host *h)
{
	char c;

	(void)h;
	sink += read(0, &c, 1);
}

/* ---- what is said ---- */

static void evil_logloop(struct vtick_host *h)
{
	for (int i = 0; i < 1000000; i++)
		h->log(h, "line %d \033[2J %s", i, "x\ny");
}

static void evil_errloop(struct vtick_host *h)
{
	(void)h;
	for (int i = 0; i < 100000; i++)
		fprintf(stderr, "chatter \033[2J chatter\n");
}

static void evil_printfn(struct vtick_host *h)
{
	const char *volatile format = "%n\n";

	(void)h;
	printf(format, (int *)NULL);
}

/* ---- the pages that it shares with vtick ---- */

/* Each of them that can be written to. */
static void each_page(void (*visit)(struct worker_page *page, size_t size))
{
	FILE *f = fopen("/proc/self/maps", "r");
	char line[400], mode[8];
	unsigned long from, to;

	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%lx-%lx %7s", &from, &to, mode) == 3 && mode[1] == 'w' &&
		    mode[3] == 's' && strstr(line, "zero"))
			visit((struct worker_page *)from, to - from);
	}
	fclose(f);
}

static void another_cell(struct worker_page *page, size_t size)
{
	page->cell = 0x7fffffff;
}

static void evil_pagehang(struct vtick_host *h)
{
	(void)h;
	each_page(another_cell);
	for (;;)
		sink++;
}

static void bad_trace(struct worker_page *page, size_t size)
{
	strcpy(page->error.text,
	       "\033[31mthe policy says: this trace is bad\033[0m\nvtick: a line");
	page->outcome = WORKER_BAD_TRACE;
}

static void evil_pagetrace(struct vtick_host *h)
{
	(void)h;
	each_page(bad_trace);
	_exit(0);
}

static void no_page(struct worker_page *page, size_t size)
{
	munmap(page, size);
}

static void evil_munmap(struct vtick_host *h)
{
	(void)h;
	each_page(no_page);
}

/* ---- services, and the host itself ---- */

static void evil_lphigh(struct vtick_host *h)
{
	struct state *s = vtick_state(h);

	h->timer_add(h, &s->timer, h->lps + 5, h->now + 1000, 0);
}

static void evil_vphigh(struct vtick_host *h)
{
	h->pend(h, h->vps + 3, h->now);
}

static void evil_hwhigh(struct vtick_host *h)
{
	h->hw_arm(h, h->lps, h->now + 1);
}

static void evil_guestarmhigh(struct vtick_host *h)
{
	h->guest_arm(h, h->lps + 1000, h->now + 5);
}

static void evil_timertwice(struct vtick_host *h)
{
	struct state *s = vtick_state(h);

	h->timer_add(h, &s->timer, 0, h->now + 1000, 0);
	h->timer_add(h, &s->timer, 0, h->now + 2000, 0);
}

static void evil_timerpast(struct vtick_host *h)
{
	struct state *s = vtick_state(h);

	h->timer_add(h, &s->timer, 0, 0, 0);
}

/* Of a size that nobody else asks for. */
static void evil_timerfree(struct vtick_host *h)
{
	const size_t size = 1000;
	struct vtick_timer *t = calloc(1, size);
	char *again;

	h->timer_add(h, t, 0, h->now + 100000000, 0);
	free(t);
	again = malloc(size);
	memset(again, 0x41, size);
	sink += again[7];
}

static void evil_timergarb(struct vtick_host *h)
{
	struct state *s = vtick_state(h);

	memset(&s->timer, 0x5a, sizeof(s->timer));
	h->timer_add(h, &s->timer, 0, h->now + 1000, 0);
}

static void evil_milliontimers(struct vtick_host *h)
{
	/* With their places in the queue more than the 64 MiB that the tests allow. */
	const int n = 1500000;
	struct vtick_timer *t = calloc((size_t)n, sizeof(*t));

	for (int i = 0; i < n; i++)
		h->timer_add(h, &t[i], 0, h->now + 1000000000, 0);
}

static void evil_slop(struct vtick_host *h)
{
	h->slop = VTICK_NEVER / 4;
}

static void evil_now(struct vtick_host *h)
{
	h->now = 0;
}

/* ---- */

static void evil_nothing(struct vtick_host *h)
{
	(void)h;
}

#define evil_fakefile evil_nothing
#define evil_neighbour evil_nothing

/* Each way: what `how` is called, and what it does. */
#define WAYS(way)                                                                                  \
	way(longjmp) way(closeall) way(closefrom) way(garbage) way(pagehang) way(pagetrace)        \
	    way(killppterm) way(forkspin) way(threadlock) way(alarmloop) way(setrlim) way(chdir)   \
		way(logloop) way(errloop) way(lphigh) way(vphigh) way(hwhigh) way(timertwice)      \
		    way(timerpast) way(timerfree) way(timergarb) way(slop) way(now) way(fakefile)  \
			way(stopself) way(sigmask) way(forkexit) way(neighbour) way(printfn)       \
			    way(guestarmhigh) way(execve) way(raiseterm) way(priority)             \
				way(stdinread) way(munmap) way(milliontimers)

#define NAME(name) "|" #name
#define FUNCTION(name) evil_##name,

static void (*const ways[])(struct vtick_host *) = { evil_nothing, WAYS(FUNCTION) };

struct params {
	uint64_t how, at;
};

static const struct vtick_param params[] = {
	{ "how", VTICK_CHOICE, offsetof(struct params, how), "nothing", "nothing" WAYS(NAME),
	  "in which way" },
	{ "at", VTICK_NUMBER, offsetof(struct params, at), "100", NULL, "at which ARM" },
	{ 0 },
};

static int evil_open(struct vtick_host *h)
{
	(void)h;
	if (setjmp(opened))
		fprintf(stderr, "back in open?\n");
	return 0;
}

static void evil_arm(struct vtick_host *h, uint32_t vp, const struct vtick_arm *arm)
{
	const struct params *p = vtick_params(h);
	struct state *s = vtick_state(h);

	if (++s->arms == p->at)
		ways[p->how](h);
}

static void evil_timer_due(struct vtick_host *h, struct vtick_timer *timer)
{
}

VTICK_POLICY = {
	VTICK_POLICY_HEAD,
	.name = "evil",
	.summary = "attacks what is around it",
	.params = params,
	.params_size = sizeof(struct params),
	.state_size = sizeof(struct state),
	.open = evil_open,
	.arm = evil_arm,
	.timer_due = evil_timer_due,
};
