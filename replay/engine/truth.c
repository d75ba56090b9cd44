/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What each guest asked for, and what became of it: deadlines truly reached, pended, delivered,
 * missed; wake-ups and breaks of causality. RULES.md sections 1, 4 and 6.
 */
#include "replay/engine/truth.h"

#include "replay/engine/costed.h"
#include "replay/watch/fates.h"
#include "replay/watch/witness.h"

/* What rounding may do is not early. */
#define EARLY_NS 2

/* Where more than one deadline was added at once. */
static __attribute__((cold, noinline)) void saturate(struct vp_state *v)
{
	count_add(&v->counts.ticks_due, 0);
	count_add(&v->outstanding, 0);
}

/* A deadline of a VP that is blocked: is it the one that it is to be woken by? */
static inline void find_wake(struct vp_state *v, int64_t due)
{
	if (!v->in_block || (v->wake_found && (!v->wake_early || v->wake_due <= due)))
		return;
	v->wake_found = true;
	v->before_wake = v->outstanding;
	v->wake_early = v->wake_pended = v->wake_served = false;
	v->wake_due = due;
}

/* @count deadlines of which the first is due at @due (<= now) are reached, unmasked. */
static void become_outstanding(struct engine *e, struct vp_state *v, uint64_t due, uint64_t count)
{
	witness_reached(e, v);
	if (!v->outstanding) {
		v->oldest = (int64_t)due;
		v->opportunity = v->running ? (int64_t)due : UNKNOWN_TIME;
		v->breaks = 0;
	}
	v->counts.ticks_due += count;
	find_wake(v, (int64_t)due);
	v->outstanding += count;
	if (count > 1)
		saturate(v);
}

static void arm_reached(struct engine *e, struct vp_state *v)
{
	e->counts.arms_reached += v->arm_open;
	v->arm_open = false;
}

/* RULES.md 1.3. */
void truth_reach(struct engine *e, struct vp_state *v)
{
	uint64_t due = v->due, count = 1;

	arm_reached(e, v);
	if (v->period) {
		/* Mostly one, without the division. */
		if (e->host.now - due >= v->period)
			count += (e->host.now - due) / v->period;
		v->due += count * v->period;
	} else {
		v->due = VTICK_NEVER;
	}
	if (!v->masked)
		become_outstanding(e, v, due, count);
}

/* The guest or its end takes away what was reached and never pended. RULES.md 1.8. */
static void miss_outstanding(struct engine *e, struct vp_state *v)
{
	if (!v->outstanding)
		return;
	fates_note(e, v, FATE_MISSED, v->oldest, UNKNOWN_TIME, v->outstanding);
	count_add(&v->counts.ticks_missed, v->outstanding);
	count_add(&e->counts.causality_breaks, v->outstanding - v->breaks);
	v->outstanding = 0;
}

/* The first deadline + k * period later than @counter. */
static uint64_t next_period(uint64_t deadline, uint64_t period, uint64_t counter)
{
	return deadline + ((counter - deadline) / period + 1) * period;
}

/* What became due of a SEED's timer is known now. RULES.md 1.10. */
static void end_inferred(struct vp_state *v)
{
	if (!v->inferred)
		return;
	v->inferred = false;
	v->counts.ticks_inferred = v->counts.ticks_due + v->on_time - v->counts.ticks_inferred;
}

/* RULES.md 1.4. */
static inline void program(struct engine *e, struct vp_state *v, const struct trace_event *ev)
{
	uint64_t now = e->host.now, counter = truth_counter(v, now), deadline = ev->value;

	v->armed_at = now;
	v->period = ev->extra;
	if (deadline > counter) {
		v->due = deadline - (uint64_t)v->counter_offset;
		return;
	}
	v->due = VTICK_NEVER;
	if (ev->sub == TRACE_ITM)
		return;
	arm_reached(e, v);
	if (!v->masked)
		become_outstanding(e, v, now, 1);
	if (v->period)
		v->due = next_period(deadline, v->period, counter) - (uint64_t)v->counter_offset;
}

void truth_arm_any(struct engine *e, struct vp_state *v, const struct trace_event *ev)
{
	miss_outstanding(e, v);
	end_inferred(v);
	e->counts.arms++;
	e->counts.arms_replaced += v->arm_open;
	v->arm_open = true;
	program(e, v, ev);
}

