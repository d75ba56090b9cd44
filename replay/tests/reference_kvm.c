/* SPDX-License-Identifier: GPL-2.0-only */
/* What the reference's KVM designs share: section 9 of RULES.md. */
#include "replay/tests/reference_kvm.h"

#include <stdlib.h>

static int64_t limited_ticks(const struct ref *r, uint64_t ns)
{
	const unsigned __int128 limit = ((unsigned __int128)1 << 60) - 1;
	unsigned __int128 t = (unsigned __int128)ns * r->meta->clock_hz / 1000000000;

	return (int64_t)(t < limit ? t : limit);
}

void kvm_open(struct ref *r, uint64_t advance_ns, uint64_t late, uint64_t min_period_ns,
	      uint64_t shift)
{
	struct kvm *k = ref_alloc(1, sizeof(*k));

	k->advance = limited_ticks(r, advance_ns);
	k->late = (enum kvm_late)late;
	k->min_period = limited_ticks(r, min_period_ns);
	k->shift = shift;
	k->guest = ref_alloc(r->meta->vps, sizeof(*k->guest));
	r->policy = k;
}

void kvm_close(struct ref *r)
{
	free(kvm_of(r)->guest);
	free(r->policy);
}

struct kvm *kvm_of(struct ref *r)
{
	return r->policy;
}

struct kvm_guest *kvm_guest_of(struct ref *r, uint32_t vp)
{
	return &kvm_of(r)->guest[vp];
}

void kvm_set(struct ref *r, uint32_t vp, int64_t deadline, int64_t period, unsigned dev)
{
	struct kvm_guest *g = kvm_guest_of(r, vp);
	int64_t counter = ref_counter(r, vp);

	g->deadline_mode = dev != TRACE_LAPIC && !period;
	g->target = r->now + (deadline - counter);
	g->deadline = deadline;
	g->period = period;
	if (period && period < kvm_of(r)->min_period)
		g->period = kvm_of(r)->min_period;
	g->armed = true;
	g->last = REF_UNKNOWN;
	if (deadline <= counter && dev == TRACE_ITM)
		g->armed = false;
}

static void move(struct kvm_guest *g, int64_t target)
{
	g->deadline += target - g->target;
	g->target = target;
}

void kvm_expired(struct ref *r, uint32_t vp, enum kvm_late late)
{
	struct kvm_guest *g = kvm_guest_of(r, vp);

	if (!g->masked && g->last != r->now) {
		ref_pend(r, vp, g->deadline);
		g->last = r->now;
	}
	if (!g->period) {
		g->armed = false;
		return;
	}
	move(g, g->target + g->period);
	if (late == KVM_REBASE && g->target < r->now)
		move(g, r->now);
	if (late == KVM_DROP)
		move(g, ref_first_after(g->target, g->period, r->now));
}

void kvm_add(struct ref *r, uint32_t vp, uint32_t lp, int64_t time)
{
	ref_timer_add(r, &r->vp[vp].timer, lp, time > r->now ? time : r->now);
}

void kvm_mask(struct ref *r, uint32_t vp, bool masked)
{
	kvm_guest_of(r, vp)->masked = masked;
}

void kvm_counter(struct ref *r, uint32_t vp, int64_t value)
{
	(void)r;
	(void)vp;
	(void)value;
}

int64_t kvm_soft_lead(struct ref *r, uint32_t vp)
{
	return kvm_guest_of(r, vp)->deadline_mode ? kvm_of(r)->advance : 0;
}

void kvm_soft_start(struct ref *r, uint32_t vp)
{
	struct kvm_guest *g = kvm_guest_of(r, vp);
	int64_t lead = kvm_soft_lead(r, vp);

	if (g->armed && g->target - lead <= r->now)
		kvm_expired(r, vp, KVM_DROP);
	if (g->armed)
		kvm_add(r, vp, r->vp[vp].lp, g->target - lead);
}

void kvm_soft_due(struct ref *r, uint32_t vp, uint32_t lp)
{
	struct kvm_guest *g = kvm_guest_of(r, vp);

	kvm_expired(r, vp, kvm_of(r)->late);
	if (g->armed)
		kvm_add(r, vp, lp, g->target - kvm_soft_lead(r, vp));
}

void kvm_soft_in(struct ref *r, uint32_t vp, uint32_t lp)
{
	struct ref_timer *timer = &r->vp[vp].timer;

	if (timer->active && timer->lp != lp)
		ref_timer_add(r, timer, lp, timer->expiry);
}
