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
	uint32_t vp;

	k->late = (enum kvm_late)late;
	k->min_period = limited_ticks(r, min_period_ns);
	k->shift = shift;
	k->guest = ref_alloc(r->meta->vps, sizeof(*k->guest));
	for (vp = 0; vp < r->meta->vps; vp++) {
		k->guest[vp].advance_ns =
		    advance_ns > 0xffffffff ? 0xffffffff : (int64_t)advance_ns;
		k->guest[vp].served = REF_UNKNOWN;
		k->guest[vp].lp = REF_NONE;
	}
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

bool kvm_native(struct ref *r, uint32_t vp)
{
	return kvm_of(r)->native && kvm_of(r)->native(r, vp);
}

void kvm_take(struct ref *r, uint32_t vp)
{
	kvm_guest_of(r, vp)->pending = false;
	kvm_guest_of(r, vp)->told = false;
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
	if (period && deadline == counter + period)
		g->target = r->now + g->period;
	g->armed = true;
	kvm_take(r, vp);
	if (deadline <= counter && dev == TRACE_ITM)
		g->armed = false;
}

static void move(struct kvm_guest *g, int64_t target)
{
	g->deadline += target - g->target;
	g->target = target;
}

static void expires(struct ref *r, uint32_t vp, int64_t target, int64_t deadline)
{
	struct kvm_guest *g = kvm_guest_of(r, vp);

	if (!g->pending) {
		g->kept = deadline;
		if (!kvm_native(r, vp) && (g->deadline_mode || g->in_use))
			g->served = target;
	}
	g->pending = true;
	if (g->masked)
		return;
	if (g->period && g->target == target + g->period && g->target <= r->now) {
		ref_pend_one(r, vp, deadline);
	} else if (!g->told || g->last != r->now) {
		ref_pend(r, vp, deadline);
		g->last = r->now;
	}
	g->told = true;
}

void kvm_expired(struct ref *r, uint32_t vp, enum kvm_late late)
{
	struct kvm_guest *g = kvm_guest_of(r, vp);
	int64_t target = g->target, deadline = g->deadline;

	g->armed = g->period != 0;
	if (g->armed) {
		move(g, target + g->period);
		if (late == KVM_REBASE && g->target < r->now)
			move(g, r->now);
		if (late == KVM_DROP)
			move(g, ref_first_after(g->target, g->period, r->now));
	}
	expires(r, vp, target, deadline);
}

void kvm_add(struct ref *r, uint32_t vp, uint32_t lp, int64_t time)
{
	ref_timer_add(r, &r->vp[vp].timer, lp, time > 0 ? time : 0);
}

bool kvm_moves(struct ref *r, uint32_t vp, uint32_t lp)
{
	struct kvm_guest *g = kvm_guest_of(r, vp);
	uint32_t before = g->lp;

	g->lp = lp;
	if (before == lp)
		return false;
	g->moved = before != REF_NONE;
	return true;
}

int64_t kvm_lead(struct ref *r, uint32_t vp)
{
	return limited_ticks(r, (uint64_t)kvm_guest_of(r, vp)->advance_ns);
}

void kvm_mask(struct ref *r, uint32_t vp, bool masked)
{
	if (kvm_guest_of(r, vp)->told)
		kvm_take(r, vp);
	kvm_guest_of(r, vp)->masked = masked;
}

void kvm_counter(struct ref *r, uint32_t vp, int64_t value)
{
	(void)r;
	(void)vp;
	(void)value;
}

static void wait(struct ref *r, uint32_t vp)
{
	struct kvm_guest *g = kvm_guest_of(r, vp);
	int64_t e = r->now - g->served, size = e < 0 ? -e : e, lead;

	g->served = REF_UNKNOWN;
	if (size >= 100 && size <= 10000) {
		int64_t s = ref_ns(r, size) / 8;

		g->advance_ns += e < 0 ? -s : s;
		if (g->advance_ns < 0 || g->advance_ns > 5000)
			g->advance_ns = 1000;
	}
	if (e >= 0)
		return;
	lead = kvm_lead(r, vp);
	ref_spend(r, size < lead ? size : lead);
}

void kvm_resume(struct ref *r, uint32_t vp, uint32_t lp)
{
	struct kvm_guest *g = kvm_guest_of(r, vp);
	struct ref_timer *timer = &r->vp[vp].timer;

	if (g->moved && timer->active)
		ref_timer_add(r, timer, lp, timer->expiry);
	g->moved = false;
	if (!g->pending || g->masked)
		return;
	if (!g->told)
		ref_pend(r, vp, g->kept);
	kvm_take(r, vp);
	if (r->params->cost_ns && g->served != REF_UNKNOWN && g->advance_ns)
		wait(r, vp);
}

int64_t kvm_early(struct ref *r, uint32_t vp)
{
	return kvm_guest_of(r, vp)->deadline_mode ? kvm_lead(r, vp) : 0;
}

bool kvm_due_at_a_start(struct ref *r, uint32_t vp)
{
	struct kvm_guest *g = kvm_guest_of(r, vp);

	if (g->deadline_mode)
		return g->target - kvm_early(r, vp) <= r->now;
	return g->target < r->now;
}

void kvm_soft_start(struct ref *r, uint32_t vp)
{
	struct kvm_guest *g = kvm_guest_of(r, vp);

	if (g->armed && kvm_due_at_a_start(r, vp))
		kvm_expired(r, vp, KVM_DROP);
	if (g->armed)
		kvm_add(r, vp, r->vp[vp].lp, g->target - kvm_early(r, vp));
}

void kvm_soft_due(struct ref *r, uint32_t vp, uint32_t lp)
{
	struct kvm_guest *g = kvm_guest_of(r, vp);

	if (!g->pending)
		ref_kick(r, vp);
	kvm_expired(r, vp, kvm_of(r)->late);
	if (g->armed)
		kvm_add(r, vp, lp, g->target - kvm_early(r, vp));
}