void truth_seed(struct engine *e, struct vp_state *v, const struct trace_event *ev)
{
	e->counts.arms_inferred++;
	v->inferred = true;
	v->counts.ticks_inferred = v->counts.ticks_due + v->on_time;
	program(e, v, ev);
}

/* RULES.md 1.5. */
void truth_disarm(struct engine *e, struct vp_state *v)
{
	miss_outstanding(e, v);
	end_inferred(v);
	e->counts.arms_cancelled += v->arm_open;
	v->arm_open = false;
	v->due = VTICK_NEVER;
}

/* RULES.md 1.7. */
void truth_counter_set(struct engine *e, struct vp_state *v, uint64_t value)
{
	uint64_t now = e->host.now, deadline = v->due + (uint64_t)v->counter_offset;

	v->counter_offset = (int64_t)(value - now);
	if (v->due == VTICK_NEVER)
		return;
	v->due = deadline - (uint64_t)v->counter_offset;
	if (deadline > value)
		return;
	v->due = VTICK_NEVER;
	if (v->dev == TRACE_ITM)
		return;
	arm_reached(e, v);
	if (!v->masked)
		become_outstanding(e, v, now, v->period ? (value - deadline) / v->period + 1 : 1);
	if (v->period)
		v->due = next_period(deadline, v->period, value) - (uint64_t)v->counter_offset;
}

/* RULES.md 6.1. */
static void end_block(struct engine *e, struct vp_state *v, bool by_wake)
{
	if (!v->in_block)
		return;
	v->in_block = false;
	if (v->wake_found && v->wake_due > (int64_t)e->host.now)
		v->wake_found = false;
	if (!v->wake_found)
		return;
	v->counts.wakeups_due++;
	if (by_wake && !v->wake_pended) {
		e->counts.causality_breaks++;
		v->breaks++;
	}
}

/* RULES.md 6.4. */
static void count_service(const struct engine *e, struct vp_state *v)
{
	if (v->wake_time - v->wake_due <= (int64_t)e->host.slop)
		v->counts.wakeups_on_time++;
	else
		v->counts.wakeups_late++;
}

void truth_wake(struct engine *e, struct vp_state *v)
{
	end_block(e, v, true);
}

void truth_sched_in(struct engine *e, struct vp_state *v)
{
	end_block(e, v, false);
	if (v->wake_found) {
		if (v->wake_served)
			count_service(e, v);
		else
			v->counts.wakeups_lost++;
		v->wake_found = false;
	}
	if (v->outstanding && v->opportunity == UNKNOWN_TIME)
		v->opportunity = (int64_t)e->host.now;
}

void truth_served(struct engine *e, struct vp_state *v)
{
	if (!v->wake_found || v->wake_served)
		return;
	v->wake_served = true;
	v->wake_time = (int64_t)e->host.now;
}

/* Where the timer goes on whose deadline was pended before its time; a deadline that no counter can
 * get to is as good as none. RULES.md 4.1. */
static uint64_t period_later(const struct vp_state *v)
{
	uint64_t due = v->due + v->period;

	return v->period && due < 4 * TRACE_TICK_LIMIT ? due : VTICK_NEVER;
}

/* A pend that finds nothing outstanding: of a deadline still to come, or of the policy's own
 * making. RULES.md 4.1. */
static struct pending unasked_pend(struct engine *e, struct vp_state *v, uint64_t deadline)
{
	struct pending p = { .is = true, .own = true, .pended = (int64_t)e->host.now };

	v->counts.ticks_due++;
	if (v->due != VTICK_NEVER && deadline == v->due + (uint64_t)v->counter_offset) {
		p.due = (int64_t)v->due;
		v->due = period_later(v);
		arm_reached(e, v);
		witness_reached(e, v);
		if (v->in_block && (!v->wake_found || (v->wake_early && v->wake_due > p.due))) {
			v->wake_found = v->wake_early = v->wake_pended = true;
			v->wake_served = false;
			v->wake_due = p.due;
			truth_served(e, v);
		}
		return p;
	}
	if (deadline > TRACE_TICK_LIMIT)
		deadline = TRACE_TICK_LIMIT;
	p.due = (int64_t)deadline - v->counter_offset;
	if (p.due < (int64_t)v->armed_at)
		p.due = (int64_t)v->armed_at;
	return p;
}

