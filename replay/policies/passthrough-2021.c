/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * passthrough-2021: while a VP runs, the machine's TSC-deadline register is its own, to write
 * without an exit; the host's next deadline is in the VMX preemption timer meanwhile. The guest's
 * deadline comes as an interrupt of the machine, which is an exit. A VP that does not run has its
 * deadline in a timer of the host, and the register is the host's. Only for the TSC-deadline mode:
 * the others are timers of the host, as in kvm-hrtimer.
 *
 * Source: ByteDance, "Timer Passthrough" RFC, kvm list, December 2020 and February 2021; KVM Forum
 * 2020. The other modes: kvm.h. The rules word by word: RULES.md section 12.
 */
#include "kvm.h"

static const struct vtick_param params[] = {
	KVM_PERIODIC,
	{ 0 },
};

static int owns_match(const struct kvm_timer *t)
{
	return t->armed && t->deadline_mode;
}

/* What the guest left in the machine's register. */
static void load_match(struct vtick_host *h, const struct kvm_timer *t, uint32_t lp)
{
	h->hw_arm(h, lp, owns_match(t) ? h->now + kvm_time_left(h, t, 0) : VTICK_NEVER);
}

static void expire_if_due(struct vtick_host *h, struct kvm_timer *t)
{
	if (owns_match(t) && !kvm_time_left(h, t, 0))
		kvm_expired(h, t);
}

static void arm(struct vtick_host *h, uint32_t vp, const struct vtick_arm *a)
{
	struct kvm_timer *t = vtick_vp(h, vp);
	int owned = owns_match(t);

	h->timer_del(h, &t->soft);
	kvm_set(h, t, a);
	if (t->deadline_mode)
		h->no_exit(h);
	if (t->deadline_mode || owned)
		load_match(h, t, h->lp_of(h, vp));
	if (!t->deadline_mode)
		kvm_soft_start(h, t);
}

static void disarm(struct vtick_host *h, uint32_t vp)
{
	struct kvm_timer *t = vtick_vp(h, vp);

	h->timer_del(h, &t->soft);
	t->armed = t->pending = t->told = 0;
	if (t->deadline_mode) {
		h->no_exit(h);
		load_match(h, t, h->lp_of(h, vp));
	}
}

/* While a VP runs the machine's interrupt is its own. */
static void machine_irq(struct vtick_host *h, uint32_t lp)
{
	uint32_t vp = h->running(h, lp);

	if (vp != VTICK_NO_VP)
		expire_if_due(h, vtick_vp(h, vp));
}

/* The preemption timer is the host's clock while a VP runs. */
static void guest_due(struct vtick_host *h, uint32_t lp, uint32_t vp)
{
	h->run_timers(h, lp);
}

static void reprogram(struct vtick_host *h, uint32_t lp, uint64_t next)
{
	if (h->running(h, lp) != VTICK_NO_VP)
		h->guest_arm(h, lp, next);
	else
		h->hw_arm(h, lp, next);
}

static void sched_out(struct vtick_host *h, uint32_t vp, uint32_t lp, uint32_t reason)
{
	struct kvm_timer *t = vtick_vp(h, vp);

	if (owns_match(t))
		kvm_soft_add(h, t, lp);
	h->hw_arm(h, lp, h->next(h, lp));
}

static void sched_in(struct vtick_host *h, uint32_t vp, uint32_t lp)
{
	struct kvm_timer *t = vtick_vp(h, vp);

	kvm_load(t, lp);
	if (t->deadline_mode)
		h->timer_del(h, &t->soft);
	expire_if_due(h, t);
	load_match(h, t, lp);
	h->guest_arm(h, lp, h->next(h, lp));
}

VTICK_POLICY = {
	VTICK_POLICY_HEAD,
	.name = "passthrough-2021",
	.summary = "the guest owns the machine's TSC-deadline register while it runs (RFC of 2021)",
	.source = "kvm list, Timer Passthrough RFC, 2020-12 and 2021-02; KVM Forum 2020",
	.params = params,
	KVM_SIZES,
	.open = kvm_open,
	.arm = arm,
	.disarm = disarm,
	.mask = kvm_mask,
	.sched_in = sched_in,
	.sched_out = sched_out,
	.machine_irq = machine_irq,
	.reprogram = reprogram,
	.timer_due = kvm_soft_due,
	.guest_due = guest_due,
	.resume = kvm_resume,
};
