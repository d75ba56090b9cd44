/* SPDX-License-Identifier: GPL-2.0-only */
/* The reference's passthrough-2021: section 12 of RULES.md. */
#include "replay/tests/reference_kvm.h"

static void passed_open(struct ref *r)
{
	/* late, min-period */
	kvm_open(r, 0, ref_param(r->params, 0), ref_param(r->params, 1), 0);
}

static bool owns(struct ref *r, uint32_t vp)
{
	return kvm_guest_of(r, vp)->deadline_mode && kvm_guest_of(r, vp)->armed;
}

static void passed_arm(struct ref *r, uint32_t vp, int64_t deadline, int64_t period, unsigned dev)
{
	bool owned = owns(r, vp);

	ref_timer_del(r, &r->vp[vp].timer);
	kvm_set(r, vp, deadline, period, dev);
	if (kvm_guest_of(r, vp)->deadline_mode) {
		r->no_exit = true;
		ref_hw_arm(r, r->vp[vp].lp, owns(r, vp) ? kvm_guest_of(r, vp)->target : REF_NEVER);
	} else {
		if (owned)
			ref_hw_arm(r, r->vp[vp].lp, REF_NEVER);
		kvm_soft_start(r, vp);
	}
}

static void passed_disarm(struct ref *r, uint32_t vp)
{
	ref_timer_del(r, &r->vp[vp].timer);
	kvm_guest_of(r, vp)->armed = false;
	kvm_take(r, vp);
	if (kvm_guest_of(r, vp)->deadline_mode) {
		r->no_exit = true;
		ref_hw_arm(r, r->vp[vp].lp, REF_NEVER);
	}
}

static void passed_irq(struct ref *r, uint32_t lp)
{
	uint32_t vp = r->lp[lp].vp;

	if (vp != REF_NONE && owns(r, vp) && kvm_guest_of(r, vp)->target <= r->now)
		kvm_expired(r, vp, kvm_of(r)->late);
}

static void passed_guest_due(struct ref *r, uint32_t lp, uint32_t vp)
{
	(void)vp;
	ref_run_timers(r, lp);
}

static void passed_reprogram(struct ref *r, uint32_t lp)
{
	if (r->lp[lp].vp != REF_NONE)
		ref_guest_arm(r, lp, r->lp[lp].next);
	else
		ref_hw_arm(r, lp, r->lp[lp].next);
}

static void passed_out(struct ref *r, uint32_t vp, uint32_t lp, unsigned reason)
{
	(void)reason;
	if (owns(r, vp))
		kvm_add(r, vp, lp, kvm_guest_of(r, vp)->target);
	ref_hw_arm(r, lp, r->lp[lp].next);
}

static void passed_in(struct ref *r, uint32_t vp, uint32_t lp)
{
	kvm_moves(r, vp, lp);
	if (kvm_guest_of(r, vp)->deadline_mode) {
		ref_timer_del(r, &r->vp[vp].timer);
		if (owns(r, vp) && kvm_guest_of(r, vp)->target <= r->now)
			kvm_expired(r, vp, kvm_of(r)->late);
	}
	ref_hw_arm(r, lp, owns(r, vp) ? kvm_guest_of(r, vp)->target : REF_NEVER);
	ref_guest_arm(r, lp, r->lp[lp].next);
}

static const struct ref_hooks hooks = {
	.open = passed_open,
	.close = kvm_close,
	.arm = passed_arm,
	.disarm = passed_disarm,
	.mask = kvm_mask,
	.counter_set = kvm_counter,
	.sched_in = passed_in,
	.sched_out = passed_out,
	.machine_irq = passed_irq,
	.reprogram = passed_reprogram,
	.timer_due = kvm_soft_due,
	.guest_due = passed_guest_due,
	.resume = kvm_resume,
};

const struct ref_policy ref_passthrough_2021 = { .name = "passthrough-2021", .hooks = &hooks };
