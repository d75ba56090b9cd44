/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * passthrough-2021: while a VP runs, the machine's TSC-deadline register is its own, to write
 * without an exit; the host's next deadline is in the VMX preemption timer meanwhile. The guest's
 * deadline comes as an interrupt of the machine, which is an exit. A VP that does not run has its
 * deadline in a timer of the host, and the register is the host's. Only for the TSC-deadline mode:
 * the others are timers of the host, as in kvm-hrtimer.
 *
 * Source: ByteDance, "Timer Passthrough" RFC, kvm list, December 2020 and February 2021; KVM Forum
 * 2020. The other modes: Linux 6.18, arch/x86/kvm/lapic.c: start_sw_tscdeadline(),
 * start_sw_period(), apic_timer_expired(), apic_timer_fn(), limit_periodic_timer_frequency().
 * late=catchup: advance_periodic_target_expiration() up to 6.18.2; late=rebase: the same in 6.18.44
 * and 7.3; late=drop: of no KVM, what a hypervisor could do else. The rules word by word: RULES.md
 * section 12.
 */
#include "kvm.h"

static const struct vtick_param params[] = {
	{ "late", "rebase", "catchup|rebase|drop",
	  "a period missed: each one expires, the phase starts anew, or they are left out" },
	{ "min-period", "200000", NULL,
	  "ns, the shortest period of a periodic timer (min_timer_period_us)" },
	{ NULL, NULL, NULL, NULL },
};

static int open_policy(struct vtick_host *h, const struct vtick_args *args, void **state)
{
	return kvm_open(
	    h, (struct kvm){ .late = args->value[0], .min_period = kvm_ticks(h, args->value[1]) },
	    state);
}

static int owns_match(const struct kvm_timer *t)
{
	return t->armed && t->deadline_mode;
}

/* What the guest left in the machine's register. */
static void load_match(struct vtick_host *h, const struct kvm_timer *t, uint32_t lp)
{
	h->hw_arm(h, lp, owns_match(t) ? h->now + kvm_time_left(h, t, 0) : VTICK_NEVER);
}

static void arm(void *state, struct vtick_host *h, uint32_t vp, const struct vtick_arm *a)
{
	struct kvm_timer *t = kvm_timer_of(state, vp);
	uint32_t lp = h->lp_of(h, vp);
	int owned = owns_match(t);

	h->timer_del(h, &t->soft);
	kvm_set(state, h, t, a);
	if (t->deadline_mode) {
		h->no_exit(h);
		load_match(h, t, lp);
		return;
	}
	if (owned)
		load_match(h, t, lp);
	kvm_soft_start(state, h, t, lp);
}

static void disarm(void *state, struct vtick_host *h, uint32_t vp)
{
	struct kvm_timer *t = kvm_timer_of(state, vp);

	h->timer_del(h, &t->soft);
	t->armed = 0;
	if (t->deadline_mode) {
		h->no_exit(h);
		load_match(h, t, h->lp_of(h, vp));
	}
}

/* While a VP runs the machine's interrupt is its own. */
static void machine_irq(void *state, struct vtick_host *h, uint32_t lp)
{
	const struct kvm *k = state;
	uint32_t vp = h->running(h, lp);

	if (vp != VTICK_NO_VP && owns_match(&k->vp[vp]) && !kvm_time_left(h, &k->vp[vp], 0))
		kvm_expired(h, &k->vp[vp], k->late);
}

/* The preemption timer is the host's clock while a VP runs. */
static void guest_due(void *state, struct vtick_host *h, uint32_t lp, uint32_t vp)
{
	(void)state;
	(void)vp;
	h->run_timers(h, lp);
}

static void reprogram(void *state, struct vtick_host *h, uint32_t lp, uint64_t next)
{
	(void)state;
	if (h->running(h, lp) != VTICK_NO_VP)
		h->guest_arm(h, lp, next);
	else
		h->hw_arm(h, lp, next);
}

static void sched_out(void *state, struct vtick_host *h, uint32_t vp, uint32_t lp, uint32_t reason)
{
	struct kvm_timer *t = kvm_timer_of(state, vp);

	(void)reason;
	if (owns_match(t))
		kvm_soft_add(state, h, t, lp);
	h->hw_arm(h, lp, h->next(h, lp));
}

static void sched_in(void *state, struct vtick_host *h, uint32_t vp, uint32_t lp)
{
	const struct kvm *k = state;
	struct kvm_timer *t = kvm_timer_of(state, vp);

	if (t->deadline_mode)
		h->timer_del(h, &t->soft);
	else
		kvm_soft_migrate(h, t, lp);
	if (owns_match(t) && !kvm_time_left(h, t, 0))
		kvm_expired(h, t, k->late);
	load_match(h, t, lp);
	h->guest_arm(h, lp, h->next(h, lp));
}

VTICK_POLICY = {
	VTICK_POLICY_HEAD,
	.name = "passthrough-2021",
	.summary =
	    "the guest owns the machine's TSC-deadline register while it runs (KVM RFC of 2021)",
	.source =
	    "kvm list, Timer Passthrough RFC, 2020-12 and 2021-02 (ByteDance); KVM Forum 2020",
	.params = params,
	.open = open_policy,
	.close = kvm_close,
	.arm = arm,
	.disarm = disarm,
	.mask = kvm_mask,
	.sched_in = sched_in,
	.sched_out = sched_out,
	.machine_irq = machine_irq,
	.reprogram = reprogram,
	.timer_due = kvm_soft_due,
	.guest_due = guest_due,
};
