/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kvm-hrtimer: KVM's software timer on x86. Each guest timer is an hrtimer of the host, on the LP
 * where it was started, whether its VP runs or not; when the VP comes to another LP the timer
 * follows. A TSC-deadline timer is started `advance` early, to pay for the way into the guest.
 *
 * Source:
 * Linux 6.18, arch/x86/kvm/lapic.c: start_sw_tscdeadline(), start_sw_period(),
 * apic_timer_expired(), apic_timer_fn(), limit_periodic_timer_frequency(). late=catchup:
 * advance_periodic_target_expiration() up to 6.18.2; late=rebase: the same in 6.18.44 and 7.3;
 * late=drop: of no KVM, what a hypervisor could do else. The rules word by word: RULES.md
 * section 9.
 */
#include "kvm.h"

static const struct vtick_param params[] = {
	{ "advance", "1000", NULL,
	  "ns by which a TSC-deadline timer is early (lapic_timer_advance); 0: off" },
	{ "late", "rebase", "catchup|rebase|drop",
	  "a period missed: each one expires, the phase starts anew, or they are left out" },
	{ "min-period", "200000", NULL,
	  "ns, the shortest period of a periodic timer (min_timer_period_us)" },
	{ NULL, NULL, NULL, NULL },
};

static int open_policy(struct vtick_host *h, const struct vtick_args *args, void **state)
{
	return kvm_open(h,
			(struct kvm){ .advance = (int64_t)kvm_ticks(h, args->value[0]),
				      .late = args->value[1],
				      .min_period = kvm_ticks(h, args->value[2]) },
			state);
}

static void arm(void *state, struct vtick_host *h, uint32_t vp, const struct vtick_arm *a)
{
	struct kvm_timer *t = kvm_timer_of(state, vp);

	h->timer_del(h, &t->soft);
	kvm_set(state, h, t, a);
	kvm_soft_start(state, h, t, h->lp_of(h, vp));
}

static void disarm(void *state, struct vtick_host *h, uint32_t vp)
{
	struct kvm_timer *t = kvm_timer_of(state, vp);

	h->timer_del(h, &t->soft);
	t->armed = 0;
}

static void sched_in(void *state, struct vtick_host *h, uint32_t vp, uint32_t lp)
{
	kvm_soft_migrate(h, kvm_timer_of(state, vp), lp);
}

VTICK_POLICY = {
	VTICK_POLICY_HEAD,
	.name = "kvm-hrtimer",
	.summary =
	    "KVM x86, software: a host timer per guest timer, that runs on for a preempted VP",
	.source = "Linux 6.18 arch/x86/kvm/lapic.c, start_sw_timer() and apic_timer_fn()",
	.params = params,
	.open = open_policy,
	.close = kvm_close,
	.arm = arm,
	.disarm = disarm,
	.mask = kvm_mask,
	.sched_in = sched_in,
	.timer_due = kvm_soft_due,
};
