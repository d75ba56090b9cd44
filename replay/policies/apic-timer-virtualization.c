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
#include "kvm_hv.h"

static const struct vtick_param params[] = {
	KVM_ADVANCE(
	    "ns by which the host's timers are early at first (lapic_timer_advance); 0: off"),
	KVM_PERIODIC,
	KVM_SHIFT,
	{ 0 },
};

static int open_policy(struct vtick_host *h)
{
	for (uint32_t vp = 0; vp < h->vps; vp++)
		((struct kvm_timer *)vtick_vp(h, vp))->virtualized = 1;
	return kvm_open(h);
}

/* The deadline changes hands: from the processor to the host, or back. */
static void mask(struct vtick_host *h, uint32_t vp, int masked, uint32_t vector)
{
	struct kvm_timer *t = vtick_vp(h, vp);
	int changes = t->masked != (masked != 0);

	kvm_set_mask(t, masked);
	if (!changes || !t->armed || !t->deadline_mode)
		return;
	kvm_hv_stop(h, t);
	kvm_hv_start(h, t, h->lp_of(h, vp));
}

VTICK_POLICY = {
	VTICK_POLICY_HEAD,
	.name = "apic-timer-virtualization",
	.summary = "the processor's own timer for the guest: no exit to arm it, none when it fires",
	.source = "Intel ISE 319433-059 chapter 8; kvm list, APIC timer virtualization, 2026",
	.params = params,
	KVM_SIZES,
	.open = open_policy,
	.arm = kvm_hv_arm,
	.disarm = kvm_hv_disarm,
	.mask = mask,
	.sched_in = kvm_hv_sched_in,
	.sched_out = kvm_hv_sched_out,
	.timer_due = kvm_soft_due,
	.guest_due = kvm_hv_guest_due,
	.resume = kvm_resume,
};
