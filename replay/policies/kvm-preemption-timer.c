/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kvm-preemption-timer: KVM on Intel. While a VP runs, its deadline is in the VMX preemption timer,
 * which leaves the guest when it is due: no timer of the host, no interrupt. While a VP is blocked
 * its deadline is in an hrtimer. While it is preempted nothing is armed anywhere; a deadline that
 * has passed when it comes back makes the first entry an immediate exit.
 *
 * Source: kvm.h; lapic.c, start_hv_timer(), kvm_lapic_expired_hv_timer(),
 * kvm_lapic_switch_to_sw_timer(); vmx.c, vmx_set_hv_timer(), vmx_update_hv_timer(). Not modelled:
 * KVM injects without that exit if the VP comes back on another LP. The rules word by word:
 * RULES.md section 10.
 */
#include "kvm.h"

static const struct vtick_param params[] = {
	KVM_ADVANCE("ns by which the host's timers are early (lapic_timer_advance); 0: off"),
	KVM_PERIODIC,
	KVM_SHIFT,
	{ 0 },
};

static void arm(struct vtick_host *h, uint32_t vp, const struct vtick_arm *a)
{
	struct kvm_timer *t = vtick_vp(h, vp);

	kvm_hv_stop(h, t);
	kvm_set(h, t, a);
	kvm_expire_at_once(h, t, kvm_hv_left(h, t));
	if (t->armed)
		kvm_hv_start(h, t, h->lp_of(h, vp));
}

static void disarm(struct vtick_host *h, uint32_t vp)
{
	struct kvm_timer *t = vtick_vp(h, vp);

	kvm_hv_stop(h, t);
	t->armed = 0;
}

/* kvm_lapic_expired_hv_timer() */
static void guest_due(struct vtick_host *h, uint32_t lp, uint32_t vp)
{
	struct kvm_timer *t = vtick_vp(h, vp);

	kvm_expired(h, t);
	if (t->armed)
		kvm_hv_start(h, t, lp);
}

/* Of a VP that runs: what was too far for the preemption timer may be near enough for the next
 * period. */
static void timer_due(struct vtick_host *h, struct vtick_timer *timer)
{
	struct kvm_timer *t = vtick_vp(h, timer->vp);
	uint32_t lp = h->lp_of(h, timer->vp);

	kvm_expired(h, t);
	if (t->armed && h->running(h, lp) == timer->vp)
		kvm_hv_start(h, t, lp);
	else if (t->armed)
		kvm_soft_add(h, t, timer->lp);
}

static void sched_in(struct vtick_host *h, uint32_t vp, uint32_t lp)
{
	struct kvm_timer *t = vtick_vp(h, vp);

	h->timer_del(h, &t->soft);
	if (t->armed)
		kvm_hv_start(h, t, lp);
}

VTICK_POLICY = {
	VTICK_POLICY_HEAD,
	.name = "kvm-preemption-timer",
	.summary = "KVM x86 on Intel: the VMX preemption timer, an hrtimer only for a blocked VP",
	.source =
	    "Linux 6.18 arch/x86/kvm/lapic.c, start_hv_timer(); vmx/vmx.c, vmx_set_hv_timer()",
	.params = params,
	.params_size = sizeof(struct kvm),
	.vp_size = sizeof(struct kvm_timer),
	.open = kvm_open,
	.arm = arm,
	.disarm = disarm,
	.mask = kvm_mask,
	.sched_in = sched_in,
	.sched_out = kvm_hv_sched_out,
	.timer_due = timer_due,
	.guest_due = guest_due,
};
