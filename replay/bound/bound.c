/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interval stabbing, per LP. A tick that needs an interrupt is an interval [a, b] of times; a ride
 * in it serves it, else an interrupt has to lie in it. What is wanted is the smallest set of
 * interrupts.
 *
 * Greedy: let b be the earliest end of an interval that nothing in it has served so far; take an
 * interrupt at b; go on.
 *
 * It serves each interval: none ends without one in it. It is the smallest set. Let I1, I2, ... be
 * the intervals at whose ends b1 < b2 < ... the interrupts were taken. The one at b(k) did not
 * serve I(k+1), which b(k) <= b(k+1) would have lain in had it begun by b(k); so I(k+1) begins
 * after b(k), where I(k) ends. So these intervals are disjoint, none has a ride in it, and whatever
 * serves all intervals has an interrupt of its own in each of them: there are at least as many
 * interrupts as intervals here, and greedy takes just as many. LPs do not share interrupts, so the
 * sum of their least is the least.
 *
 * It needs no future. When time gets to b, all that began by then is known, and so is each ride in
 * it; an end that a later event pulls in (the VP stops, the guest ends the deadline) is pulled in
 * to the time of that event, so it is the earliest end that is left.
 *
 * It needs no list. Of a source of intervals that all have the same slack (a VP, an LP's tick, its
 * slice) only the oldest that is not served counts: an interrupt or ride that serves it, at its end
 * at the latest, serves all that have begun by then, and those that begin later are not known yet.
 * And of what served an LP the last time is enough: an interval that has begun by then, and did not
 * end before, has it in it.
 */
#include "replay/bound/bound.h"

#include <stdlib.h>

#include "traces/base/count.h"
#include "traces/base/heap.h"
#include "traces/base/mem.h"

const char *const bound_rides[] = { "none", "exits", "all", NULL };

/* A run of intervals of one slack. */
struct source {
	uint64_t open; /* where the oldest begins that nothing serves yet; VTICK_NEVER: none */
	uint64_t due;  /* where the next one will begin */
	uint64_t slack;
	uint32_t lp;
};

/* What a VP does when its deadline comes. */
enum doing { WAITS, SLEEPS, RUNS };

struct vp {
	struct source ticks; /* its LP: where it runs, or ran last */
	uint64_t period;     /* 0: one-shot */
	int64_t offset;	     /* of its counter */
	uint8_t doing;
	bool masked;
	uint8_t dev;
};

struct lp {
	struct source tick, slice;
	uint64_t served; /* when an interrupt or ride was the last; valid if @was_served */
	bool was_served;
	uint64_t irqs;
};

struct bound {
	uint32_t lps, vps;
	uint64_t now, end, clock_hz;
	enum bound_rides rides;
	struct engine_options hypervisor;
	bool has_hypervisor;
	uint64_t tick_back; /* RULES.md 3.14 */
	uint64_t slice;	    /* ticks; 0: none, or each event's own */
	const struct seeds *seeds;
	struct vp *vp;
	struct lp *lp;
	/* By the end of what each source has to serve next: VPs, then LPs' ticks, then slices. */
	struct heap ends;
	struct bound_ticks ticks;
};

/* ---- what serves ---- */

static bool is_served(const struct bound *b, const struct source *s, uint64_t begins)
{
	const struct lp *l = &b->lp[s->lp];

	return l->was_served && begins <= l->served;
}

static void serve(struct bound *b, uint32_t lp, uint64_t time)
{
	b->lp[lp].served = time;
	b->lp[lp].was_served = true;
}

static void interrupt(struct bound *b, struct source *s, uint64_t time)
{
	b->lp[s->lp].irqs++;
	serve(b, s->lp, time);
	s->open = VTICK_NEVER;
}

/* Something happens on the LP anyway. */
static void ride(struct bound *b, uint32_t lp)
{
	if (b->rides != RIDES_NONE)
		serve(b, lp, b->now);
}

static void look(const struct bound *b, struct source *s)
{
	if (s->open != VTICK_NEVER && is_served(b, s, s->open))
		s->open = VTICK_NEVER;
}

