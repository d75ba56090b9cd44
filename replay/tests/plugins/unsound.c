/* SPDX-License-Identifier: GPL-2.0-only */
/* Objects that are no sound policy, each by one -D; without any it is one. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "replay/policy.h"

struct params {
	uint64_t speed, other;
};

#define SPEED(kind, offset, value, choices)                                                        \
	{                                                                                          \
		"speed", kind, offset, value, choices, "how fast it is"                            \
	}

static const struct vtick_param params[] = {
#if defined(NO_DEFAULT)
	SPEED(VTICK_NUMBER, 0, NULL, NULL),
#elif defined(BAD_DEFAULT)
	SPEED(VTICK_CHOICE, 0, "fast", "slow|slower"),
#elif defined(NO_CHOICES)
	SPEED(VTICK_CHOICE, 0, "1", NULL),
#elif defined(NO_KIND)
	SPEED(99, 0, "1", NULL),
#elif defined(OUTSIDE)
	SPEED(VTICK_NUMBER, sizeof(struct params), "1", NULL),
#elif defined(ASKEW)
	SPEED(VTICK_NUMBER, 4, "1", NULL),
#elif defined(TAKEN)
	{ "slop", VTICK_NUMBER, 0, "1", NULL, "is the engine's" },
#elif defined(TWICE)
	SPEED(VTICK_NUMBER, 0, "1", NULL),
	SPEED(VTICK_NUMBER, offsetof(struct params, other), "2", NULL),
#endif
	{ 0 },
};

#if defined(DIES_EARLY)
__attribute__((constructor)) static void start(void)
{
	raise(SIGSEGV);
}
#elif defined(EXITS_EARLY)
__attribute__((constructor)) static void start(void)
{
	_exit(9);
}
#elif defined(CHATTY)
__attribute__((constructor)) static void start(void)
{
	puts("hello from a constructor");
}

__attribute__((destructor)) static void stop(void)
{
	puts("hello from a destructor");
}
#endif

#if defined(HALF_A_QUEUE)
static void look(struct vtick_host *h, uint32_t lp)
{
	h->hw_arm(h, lp, VTICK_NEVER);
}
#endif

#if defined(NO_SYMBOL)
const void *const params_are_used = params;
#else
VTICK_POLICY = {
#if defined(WRONG_MAGIC)
	.magic = 0x6c696d65,
#else
	.magic = VTICK_POLICY_MAGIC,
#endif
#if defined(OTHER_ABI)
	.abi = 99,
#else
	.abi = VTICK_POLICY_ABI,
#endif
#if defined(TINY)
	.size = 16,
#elif defined(OLDER)
	.size = offsetof(struct vtick_policy, arm),
#elif defined(NEWER)
	.size = sizeof(struct vtick_policy) + 64,
#else
	.size = sizeof(struct vtick_policy),
#endif
#if defined(NO_NAME)
	.name = "",
#elif defined(ODD_NAME)
	.name = "a policy",
#elif defined(WILD_NAME)
	.name = (const char *)64,
#else
	.name = "unsound",
#endif
#if defined(HALF_A_QUEUE)
	.queue_run = look,
#endif
#if defined(TIMERS)
	.vp_size = sizeof(struct vtick_timer),
	.timer_offset = 8,
	.timers = 1,
#elif defined(MANY_TIMERS)
	.vp_size = 24,
	.timers = (size_t)1 << 60,
#endif
	.params = params,
	.params_size = sizeof(struct params),
};
#endif
