/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kvm.h: what the KVM policies share. A guest timer has a target in the host's time; it expires by
 * an hrtimer of the host (the software timer) or by the VMX preemption timer of the LP where its VP
 * runs.
 *
 * Source: Linux 6.18, arch/x86/kvm/lapic.c; the names of its functions stand at the code.
 * late=catchup: advance_periodic_target_expiration() up to 6.18.2; late=rebase: the same in 6.18.44
 * and 7.3; late=drop: of no KVM, what a hypervisor could do else. The rules word by word: RULES.md
 * section 9.
 */
#ifndef VTICK_REPLAY_POLICIES_KVM_H
#define VTICK_REPLAY_POLICIES_KVM_H

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
	int64_t advance;     /* by which the host's timers are early */
	uint64_t wait_bits;  /* of the longest wait that the preemption timer can count */
	struct kvm_timer *vp;
};

static inline struct kvm_timer *kvm_timer_of(void *state, uint32_t vp)
{
	return &((struct kvm *)state)->vp[vp];
}

/* floor(ns * clock_hz / 1e9), below 2^60. */
static inline uint64_t kvm_ticks(const struct vtick_host *h, uint64_t ns)
{
	unsigned __int128 ticks = (unsigned __int128)ns * h->clock_hz / 1000000000u;

	return ticks >> 60 ? (UINT64_C(1) << 60) - 1 : (uint64_t)ticks;
}

static inline int kvm_open(struct vtick_host *h, struct kvm parameters, void **state)
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

static inline void kvm_close(void *state)
{
	struct kvm *k = state;

	free(k->vp);
	free(k);
}

/* How long from now to @lead before the target; 0: it is due. */
static inline uint64_t kvm_time_left(const struct vtick_host *h, const struct kvm_timer *t,
				     int64_t lead)
{
	int64_t left = t->target - lead - (int64_t)h->now;

	return left < 0 ? 0 : (uint64_t)left;
}

/* The guest's write. An ITM that has passed never fires. */
static inline void kvm_set(const struct kvm *k, struct vtick_host *h, struct kvm_timer *t,
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
static inline void kvm_expired(struct vtick_host *h, struct kvm_timer *t, uint64_t late)
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
static inline void kvm_mask(void *state, struct vtick_host *h, uint32_t vp, int masked,
			    uint32_t vector)
{
	(void)h;
	(void)vector;
	kvm_timer_of(state, vp)->masked = masked;
}

/* ---- the software timer, an hrtimer of the host on @lp: start_sw_tscdeadline(), start_sw_period()
 * ---- */

static inline int64_t kvm_soft_lead(const struct kvm *k, const struct kvm_timer *t)
{
	return t->deadline_mode ? k->advance : 0;
}

static inline void kvm_soft_add(const struct kvm *k, struct vtick_host *h, struct kvm_timer *t,
				uint32_t lp)
{
	h->timer_add(h, &t->soft, lp, h->now + kvm_time_left(h, t, kvm_soft_lead(k, t)), 0);
}

/* After the guest's write. */
static inline void kvm_soft_start(const struct kvm *k, struct vtick_host *h, struct kvm_timer *t,
				  uint32_t lp)
{
	if (t->armed && !kvm_time_left(h, t, kvm_soft_lead(k, t)))
		kvm_expired(h, t, KVM_DROP);
	if (t->armed)
		kvm_soft_add(k, h, t, lp);
}

/* apic_timer_fn(): it starts itself again. */
static inline void kvm_soft_due(void *state, struct vtick_host *h, struct vtick_timer *timer)
{
	const struct kvm *k = state;
	struct kvm_timer *t = kvm_timer_of(state, timer->vp);

	kvm_expired(h, t, k->late);
	if (t->armed)
		kvm_soft_add(k, h, t, timer->lp);
}

/* __kvm_migrate_apic_timer(): it follows its VP. */
static inline void kvm_soft_migrate(struct vtick_host *h, struct kvm_timer *t, uint32_t lp)
{
	if (vtick_timer_active(&t->soft) && t->soft.lp != lp)
		h->timer_add(h, &t->soft, lp, t->soft.expiry, 0);
}

/* ---- the VMX preemption timer of the LP where the VP runs: vmx_set_hv_timer() ---- */

static inline uint64_t kvm_hv_time_left(const struct kvm *k, const struct vtick_host *h,
					const struct kvm_timer *t)
{
	return kvm_time_left(h, t, k->advance);
}

/* start_hv_timer(): a wait that is too long for the preemption timer is the host's. */
static inline void kvm_hv_start(const struct kvm *k, struct vtick_host *h, struct kvm_timer *t,
				uint32_t lp)
{
	uint64_t left = kvm_hv_time_left(k, h, t);

	if (left >> k->wait_bits) {
		kvm_soft_add(k, h, t, lp);
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

/* kvm_lapic_switch_to_sw_timer(): for a VP that blocks. */
static inline void kvm_hv_sched_out(void *state, struct vtick_host *h, uint32_t vp, uint32_t lp,
				    uint32_t reason)
{
	struct kvm_timer *t = kvm_timer_of(state, vp);

	if (reason == VTICK_BLOCK && t->armed && !vtick_timer_active(&t->soft))
		kvm_soft_add(state, h, t, lp);
}

#endif
