/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kvm-preemption-timer: KVM on Intel. While a VP runs, its deadline is in the VMX preemption timer,
 * which leaves the guest when it is due: no timer of the host, no interrupt. While a VP is blocked
 * its deadline is in an hrtimer. While it is preempted nothing is armed anywhere; a deadline that
 * has passed when it comes back makes the first entry an immediate exit, or on another LP expires
 * before it.
 *
 * Source: kvm.h; lapic.c, start_hv_timer(), kvm_lapic_expired_hv_timer(),
 * kvm_lapic_switch_to_sw_timer(); vmx.c, vmx_set_hv_timer(), vmx_update_hv_timer(). The rules
 * word by word: RULES.md section 10.
 */
#include "kvm_hv.h"

static const struct vtick_param params[] = {
	KVM_ADVANCE(
	    "ns by which the host's timers are early at first (lapic_timer_advance); 0: off"),
	KVM_PERIODIC,
	KVM_SHIFT,
	{ 0 },
};

VTICK_POLICY = {
	VTICK_POLICY_HEAD,
	.name = "kvm-preemption-timer",
	.summary = "KVM x86 on Intel: the VMX preemption timer, an hrtimer only for a blocked VP",
	.source = "Linux 6.18 arch/x86/kvm/lapic.c, start_hv_timer(); vmx/vmx.c",
	.params = params,
	KVM_SIZES,
	.open = kvm_open,
	.arm = kvm_hv_arm,
	.disarm = kvm_hv_disarm,
	.mask = kvm_mask,
	.sched_in = kvm_hv_sched_in,
	.sched_out = kvm_hv_sched_out,
	.timer_due = kvm_soft_due,
	.guest_due = kvm_hv_guest_due,
	.resume = kvm_resume,
};