/* The oldest @covered of what is outstanding are pended: is the deadline that wakes among them? */
static inline void pend_wake(struct engine *e, struct vp_state *v, uint64_t covered)
{
	if (!v->wake_found || v->wake_pended || v->before_wake >= covered)
		return;
	v->wake_pended = true;
	truth_served(e, v);
}

/* The oldest @covered of the outstanding are pended; the next oldest, if any is left, is a period
 * later. RULES.md 4.8. */
static void take_outstanding(struct engine *e, struct vp_state *v, uint64_t covered)
{
	int64_t now = (int64_t)e->host.now, in = (int64_t)v->in_since;

	pend_wake(e, v, covered);
	v->outstanding -= covered;
	if (!v->outstanding)
		return;
	v->before_wake -= v->before_wake < covered ? v->before_wake : covered;
	v->breaks -= v->breaks < covered ? v->breaks : covered;
	v->oldest += (int64_t)v->period;
	if (v->oldest > now)
		v->oldest = now;
	v->opportunity = !v->running ? UNKNOWN_TIME : v->oldest < in ? in : v->oldest;
}

void truth_begin(struct vp_state *v)
{
	v->counts.vps = 1;
	v->counts.pend_max = COUNT_NONE;
	v->due = VTICK_NEVER;
	v->lp = VTICK_NO_LP;
	v->digest = TRUTH_DIGEST_START;
}

/* RULES.md 4.10. */
uint64_t truth_mix(uint64_t h, int64_t x)
{
	h = (h ^ (uint64_t)x) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ h >> 29;
}

/* RULES.md 4.5 to 4.7. @plain: nobody hears of it, and it costs nothing. */
static inline __attribute__((always_inline)) void deliver(struct engine *e, struct vp_state *v,
							  const struct pending *p, bool plain)
{
	int64_t now = (int64_t)e->host.now, opportunity = p->opportunity;

	if (p->own)
		opportunity =
		    p->due > now || p->due >= (int64_t)v->in_since ? p->due : (int64_t)v->in_since;
	else if (opportunity == UNKNOWN_TIME)
		opportunity = now;
	int64_t pend_ns = engine_ns_short(e, p->pended - p->due);

	if (!plain && __builtin_expect(e->ear != NULL, 0)) {
		e->ear->delivers(e->ear->arg, (uint32_t)(v - e->vp));
		if (e->ear->uncounted) {
			costed_charge(e, v->lp, COST_INJECT);
			return;
		}
	}
	histogram_add(&e->counts.pend, pend_ns);
	histogram_add(&e->counts.policy_skew, engine_ns_short(e, now - opportunity));
	histogram_add(&e->counts.delivery, engine_ns_short(e, now - p->due));
	v->counts.pend_sum += pend_ns;
	if (pend_ns > v->counts.pend_max)
		v->counts.pend_max = pend_ns;
	v->counts.ticks_delivered++;
	v->digest = truth_mix(truth_mix(truth_mix(v->digest, p->due), p->pended), now);
	if (plain)
		return;
	witness_injection(e, v);
	fates_note(e, v, FATE_DELIVERED, p->due, p->pended, 1);
	costed_charge(e, v->lp, COST_INJECT);
}

void truth_deliver_pending(struct engine *e, struct vp_state *v)
{
	v->pending.is = false;
	if (e->plain)
		deliver(e, v, &v->pending, true);
	else
		deliver(e, v, &v->pending, false);
}

/* RULES.md 4.1 to 4.4. */
static inline void pend(struct engine *e, struct vp_state *v, uint64_t deadline, bool all)
{
	struct pending p;
	uint64_t covered = 1;

	truth_advance(e, v);
	if (v->outstanding) {
		p = (struct pending){
			.is = true,
			.due = v->oldest,
			.pended = (int64_t)e->host.now,
			.opportunity = v->opportunity,
		};
		covered = all ? v->outstanding : 1;
		take_outstanding(e, v, covered);
	} else {
		p = unasked_pend(e, v, deadline);
	}
	if (p.pended < p.due && engine_ns_short(e, p.due - p.pended) > EARLY_NS)
		v->counts.ticks_early++;
	/* A policy with a resume hook delivers when that returns. */
	bool at_once = v->running && !e->resumes;

	if (!all && at_once)
		truth_deliver(e, v);
	if (__builtin_expect(e->ear != NULL, 0))
		e->ear->pends(e->ear->arg, (uint32_t)(v - e->vp), covered);
	if (v->pending.is) {
		count_add(&v->counts.ticks_coalesced, covered);
		fates_note(e, v, FATE_COALESCED, p.due, p.pended, covered);
		return;
	}
	if (covered > 1) {
		count_add(&v->counts.ticks_coalesced, covered - 1);
		fates_note(e, v, FATE_COALESCED, p.due, p.pended, covered - 1);
	}
	if (at_once)
		deliver(e, v, &p, false);
	else
		v->pending = p;
}

