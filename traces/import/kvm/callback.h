/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which hrtimer's callback a CPU is in. A timer that goes on by itself (a periodic one) is started
 * again as its callback ends: between the records of that or, as interrupts stay off, right behind
 * them (kernel/time/hrtimer.c: __run_hrtimer()). It says nothing of the thread that was
 * interrupted.
 */
#ifndef VTICK_TRACES_IMPORT_KVM_CALLBACK_H
#define VTICK_TRACES_IMPORT_KVM_CALLBACK_H

#include <stdbool.h>
#include <stdint.h>

#include "traces/import/kvm/record.h"

/* Of a CPU; all 0 at the start. */
struct kvm_callback {
	uint64_t open;	/* the hrtimer whose callback runs, or 0 */
	uint64_t ended; /* the one whose callback ended with the last record, or 0 */
	uint8_t flags;	/* of the expiry, KVM_F_ */
};

/* Whether @r, the CPU's next record, starts the timer whose callback it is in or just left. */
static inline bool kvm_callback_restarts(const struct kvm_callback *c, const struct kvm_record *r)
{
	return r->kind == KVM_START && r->a && (c->open == r->a || c->ended == r->a);
}

/* Takes the CPU's next record. */
static inline void kvm_callback_see(struct kvm_callback *c, const struct kvm_record *r)
{
	uint64_t ended = 0;

	switch (r->kind) {
	case KVM_EXPIRE:
		c->open = r->a;
		c->flags = r->flags;
		break;
	case KVM_EXPIRE_EXIT:
		ended = r->a;
		c->open = 0;
		break;
	/* What callbacks do, and other interrupts. */
	case KVM_START:
	case KVM_WAKING:
	case KVM_WAKEUP:
	case KVM_HV_IRQ:
	case KVM_HV_FIRE:
	case KVM_ACCEPT:
		break;
	default:
		c->open = 0;
		break;
	}
	c->ended = ended;
}

#endif