static void wait_for(struct bound *b, uint32_t item, const struct source *s, uint64_t begins)
{
	uint32_t at = b->ends.place[item];

	if (begins == VTICK_NEVER || begins + s->slack > b->end)
		heap_remove(&b->ends, item);
	else if (at == HEAP_ABSENT || b->ends.entry[at].time != begins + s->slack)
		heap_set(&b->ends, item, begins + s->slack);
}

/* ---- VPs ---- */

static uint32_t item_of(const struct bound *b, const struct vp *v)
{
	return (uint32_t)(v - b->vp);
}

static void plan(struct bound *b, struct vp *v)
{
	struct source *s = &v->ticks;
	uint64_t begins = s->open;

	if (begins == VTICK_NEVER && v->doing != WAITS && !v->masked)
		begins = s->due;
	wait_for(b, item_of(b, v), s, begins);
}

/* The first deadline after @time of a periodic timer that goes on at @due. */
static uint64_t first_after(uint64_t due, uint64_t period, uint64_t time)
{
	return due > time ? due : due + ((time - due) / period + 1) * period;
}

/* What was reached by @time: RULES.md 1.3. */
static void reach(struct bound *b, struct vp *v, uint64_t time)
{
	struct source *s = &v->ticks;
	uint64_t first = s->due, n = 1;

	look(b, s);
	if (first > time)
		return;
	if (v->period)
		n += (time - first) / v->period;
	s->due = v->period ? first + n * v->period : VTICK_NEVER;
	if (v->masked)
		return;
	count_add(&b->ticks.reached, n);
	if (v->doing == WAITS) {
		count_add(&b->ticks.at_sched_in, n);
		return;
	}
	if (is_served(b, s, first))
		first = v->period ? first_after(first, v->period, b->lp[s->lp].served) : s->due;
	if (s->open == VTICK_NEVER && first < s->due)
		s->open = first;
}

/* The VP can no longer be served from now on: what is not must have been. */
static void close_ticks(struct bound *b, struct vp *v)
{
	if (v->ticks.open != VTICK_NEVER)
		interrupt(b, &v->ticks, b->now);
}

/* The guest ends what is outstanding. RULES.md 1.8. */
static void end_ticks(struct bound *b, struct vp *v)
{
	if (v->ticks.open == b->now)
		v->ticks.open = VTICK_NEVER;
	close_ticks(b, v);
}

/* Reached by a write, which serves them. */
static void reach_at_once(struct bound *b, const struct vp *v, uint64_t n)
{
	if (v->masked)
		return;
	count_add(&b->ticks.reached, n);
	count_add(&b->ticks.at_once, n);
}

/* RULES.md 1.4. */
static void program(struct bound *b, struct vp *v, const struct trace_event *ev)
{
	uint64_t counter = b->now + (uint64_t)v->offset, deadline = ev->value;

	v->dev = ev->sub;
	v->period = ev->extra;
	v->ticks.due = VTICK_NEVER;
	if (deadline > counter) {
		v->ticks.due = deadline - (uint64_t)v->offset;
	} else if (v->dev != TRACE_ITM) {
		reach_at_once(b, v, 1);
		if (v->period)
			v->ticks.due =
			    first_after(deadline, v->period, counter) - (uint64_t)v->offset;
	}
}

/* RULES.md 1.7. */
static void set_counter(struct bound *b, struct vp *v, uint64_t value)
{
	struct source *s = &v->ticks;
	uint64_t deadline = s->due + (uint64_t)v->offset;

	v->offset = (int64_t)(value - b->now);
	if (s->due == VTICK_NEVER)
		return;
	s->due = deadline - (uint64_t)v->offset;
	if (deadline > value)
		return;
	s->due = VTICK_NEVER;
	if (v->dev == TRACE_ITM)
		return;
	reach_at_once(b, v, v->period ? (value - deadline) / v->period + 1 : 1);
	if (v->period)
		s->due = first_after(deadline, v->period, value) - (uint64_t)v->offset;
}

