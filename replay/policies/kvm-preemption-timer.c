/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kvm-preemption-timer: KVM on Intel. While a VP runs, its deadline is in the VMX preemption timer, which
 * leaves the guest when it is due: no timer of the host, no interrupt. While a VP is blocked its deadline is
 * in an hrtimer. While it is preempted nothing is armed anywhere; a deadline that has passed when it comes
 * back makes the first entry an immediate exit.
 *
 * Source: Linux 6.18, arch/x86/kvm; kvm_guest_timer.h names the functions and has the rule. Not modelled: KVM
 * injects without that exit if the VP comes back on another LP.
 * The rules word by word: RULES.md section 10.
 */
#include "kvm_guest_timer.h"

static int native(const struct kvm_timer *t)
{
	(void)t;
	return 0;
}

VTICK_POLICY = {
	VTICK_POLICY_HEAD,
	.name = "kvm-preemption-timer",
	.summary = "KVM x86 on Intel: the VMX preemption timer, an hrtimer only for a blocked VP",
	.source = "Linux 6.18 arch/x86/kvm/lapic.c, start_hv_timer(); vmx/vmx.c, vmx_set_hv_timer()",
	.params = params,
	.open = open_policy,
	.close = kvm_close,
	.arm = arm,
	.disarm = disarm,
	.mask = kvm_mask,
	.sched_in = sched_in,
	.sched_out = sched_out,
	.timer_due = timer_due,
	.guest_due = guest_due,
};
