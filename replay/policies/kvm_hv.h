/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kvm_hv.h: while a VP runs, its deadline is in the VMX preemption timer, or in the processor's own
 * timer for the guest. Source and rules: kvm.h, RULES.md sections 10 and 11.
 */
#ifndef VTICK_REPLAY_POLICIES_KVM_HV_H
#define VTICK_REPLAY_POLICIES_KVM_HV_H

#include "kvm.h"

static inline uint64_t kvm_hv_left(const struct vtick_host *h, const struct kvm_timer *t)
{
	return kvm_time_left(h, t, kvm_native(t) ? 0 : t->lead);
}

/* cancel_hv_timer() */
static inline void kvm_hv_cancel(struct vtick_host *h, struct kvm_timer *t)
{
	if (t->hv)
		h->guest_arm(h, h->lp_of(h, t->soft.vp), VTICK_NEVER);
	t->hv = 0;
}

/* start_sw_timer() */
static inline void kvm_hv_to_soft(struct vtick_host *h, struct kvm_timer *t, uint32_t lp)
{
	kvm_hv_cancel(h, t);
	if (t->pending && !t->period)
		return;
	if (kvm_soft_is_due(h, t))
		kvm_expired(h, t);
	if (t->armed)
		kvm_soft_add(h, t, lp);
}

/*
 * restart_apic_timer(), of a VP that runs on @lp. A wait of more than 32 bits is the host's. (None
 * has 63.) A one-shot that is due expires here, a period by the exit that follows.
 */
static inline void kvm_hv_start(struct vtick_host *h, struct kvm_timer *t, uint32_t lp)
{
	const struct kvm *k = vtick_params(h);
	uint64_t left = kvm_hv_left(h, t);

	if (!t->armed || (t->pending && !t->period))
		return;
	if (!kvm_native(t) && left >> (32 + (k->shift < 31 ? k->shift : 31))) {
		kvm_hv_to_soft(h, t, lp);
		return;
	}
	h->timer_del(h, &t->soft);
	t->hv = 1;
	t->hv_at = h->now + left;
	h->guest_arm(h, lp, t->hv_at);
	if (left || t->period || kvm_native(t))
		return;
	kvm_expired(h, t);
	kvm_hv_cancel(h, t);
}

static inline void kvm_hv_stop(struct vtick_host *h, struct kvm_timer *t)
{
	h->timer_del(h, &t->soft);
	kvm_hv_cancel(h, t);
}

static inline void kvm_hv_arm(struct vtick_host *h, uint32_t vp, const struct vtick_arm *a)
{
	struct kvm_timer *t = vtick_vp(h, vp);

	kvm_hv_stop(h, t);
	kvm_set(h, t, a);
	if (kvm_native(t))
		h->no_exit(h);
	if (t->armed && t->period && !kvm_hv_left(h, t))
		kvm_expire(h, t, KVM_DROP);
	kvm_hv_start(h, t, h->lp_of(h, vp));
}

static inline void kvm_hv_disarm(struct vtick_host *h, uint32_t vp)
{
	struct kvm_timer *t = vtick_vp(h, vp);

	if (kvm_native(t))
		h->no_exit(h);
	kvm_hv_stop(h, t);
	t->armed = t->pending = t->told = 0;
}

/* kvm_lapic_expired_hv_timer() */
static inline void kvm_hv_guest_due(struct vtick_host *h, uint32_t lp, uint32_t vp)
{
	struct kvm_timer *t = vtick_vp(h, vp);

	if (kvm_native(t))
		h->no_exit(h);
	kvm_expired(h, t);
	t->hv = 0;
	kvm_hv_start(h, t, lp);
}

/* kvm_lapic_switch_to_sw_timer(): of a VP that blocks. */
static inline void kvm_hv_sched_out(struct vtick_host *h, uint32_t vp, uint32_t lp, uint32_t reason)
{
	struct kvm_timer *t = vtick_vp(h, vp);

	if (reason != VTICK_BLOCK || !t->hv)
		return;
	t->blocked = 1;
	kvm_hv_to_soft(h, t, lp);
}

/* kvm_lapic_restart_hv_timer(), kvm_lapic_switch_to_hv_timer(), vmx_update_hv_timer() */
static inline void kvm_hv_sched_in(struct vtick_host *h, uint32_t vp, uint32_t lp)
{
	struct kvm_timer *t = vtick_vp(h, vp);

	if (kvm_load(t, lp) && t->hv)
		kvm_hv_start(h, t, lp);
	if (t->blocked)
		kvm_hv_start(h, t, lp);
	t->blocked = 0;
	if (t->hv)
		h->guest_arm(h, lp, t->hv_at);
}

#endif
