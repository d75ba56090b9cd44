/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * More of evil.c's kind: a policy that asks the kernel for what is none of its business, writes
 * where it should not, takes all the time, or does so as it ends. At its ARM number `at`, in the
 * way `how`; with -DAT_LOAD=WAY when it is loaded.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "replay/run/worker.h"

#pragma GCC diagnostic ignored "-Wunused-parameter" /* few of the ways need the host */

struct state {
	uint64_t arms;
	struct vtick_timer timer[3];
};

struct params {
	uint64_t how, at;
};

/* Volatile, so that no compiler sees that nothing comes of it. */
static volatile long sink;
static char *volatile nowhere;

/* ---- other processes ---- */

static void wicked_vfork(struct vtick_host *h)
{
	pid_t pid = vfork();

	if (!pid)
		_exit(0);
	sink += pid;
}

static void wicked_forkbomb(struct vtick_host *h)
{
	for (int i = 0; i < 20; i++)
		sink += fork();
}

static void wicked_system(struct vtick_host *h)
{
	sink += system("echo all is lost >wicked.txt");
}

static void wicked_thread(struct vtick_host *h)
{
	sink += syscall(SYS_clone, 0x10f00 /* a thread, as pthread_create() makes it */, nowhere, 0,
			0, 0);
}

static void wicked_ptrace(struct vtick_host *h)
{
	sink += ptrace(PTRACE_ATTACH, getppid(), NULL, NULL);
}

static void wicked_memory_of_parent(struct vtick_host *h)
{
	char byte = 7;
	struct iovec own = { &byte, 1 }, other = { &byte, 1 };

	sink += process_vm_writev(getppid(), &own, 1, &other, 1, 0);
}

static void wicked_kill_group(struct vtick_host *h)
{
	kill(0, SIGKILL);
}

static void wicked_queue_to_parent(struct vtick_host *h)
{
	const union sigval value = { 0 };

	sigqueue(getppid(), SIGTERM, value);
}

static void wicked_outlive(struct vtick_host *h)
{
	prctl(PR_SET_PDEATHSIG, 0);
}

static void wicked_setsid(struct vtick_host *h)
{
	sink += setsid();
}

/* ---- files and the net ---- */

static void wicked_create(struct vtick_host *h)
{
	sink += open("wicked.txt", O_CREAT | O_WRONLY, 0600);
}

static void wicked_read(struct vtick_host *h)
{
	char text[64] = "";
	int fd = open("/etc/passwd", O_RDONLY);

	sink += read(fd, text, sizeof(text) - 1);
	h->log(h, "read '%.4s'", text);
}

static void wicked_own_memory(struct vtick_host *h)
{
	int fd = open("/proc/self/mem", O_RDWR);
	uint64_t now = 0;

	if (pwrite(fd, &now, sizeof(now), (off_t)(uintptr_t)&h->now) != sizeof(now))
		h->fail(h, "it cannot be opened");
}

static void wicked_unlink(struct vtick_host *h)
{
	sink += unlink("t.vtt");
}

static void wicked_rename(struct vtick_host *h)
{
	sink += rename("t.vtt", "wicked.txt");
}

static void wicked_socket(struct vtick_host *h)
{
	sink += socket(AF_INET, SOCK_STREAM, 0);
}

static void wicked_memfd(struct vtick_host *h)
{
	sink += memfd_create("wicked", 0);
}

static void wicked_uring(struct vtick_host *h)
{
	sink += syscall(425 /* io_uring_setup */, 8, nowhere);
}

static void wicked_truncate(struct vtick_host *h)
{
	for (int fd = 3; fd < 100; fd++)
		sink += ftruncate(fd, 0);
}

/* ---- what it was given: descriptors, memory ---- */

/* What begins as a result does. */
static void wicked_result(struct vtick_host *h)
{
	for (int fd = 3; fd < 100; fd++)
		sink += pwrite(fd, "[{\"ended\":\"error\",\"why\":\"\x1b\"},{}]", 33, 0);
}

