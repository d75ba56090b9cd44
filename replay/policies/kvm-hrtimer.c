/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kvm-hrtimer: KVM's software timer on x86. Each guest timer is an hrtimer of the host, on the LP
 * where it was started, whether its VP runs or not; when the VP comes to another LP the timer
 * follows. A TSC-deadline timer is started `advance` early, to pay for the way into the guest.
 *
 * Source: kvm.h. The rules word by word: RULES.md section 9.
 */
#include "kvm.h"

static const struct vtick_param params[] = {
	KVM_ADVANCE("ns by which a TSC-deadline is early at first (lapic_timer_advance); 0: off"),
	KVM_PERIODIC,
	{ 0 },
};

static void arm(struct vtick_host *h, uint32_t vp, const struct vtick_arm *a)
{
	struct kvm_timer *t = vtick_vp(h, vp);

	h->timer_del(h, &t->soft);
	kvm_set(h, t, a);
	kvm_soft_start(h, t);
}

static void disarm(struct vtick_host *h, uint32_t vp)
{
	struct kvm_timer *t = vtick_vp(h, vp);

	h->timer_del(h, &t->soft);
	t->armed = t->pending = t->told = 0;
}

VTICK_POLICY = {
	VTICK_POLICY_HEAD,
	.name = "kvm-hrtimer",
	.summary = "KVM x86, software: a host timer per guest timer, also for a preempted VP",
	.source = "Linux 6.18 arch/x86/kvm/lapic.c, start_sw_timer() and apic_timer_fn()",
	.params = params,
	KVM_SIZES,
	.open = kvm_open,
	.arm = arm,
	.disarm = disarm,
	.mask = kvm_mask,
	.sched_in = kvm_soft_sched_in,
	.timer_due = kvm_soft_due,
	.resume = kvm_resume,
};
