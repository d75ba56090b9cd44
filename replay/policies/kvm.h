/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kvm.h: what the KVM policies share. A guest's timer has a target in the host's time. It expires
 * by an hrtimer of the host (the software timer), or by the VMX preemption timer of the LP where
 * its VP runs (kvm_hv.h). An expiry is pending until the VP's thread goes back into the guest,
 * which injects it, and waits there for a deadline that was served early.
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
	uint64_t advance; /* ns by which the host's timers are early at first */
	uint64_t late;
	uint64_t min_period; /* ticks */
	uint64_t shift;	     /* the preemption timer counts once in 2^shift ticks */
};

#define KVM_ADVANCE(help)                                                                          \
	{                                                                                          \
		"advance", VTICK_NUMBER, offsetof(struct kvm, advance), "1000", NULL, help         \
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

/* The tuning of the advance (LAPIC_TIMER_ADVANCE_*): which errors count, in ticks, the share of
 * them that is taken over, and in ns the most, beyond which it is what it was at first. */
enum { KVM_TUNE_MIN = 100, KVM_TUNE_MAX = 10000, KVM_TUNE_STEP = 8 };
enum { KVM_ADVANCE_MAX = 5000, KVM_ADVANCE_INIT = 1000 };

struct kvm_timer {
	int64_t target;	   /* machine time */
	uint64_t deadline; /* the same as the guest has it: what pend() takes */
	uint64_t period;
	uint64_t advance;      /* ns, as tuned so far */
	uint64_t lead;	       /* the same in ticks */
	int64_t served;	       /* the target of the expiry that the way back waits for */
	int64_t covered;       /* no deadline up to then is left untold */
	uint64_t kept;	       /* the deadline of what expired under mask */
	uint64_t hv_at;	       /* when the preemption timer is due, where it is in use */
	uint32_t lp;	       /* where it was last */
	uint8_t deadline_mode; /* TSC-deadline; else one-shot or periodic, which count */
	uint8_t armed, masked;
	uint8_t virtualized; /* the processor has a timer for it */
	uint8_t pending;     /* an expiry that the guest has not got */
	uint8_t told;	     /* and pend() was called since */
	uint8_t waits;	     /* there is something in `served` */
	uint8_t moved;	     /* since it was in the guest last (KVM_REQ_MIGRATE_TIMER) */
	uint8_t hv;	     /* the preemption timer is in use */
	uint8_t blocked;     /* it is blocked, and the preemption timer was in use before */
	struct vtick_timer soft;
};

static inline void kvm_set_advance(const struct vtick_host *h, struct kvm_timer *t, uint64_t ns)
{
	t->advance = ns;
	t->lead = h->ticks(h, ns);
}

static inline int kvm_open(struct vtick_host *h)
{
	const struct kvm *k = vtick_params(h);

	for (uint32_t vp = 0; vp < h->vps; vp++) {
		struct kvm_timer *t = vtick_vp(h, vp);

		kvm_set_advance(h, t, k->advance < UINT32_MAX ? k->advance : UINT32_MAX);
		t->lp = VTICK_NO_LP;
	}
	return 0;
}

/* How long from now to @lead before the target; 0: it is due. */
static inline uint64_t kvm_time_left(const struct vtick_host *h, const struct kvm_timer *t,
				     uint64_t lead)
{
	int64_t left = t->target - (int64_t)lead - (int64_t)h->now;

	return left < 0 ? 0 : (uint64_t)left;
}

/* The guest's write. An ITM that has passed never fires. A period that is raised is so before the
 * first of it, too: a deadline that is one period ahead is the guest's still, but comes then. */
static inline void kvm_set(struct vtick_host *h, struct kvm_timer *t, const struct vtick_arm *a)
{
	const struct kvm *k = vtick_params(h);
	uint64_t counter = h->counter(h, t->soft.vp);

	t->target = (int64_t)(h->now + a->deadline - counter);
	t->deadline = a->deadline;
	t->period = a->period && a->period < k->min_period ? k->min_period : a->period;
	if (a->period && a->deadline - counter == a->period)
		t->target = (int64_t)(h->now + t->period);
	t->deadline_mode = a->dev != VTICK_LAPIC && !a->period;
	t->armed = a->dev != VTICK_ITM || a->deadline > counter;
	t->pending = t->told = 0;
}

/* ---- an expiry, and the way back into the guest ---- */

/* Is it served by the processor, without an exit? */
static inline int kvm_native(const struct kvm_timer *t)
{
	return t->virtualized && t->deadline_mode && !t->masked;
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

/*
 * apic_timer_expired(), of what was due at @target: one is pending at most. vtick hears of the
 * deadlines that are reached. Where others that are due, too, follow one by one, this is its own;
 * else it is all until now.
 */
static inline void kvm_pend(struct vtick_host *h, struct kvm_timer *t, int64_t target,
			    uint64_t deadline)
{
	int64_t now = (int64_t)h->now;

	if (!t->pending) {
		t->kept = deadline;
		if ((t->deadline_mode || t->hv) && !kvm_native(t)) {
			t->served = target;
			t->waits = 1;
		}
	}
	t->pending = 1;
	if (t->masked)
		return;
	if (t->period && t->target == target + (int64_t)t->period && t->target <= now) {
		h->pend_one(h, t->soft.vp, deadline);
	} else if (!t->told || t->covered != now) {
		h->pend(h, t->soft.vp, deadline);
		t->covered = now;
	}
	t->told = 1;
}

static inline void kvm_expire(struct vtick_host *h, struct kvm_timer *t, uint64_t late)
{
	int64_t target = t->target;
	uint64_t deadline = t->deadline;

	if (t->period)
		kvm_next_period(h, t, late);
	else
		t->armed = 0;
	kvm_pend(h, t, target, deadline);
}

static inline void kvm_expired(struct vtick_host *h, struct kvm_timer *t)
{
	kvm_expire(h, t, ((const struct kvm *)vtick_params(h))->late);
}

/* adjust_lapic_timer_advance(): the guest is there @error ticks after the deadline. */
static inline void kvm_tune(const struct vtick_host *h, struct kvm_timer *t, int64_t error)
{
	uint64_t size = error < 0 ? (uint64_t)-error : (uint64_t)error;
	uint64_t step, advance;

	if (size < KVM_TUNE_MIN || size > KVM_TUNE_MAX)
		return;
	step = h->ns(h, size) / KVM_TUNE_STEP;
	advance = error < 0 ? t->advance - step : t->advance + step;
	kvm_set_advance(h, t, advance > KVM_ADVANCE_MAX ? KVM_ADVANCE_INIT : advance);
}

/* kvm_wait_lapic_expire() */
static inline void kvm_wait(struct vtick_host *h, struct kvm_timer *t)
{
	int64_t error = (int64_t)h->now - t->served;

	t->waits = 0;
	kvm_tune(h, t, error);
	if (error < 0)
		h->spend(h, (uint64_t)-error < t->lead ? (uint64_t)-error : t->lead);
}

/*
 * vcpu_enter_guest(): the timer of a VP that came from elsewhere moves (__kvm_migrate_apic_timer),
 * what is pending is injected, the deadline is waited for.
 */
static inline void kvm_resume(struct vtick_host *h, uint32_t vp, uint32_t lp)
{
	struct kvm_timer *t = vtick_vp(h, vp);

	if (t->moved && vtick_timer_active(&t->soft))
		h->timer_add(h, &t->soft, lp, t->soft.expiry, 0);
	t->moved = 0;
	if (!t->pending || t->masked)
		return;
	if (!t->told)
		h->pend(h, vp, t->kept);
	t->pending = t->told = 0;
	if (h->costs && t->waits && t->advance)
		kvm_wait(h, t);
}

/* The mask is looked at when an interrupt is injected; the timer does not hear of it. */
static inline void kvm_set_mask(struct kvm_timer *t, int masked)
{
	/* The guest writes, so it has got what was pending, unless that is under mask. */
	if (t->told)
		t->pending = t->told = 0;
	t->masked = masked != 0;
}

static inline void kvm_mask(struct vtick_host *h, uint32_t vp, int masked, uint32_t vector)
{
	kvm_set_mask(vtick_vp(h, vp), masked);
}

/* kvm_arch_vcpu_load(): is this another LP than the one before? */
static inline int kvm_load(struct kvm_timer *t, uint32_t lp)
{
	int other = t->lp != lp;

	if (other)
		t->moved = t->lp != VTICK_NO_LP;
	t->lp = lp;
	return other;
}

/* ---- the software timer: start_sw_tscdeadline(), start_sw_period() ---- */

static inline uint64_t kvm_soft_lead(const struct kvm_timer *t)
{
	return t->deadline_mode ? t->lead : 0;
}

/* A count that ends now is left to the timer. */
static inline int kvm_soft_is_due(const struct vtick_host *h, const struct kvm_timer *t)
{
	int64_t now = (int64_t)h->now;

	return t->deadline_mode ? t->target - (int64_t)t->lead <= now : t->target < now;
}

static inline void kvm_soft_add(struct vtick_host *h, struct kvm_timer *t, uint32_t lp)
{
	int64_t expiry = t->target - (int64_t)kvm_soft_lead(t);

	h->timer_add(h, &t->soft, lp, expiry < 0 ? 0 : (uint64_t)expiry, 0);
}

/* After the guest's write: what it wrote may have passed, so that it expires at once. */
static inline void kvm_soft_start(struct vtick_host *h, struct kvm_timer *t)
{
	if (t->armed && kvm_soft_is_due(h, t))
		kvm_expire(h, t, KVM_DROP);
	if (t->armed)
		kvm_soft_add(h, t, h->lp_of(h, t->soft.vp));
}

/* apic_timer_fn(): it starts itself again. */
static inline void kvm_soft_due(struct vtick_host *h, struct vtick_timer *timer)
{
	struct kvm_timer *t = vtick_vp(h, timer->vp);

	if (!t->pending)
		h->kick(h, timer->vp);
	kvm_expired(h, t);
	if (t->armed)
		kvm_soft_add(h, t, timer->lp);
}

static inline void kvm_soft_sched_in(struct vtick_host *h, uint32_t vp, uint32_t lp)
{
	kvm_load(vtick_vp(h, vp), lp);
}

#endif
