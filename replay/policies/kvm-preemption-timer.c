/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kvm-preemption-timer: KVM on Intel. While a VP runs, its deadline is in the VMX preemption timer,
 * which leaves the guest when it is due: no timer of the host, no interrupt. While a VP is blocked
 * its deadline is in an hrtimer. While it is preempted nothing is armed anywhere; a deadline that
 * has passed when it comes back makes the first entry an immediate exit.
 *
 * Source:
 * Linux 6.18, arch/x86/kvm/lapic.c: start_hv_timer(), kvm_lapic_expired_hv_timer(),
 * kvm_lapic_switch_to_sw_timer(); arch/x86/kvm/vmx/vmx.c: vmx_set_hv_timer(),
 * vmx_update_hv_timer(). Linux 6.18, arch/x86/kvm/lapic.c: start_sw_tscdeadline(),
 * start_sw_period(), apic_timer_expired(), apic_timer_fn(), limit_periodic_timer_frequency().
 * late=catchup: advance_periodic_target_expiration() up to 6.18.2; late=rebase: the same in 6.18.44
 * and 7.3; late=drop: of no KVM, what a hypervisor could do else. Not modelled: KVM injects without
 * that exit if the VP comes back on another LP. The rules word by word: RULES.md section 10.
 */
#include "kvm.h"

static const struct vtick_param params[] = {
	{ "advance", "1000", NULL,
	  "ns by which the host's timers are early (lapic_timer_advance); 0: off" },
	{ "late", "rebase", "catchup|rebase|drop",
	  "a period missed: each one expires, the phase starts anew, or they are left out" },
	{ "min-period", "200000", NULL,
	  "ns, the shortest period of a periodic timer (min_timer_period_us)" },
	{ "shift", "5", NULL, "the preemption timer counts once in 2^shift ticks; it has 32 bits" },
	{ NULL, NULL, NULL, NULL },
};

static int open_policy(struct vtick_host *h, const struct vtick_args *args, void **state)
{
	return kvm_open(
	    h,
	    (struct kvm){ .advance = (int64_t)kvm_ticks(h, args->value[0]),
			  .late = args->value[1],
			  .min_period = kvm_ticks(h, args->value[2]),
			  /* no wait has 63 bits */
			  .wait_bits = 32 + (args->value[3] < 31 ? args->value[3] : 31) },
	    state);
}

static void arm(void *state, struct vtick_host *h, uint32_t vp, const struct vtick_arm *a)
{
	struct kvm_timer *t = kvm_timer_of(state, vp);

	kvm_hv_stop(h, t);
	kvm_set(state, h, t, a);
	if (t->armed && !kvm_hv_time_left(state, h, t))
		kvm_expired(h, t, KVM_DROP);
	if (t->armed)
		kvm_hv_start(state, h, t, h->lp_of(h, vp));
}

static void disarm(void *state, struct vtick_host *h, uint32_t vp)
{
	struct kvm_timer *t = kvm_timer_of(state, vp);

	kvm_hv_stop(h, t);
	t->armed = 0;
}

/* kvm_lapic_expired_hv_timer() */
static void guest_due(void *state, struct vtick_host *h, uint32_t lp, uint32_t vp)
{
	const struct kvm *k = state;
	struct kvm_timer *t = kvm_timer_of(state, vp);

	kvm_expired(h, t, k->late);
	if (t->armed)
		kvm_hv_start(k, h, t, lp);
}

/* Of a VP that runs: what was too far for the preemption timer may be near enough for the next
 * period. */
static void timer_due(void *state, struct vtick_host *h, struct vtick_timer *timer)
{
	const struct kvm *k = state;
	struct kvm_timer *t = kvm_timer_of(state, timer->vp);
	uint32_t lp = h->lp_of(h, timer->vp);

	kvm_expired(h, t, k->late);
	if (!t->armed)
		return;
	if (h->running(h, lp) == timer->vp)
		kvm_hv_start(k, h, t, lp);
	else
		kvm_soft_add(k, h, t, timer->lp);
}

static void sched_in(void *state, struct vtick_host *h, uint32_t vp, uint32_t lp)
{
	struct kvm_timer *t = kvm_timer_of(state, vp);

	h->timer_del(h, &t->soft);
	if (t->armed)
		kvm_hv_start(state, h, t, lp);
}

VTICK_POLICY = {
	VTICK_POLICY_HEAD,
	.name = "kvm-preemption-timer",
	.summary = "KVM x86 on Intel: the VMX preemption timer, an hrtimer only for a blocked VP",
	.source =
	    "Linux 6.18 arch/x86/kvm/lapic.c, start_hv_timer(); vmx/vmx.c, vmx_set_hv_timer()",
	.params = params,
	.open = open_policy,
	.close = kvm_close,
	.arm = arm,
	.disarm = disarm,
	.mask = kvm_mask,
	.sched_in = sched_in,
	.sched_out = kvm_hv_sched_out,
	.timer_due = timer_due,
	.guest_due = guest_due,
};
