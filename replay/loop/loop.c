/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/loop/loop.h"

#include <stdlib.h>

#include "replay/loop/acts.h"
#include "replay/loop/lps.h"
#include "replay/loop/runs.h"
#include "replay/loop/state.h"
#include "replay/loop/stops.h"
#include "replay/loop/work.h"
#include "traces/base/mem.h"

/* The LP's time has come. */
static void lp_acts(struct loop *l, uint32_t lp)
{
	const struct loop_lp *p = &l->lp[lp];
	const struct tape_item *i;
	uint64_t behind;
	bool again;

	if (p->vp == LOOP_NOBODY) {
		loop_start(l, lp);
		return;
	}
	loop_plan_later(l, lp);
	if (p->next == NEXT_TAKEN)
		loop_preempt(l, lp);
	if (p->next == NEXT_HALT)
		loop_put_back(l, lp);
	if (p->next != NEXT_ITEM)
		return;
	i = tape_item(l->t, p->vp, l->vp[p->vp].item);
	again = tape_is_again(l->t, p->vp, l->vp[p->vp].item, &behind);
	l->counts.items += !again;
	l->counts.again += again;
	if (tape_is_stop(i))
		loop_stop(l, p->vp, i);
	else
		loop_act(l, p->vp, i);
}

/* ---- what the engine tells ---- */

static void hear_pend(void *arg, uint32_t vp, uint64_t covers)
{
	struct loop *l = arg;
	struct loop_vp *v = &l->vp[vp];

	v->pended += covers;
	v->waiting_pend |= covers > 0;
	if (v->state == LOOP_STOPPED && !v->pend_seen) {
		v->pend_seen = true;
		v->pend_time = *l->clock.now;
		loop_plan_wake(l, vp);
	}
}

static void hear_delivery(void *arg, uint32_t vp)
{
	struct loop *l = arg;
	struct loop_vp *v = &l->vp[vp];
	uint64_t was = l->now;

	v->taken += v->pended;
	v->given++;
	v->pended = 0;
	v->counts.ticks++;
	v->waiting_pend = false;
	/* It may be when the hypervisor will be done. */
	l->now = *l->clock.now;
	v->tick_ran = loop_ran(l, v);
	l->now = was;
	if (v->state == LOOP_RUNNING)
		loop_plan_later(l, v->lp);
	else if (v->state == LOOP_STOPPED)
		loop_plan_wake(l, vp);
}

static void hear_work(void *arg, uint32_t lp, uint64_t ticks)
{
	struct loop *l = arg;
	struct loop_lp *p = &l->lp[lp];

	p->stolen += ticks;
	p->busy_to = (p->busy_to > l->now ? p->busy_to : l->now) + ticks;
	if (p->vp != LOOP_NOBODY)
		loop_plan_later(l, lp);
}

static void hear_slice_over(void *arg, uint32_t lp)
{
	struct loop *l = arg;
	struct loop_vp *v = &l->vp[l->lp[lp].vp];

	v->slice_over = true;
	v->slice_time = *l->clock.now;
	loop_plan_later(l, lp);
}

/* ---- all ---- */

struct loop *loop_new(const struct trace_meta *meta, struct engine *e, struct tape *t,
		      void (*pull)(void *), void *arg, uint64_t quantum)
{
	struct loop *l = vt_alloc(sizeof(*l));

	l->meta = meta;
	l->e = e;
	l->clock = engine_clock(e);
	l->t = t;
	l->pull = pull;
	l->arg = arg;
	l->quantum = quantum;
	l->fifo = tape_is_fifo(meta);
	l->near = trace_ns_to_ticks(LOOP_NEAR_NS, meta->clock_hz);
	l->look = trace_ns_to_ticks(OWN_LOOK_NS, meta->clock_hz);
	l->round = trace_ns_to_ticks(OWN_ROUND_NS, meta->clock_hz);
	l->residuals = 100;
	l->away = engine_away_recorded(e);
	l->vp = vt_array(meta->vps + 1, sizeof(*l->vp));
	l->lp = vt_array(meta->lps + 1, sizeof(*l->lp));
	plan_begin(&l->plan, (size_t)meta->lps + meta->vps + 1);
	l->stale = vt_array(meta->lps + 1, sizeof(*l->stale));
	for (uint32_t i = 0; i < meta->lps; i++)
		l->lp[i].vp = LOOP_NOBODY;
	for (uint32_t i = 0; i < meta->vps; i++) {
		/* The first item is the stop that its first event ends. */
		l->vp[i].state = LOOP_STOPPED;
		l->vp[i].item = 1;
		l->vp[i].ipi_time = LOOP_NEVER;
	}
	l->ear = (struct engine_ear){ .arg = l,
				      .pends = hear_pend,
				      .delivers = hear_delivery,
				      .works = hear_work,
				      .slice_over = hear_slice_over };
	engine_listen(e, &l->ear);
	return l;
}

