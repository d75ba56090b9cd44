/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * apic-timer-virtualization: the processor has a timer for the guest. While a VP runs, its
 * TSC-deadline writes go there and its interrupt comes from there without an exit. While the VP is
 * blocked an hrtimer of the host stands in; while it is preempted nothing runs, and what has passed
 * is delivered at the next entry. A masked timer and the one-shot and periodic modes are left to
 * the VMX preemption timer, as in kvm-preemption-timer.
 *
 * Source: Intel Architecture Instruction Set Extensions 319433-059, chapter 8; kvm list, APIC timer
 * virtualization series of February and March 2026. What KVM does without it: kvm.h. The rules word
 * by word: RULES.md section 11.
 */
#include "kvm.h"

static const struct vtick_param params[] = {
	KVM_ADVANCE("ns by which the host's timers are early (lapic_timer_advance); 0: off"),
	KVM_PERIODIC,
	KVM_SHIFT,
	{ 0 },
};

/* Is it served by the processor? */
static int native(const struct kvm_timer *t)
{
	return t->deadline_mode && !t->masked;
}

static void no_exit_if_native(struct vtick_host *h, const struct kvm_timer *t)
{
	if (native(t))
		h->no_exit(h);
}

static void start(struct vtick_host *h, struct kvm_timer *t, uint32_t lp)
{
	if (!native(t)) {
		kvm_hv_start(h, t, lp);
		return;
	}
	h->timer_del(h, &t->soft);
	h->guest_arm(h, lp, h->now + kvm_time_left(h, t, 0));
}

static void arm(struct vtick_host *h, uint32_t vp, const struct vtick_arm *a)
{
	struct kvm_timer *t = vtick_vp(h, vp);

	kvm_hv_stop(h, t);
	kvm_set(h, t, a);
	no_exit_if_native(h, t);
	kvm_expire_at_once(h, t, native(t) ? kvm_time_left(h, t, 0) : kvm_hv_left(h, t));
	if (t->armed)
		start(h, t, h->lp_of(h, vp));
}

static void disarm(struct vtick_host *h, uint32_t vp)
{
	struct kvm_timer *t = vtick_vp(h, vp);

	no_exit_if_native(h, t);
	kvm_hv_stop(h, t);
	t->armed = 0;
}

static void guest_due(struct vtick_host *h, uint32_t lp, uint32_t vp)
{
	struct kvm_timer *t = vtick_vp(h, vp);

	no_exit_if_native(h, t);
	kvm_expired(h, t);
	if (t->armed)
		start(h, t, lp);
}

static void timer_due(struct vtick_host *h, struct vtick_timer *timer)
{
	struct kvm_timer *t = vtick_vp(h, timer->vp);
	uint32_t lp = h->lp_of(h, timer->vp);

	kvm_expired(h, t);
	if (t->armed && h->running(h, lp) == timer->vp)
		start(h, t, lp);
	else if (t->armed)
		kvm_soft_add(h, t, timer->lp);
}

static void sched_in(struct vtick_host *h, uint32_t vp, uint32_t lp)
{
	struct kvm_timer *t = vtick_vp(h, vp);

	h->timer_del(h, &t->soft);
	if (t->armed)
		start(h, t, lp);
}

/* The deadline changes hands: from the processor to the host, or back. */
static void mask(struct vtick_host *h, uint32_t vp, int masked, uint32_t vector)
{
	struct kvm_timer *t = vtick_vp(h, vp);
	int changes = t->masked != masked;

	t->masked = masked;
	if (!changes || !t->armed || !t->deadline_mode)
		return;
	kvm_hv_stop(h, t);
	start(h, t, h->lp_of(h, vp));
}

VTICK_POLICY = {
	VTICK_POLICY_HEAD,
	.name = "apic-timer-virtualization",
	.summary = "the processor's own timer for the guest: no exit to arm it, none when it fires",
	.source =
	    "Intel ISE 319433-059 chapter 8; kvm list, APIC timer virtualization series of 2026",
	.params = params,
	.params_size = sizeof(struct kvm),
	.vp_size = sizeof(struct kvm_timer),
	.open = kvm_open,
	.arm = arm,
	.disarm = disarm,
	.mask = mask,
	.sched_in = sched_in,
	.sched_out = kvm_hv_sched_out,
	.timer_due = timer_due,
	.guest_due = guest_due,
};
