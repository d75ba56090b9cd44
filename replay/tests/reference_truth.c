/* SPDX-License-Identifier: GPL-2.0-only */
/* The reference's true timers, pends, deliveries, blocks: sections 1, 4 and 6 of RULES.md. */
#include <stdlib.h>

#include "replay/tests/reference_state.h"

static void make_room(struct ref_vp *v)
{
	if (v->deadlines == v->room) {
		v->room = v->room ? v->room * 2 : 16;
		v->deadline = realloc(v->deadline, v->room * sizeof(*v->deadline));
		if (!v->deadline)
			abort();
	}
}

static struct ref_deadline *append(struct ref_vp *v, enum ref_kind kind, int64_t due,
				   ref_count count, int64_t apart)
{
	struct ref_deadline *d;

	make_room(v);
	d = &v->deadline[v->deadlines++];
	*d = (struct ref_deadline){ .kind = kind,
				    .count = count,
				    .apart = apart,
				    .due = due,
				    .due_now = due,
				    .opportunity = REF_UNKNOWN,
				    .pended = REF_UNKNOWN };
	v->ticks.due += count;
	if (v->of_seed)
		v->ticks.inferred += count;
	return d;
}

/* The first of those of number @at gets a place of its own. */
static void split(struct ref_vp *v, size_t at)
{
	struct ref_deadline *d, *rest;
	size_t i;

	if (v->deadline[at].count == 1)
		return;
	make_room(v);
	for (i = v->deadlines++; i > at; i--)
		v->deadline[i] = v->deadline[i - 1];
	d = &v->deadline[at];
	rest = d + 1;
	rest->count--;
	rest->due += rest->apart;
	rest->due_now = rest->due;
	rest->broken = false;
	d->count = 1;
	if (v->wake != REF_NO_INDEX && v->wake > at)
		v->wake++;
	if (v->block_first > at)
		v->block_first++;
}

/* How many there are from number @from to before number @to. */
static ref_count count(const struct ref_vp *v, size_t from, size_t to)
{
	ref_count n = 0;

	for (; from < to; from++)
		n += v->deadline[from].count;
	return n;
}

static void arm_reached(struct ref *r, struct ref_vp *v)
{
	if (v->arm_open)
		r->arms_reached++;
	v->arm_open = false;
}

/* Section 1: deadlines are reached; discarded under mask, else outstanding. */
static void reach(struct ref *r, struct ref_vp *v, int64_t due, ref_count n, int64_t apart)
{
	arm_reached(r, v);
	if (v->masked)
		return;
	/*
	 * Section 4, the opportunity: nothing of this VP happened since `due` (each of its events
	 * advances it first), so it ran at `due` if it runs now.
	 */
	append(v, REF_REACHED, due, n, apart)->opportunity = v->lp != REF_NONE ? due : REF_UNKNOWN;
}

void ref_advance(struct ref *r, uint32_t vp)
{
	struct ref_vp *v = &r->vp[vp];
	int64_t n;

	if (!v->armed || v->due > r->now)
		return;
	n = v->period ? (r->now - v->due) / v->period + 1 : 1;
	reach(r, v, v->due, n, v->period);
	v->due += n * v->period;
	v->armed = v->period != 0;
}

/* ARM, DISARM and offline end what is outstanding. Each is a break unless it was one already. */
static void miss(struct ref *r, struct ref_vp *v)
{
	size_t i;

	for (i = v->outstanding; i < v->deadlines; i++) {
		v->ticks.missed += v->deadline[i].count;
		r->causality_breaks += v->deadline[i].count - v->deadline[i].broken;
	}
	v->outstanding = v->deadlines;
}

static void program(struct ref *r, struct ref_vp *v, int64_t deadline, int64_t period, unsigned dev)
{
	int64_t counter = r->now + v->off;

	v->period = period;
	v->dev = dev;
	if (deadline > counter) {
		v->armed = true;
		v->due = deadline - v->off;
	} else if (dev == TRACE_ITM) {
		v->armed = false;
	} else {
		reach(r, v, r->now, 1, 0);
		v->armed = period != 0;
		if (period)
			v->due = ref_first_after(deadline, period, counter) - v->off;
	}
}

