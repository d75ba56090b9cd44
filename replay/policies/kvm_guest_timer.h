/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * KVM's timer in guest mode: the VMX preemption timer, or the processor's own for the guest, while a VP runs;
 * an hrtimer while it is blocked; nothing while it is preempted. For kvm-preemption-timer.c, and for
 * apic-timer-virtualization.c, which says of each timer whether it is `native`: served by the processor.
 *
 * Source: Linux 6.18, arch/x86/kvm/lapic.c: start_hv_timer(), kvm_lapic_expired_hv_timer(),
 * kvm_lapic_switch_to_sw_timer(); arch/x86/kvm/vmx/vmx.c: vmx_set_hv_timer(), vmx_update_hv_timer().
 * The rules word by word: RULES.md sections 10 and 11.
 */
#ifndef KVM_GUEST_TIMER_H
#define KVM_GUEST_TIMER_H

#include "kvm_lapic.h"

/* Is @t served by the processor? Each of the two has its own. */
static int native(const struct kvm_timer *t);

static const struct vtick_param params[] = {
	{ "advance", "1000", NULL, "ns by which the host's timers are early (lapic_timer_advance); 0: off" },
	KVM_PARAM_LATE,
	KVM_PARAM_MIN_PERIOD,
	{ "shift", "5", NULL, "the preemption timer counts once in 2^shift ticks; it has 32 bits" },
	{ NULL, NULL, NULL, NULL },
};

static int open_policy(struct vtick_host *h, const struct vtick_args *args, void **state)
{
	return kvm_open(h,
			(struct kvm){ .advance = (int64_t)kvm_ticks(h, args->value[0]),
				      .late = args->value[1],
				      .min_period = kvm_ticks(h, args->value[2]),
				      /* no wait has 63 bits */
				      .wait_bits = 32 + (args->value[3] < 31 ? args->value[3] : 31) },
			state);
}

static uint64_t guest_time_left(const struct kvm *k, const struct vtick_host *h, const struct kvm_timer *t)
{
	return kvm_time_left(h, t, native(t) ? 0 : k->advance);
}

/* start_hv_timer(): a wait that is too long for the preemption timer is the host's. */
static void start(const struct kvm *k, struct vtick_host *h, struct kvm_timer *t, uint32_t lp)
{
	uint64_t left = guest_time_left(k, h, t);

	if (!native(t) && left >> k->wait_bits) {
		kvm_soft_add(k, h, t, lp);
		return;
	}
	h->timer_del(h, &t->soft);
	h->guest_arm(h, lp, h->now + left);
}

static void stop(struct vtick_host *h, struct kvm_timer *t)
{
	h->timer_del(h, &t->soft);
	h->guest_arm(h, h->lp_of(h, t->soft.vp), VTICK_NEVER);
}

static void arm(void *state, struct vtick_host *h, uint32_t vp, const struct vtick_arm *a)
{
	struct kvm_timer *t = kvm_timer_of(state, vp);

	stop(h, t);
	kvm_set(state, h, t, a);
	if (native(t))
		h->no_exit(h);
	if (t->armed && !guest_time_left(state, h, t))
		kvm_expired(h, t, KVM_DROP);
	if (t->armed)
		start(state, h, t, h->lp_of(h, vp));
}

static void disarm(void *state, struct vtick_host *h, uint32_t vp)
{
	struct kvm_timer *t = kvm_timer_of(state, vp);

	if (native(t))
		h->no_exit(h);
	stop(h, t);
	t->armed = 0;
}

/* kvm_lapic_expired_hv_timer() */
static void guest_due(void *state, struct vtick_host *h, uint32_t lp, uint32_t vp)
{
	const struct kvm *k = state;
	struct kvm_timer *t = kvm_timer_of(state, vp);

	if (native(t))
		h->no_exit(h);
	kvm_expired(h, t, k->late);
	if (t->armed)
		start(k, h, t, lp);
}

/* Of a VP that runs: what was too far for the preemption timer may be near enough for the next period. */
static void timer_due(void *state, struct vtick_host *h, struct vtick_timer *timer)
{
	const struct kvm *k = state;
	struct kvm_timer *t = kvm_timer_of(state, timer->vp);
	uint32_t lp = h->lp_of(h, timer->vp);

	kvm_expired(h, t, k->late);
	if (!t->armed)
		return;
	if (h->running(h, lp) == timer->vp)
		start(k, h, t, lp);
	else
		kvm_soft_add(k, h, t, timer->lp);
}

/* kvm_lapic_switch_to_sw_timer() */
static void sched_out(void *state, struct vtick_host *h, uint32_t vp, uint32_t lp, uint32_t reason)
{
	struct kvm_timer *t = kvm_timer_of(state, vp);

	if (reason == VTICK_BLOCK && t->armed && !vtick_timer_active(&t->soft))
		kvm_soft_add(state, h, t, lp);
}

static void sched_in(void *state, struct vtick_host *h, uint32_t vp, uint32_t lp)
{
	struct kvm_timer *t = kvm_timer_of(state, vp);

	h->timer_del(h, &t->soft);
	if (t->armed)
		start(state, h, t, lp);
}

#endif