static void wicked_rewind(struct vtick_host *h)
{
	for (int fd = 3; fd < 100; fd++)
		sink += lseek(fd, 0, SEEK_SET);
}

static void wicked_flood(struct vtick_host *h)
{
	static char many[1 << 20];

	for (int fd = 3; fd < 100; fd++) {
		for (int i = 0; i < 100 && write(fd, many, sizeof(many)) > 0; i++)
			;
	}
}

/* A result of its own that takes far longer to read than to write, and a page that says that it is
 * whole. */
static void wicked_fat(struct vtick_host *h)
{
	static char text[15 << 20];
	FILE *f = fopen("/proc/self/maps", "r");
	unsigned long from;
	char line[400];

	for (size_t i = 0; i < sizeof(text); i += 3)
		memcpy(text + i, i ? "{}," : "[0,", 3);
	memcpy(text + sizeof(text) - 3, "0 ]", 3);
	for (int fd = 3; fd < 100; fd++)
		sink += pwrite(fd, text, sizeof(text), 0);
	while (f && fgets(line, sizeof(line), f)) {
		if (strstr(line, "rw-s") && strstr(line, "zero") && sscanf(line, "%lx", &from) == 1)
			((struct worker_page *)from)->outcome = WORKER_FINISHED;
	}
	_exit(0);
}

static void wicked_forge(struct vtick_host *h)
{
	h->log(h, "\nvtick: t.vtt: policy virtual: crashed: it is all virtual's fault");
	fprintf(stderr, "vtick: t.vtt: policy virtual: crashed: it is all virtual's fault\n");
}

static void wicked_host_page(struct vtick_host *h)
{
	uintptr_t page = (uintptr_t)h & ~(uintptr_t)4095;

	sink += mprotect((void *)page, 4096, PROT_READ | PROT_WRITE);
	h->slop = VTICK_NEVER / 4;
	h->vps = 1000000;
	sink += h->runs(h, 999999);
}

static void wicked_host_unmapped(struct vtick_host *h)
{
	munmap((void *)((uintptr_t)h & ~(uintptr_t)4095), 4096);
}

static void wicked_host_copied(struct vtick_host *h)
{
	struct vtick_host copy = *h;

	copy.vps = 1000000;
	h->pend(&copy, 999999, h->now);
}

static void wicked_no_host(struct vtick_host *h)
{
	h->pend(NULL, 0, h->now);
}

static void wicked_state_freed(struct vtick_host *h)
{
	free(vtick_state(h));
	free(vtick_state(h));
}

static void wicked_timer_zeroed(struct vtick_host *h)
{
	struct state *s = vtick_state(h);

	h->timer_add(h, &s->timer[0], 0, h->now + 1000, 0);
	memset(&s->timer[0], 0, sizeof(s->timer[0]));
}

static void wicked_below_zero(struct vtick_host *h)
{
	h->hw_arm(h, 0, h->now - (h->now + 5));
}

static void wicked_unlimited(struct vtick_host *h)
{
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };

	/* As far as it goes: up to the hard limit. */
	if (setrlimit(RLIMIT_AS, &all) && !getrlimit(RLIMIT_AS, &all)) {
		all.rlim_cur = all.rlim_max;
		setrlimit(RLIMIT_AS, &all);
	}
	for (int i = 0; i < 2000; i++) {
		nowhere = malloc(1 << 20);
		memset(nowhere, 1, 1 << 20);
	}
}

/* ---- time ---- */

static void wicked_slow(struct vtick_host *h)
{
	struct state *s = vtick_state(h);
	const struct params *p = vtick_params(h);

	s->arms = p->at - 1; /* each time */
	usleep(20000);
}

static void wicked_poll(struct vtick_host *h)
{
	for (;;)
		sink += poll(NULL, 0, -1);
}

