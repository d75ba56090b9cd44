/* SPDX-License-Identifier: GPL-2.0-only */
/* Objects that are no sound policy, each by one -D; without any it is one. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "replay/policy.h"

static const struct vtick_param params[] = {
#if defined(NO_DEFAULT)
	{ "speed", NULL, NULL, "has no default" },
#elif defined(BAD_DEFAULT)
	{ "speed", "fast", "slow|slower", "has a default that is no choice" },
#elif defined(TAKEN)
	{ "slop", "1", NULL, "is the engine's" },
#elif defined(TWICE)
	{ "speed", "1", NULL, "one" },
	{ "speed", "2", NULL, "two" },
#endif
	{ NULL, NULL, NULL, NULL },
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
	.size = offsetof(struct vtick_policy, arm), /* what follows must not be called */
	.arm = (void (*)(void *, struct vtick_host *, uint32_t, const struct vtick_arm *))8,
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
	.params = params,
};
#endif
