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
	OPEN_FAILS
};

struct state {
	uint64_t how, at, where, arms;
};

static const struct vtick_param params[] = {
	{ "how", "nothing",
	  "nothing|segv|abort|exit|quick-exit|loop|sleep|hog|huge|print|stack|open-fails",
	  "what goes wrong" },
	{ "at", "100", NULL, "at which ARM" },
	{ "where", "arm", "arm|open|close", "in which hook" },
	{ NULL, NULL, NULL, NULL },
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

static void misbehave(uint64_t how)
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
	default:
		break;
	}
}

static int mis_open(struct vtick_host *host, const struct vtick_args *args, void **state)
{
	struct state *s = calloc(1, sizeof(*s));

	if (!s)
		return -1;
	*s = (struct state){ .how = args->value[0], .at = args->value[1], .where = args->value[2] };
	*state = s;
	if (s->how == OPEN_FAILS) {
		host->log(host, "it is not my day");
		free(s);
		return 1;
	}
	if (s->where == 1)
		misbehave(s->how);
	return 0;
}

static void mis_close(void *state)
{
	struct state *s = state;

	if (s->where == 2)
		misbehave(s->how);
	free(s);
}

static void mis_arm(void *state, struct vtick_host *host, uint32_t vp, const struct vtick_arm *arm)
{
	struct state *s = state;

	(void)host;
	(void)vp;
	(void)arm;
	if (s->where == 0 && ++s->arms == s->at)
		misbehave(s->how);
}

VTICK_POLICY = {
	VTICK_POLICY_HEAD, .name = "misbehave", .summary = "does one wrong thing",
	.params = params,  .open = mis_open,	.close = mis_close,
	.arm = mis_arm,
};
