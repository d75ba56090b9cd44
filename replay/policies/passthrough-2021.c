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
#include "policy.h"

#include <stdlib.h>

enum kvm_late { KVM_CATCHUP, KVM_REBASE, KVM_DROP };

struct kvm_timer {
	int64_t target;	   /* machine time */
	uint64_t deadline; /* the same as the guest has it: what pend() takes */
	uint64_t period;
	int deadline_mode; /* TSC-deadline; else one-shot or periodic, which count */
	int armed, masked;
	uint64_t pended; /* when an expiry was last pended; VTICK_NEVER: not since the last ARM */
	struct vtick_timer soft;
};

struct kvm {
	uint64_t late;
	uint64_t min_period; /* ticks, as all times here */
	struct kvm_timer *vp;
};

static struct kvm_timer *kvm_timer_of(void *state, uint32_t vp)
{
	return &((struct kvm *)state)->vp[vp];
}

/* floor(ns * clock_hz / 1e9), below 2^60. */
static uint64_t kvm_ticks(const struct vtick_host *h, uint64_t ns)
{
	unsigned __int128 ticks = (unsigned __int128)ns * h->clock_hz / 1000000000u;

	return ticks >> 60 ? (UINT64_C(1) << 60) - 1 : (uint64_t)ticks;
}

static int kvm_open(struct vtick_host *h, struct kvm parameters, void **state)
{
	struct kvm *k = malloc(sizeof(*k));

	if (!k)
		return -1;
	*k = parameters;
	k->vp = calloc(h->vps + 1, sizeof(*k->vp));
	if (!k->vp) {
		free(k);
		return -1;
	}
	for (uint32_t vp = 0; vp < h->vps; vp++)
		k->vp[vp].soft.vp = vp;
	*state = k;
	return 0;
}

static void kvm_close(void *state)
{
	struct kvm *k = state;

	free(k->vp);
	free(k);
}

/* How long from now to @lead before the target; 0: it is due. */
static uint64_t kvm_time_left(const struct vtick_host *h, const struct kvm_timer *t, int64_t lead)
{
	int64_t left = t->target - lead - (int64_t)h->now;

	return left < 0 ? 0 : (uint64_t)left;
}

/* The guest's write. An ITM that has passed never fires. */
static void kvm_set(const struct kvm *k, struct vtick_host *h, struct kvm_timer *t,
		    const struct vtick_arm *a)
{
	uint64_t counter = h->counter(h, t->soft.vp);

	t->target = (int64_t)(h->now + a->deadline - counter);
	t->deadline = a->deadline;
	t->period = a->period && a->period < k->min_period ? k->min_period : a->period;
	t->deadline_mode = a->dev != VTICK_LAPIC && !a->period;
	t->armed = a->dev != VTICK_ITM || a->deadline > counter;
	t->pended = VTICK_NEVER;
}

/* advance_periodic_target_expiration() */
static void kvm_next_period(const struct vtick_host *h, struct kvm_timer *t, uint64_t late)
{
	uint64_t ahead = t->period;
	int64_t behind = (int64_t)h->now - t->target - (int64_t)t->period;

	if (late == KVM_REBASE && behind > 0)
		ahead += (uint64_t)behind;
	if (late == KVM_DROP && behind >= 0)
		ahead += ((uint64_t)behind / t->period + 1) * t->period;
	t->target += (int64_t)ahead;
	t->deadline += ahead;
}

/* apic_timer_expired(): one is pending at most; the guest had no time to take another one. */
static void kvm_expired(struct vtick_host *h, struct kvm_timer *t, uint64_t late)
{
	if (!t->masked && t->pended != h->now) {
		h->pend(h, t->soft.vp, t->deadline);
		t->pended = h->now;
	}
	if (t->period)
		kvm_next_period(h, t, late);
	else
		t->armed = 0;
}

/* The mask is looked at when an interrupt is injected; the timer does not hear of it. */
static void kvm_mask(void *state, struct vtick_host *h, uint32_t vp, int masked, uint32_t vector)
{
	(void)h;
	(void)vector;
	kvm_timer_of(state, vp)->masked = masked;
}

/* ---- the software timer, an hrtimer of the host on @lp: start_sw_tscdeadline(), start_sw_period()
 * ---- */

static void kvm_soft_add(struct vtick_host *h, struct kvm_timer *t, uint32_t lp)
{
	h->timer_add(h, &t->soft, lp, h->now + kvm_time_left(h, t, 0), 0);
}

/* After the guest's write. */
static void kvm_soft_start(struct vtick_host *h, struct kvm_timer *t, uint32_t lp)
{
	if (t->armed && !kvm_time_left(h, t, 0))
		kvm_expired(h, t, KVM_DROP);
	if (t->armed)
		kvm_soft_add(h, t, lp);
}

/* apic_timer_fn(): it starts itself again. */
static void kvm_soft_due(void *state, struct vtick_host *h, struct vtick_timer *timer)
{
	const struct kvm *k = state;
	struct kvm_timer *t = kvm_timer_of(state, timer->vp);

	kvm_expired(h, t, k->late);
	if (t->armed)
		kvm_soft_add(h, t, timer->lp);
}

/* __kvm_migrate_apic_timer(): it follows its VP. */
static void kvm_soft_migrate(struct vtick_host *h, struct kvm_timer *t, uint32_t lp)
{
	if (vtick_timer_active(&t->soft) && t->soft.lp != lp)
		h->timer_add(h, &t->soft, lp, t->soft.expiry, 0);
}

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
	kvm_soft_start(h, t, lp);
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
		kvm_soft_add(h, t, lp);
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
