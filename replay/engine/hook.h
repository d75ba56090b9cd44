/* SPDX-License-Identifier: GPL-2.0-only */
/* Which hook of the policy is being called: what a misuse in it is reported with. */
#ifndef VTICK_REPLAY_ENGINE_HOOK_H
#define VTICK_REPLAY_ENGINE_HOOK_H

#include <stdint.h>

enum hook {
	HOOK_OPEN,
	HOOK_CLOSE,
	HOOK_ARM,
	HOOK_DISARM,
	HOOK_MASK,
	HOOK_COUNTER_SET,
	HOOK_SCHED_IN,
	HOOK_SCHED_OUT,
	HOOK_WAKE,
	HOOK_VM_ENTRY,
	HOOK_VM_EXIT,
	HOOK_MACHINE_IRQ,
	HOOK_REPROGRAM,
	HOOK_TIMER_DUE,
	HOOK_GUEST_DUE,
	HOOK_RESUME,
	HOOK_QUEUE_RUN,
	HOOK_QUEUE_HV,
	HOOKS,
};

/* A call into the policy. */
struct hook_call {
	uint32_t hook; /* enum hook */
	uint32_t ipis; /* VPs that it sent an IPI to */
};

/* "open", ...; "?" for what is none. */
const char *hook_name(uint32_t hook);

#endif
