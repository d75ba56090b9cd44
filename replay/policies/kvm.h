/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kvm.h: what the KVM policies share. A guest's timer has a target in the host's time. It expires
 * by an hrtimer of the host (the software timer), or by the VMX preemption timer of the LP where
 * its VP runs.
 *
 * Source: Linux 6.18, arch/x86/kvm/lapic.c and vmx/vmx.c; the names of the functions stand at the
 * code. late=catchup: advance_periodic_target_expiration() up to 6.18.2; late=rebase: the same in
 * 6.18.44 and 7.3; late=drop: of no KVM, what a hypervisor could do else. The rules word by word:
 * RULES.md section 9.
 */
#ifndef VTICK_REPLAY_POLICIES_KVM_H
#define VTICK_REPLAY_POLICIES_KVM_H

#include "policy.h"

enum { KVM_CATCHUP, KVM_REBASE, KVM_DROP };

/* Parameters; a policy's table names those that it has, the others are 0. */
struct kvm {
	int64_t advance; /* ticks by which the host's timers are early */
	uint64_t late;
	uint64_t min_period; /* ticks */
	uint64_t shift;	     /* the preemption timer counts once in 2^shift ticks */
};

#define KVM_ADVANCE(help)                                                                          \
	{                                                                                          \
		"advance", VTICK_NS, offsetof(struct kvm, advance), "1000", NULL, help             \
	}
#define KVM_PERIODIC                                                                               \
	{ "late",                                                                                  \
	  VTICK_CHOICE,                                                                            \
	  offsetof(struct kvm, late),                                                              \
	  "rebase",                                                                                \
	  "catchup|rebase|drop",                                                                   \
	  "a period missed: each one expires, the phase starts anew, or they are left out" },      \
	{                                                                                          \
		"min-period", VTICK_NS, offsetof(struct kvm, min_period), "200000", NULL,          \
		    "ns, the shortest period of a periodic timer (min_timer_period_us)"            \
	}
#define KVM_SHIFT                                                                                  \
	{                                                                                          \
		"shift", VTICK_NUMBER, offsetof(struct kvm, shift), "5", NULL,                     \
		    "the preemption timer counts once in 2^shift ticks; it has 32 bits"            \
	}

#define KVM_SIZES .params_size = sizeof(struct kvm), VTICK_VP_STATE(struct kvm_timer, soft)

struct kvm_timer {
	int64_t target;	   /* machine time */
	uint64_t deadline; /* the same as the guest has it: what pend() takes */
	uint64_t period;
	int deadline_mode; /* TSC-deadline; else one-shot or periodic, which count */
	int armed, masked;
	int virtualized; /* the processor has a timer for it */
	uint64_t pended; /* when an expiry was last pended; VTICK_NEVER: not since the last ARM */
	struct vtick_timer soft;
};

/* How long from now to @lead before the target; 0: it is due. */
static inline uint64_t kvm_time_left(const struct vtick_host *h, const struct kvm_timer *t,
				     int64_t lead)
{
	int64_t left = t->target - lead - (int64_t)h->now;

	return left < 0 ? 0 : (uint64_t)left;
}

/* The guest's write. An ITM that has passed never fires. */
static inline void kvm_set(struct vtick_host *h, struct kvm_timer *t, const struct vtick_arm *a)
{
	const struct kvm *k = vtick_params(h);
	uint64_t counter = h->counter(h, t->soft.vp);

	t->target = (int64_t)(h->now + a->deadline - counter);
	t->deadline = a->deadline;
	t->period = a->period && a->period < k->min_period ? k->min_period : a->period;
	t->deadline_mode = a->dev != VTICK_LAPIC && !a->period;
	t->armed = a->dev != VTICK_ITM || a->deadline > counter;
	t->pended = VTICK_NEVER;
}

/* advance_periodic_target_expiration() */
static inline void kvm_next_period(const struct vtick_host *h, struct kvm_timer *t, uint64_t late)
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
static inline void kvm_expire(struct vtick_host *h, struct kvm_timer *t, uint64_t late)
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

static inline void kvm_expired(struct vtick_host *h, struct kvm_timer *t)
{
	kvm_expire(h, t, ((const struct kvm *)vtick_params(h))->late);
}

/* What the guest wrote lies @left ahead: if that is nothing it expires at once. */
static inline void kvm_expire_at_once(struct vtick_host *h, struct kvm_timer *t, uint64_t left)
{
	if (t->armed && !left)
		kvm_expire(h, t, KVM_DROP);
}

/* The mask is looked at when an interrupt is injected; the timer does not hear of it. */
static inline void kvm_mask(struct vtick_host *h, uint32_t vp, int masked, uint32_t vector)
{
	struct kvm_timer *t = vtick_vp(h, vp);

	t->masked = masked;
}

/* ---- the software timer: start_sw_tscdeadline(), start_sw_period() ---- */

static inline uint64_t kvm_soft_left(const struct vtick_host *h, const struct kvm_timer *t)
{
	const struct kvm *k = vtick_params(h);

	return kvm_time_left(h, t, t->deadline_mode ? k->advance : 0);
}

