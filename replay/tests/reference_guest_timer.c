/* SPDX-License-Identifier: GPL-2.0-only */
/* The reference's kvm-preemption-timer and apic-timer-virtualization: sections 10 and 11 of
 * RULES.md. */
#include "replay/tests/reference_kvm.h"

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

static void virtualized_open(struct ref *r)
{
	design_open(r);
	kvm_of(r)->native = virtualized_native;
}

static int64_t lead(struct ref *r, uint32_t vp)
{
	return kvm_native(r, vp) ? 0 : kvm_lead(r, vp);
}

static void turn_off(struct ref *r, uint32_t vp)
{
	struct kvm_guest *g = kvm_guest_of(r, vp);

	if (g->in_use && r->vp[vp].lp != REF_NONE)
		ref_guest_arm(r, r->vp[vp].lp, REF_NEVER);
	g->in_use = false;
}

static void soft(struct ref *r, uint32_t vp, uint32_t lp)
{
	struct kvm_guest *g = kvm_guest_of(r, vp);

	turn_off(r, vp);
	if (!g->period && g->pending)
		return;
	if (kvm_due_at_a_start(r, vp))
		kvm_expired(r, vp, kvm_of(r)->late);
	if (g->armed)
		kvm_add(r, vp, lp, g->target - kvm_early(r, vp));
}

/* Is floor(w / 2^shift) < 2^32? */
static bool fits(int64_t w, uint64_t shift)
{
	for (; shift && w; shift--)
		w /= 2;
	return w < INT64_C(0x100000000);
}

static void start(struct ref *r, uint32_t vp, uint32_t lp)
{
	struct kvm_guest *g = kvm_guest_of(r, vp);
	int64_t w = g->target - lead(r, vp) - r->now;

	if (!g->armed || (!g->period && g->pending))
		return;
	if (w < 0)
		w = 0;
	if (!kvm_native(r, vp) && !fits(w, kvm_of(r)->shift)) {
		soft(r, vp, lp);
		return;
	}
	ref_timer_del(r, &r->vp[vp].timer);
	g->in_use = true;
	g->set_for = r->now + w;
	ref_guest_arm(r, lp, g->set_for);
	if (!w && !g->period && !kvm_native(r, vp)) {
		kvm_expired(r, vp, kvm_of(r)->late);
		turn_off(r, vp);
	}
}

static void arm(struct ref *r, uint32_t vp, int64_t deadline, int64_t period, unsigned dev)
{
	struct kvm_guest *g = kvm_guest_of(r, vp);
	uint32_t lp = r->vp[vp].lp;

	ref_timer_del(r, &r->vp[vp].timer);
	turn_off(r, vp);
	kvm_set(r, vp, deadline, period, dev);
	r->no_exit = kvm_native(r, vp);
	if (g->armed && g->period && g->target - lead(r, vp) <= r->now)
		kvm_expired(r, vp, KVM_DROP);
	start(r, vp, lp);
}

static void disarm(struct ref *r, uint32_t vp)
{
	r->no_exit = kvm_native(r, vp);
	ref_timer_del(r, &r->vp[vp].timer);
	turn_off(r, vp);
	kvm_guest_of(r, vp)->armed = false;
	kvm_take(r, vp);
}

static void virtualized_mask(struct ref *r, uint32_t vp, bool masked)
{
	struct kvm_guest *g = kvm_guest_of(r, vp);
	bool changes = g->masked != masked;

	kvm_mask(r, vp, masked);
	if (!changes || !g->armed || !g->deadline_mode)
		return;
	ref_timer_del(r, &r->vp[vp].timer);
	turn_off(r, vp);
	start(r, vp, r->vp[vp].lp);
}

static void guest_due(struct ref *r, uint32_t lp, uint32_t vp)
{
	r->no_exit = kvm_native(r, vp);
	kvm_expired(r, vp, kvm_of(r)->late);
	kvm_guest_of(r, vp)->in_use = false;
	start(r, vp, lp);
}

static void out(struct ref *r, uint32_t vp, uint32_t lp, unsigned reason)
{
	if (reason != TRACE_BLOCK || !kvm_guest_of(r, vp)->in_use)
		return;
	kvm_guest_of(r, vp)->blocked = true;
	soft(r, vp, lp);
}

static void in(struct ref *r, uint32_t vp, uint32_t lp)
{
	struct kvm_guest *g = kvm_guest_of(r, vp);

	if (kvm_moves(r, vp, lp) && g->in_use)
		start(r, vp, lp);
	if (g->blocked) {
		g->blocked = false;
		start(r, vp, lp);
	}
	if (g->in_use)
		ref_guest_arm(r, lp, g->set_for);
}

static const struct ref_hooks preemption = {
	.open = design_open,
	.close = kvm_close,
	.arm = arm,
	.disarm = disarm,
	.mask = kvm_mask,
	.counter_set = kvm_counter,
	.sched_in = in,
	.sched_out = out,
	.timer_due = kvm_soft_due,
	.guest_due = guest_due,
	.resume = kvm_resume,
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
	.timer_due = kvm_soft_due,
	.guest_due = guest_due,
	.resume = kvm_resume,
};

const struct ref_policy ref_apic_timer_virtualization = { .name = "apic-timer-virtualization",
							  .hooks = &virtualized };