/* ---- the hypervisor's own ---- */

/* The first tick of an LP after @time. RULES.md 3.14. */
static uint64_t tick_after(const struct bound *b, uint64_t time)
{
	unsigned __int128 hz = b->clock_hz, rate = b->hypervisor.hv_tick_hz,
			  behind = (unsigned __int128)time + b->tick_back + 1,
			  k = (behind * rate + hz - 1) / hz, at = k * hz / rate - b->tick_back;

	return at > TRACE_TICK_LIMIT ? TRACE_TICK_LIMIT : (uint64_t)at;
}

static void plan_tick(struct bound *b, struct lp *l)
{
	const struct source *s = &l->tick;

	wait_for(b, b->vps + s->lp, s, s->open == VTICK_NEVER ? s->due : s->open);
}

static void plan_slice(struct bound *b, struct lp *l)
{
	wait_for(b, b->vps + b->lps + l->slice.lp, &l->slice, l->slice.open);
}

static void reach_tick(struct bound *b, struct lp *l, uint64_t time)
{
	struct source *s = &l->tick;
	uint64_t first = s->due;

	look(b, s);
	if (first > time)
		return;
	s->due = tick_after(b, time);
	if (is_served(b, s, first))
		first = tick_after(b, l->served);
	if (s->open == VTICK_NEVER && first < s->due)
		s->open = first;
}

/* The timer is taken off: only what had to be served by now had to be. */
static void drop(struct bound *b, struct source *s)
{
	look(b, s);
	if (s->open != VTICK_NEVER && s->open + s->slack <= b->now)
		interrupt(b, s, b->now);
	s->open = s->due = VTICK_NEVER;
}

static void hypervisor_in(struct bound *b, struct lp *l, const struct trace_event *ev)
{
	uint64_t slice = b->hypervisor.recorded_slices ? ev->extra : b->slice;

	if (!b->has_hypervisor)
		return;
	if (b->hypervisor.hv_tick_hz && b->hypervisor.hv_tick_idle != TICK_RUNS) {
		l->tick.due = tick_after(b, b->now);
		plan_tick(b, l);
	}
	/* It is open before its time: there is but the one, and no ride that comes before serves
	 * it. */
	l->slice.open = slice ? b->now + slice : VTICK_NEVER;
	plan_slice(b, l);
}

static void hypervisor_out(struct bound *b, struct lp *l)
{
	if (!b->has_hypervisor)
		return;
	drop(b, &l->slice);
	plan_slice(b, l);
	if (b->hypervisor.hv_tick_idle == TICK_RUNS)
		return;
	reach_tick(b, l, b->now);
	drop(b, &l->tick);
	plan_tick(b, l);
}

/* ---- time ---- */

/*
 * @v alone, whose timer is periodic, has something to serve before @before: its interrupts come at
 * a distance, and are not taken one by one. The first would be at @at.
 */
static void leap(struct bound *b, struct vp *v, uint64_t at, uint64_t before)
{
	struct source *s = &v->ticks;
	uint64_t stride = (s->slack / v->period + 1) * v->period, n;

	if (at >= before || (before - 1 - at) / stride < 1)
		return;
	n = (before - 1 - at) / stride;
	count_add(&b->lp[s->lp].irqs, n);
	at += n * stride - stride;
	serve(b, s->lp, at);
	reach(b, v, at);
	plan(b, v);
}

static void take_vp(struct bound *b, struct vp *v, uint64_t at, uint64_t limit)
{
	uint64_t before = limit;

	reach(b, v, at);
	if (v->ticks.open != VTICK_NEVER && v->ticks.open + v->ticks.slack <= at)
		interrupt(b, &v->ticks, at);
	plan(b, v);
	if (!v->period || v->ticks.open != VTICK_NEVER || !b->ends.len ||
	    b->ends.entry[0].item != item_of(b, v))
		return;
	for (uint32_t i = 1; i < b->ends.len && i < 3; i++) {
		if (b->ends.entry[i].time < before)
			before = b->ends.entry[i].time;
	}
	leap(b, v, b->ends.entry[0].time, before);
}