static inline void kvm_soft_add(struct vtick_host *h, struct kvm_timer *t, uint32_t lp)
{
	h->timer_add(h, &t->soft, lp, h->now + kvm_soft_left(h, t), 0);
}

/* After the guest's write. */
static inline void kvm_soft_start(struct vtick_host *h, struct kvm_timer *t)
{
	kvm_expire_at_once(h, t, kvm_soft_left(h, t));
	if (t->armed)
		kvm_soft_add(h, t, h->lp_of(h, t->soft.vp));
}

/* apic_timer_fn(): it starts itself again. */
static inline void kvm_soft_due(struct vtick_host *h, struct vtick_timer *timer)
{
	struct kvm_timer *t = vtick_vp(h, timer->vp);

	kvm_expired(h, t);
	if (t->armed)
		kvm_soft_add(h, t, timer->lp);
}

/* __kvm_migrate_apic_timer(): it follows its VP. */
static inline void kvm_soft_sched_in(struct vtick_host *h, uint32_t vp, uint32_t lp)
{
	struct kvm_timer *t = vtick_vp(h, vp);

	if (vtick_timer_active(&t->soft) && t->soft.lp != lp)
		h->timer_add(h, &t->soft, lp, t->soft.expiry, 0);
}

/* ---- while the VP runs: the VMX preemption timer, or the processor's own for the guest ---- */

/* Is it served by the processor, without an exit? */
static inline int kvm_native(const struct kvm_timer *t)
{
	return t->virtualized && t->deadline_mode && !t->masked;
}

static inline uint64_t kvm_hv_left(const struct vtick_host *h, const struct kvm_timer *t)
{
	const struct kvm *k = vtick_params(h);

	return kvm_time_left(h, t, kvm_native(t) ? 0 : k->advance);
}

/* start_hv_timer(): a wait of more than 32 bits is the host's. (None has 63.) */
static inline void kvm_hv_start(struct vtick_host *h, struct kvm_timer *t, uint32_t lp)
{
	const struct kvm *k = vtick_params(h);
	uint64_t left = kvm_hv_left(h, t);

	if (!kvm_native(t) && left >> (32 + (k->shift < 31 ? k->shift : 31))) {
		kvm_soft_add(h, t, lp);
		return;
	}
	h->timer_del(h, &t->soft);
	h->guest_arm(h, lp, h->now + left);
}

static inline void kvm_hv_stop(struct vtick_host *h, struct kvm_timer *t)
{
	h->timer_del(h, &t->soft);
	h->guest_arm(h, h->lp_of(h, t->soft.vp), VTICK_NEVER);
}

static inline void kvm_hv_arm(struct vtick_host *h, uint32_t vp, const struct vtick_arm *a)
{
	struct kvm_timer *t = vtick_vp(h, vp);

	kvm_hv_stop(h, t);
	kvm_set(h, t, a);
	if (kvm_native(t))
		h->no_exit(h);
	kvm_expire_at_once(h, t, kvm_hv_left(h, t));
	if (t->armed)
		kvm_hv_start(h, t, h->lp_of(h, vp));
}

static inline void kvm_hv_disarm(struct vtick_host *h, uint32_t vp)
{
	struct kvm_timer *t = vtick_vp(h, vp);

	if (kvm_native(t))
		h->no_exit(h);
	kvm_hv_stop(h, t);
	t->armed = 0;
}

/* kvm_lapic_expired_hv_timer() */
static inline void kvm_hv_guest_due(struct vtick_host *h, uint32_t lp, uint32_t vp)
{
	struct kvm_timer *t = vtick_vp(h, vp);

	if (kvm_native(t))
		h->no_exit(h);
	kvm_expired(h, t);
	if (t->armed)
		kvm_hv_start(h, t, lp);
}

/* Of a VP that runs: what was too far may be near enough for the next period. */
static inline void kvm_hv_timer_due(struct vtick_host *h, struct vtick_timer *timer)
{
	struct kvm_timer *t = vtick_vp(h, timer->vp);

	kvm_expired(h, t);
	if (t->armed && h->runs(h, timer->vp))
		kvm_hv_start(h, t, h->lp_of(h, timer->vp));
	else if (t->armed)
		kvm_soft_add(h, t, timer->lp);
}

/* kvm_lapic_switch_to_sw_timer(): of a VP that blocks. */
static inline void kvm_hv_sched_out(struct vtick_host *h, uint32_t vp, uint32_t lp, uint32_t reason)
{
	struct kvm_timer *t = vtick_vp(h, vp);

	if (reason == VTICK_BLOCK && t->armed && !vtick_timer_active(&t->soft))
		kvm_soft_add(h, t, lp);
}

static inline void kvm_hv_sched_in(struct vtick_host *h, uint32_t vp, uint32_t lp)
{
	struct kvm_timer *t = vtick_vp(h, vp);

	h->timer_del(h, &t->soft);
	if (t->armed)
		kvm_hv_start(h, t, lp);
}

#endif
