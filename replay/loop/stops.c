/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/loop/stops.h"

#include "replay/loop/lps.h"
#include "replay/loop/runs.h"

/* So long after the pend that the stop of @v waits for, or after it stopped. */
static uint64_t after_pend(const struct loop_vp *v, uint64_t delay)
{
	return (v->pend_time > v->stop_time ? v->pend_time : v->stop_time) + delay;
}

/* By its cause, which is known; LOOP_NEVER: not yet. */
static uint64_t wakes_at(const struct loop *l, const struct loop_vp *v, const struct tape_item *i)
{
	const struct tape_stop *s = &i->stop;

	switch (s->cause) {
	case CAUSE_TIMER:
		/* The tick came before the guest halted: it would not have. */
		if (v->taken - v->taken_at_act > s->had)
			return l->now;
		return v->pend_seen ? after_pend(v, loop_kept(l, s->residual)) : LOOP_NEVER;
	case CAUSE_IPI:
		if (v->ipis <= s->ipis)
			return LOOP_NEVER;
		return v->ipi_time == LOOP_NEVER ? v->stop_time
						 : v->ipi_time + loop_kept(l, s->residual);
	case CAUSE_EXTERNAL:
		return i->ev.sub == TRACE_WAIT ? v->stop_time + (s->back - i->ev.time) : s->back;
	default:
		return LOOP_NEVER;
	}
}

/* What ends the stop of @vp is not on the tape yet; the stop is @i, or if that is NULL, not either.
 * It ends no earlier than that. */
static uint64_t wakes_not_before(const struct loop *l, uint32_t vp, const struct tape_item *i)
{
	static const struct tape_item first = { .ev = { .sub = TRACE_BLOCK } };
	const struct loop_vp *v = &l->vp[vp];
	uint64_t read = tape_time(l->t), pended = tape_stop_pended(l->t, vp),
		 sent = tape_stop_ipi(l->t, vp), least = LOOP_NEVER;

	if (!i)
		i = &first;
	if (i->ev.sub == TRACE_WAIT)
		return v->stop_time + (read - i->ev.time);
	/* By itself, then, and that is read in time. */
	if (i->ev.sub != TRACE_BLOCK)
		return LOOP_NEVER;
	if (v->taken - v->taken_at_act > i->stop.had)
		return l->now;
	if (v->pend_seen) {
		uint64_t from = pended > i->ev.time ? pended : i->ev.time;

		least = pended == LOOP_NEVER ? l->now : after_pend(v, loop_kept(l, read - from));
	}
	if (v->ipis > i->stop.ipis) {
		uint64_t by = sent == LOOP_NEVER || v->ipi_time == LOOP_NEVER
				  ? l->now
				  : v->ipi_time + loop_kept(l, read - sent);

		least = by < least ? by : least;
	}
	return least;
}

/* The end of a halt that the recorded VP did not make. */
static void plan_put_back(struct loop *l, uint32_t vp)
{
	const struct loop_vp *v = &l->vp[vp];
	uint64_t at = LOOP_NEVER;

	if (v->taken - v->taken_at_act > v->had)
		at = l->now;
	else if (v->pend_seen)
		at = after_pend(v, loop_kept(l, v->tick.residual));
	loop_plan_vp(l, vp, at > l->now ? at : l->now, LOOP_LAST);
}

void loop_plan_wake(struct loop *l, uint32_t vp)
{
	const struct loop_vp *v = &l->vp[vp];
	const struct tape_item *i;
	uint64_t at, behind;
	bool again;

	if (v->state != LOOP_STOPPED)
		return;
	if (v->halted) {
		plan_put_back(l, vp);
		return;
	}
	while (!(i = tape_item(l->t, vp, v->item - 1)) || !i->stop.known) {
		at = loop_never_before(l, wakes_not_before(l, vp, i));
		if (at > l->now) {
			loop_plan_vp(l, vp, at, LOOP_LOOK);
			return;
		}
		loop_more(l);
	}
	again = tape_is_again(l->t, vp, v->item - 1, &behind);
	if (again && i->stop.cause != CAUSE_TIMER)
		at = v->stop_time + (i->stop.back - i->ev.time);
	else
		at = wakes_at(l, v, i);
	if (at < l->now)
		at = l->now;
	loop_plan_vp(l, vp, at, again ? LOOP_LAST : i->stop.back_seq);
}

