/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * apic-timer-virtualization: the processor has a timer for the guest. While a VP runs, its TSC-deadline
 * writes go there and its interrupt comes from there without an exit. While the VP is blocked an hrtimer of
 * the host stands in; while it is preempted nothing runs, and what has passed is delivered at the next entry.
 * A masked timer and the one-shot and periodic modes are left to the VMX preemption timer, as in
 * kvm-preemption-timer.
 *
 * Source: Intel Architecture Instruction Set Extensions 319433-059, chapter 8; kvm list, APIC timer
 * virtualization series of February and March 2026. kvm_guest_timer.h has what KVM does without it.
 * The rules word by word: RULES.md section 11.
 */
#include "kvm_guest_timer.h"

static int native(const struct kvm_timer *t)
{
	return t->deadline_mode && !t->masked;
}

/* The deadline changes hands: from the processor to the host, or back. */
static void mask(void *state, struct vtick_host *h, uint32_t vp, int masked, uint32_t vector)
{
	struct kvm_timer *t = kvm_timer_of(state, vp);
	int changes = t->masked != masked;

	(void)vector;
	t->masked = masked;
	if (!changes || !t->armed || !t->deadline_mode)
		return;
	stop(h, t);
	start(state, h, t, h->lp_of(h, vp));
}

VTICK_POLICY = {
	VTICK_POLICY_HEAD,
	.name = "apic-timer-virtualization",
	.summary = "the processor's own timer for the guest: no exit to arm it, none when it fires",
	.source = "Intel ISE 319433-059 chapter 8; kvm list, APIC timer virtualization series of 2026",
	.params = params,
	.open = open_policy,
	.close = kvm_close,
	.arm = arm,
	.disarm = disarm,
	.mask = mask,
	.sched_in = sched_in,
	.sched_out = sched_out,
	.timer_due = timer_due,
	.guest_due = guest_due,
};