static void wicked_endless_log(struct vtick_host *h)
{
	for (;;)
		h->log(h, "again");
}

/* Its timer_due adds it again. */
static void wicked_timer_again(struct vtick_host *h)
{
	struct state *s = vtick_state(h);

	h->timer_add(h, &s->timer[1], 0, h->now, 0);
}

static void wicked_stop(struct vtick_host *h)
{
	raise(SIGSTOP);
}

static void wicked_deaf(struct vtick_host *h)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	for (;;)
		sink++;
}

/* ---- the end ---- */

static void hang(void)
{
	for (;;)
		pause();
}

static void hang_with(void *arg)
{
	hang();
}

static void wicked_atexit(struct vtick_host *h)
{
	atexit(hang);
	exit(0);
}

static void wicked_key(struct vtick_host *h)
{
	static pthread_key_t key;

	pthread_key_create(&key, hang_with);
	pthread_setspecific(key, &key);
	pthread_exit(NULL);
}

static void wicked_sigsys(struct vtick_host *h)
{
	raise(SIGSYS);
}

static void wicked_kill_self(struct vtick_host *h)
{
	raise(SIGKILL);
}

static void wicked_handler(struct vtick_host *h)
{
	signal(SIGSYS, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	sink += socket(AF_INET, SOCK_STREAM, 0);
}

static void wicked_blocked(struct vtick_host *h)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	sink += socket(AF_INET, SOCK_STREAM, 0);
}

/* ---- */

#define WAYS(way)                                                                                  \
	way(vfork) way(forkbomb) way(system) way(thread) way(ptrace) way(memory_of_parent)         \
	    way(kill_group) way(queue_to_parent) way(outlive) way(setsid) way(create) way(read)    \
		way(own_memory) way(unlink) way(rename) way(socket) way(memfd) way(uring)          \
		    way(truncate) way(result) way(rewind) way(flood) way(forge) way(host_page)     \
			way(host_unmapped) way(host_copied) way(no_host) way(state_freed)          \
			    way(timer_zeroed) way(below_zero) way(unlimited) way(slow) way(poll)   \
				way(endless_log) way(timer_again) way(stop) way(deaf) way(atexit)  \
				    way(key) way(fat) way(sigsys) way(kill_self) way(handler)      \
					way(blocked)

#define NAME(name) "|" #name
#define FUNCTION(name) wicked_##name,

static void wicked_nothing(struct vtick_host *h)
{
}

static void (*const ways[])(struct vtick_host *) = { wicked_nothing, WAYS(FUNCTION) };

#ifdef AT_LOAD
#define PASTE(name) wicked_##name
#define WAY(name) PASTE(name)
__attribute__((constructor)) static void at_load(void)
{
	WAY(AT_LOAD)(NULL);
}
#endif

static const struct vtick_param params[] = {
	{ "how", VTICK_CHOICE, offsetof(struct params, how), "nothing", "nothing" WAYS(NAME),
	  "in which way" },
	{ "at", VTICK_NUMBER, offsetof(struct params, at), "100", NULL, "at which ARM" },
	{ 0 },
};

static void wicked_arm(struct vtick_host *h, uint32_t vp, const struct vtick_arm *arm)
{
	const struct params *p = vtick_params(h);
	struct state *s = vtick_state(h);

	if (++s->arms == p->at)
		ways[p->how](h);
}

static void wicked_due(struct vtick_host *h, struct vtick_timer *timer)
{
	struct state *s = vtick_state(h);

	if (timer == &s->timer[1])
		wicked_timer_again(h);
}

VTICK_POLICY = {
	VTICK_POLICY_HEAD,
	.name = "wicked",
	.summary = "attacks what is around it in other ways",
	.params = params,
	.params_size = sizeof(struct params),
	.state_size = sizeof(struct state),
	.arm = wicked_arm,
	.timer_due = wicked_due,
};
