/* SPDX-License-Identifier: GPL-2.0-only */
/* The reference's kvm-hrtimer: section 9 of RULES.md. */
#include "replay/tests/reference_kvm.h"

static void hrtimer_open(struct ref *r)
{
	/* advance, late, min-period */
	kvm_open(r, ref_param(r->params, 0), ref_param(r->params, 1), ref_param(r->params, 2), 0);
}

static void hrtimer_arm(struct ref *r, uint32_t vp, int64_t deadline, int64_t period, unsigned dev)
{
	ref_timer_del(r, &r->vp[vp].timer);
	kvm_set(r, vp, deadline, period, dev);
	kvm_soft_start(r, vp);
}

static void hrtimer_disarm(struct ref *r, uint32_t vp)
{
	ref_timer_del(r, &r->vp[vp].timer);
	kvm_guest_of(r, vp)->armed = false;
	kvm_take(r, vp);
}

static void hrtimer_in(struct ref *r, uint32_t vp, uint32_t lp)
{
	kvm_moves(r, vp, lp);
}

static const struct ref_hooks hooks = {
	.open = hrtimer_open,
	.close = kvm_close,
	.arm = hrtimer_arm,
	.disarm = hrtimer_disarm,
	.mask = kvm_mask,
	.counter_set = kvm_counter,
	.sched_in = hrtimer_in,
	.timer_due = kvm_soft_due,
	.resume = kvm_resume,
};

const struct ref_policy ref_kvm_hrtimer = { .name = "kvm-hrtimer", .hooks = &hooks };
