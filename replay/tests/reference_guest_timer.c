/* SPDX-License-Identifier: GPL-2.0-only */
/* The reference's kvm-preemption-timer and apic-timer-virtualization: sections 10 and 11 of
 * RULES.md. */
#include "replay/tests/reference_kvm.h"

static bool preemption_native(struct ref *r, uint32_t vp)
{
	(void)r;
	(void)vp;
	return false;
}

static bool virtualized_native(struct ref *r, uint32_t vp)
{
	return kvm_guest_of(r, vp)->deadline_mode && !kvm_guest_of(r, vp)->masked;
}

static void design_open(struct ref *r)
{
	/* advance, late, min-period, shift */
	kvm_open(r, ref_param(r->params, 0), ref_param(r->params, 1), ref_param(r->params, 2),
		 ref_param(r->params, 3));
}

static void preemption_open(struct ref *r)
{
	design_open(r);
	kvm_of(r)->native = preemption_native;
}

static void virtualized_open(struct ref *r)
{
	design_open(r);
	kvm_of(r)->native = virtualized_native;
}

static bool native(struct ref *r, uint32_t vp)
{
	return kvm_of(r)->native(r, vp);
}

static int64_t lead(struct ref *r, uint32_t vp)
{
	return native(r, vp) ? 0 : kvm_of(r)->advance;
}

static void soft(struct ref *r, uint32_t vp, uint32_t lp)
{
	kvm_add(r, vp, lp, kvm_guest_of(r, vp)->target - kvm_soft_lead(r, vp));
}

/* Is floor(w / 2^shift) < 2^32? */
static bool fits(int64_t w, uint64_t shift)
{
	for (; shift && w; shift--)
		w /= 2;
	return w < INT64_C(0x100000000);
}

static void place(struct ref *r, uint32_t vp, uint32_t lp)
{
	int64_t w = kvm_guest_of(r, vp)->target - lead(r, vp) - r->now;

	if (w < 0)
		w = 0;
	if (!native(r, vp) && !fits(w, kvm_of(r)->shift)) {
		soft(r, vp, lp);
		return;
	}
	ref_timer_del(r, &r->vp[vp].timer);
	ref_guest_arm(r, lp, r->now + w);
}

static void arm(struct ref *r, uint32_t vp, int64_t deadline, int64_t period, unsigned dev)
{
	struct kvm_guest *g = kvm_guest_of(r, vp);
	uint32_t lp = r->vp[vp].lp;

	ref_timer_del(r, &r->vp[vp].timer);
	ref_guest_arm(r, lp, REF_NEVER);
	kvm_set(r, vp, deadline, period, dev);
	r->no_exit = native(r, vp);
	if (g->armed && g->target - lead(r, vp) <= r->now)
		kvm_expired(r, vp, KVM_DROP);
	if (g->armed)
		place(r, vp, lp);
}

static void disarm(struct ref *r, uint32_t vp)
{
	r->no_exit = native(r, vp);
	ref_timer_del(r, &r->vp[vp].timer);
	ref_guest_arm(r, r->vp[vp].lp, REF_NEVER);
	kvm_guest_of(r, vp)->armed = false;
}

static void virtualized_mask(struct ref *r, uint32_t vp, bool masked)
{
	struct kvm_guest *g = kvm_guest_of(r, vp);
	bool changes = g->masked != masked;

	g->masked = masked;
	if (!changes || !g->armed || !g->deadline_mode)
		return;
	ref_timer_del(r, &r->vp[vp].timer);
	ref_guest_arm(r, r->vp[vp].lp, REF_NEVER);
	place(r, vp, r->vp[vp].lp);
}

static void guest_due(struct ref *r, uint32_t lp, uint32_t vp)
{
	r->no_exit = native(r, vp);
	kvm_expired(r, vp, kvm_of(r)->late);
	if (kvm_guest_of(r, vp)->armed)
		place(r, vp, lp);
}

static void timer_due(struct ref *r, uint32_t vp, uint32_t lp)
{
	kvm_expired(r, vp, kvm_of(r)->late);
	if (!kvm_guest_of(r, vp)->armed)
		return;
	if (r->vp[vp].lp != REF_NONE)
		place(r, vp, r->vp[vp].lp);
	else
		soft(r, vp, lp);
}

static void out(struct ref *r, uint32_t vp, uint32_t lp, unsigned reason)
{
	if (reason == TRACE_BLOCK && kvm_guest_of(r, vp)->armed && !r->vp[vp].timer.active)
		soft(r, vp, lp);
}

static void in(struct ref *r, uint32_t vp, uint32_t lp)
{
	ref_timer_del(r, &r->vp[vp].timer);
	if (kvm_guest_of(r, vp)->armed)
		place(r, vp, lp);
}

static const struct ref_hooks preemption = {
	.open = preemption_open,
	.close = kvm_close,
	.arm = arm,
	.disarm = disarm,
	.mask = kvm_mask,
	.counter_set = kvm_counter,
	.sched_in = in,
	.sched_out = out,
	.timer_due = timer_due,
	.guest_due = guest_due,
};

const struct ref_policy ref_kvm_preemption_timer = { .name = "kvm-preemption-timer",
						     .hooks = &preemption };

static const struct ref_hooks virtualized = {
	.open = virtualized_open,
	.close = kvm_close,
	.arm = arm,
	.disarm = disarm,
	.mask = virtualized_mask,
	.counter_set = kvm_counter,
	.sched_in = in,
	.sched_out = out,
	.timer_due = timer_due,
	.guest_due = guest_due,
};

const struct ref_policy ref_apic_timer_virtualization = { .name = "apic-timer-virtualization",
							  .hooks = &virtualized };
