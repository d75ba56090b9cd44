/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whose timer an hrtimer is, of those whose writes the capture does not hold: a part of the first
 * pass. Its callback wakes the vCPU that it belongs to; or, as a timer mostly expires where its
 * vCPU runs, it interrupts that vCPU, which has the interrupt before it enters its guest again.
 */
#ifndef VTICK_TRACES_IMPORT_KVM_OWNERS_H
#define VTICK_TRACES_IMPORT_KVM_OWNERS_H

#include <stdbool.h>
#include <stdint.h>

#include "traces/import/kvm/callback.h"
#include "traces/import/kvm/scan.h"

struct kvm_owners {
	struct kvm_scan *scan;	       /* its `timers` get the votes */
	struct timer_map likely;       /* by whom the callback interrupts alone */
	uint64_t *hit;		       /* [vps] a timer that expired as the VP ran, or 0 */
	struct kvm_callback *callback; /* [cpus] */
	bool restart;		       /* the last record restarts the timer of a callback */
};

void kvm_owners_init(struct kvm_owners *o, struct kvm_scan *s);
void kvm_owners_free(struct kvm_owners *o);

/* Takes the next record, @vp is its thread's. */
void kvm_owners_record(struct kvm_owners *o, const struct kvm_record *r, uint32_t vp);
/* The VP as far as is known, or KVM_NOBODY. */
uint32_t kvm_owners_of(const struct kvm_owners *o, uint64_t timer);
/* After the last record: what is likely counts where nothing else is known. */
void kvm_owners_settle(struct kvm_owners *o);

#endif