static void take_tick(struct bound *b, struct lp *l, uint64_t at)
{
	reach_tick(b, l, at);
	if (l->tick.open != VTICK_NEVER && l->tick.open + l->tick.slack <= at)
		interrupt(b, &l->tick, at);
	plan_tick(b, l);
}

static void take_slice(struct bound *b, struct lp *l, uint64_t at)
{
	look(b, &l->slice);
	if (l->slice.open != VTICK_NEVER)
		interrupt(b, &l->slice, at);
	plan_slice(b, l);
}

/* Intervals that end before @limit. */
static void take_until(struct bound *b, uint64_t limit)
{
	while (b->ends.len && b->ends.entry[0].time < limit) {
		uint64_t at = b->ends.entry[0].time;
		uint32_t item = b->ends.entry[0].item;

		if (item < b->vps)
			take_vp(b, &b->vp[item], at, limit);
		else if (item < b->vps + b->lps)
			take_tick(b, &b->lp[item - b->vps], at);
		else
			take_slice(b, &b->lp[item - b->vps - b->lps], at);
	}
}

/* ---- events ---- */

/* A VP that slept goes on: that serves it, or, without rides, an interrupt did. */
static void woken(struct bound *b, struct vp *v)
{
	if (b->rides == RIDES_NONE)
		close_ticks(b, v);
	v->ticks.open = VTICK_NEVER;
}

static void sched_in(struct bound *b, struct vp *v, const struct trace_event *ev)
{
	woken(b, v);
	v->doing = RUNS;
	v->ticks.lp = ev->lp;
	hypervisor_in(b, &b->lp[ev->lp], ev);
	ride(b, ev->lp);
}

static void sched_out(struct bound *b, struct vp *v, unsigned reason)
{
	if (reason == TRACE_OFFLINE) {
		end_ticks(b, v);
		v->ticks.due = VTICK_NEVER;
	}
	close_ticks(b, v);
	v->doing = reason == TRACE_BLOCK ? SLEEPS : WAITS;
	ride(b, v->ticks.lp);
	hypervisor_out(b, &b->lp[v->ticks.lp]);
}

static void seed(struct bound *b, struct vp *v, const struct trace_event *ev)
{
	v->ticks.lp = ev->lp;
	v->doing = seeds_blocked(b->seeds, ev->vp) ? SLEEPS : WAITS;
	program(b, v, ev);
}

static void wake(struct bound *b, struct vp *v)
{
	if (v->doing != SLEEPS)
		return;
	woken(b, v);
	v->doing = WAITS;
}

/* What the VP's own events do; its deadlines are reached. */
static void of_vp(struct bound *b, struct vp *v, const struct trace_event *ev)
{
	switch (ev->type) {
	case TRACE_SCHED_IN:
		sched_in(b, v, ev);
		return;
	case TRACE_SCHED_OUT:
		sched_out(b, v, ev->sub);
		return;
	case TRACE_WAKE:
		wake(b, v);
		return;
	case TRACE_SEED:
		seed(b, v, ev);
		return;
	case TRACE_ARM:
		end_ticks(b, v);
		program(b, v, ev);
		break;
	case TRACE_DISARM:
		end_ticks(b, v);
		v->ticks.due = VTICK_NEVER;
		break;
	case TRACE_MASK:
		v->masked = ev->sub;
		break;
	case TRACE_COUNTER:
		set_counter(b, v, ev->value);
		break;
	default:
		break;
	}
	if (v->doing == RUNS)
		ride(b, v->ticks.lp);
}

/* What else shows that the hypervisor was at work on an LP: BOUND.md 3.3. */
static void ride_of_all(struct bound *b, const struct trace_event *ev)
{
	switch (ev->type) {
	case TRACE_ACK:
	case TRACE_IPI:
	case TRACE_OBS_FIRE:
	case TRACE_OBS_PEND:
		if (b->vp[ev->vp].doing == RUNS)
			ride(b, b->vp[ev->vp].ticks.lp);
		break;
	case TRACE_OBS_HV_IRQ:
	case TRACE_OBS_PROG:
	case TRACE_WAKE:
		ride(b, ev->lp);
		break;
	default:
		break;
	}
}