/* The deadline is now, and there is no other: most ticks are such ones. */
static inline bool is_on_time(const struct engine *e, const struct vp_state *v, bool plain)
{
	return v->due == e->host.now && plain && !v->outstanding && !v->pending.is && !v->masked;
}

static inline void reach_on_time(struct engine *e, struct vp_state *v)
{
	arm_reached(e, v);
	v->due = v->period ? v->due + v->period : VTICK_NEVER;
}

/* What pend() does with it if its guest runs: it is delivered at once. */
static inline void deliver_on_time(struct engine *e, struct vp_state *v)
{
	int64_t now = (int64_t)e->host.now;

	reach_on_time(e, v);
	v->on_time++;
	v->digest = truth_mix(truth_mix(truth_mix(v->digest, now), now), now);
}

/* And if it does not: it waits for its VP. */
static __attribute__((noinline)) void wait_on_time(struct engine *e, struct vp_state *v)
{
	int64_t now = (int64_t)e->host.now;

	reach_on_time(e, v);
	v->counts.ticks_due++;
	find_wake(v, now);
	pend_wake(e, v, 1);
	v->pending =
	    (struct pending){ .is = true, .due = now, .pended = now, .opportunity = UNKNOWN_TIME };
}

/* Those that were counted by VP alone. */
static void count_on_time(struct engine *e, struct vp_state *v)
{
	if (!v->on_time)
		return;
	count_add(&v->counts.ticks_due, v->on_time);
	count_add(&v->counts.ticks_delivered, v->on_time);
	histogram_add_many(&e->counts.pend, 0, v->on_time);
	histogram_add_many(&e->counts.policy_skew, 0, v->on_time);
	histogram_add_many(&e->counts.delivery, 0, v->on_time);
	if (v->counts.pend_max < 0)
		v->counts.pend_max = 0;
	v->on_time = 0;
}

/* One that is on time where somebody listens. */
static void heard_on_time(struct engine *e, struct vp_state *v)
{
	uint32_t vp = (uint32_t)(v - e->vp);
	bool running = v->running;

	if (!running)
		wait_on_time(e, v);
	else if (e->ear->uncounted)
		reach_on_time(e, v);
	else
		deliver_on_time(e, v);
	e->ear->pends(e->ear->arg, vp, 1);
	if (running)
		e->ear->delivers(e->ear->arg, vp);
}

static __attribute__((noinline)) void pend_all(struct engine *e, struct vp_state *v,
					       uint64_t deadline)
{
	if (e->ear && is_on_time(e, v, e->shape != NOT_PLAIN))
		heard_on_time(e, v);
	else
		pend(e, v, deadline, true);
}

void truth_pend(struct engine *e, struct vp_state *v, uint64_t deadline)
{
	if (!is_on_time(e, v, e->plain))
		pend_all(e, v, deadline);
	else if (v->running)
		deliver_on_time(e, v);
	else
		wait_on_time(e, v);
}

void truth_pend_one(struct engine *e, struct vp_state *v, uint64_t deadline)
{
	pend(e, v, deadline, false);
}

/* RULES.md 4.4. */
void truth_end(struct engine *e, struct vp_state *v)
{
	truth_advance(e, v);
	count_on_time(e, v);
	end_inferred(v);
	end_block(e, v, false);
	if (v->wake_found) {
		if (v->wake_served)
			count_service(e, v);
		else
			v->counts.wakeups_open++;
	}
	v->counts.ticks_pending_at_end = v->outstanding;
	count_add(&v->counts.ticks_pending_at_end, v->pending.is);
	fates_note(e, v, FATE_PENDING, v->pending.due, v->pending.pended, v->pending.is);
	fates_note(e, v, FATE_PENDING, v->oldest, UNKNOWN_TIME, v->outstanding);
}