void ref_true_arm(struct ref *r, uint32_t vp, int64_t deadline, int64_t period, unsigned dev)
{
	struct ref_vp *v = &r->vp[vp];

	miss(r, v);
	v->of_seed = false;
	r->arms_total++;
	if (v->arm_open)
		r->arms_replaced++;
	v->arm_open = true;
	v->arm_time = r->now;
	program(r, v, deadline, period, dev);
}

void ref_true_seed(struct ref *r, uint32_t vp, int64_t deadline, int64_t period, unsigned dev)
{
	r->arms_inferred++;
	r->vp[vp].of_seed = true;
	program(r, &r->vp[vp], deadline, period, dev);
}

void ref_true_disarm(struct ref *r, uint32_t vp)
{
	struct ref_vp *v = &r->vp[vp];

	miss(r, v);
	v->of_seed = false;
	if (v->arm_open)
		r->arms_cancelled++;
	v->arm_open = false;
	v->armed = false;
}

void ref_true_counter(struct ref *r, uint32_t vp, int64_t value)
{
	struct ref_vp *v = &r->vp[vp];
	int64_t deadline = v->due + v->off, n;

	v->off = value - r->now;
	if (!v->armed)
		return;
	if (deadline > value) {
		v->due = deadline - v->off;
	} else if (v->dev == TRACE_ITM) {
		v->armed = false;
	} else if (!v->period) {
		reach(r, v, r->now, 1, 0);
		v->armed = false;
	} else {
		n = (value - deadline) / v->period + 1;
		reach(r, v, r->now, n, 0);
		v->due = deadline + n * v->period - v->off;
	}
}

static void digest_add(uint64_t *h, int64_t x)
{
	*h = (*h ^ (uint64_t)x) * UINT64_C(0x9e3779b97f4a7c15);
	*h ^= *h >> 29;
}

void ref_deliver(struct ref *r, uint32_t vp)
{
	struct ref_vp *v = &r->vp[vp];
	const struct ref_deadline *d;
	int64_t opportunity;

	if (v->undelivered == REF_NO_INDEX)
		return;
	d = &v->deadline[v->undelivered];
	v->undelivered = REF_NO_INDEX;
	if (d->kind == REF_REACHED)
		opportunity = d->opportunity;
	else if (d->due > r->now || d->due >= v->in)
		opportunity = d->due;
	else
		opportunity = v->in;
	v->ticks.delivered++;
	ref_sample(&v->pend, ref_ns(r, d->pended - d->due_now));
	ref_sample(&r->policy_skew, ref_ns(r, r->now - opportunity));
	ref_sample(&r->delivery_skew, ref_ns(r, r->now - d->due_now));
	digest_add(&v->digest, d->due_now);
	digest_add(&v->digest, d->pended);
	digest_add(&v->digest, r->now);
	ref_charge(r, v->lp, REFERENCE_INJECT);
}

/*
 * Only one of the deadlines from @taken on was pended: the next is taken to be a period later,
 * whatever it was, and what is broken among those left is one less, wherever it stands. Section 4.
 */
static void leave_outstanding(struct ref *r, struct ref_vp *v, size_t taken)
{
	struct ref_deadline *d = &v->deadline[taken], *next = d + 1;
	size_t i;

	next->due_now = d->due_now + v->period > r->now ? r->now : d->due_now + v->period;
	next->opportunity = v->lp == REF_NONE	    ? REF_UNKNOWN
			    : next->due_now < v->in ? v->in
						    : next->due_now;
	for (i = taken; i < v->deadlines; i++) {
		if (v->deadline[i].broken) {
			v->deadline[i].broken = false;
			return;
		}
	}
}