static bool is_of_vp(unsigned type)
{
	return type <= TRACE_COUNTER || type == TRACE_EXIT || type == TRACE_ENTRY ||
	       type == TRACE_SEED;
}

void bound_events(struct bound *b, const struct trace_event *ev, size_t n)
{
	for (; n; n--, ev++) {
		if (ev->time != b->now) {
			take_until(b, ev->time);
			b->now = ev->time;
		}
		if (is_of_vp(ev->type)) {
			struct vp *v = &b->vp[ev->vp];

			reach(b, v, b->now);
			of_vp(b, v, ev);
			plan(b, v);
		}
		if (b->rides == RIDES_ALL)
			ride_of_all(b, ev);
	}
}

void bound_end(struct bound *b)
{
	take_until(b, b->end + 1);
	b->now = b->end;
	for (struct vp *v = b->vp; v < b->vp + b->vps; v++)
		reach(b, v, b->end);
}

static void use_hypervisor(struct bound *b, const struct engine_options *o)
{
	uint64_t slop = trace_ns_to_ticks(o->slop_ns, b->clock_hz);

	b->has_hypervisor = true;
	b->hypervisor = *o;
	b->slice = trace_ns_to_ticks(o->hv_slice_ns, b->clock_hz);
	if (o->hv_tick_hz && o->hv_tick_phase_ns) {
		uint64_t period = b->clock_hz / o->hv_tick_hz,
			 phase = trace_ns_to_ticks(o->hv_tick_phase_ns, b->clock_hz);

		b->tick_back = phase < period ? period - phase : 0;
	}
	for (uint32_t i = 0; i < b->lps; i++) {
		struct lp *l = &b->lp[i];

		l->tick.slack = l->slice.slack = slop;
		if (o->hv_tick_hz && o->hv_tick_idle == TICK_RUNS)
			l->tick.due = b->clock_hz / o->hv_tick_hz - b->tick_back;
		plan_tick(b, l);
	}
}

struct bound *bound_new(const struct trace_meta *meta, const struct seeds *seeds,
			const struct bound_options *options)
{
	struct bound *b = vt_alloc(sizeof(*b));
	const struct source none = {
		.open = VTICK_NEVER,
		.due = VTICK_NEVER,
		.slack = trace_ns_to_ticks(options->slack_ns, meta->clock_hz),
	};

	b->lps = meta->lps;
	b->vps = meta->vps;
	b->end = meta->end;
	b->clock_hz = meta->clock_hz;
	b->rides = options->rides;
	b->seeds = seeds;
	b->vp = vt_array(b->vps + 1u, sizeof(*b->vp));
	b->lp = vt_array(b->lps + 1u, sizeof(*b->lp));
	heap_init(&b->ends, b->vps + 2 * b->lps + 1);
	for (uint32_t i = 0; i < b->vps; i++)
		b->vp[i] = (struct vp){ .ticks = none };
	for (uint32_t i = 0; i < b->lps; i++) {
		b->lp[i] = (struct lp){ .tick = none, .slice = none };
		b->lp[i].tick.lp = b->lp[i].slice.lp = i;
	}
	if (options->hypervisor)
		use_hypervisor(b, options->hypervisor);
	return b;
}

uint64_t bound_lp(const struct bound *b, uint32_t lp)
{
	return b->lp[lp].irqs;
}

uint64_t bound_total(const struct bound *b)
{
	uint64_t total = 0;

	for (uint32_t i = 0; i < b->lps; i++)
		count_add(&total, b->lp[i].irqs);
	return total;
}

struct bound_ticks bound_ticks(const struct bound *b)
{
	return b->ticks;
}

void bound_free(struct bound *b)
{
	if (!b)
		return;
	heap_free(&b->ends);
	free(b->vp);
	free(b->lp);
	free(b);
}