/* One that the recorded VP did not make is over. */
static void put_back_ends(struct loop *l, uint32_t vp)
{
	struct loop_vp *v = &l->vp[vp];
	struct trace_event ev = { .type = TRACE_WAKE, .vp = vp, .lp = v->tick.back_lp };

	v->halted = false;
	l->counts.wakes[CAUSE_TIMER]++;
	v->counts.wakeups++;
	v->state = LOOP_READY; /* loop_emit() may pend */
	if (v->tick.wakes)
		loop_emit(l, &ev, NULL);
	loop_get_ready(l, vp);
}

void loop_wake_up(struct loop *l, uint32_t vp)
{
	struct loop_vp *v = &l->vp[vp];
	const struct tape_item *i = tape_item(l->t, vp, v->item - 1);
	struct trace_event rec, ev = { .type = TRACE_WAKE, .vp = vp };
	bool again, wakes;
	uint64_t behind;

	if (v->halted) {
		put_back_ends(l, vp);
		return;
	}
	if (!i || !i->stop.known) {
		loop_plan_wake(l, vp);
		return;
	}
	loop_note_tick(v, &i->stop);
	wakes = i->stop.wakes;
	rec = (struct trace_event){ .time = i->stop.back, .lp = i->stop.back_lp };
	again = tape_is_again(l->t, vp, v->item - 1, &behind) || i->stop.back_seq == LOOP_LAST;
	l->counts.wakes[i->stop.cause]++;
	v->counts.wakeups++;
	if (!again)
		loop_note_near(l, i->stop.back);
	v->state = LOOP_READY; /* loop_emit() may pend */
	if (wakes) {
		ev.lp = rec.lp;
		loop_emit(l, &ev, again ? NULL : &rec);
	}
	loop_get_ready(l, vp);
}

static void begin_stop(const struct loop *l, struct loop_vp *v)
{
	v->state = LOOP_STOPPED;
	v->stop_time = l->now;
	v->pend_seen = v->waiting_pend;
	v->pend_time = 0;
	v->ipi_time = LOOP_NEVER;
}

/* The VP on @lp has nothing to do, which the recorded one had. */
void loop_put_back(struct loop *l, uint32_t lp)
{
	uint32_t vp = l->lp[lp].vp;
	struct loop_vp *v = &l->vp[vp];
	struct trace_event ev = { .type = TRACE_SCHED_OUT, .sub = TRACE_BLOCK, .vp = vp };

	loop_leave(l, vp);
	begin_stop(l, v);
	v->put_back = v->halted = true;
	v->had = v->taken - v->taken_at_act;
	loop_emit(l, &ev, NULL);
	loop_plan_wake(l, vp);
	loop_plan_later(l, lp);
}

void loop_stop(struct loop *l, uint32_t vp, const struct tape_item *i)
{
	struct loop_vp *v = &l->vp[vp];
	uint64_t behind;
	bool again = tape_is_again(l->t, vp, v->item, &behind);
	uint32_t lp = v->lp;
	struct trace_event ev = i->ev;
	const struct trace_event rec = i->ev;

	loop_leave(l, vp);
	if (loop_is_halt(i))
		own_halts(&v->own, i);
	own_passes(&v->own, i, again);
	v->item++;
	v->item_ran = v->ran;
	begin_stop(l, v);
	if (ev.sub == TRACE_PREEMPT || ev.sub == TRACE_YIELD || ev.sub == TRACE_LOST_VP)
		v->state = LOOP_READY;
	loop_emit(l, &ev, again ? NULL : &rec);
	if (v->state == LOOP_READY)
		loop_get_ready(l, vp);
	else
		loop_plan_wake(l, vp);
	tape_drop_items(l->t, vp, v->item - 1);
	loop_plan_later(l, lp);
}