static void pend(struct ref *r, uint32_t vp, int64_t deadline, bool one)
{
	struct ref_vp *v = &r->vp[vp];
	size_t oldest, after, i;
	int64_t due;

	r->irq_pends++;
	ref_advance(r, vp);
	ref_ipi(r, vp);
	oldest = v->outstanding;
	if (v->outstanding < v->deadlines) {
		/* it covers all of them */
	} else if (v->armed && deadline == v->due + v->off) {
		append(v, REF_EARLY, v->due, 1, 0);
		arm_reached(r, v);
		v->due += v->period;
		/* No counter gets to 2^62. */
		if (!v->period || v->due >= INT64_C(1) << 62)
			v->armed = false;
	} else {
		if (deadline > (int64_t)TRACE_TICK_LIMIT)
			deadline = (int64_t)TRACE_TICK_LIMIT;
		due = deadline - v->off;
		if (due < v->arm_time)
			due = v->arm_time;
		append(v, REF_OWN, due, 1, 0);
	}
	if (one)
		split(v, oldest);
	after = one ? oldest + 1 : v->deadlines;
	for (i = oldest; i < after; i++)
		v->deadline[i].pended = r->now;
	v->outstanding = after;
	if (after < v->deadlines)
		leave_outstanding(r, v, oldest);
	if (ref_ns(r, (__int128)v->deadline[oldest].due_now - r->now) > 2)
		v->ticks.early++;
	v->ticks.coalesced += count(v, oldest, after);
	if (one && v->lp != REF_NONE && !r->hooks->resume)
		ref_deliver(r, vp);
	if (v->undelivered != REF_NO_INDEX)
		return;
	v->ticks.coalesced--;
	v->undelivered = oldest;
	if (v->lp != REF_NONE && !r->hooks->resume)
		ref_deliver(r, vp);
}

void ref_pend(struct ref *r, uint32_t vp, int64_t deadline)
{
	pend(r, vp, deadline, false);
}

void ref_pend_one(struct ref *r, uint32_t vp, int64_t deadline)
{
	pend(r, vp, deadline, true);
}

static void opportunity_now(const struct ref *r, struct ref_deadline *d)
{
	if (d->opportunity == REF_UNKNOWN)
		d->opportunity = r->now;
}

void ref_opportunity(struct ref *r, uint32_t vp)
{
	struct ref_vp *v = &r->vp[vp];
	size_t i;

	if (v->undelivered != REF_NO_INDEX)
		opportunity_now(r, &v->deadline[v->undelivered]);
	for (i = v->outstanding; i < v->deadlines; i++)
		opportunity_now(r, &v->deadline[i]);
}

void ref_block_begin(struct ref *r, uint32_t vp)
{
	struct ref_vp *v = &r->vp[vp];

	v->blocked = true;
	v->block_first = v->deadlines;
}

/* Can it be the wake deadline of a block that ends now? */
static bool wakes(const struct ref *r, const struct ref_deadline *d)
{
	return d->kind == REF_REACHED || (d->kind == REF_EARLY && d->due <= r->now);
}

void ref_block_end(struct ref *r, uint32_t vp, bool by_wake)
{
	struct ref_vp *v = &r->vp[vp];
	size_t i;

	if (!v->blocked)
		return;
	v->blocked = false;
	for (i = v->block_first; i < v->deadlines; i++)
		if (wakes(r, &v->deadline[i]) &&
		    (v->wake == REF_NO_INDEX || v->deadline[i].due < v->deadline[v->wake].due))
			v->wake = i;
	if (v->wake == REF_NO_INDEX)
		return;
	v->wakeups.due++;
	if (by_wake && v->deadline[v->wake].pended == REF_UNKNOWN) {
		r->causality_breaks++;
		v->deadline[v->wake].broken = true;
	}
}

void ref_wake_resolve(struct ref *r, uint32_t vp, bool at_end)
{
	struct ref_vp *v = &r->vp[vp];
	const struct ref_deadline *d;

	if (v->wake == REF_NO_INDEX)
		return;
	d = &v->deadline[v->wake];
	v->wake = REF_NO_INDEX;
	if (d->pended == REF_UNKNOWN)
		++*(at_end ? &v->wakeups.open : &v->wakeups.lost);
	else if (d->pended - d->due <= r->slop)
		v->wakeups.on_time++;
	else
		v->wakeups.late++;
}

void ref_true_close(struct ref *r, uint32_t vp)
{
	struct ref_vp *v = &r->vp[vp];

	ref_advance(r, vp);
	ref_block_end(r, vp, false);
	ref_wake_resolve(r, vp, true);
	v->ticks.pending_at_end += count(v, v->outstanding, v->deadlines);
	if (v->undelivered != REF_NO_INDEX)
		v->ticks.pending_at_end++;
}