/* The id of what is absolute in the plan. */
static uint32_t absolute_id(const struct loop *l)
{
	return l->meta->lps + l->meta->vps;
}

static void plan_absolute(struct loop *l)
{
	const struct tape_absolute *a = tape_absolute(l->t);

	plan_set(&l->plan, absolute_id(l), a ? a->ev.time : LOOP_NEVER, a ? a->seq : 0);
}

/* What comes next comes before the interrupts of its time: who has to read on does, and of a
 * machine that goes away what is due just then waits. RULES.md 17.13. */
static bool goes_before(const struct loop *l)
{
	const struct plan_entry *next = &l->plan.first;

	return next->seq == LOOP_LOOK || (l->away && next->id == absolute_id(l) &&
					  tape_absolute(l->t)->ev.type == TRACE_AWAY);
}

/* The next absolute event happens, and the one after it is planned. */
static void take_absolute(struct loop *l)
{
	const struct trace_event ev = tape_absolute(l->t)->ev;

	tape_drop_absolute(l->t);
	if (ev.type == TRACE_COUNTER) {
		l->vp[ev.vp].off = (int64_t)(ev.value - l->now);
		l->vp[ev.vp].has_last = false;
	}
	engine_event_within(l->e, &ev);
	if (ev.type == TRACE_IPI)
		loop_ipi(l, &ev);
	plan_absolute(l);
}

void loop_residuals(struct loop *l, unsigned percent)
{
	l->residuals = percent;
}

/* What was read tells what ended stops, and what comes by itself. */
static void look_at_news(struct loop *l)
{
	struct tape_ended stop;

	while (l->fresh) {
		l->fresh = false;
		/* Mostly it has not come to that stop yet. */
		while (tape_ended_stop(l->t, &stop))
			if (l->vp[stop.vp].item == stop.item + 1)
				loop_plan_wake(l, stop.vp);
		plan_absolute(l);
	}
}

static void take_planned(struct loop *l)
{
	uint32_t id = (uint32_t)l->plan.first.id, vp = id - l->meta->lps;

	l->now = l->plan.first.time;
	if (id < l->meta->lps)
		lp_acts(l, id);
	else if (vp == l->meta->vps)
		take_absolute(l);
	else if (l->vp[vp].state == LOOP_READY)
		loop_impatient(l, vp);
	else
		loop_wake_up(l, vp);
}

static void run(void *arg)
{
	struct loop *l = arg;
	uint64_t end = l->meta->end;

	for (;;) {
		loop_plan_stale(l);
		look_at_news(l);
		uint64_t due = *l->clock.due, next = plan_time(&l->plan);
		uint64_t first = due < next ? due : next;

		/* What comes from the recording by itself. */
		if (tape_time(l->t) <= first && loop_more(l))
			continue;
		if (first > end)
			return;
		if (due < next || (due == next && !goes_before(l))) {
			l->now = due > l->now ? due : l->now;
			engine_take_within(l->e);
		} else {
			take_planned(l);
		}
	}
}

void loop_run(struct loop *l)
{
	engine_within(l->e, run, l);
	l->now = l->meta->end;
	for (uint32_t i = 0; i < l->meta->vps; i++) {
		struct loop_vp *v = &l->vp[i];

		v->counts.work = loop_ran(l, v);
		if (v->state == LOOP_RUNNING)
			v->counts.on_lps += l->now - v->in_at;
		l->counts.work += v->counts.work;
		l->counts.busy += v->counts.on_lps;
	}
}

const struct loop_counts *loop_counts(const struct loop *l)
{
	return &l->counts;
}

const struct loop_vp_counts *loop_vp_counts(const struct loop *l, uint32_t vp)
{
	return &l->vp[vp].counts;
}

void loop_free(struct loop *l)
{
	for (uint32_t i = 0; i < l->meta->lps; i++)
		free(l->lp[i].wait);
	plan_end(&l->plan);
	free(l->stale);
	free(l->vp);
	free(l->lp);
	free(l);
}
