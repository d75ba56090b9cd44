/* SPDX-License-Identifier: GPL-2.0-only */
/* A policy that does one wrong thing at its ARM number `at`, or while it is opened or closed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "replay/policy.h"

enum how {
	NOTHING,
	SEGV,
	ABORT,
	EXIT,
	QUICK_EXIT,
	LOOP,
	SLEEP,
	HOG,
	HUGE,
	PRINT,
	STACK,
	OPEN_FAILS,
	SAYS_WHY,
	MISUSE,
};

struct params {
	uint64_t how, at, where;
};

struct state {
	uint64_t arms;
};

static const struct vtick_param params[] = {
	{ "how", VTICK_CHOICE, offsetof(struct params, how), "nothing",
	  "nothing|segv|abort|exit|quick-exit|loop|sleep|hog|huge|print|stack|open-fails|says-why|"
	  "misuse",
	  "what goes wrong" },
	{ "at", VTICK_NUMBER, offsetof(struct params, at), "100", NULL, "at which ARM" },
	{ "where", VTICK_CHOICE, offsetof(struct params, where), "arm", "arm|open|close",
	  "in which hook" },
	{ 0 },
};

static volatile unsigned sink;

/* Volatile, so that no compiler sees how the calls end. */
static unsigned overflow(volatile unsigned *depth)
{
	volatile char frame[4096] = { 0 };

	frame[*depth % sizeof(frame)] = 1;
	*depth += 1;
	return overflow(depth) + (unsigned)frame[0];
}

static void hog(void)
{
	for (;;) {
		char *p = malloc(1 << 20);

		memset(p, 1, 1 << 20); /* NULL at last */
		sink += (unsigned)p[77];
	}
}

static void huge(void)
{
	char *p = malloc((size_t)1 << 46);

	if (!p)
		abort();
	*p = 1;
	sink += (unsigned)*p;
	free(p);
}

static void misbehave(struct vtick_host *host, uint64_t how)
{
	volatile unsigned depth = 0;

	switch (how) {
	case SEGV:
		*(volatile int *)8 = 1;
		break;
	case ABORT:
		abort();
	case EXIT:
		exit(0);
	case QUICK_EXIT:
		_exit(3);
	case LOOP:
		for (;;)
			sink++;
	case SLEEP:
		for (;;)
			pause();
	case HOG:
		hog();
		break;
	case HUGE:
		huge();
		break;
	case PRINT:
		printf("{ \"not\": \"the document\" }\n");
		break;
	case STACK:
		sink = overflow(&depth);
		break;
	case SAYS_WHY:
		host->fail(host, "it is not my day: %s", "it rains");
		break;
	case MISUSE:
		host->pend(host, 1000, 1);
		break;
	default:
		break;
	}
}

static int mis_open(struct vtick_host *host)
{
	const struct params *p = vtick_params(host);

	if (p->how == OPEN_FAILS) {
		host->log(host, "it is not my day");
		return 7;
	}
	if (p->where == 1)
		misbehave(host, p->how);
	return 0;
}

static void mis_close(struct vtick_host *host)
{
	const struct params *p = vtick_params(host);

	if (p->where == 2)
		misbehave(host, p->how);
}

static void mis_arm(struct vtick_host *host, uint32_t vp, const struct vtick_arm *arm)
{
	const struct params *p = vtick_params(host);
	struct state *s = vtick_state(host);

	if (p->where == 0 && ++s->arms == p->at)
		misbehave(host, p->how);
}

VTICK_POLICY = {
	VTICK_POLICY_HEAD,
	.name = "misbehave",
	.summary = "does one wrong thing",
	.params = params,
	.params_size = sizeof(struct params),
	.state_size = sizeof(struct state),
	.open = mis_open,
	.close = mis_close,
	.arm = mis_arm,
};
