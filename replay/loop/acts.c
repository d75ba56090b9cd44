/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/loop/acts.h"

#include "replay/loop/halts.h"
#include "replay/loop/stops.h"
#include "replay/loop/work.h"

/* What is whole of @time, at least 0, in units. Mostly nothing is, which needs no division. */
static int64_t whole(int64_t time, int64_t unit)
{
	return time < unit ? 0 : time / unit * unit;
}

/* Any point of the grid that the ARM is on. False: of none that is known. */
static bool point_of_grid(const struct loop_vp *v, const struct trace_event *ev,
			  const struct tape_act *a, int64_t *point)
{
	int64_t off = (int64_t)(ev->value - ev->time) - a->ahead;

	if (!a->unit)
		return false;
	if (v->has_last && a->step != TAPE_NO_STEP) {
		*point = (int64_t)v->last_deadline + a->step;
		return true;
	}
	*point = (int64_t)ev->value;
	return a->unit != GRID_BY_STEPS && v->off == off;
}

static uint64_t deadline_of(struct loop *l, const struct loop_vp *v, const struct trace_event *ev,
			    const struct tape_act *a)
{
	int64_t c = (int64_t)l->now + v->off, d, unit = (int64_t)a->unit;

	if (!point_of_grid(v, ev, a, &d)) {
		l->counts.write += !ev->extra;
		d = c + a->ahead;
		return d < 0 ? 0 : (uint64_t)d;
	}
	l->counts.grid++;
	if (a->unit == GRID_BY_STEPS)
		unit = a->step;
	else
		c += whole(a->ahead - 1, unit); /* what is whole of ahead stays */
	if (d <= c)
		d += whole(c - d, unit) + unit;
	else if (a->unit != GRID_BY_STEPS)
		d -= whole(d - c - 1, unit);
	return (uint64_t)d;
}

void loop_ipi(struct loop *l, const struct trace_event *ev)
{
	uint32_t vp = (uint32_t)ev->extra;
	const struct tape_item *i;
	struct loop_vp *to;

	if (ev->extra >= l->meta->vps)
		return;
	to = &l->vp[vp];
	to->ipis++;
	if (to->state != LOOP_STOPPED || to->halted)
		return;
	i = tape_item(l->t, vp, to->item - 1);
	/* The one that the stop waits for. */
	if (to->ipis == (i ? i->stop.ipis : 0) + 1)
		to->ipi_time = l->now;
	loop_plan_wake(l, vp);
}

static bool is_timer_act(unsigned type)
{
	return type == TRACE_ARM || type == TRACE_DISARM || type == TRACE_MASK ||
	       type == TRACE_COUNTER || type == TRACE_ACK;
}

/* The running VP acts by @i, @behind the end of its tape, if that is not NULL. */
static void note_own(const struct loop *l, uint32_t vp, const struct tape_item *i,
		     const uint64_t *behind)
{
	struct loop_vp *v = &l->vp[vp];
	uint64_t from = v->item_ran;

	v->put_back = false;
	if (behind && !*behind)
		from += tape_rest(l->t, vp) + 1;
	if (loop_answers(i) && v->one_shot)
		own_answers(&v->own, i, v->tick_ran > from ? v->tick_ran - from : 0);
}

/* @vp has come to @arm, which brings so many units more than in the recording. Reads on: @arm is no
 * item that is on the tape. */
static void note_units(struct loop *l, uint32_t vp, const struct tape_item *arm, int64_t more)
{
	struct own *o = &l->vp[vp].own;
	struct own_rest rest;
	bool seen = own_is_first(o) && loop_rest(l, vp, arm->ev.time, &rest);

	own_arms(o, arm, more, seen ? &rest : NULL);
}

void loop_act(struct loop *l, uint32_t vp, const struct tape_item *item)
{
	struct loop_vp *v = &l->vp[vp];
	const struct trace_event rec = item->ev;
	struct trace_event ev = rec;
	struct tape_item kept;
	unsigned type = ev.type;
	uint64_t behind;
	int64_t more = 0;
	bool again = tape_is_again(l->t, vp, v->item, &behind);

	note_own(l, vp, item, again ? &behind : NULL);
	v->item_ran = loop_ran(l, v);
	v->item++;
	/* What others have counted, or is a time of the recording's, does not come again. */
	if (again && (type == TRACE_IPI || type == TRACE_COUNTER)) {
		own_passes(&v->own, item, true);
		return;
	}
	if (type == TRACE_ARM) {
		ev.value = deadline_of(l, v, &rec, &item->act);
		if (v->one_shot && v->has_last)
			more = own_more_units(&item->act, (int64_t)(ev.value - v->last_deadline));
		if (more) {
			kept = *item;
			item = &kept;
			note_units(l, vp, item, more);
		}
		v->one_shot = !ev.extra;
		if (ev.extra)
			v->own.owed = 0;
		v->has_last = !ev.extra && item->act.ahead > 0;
		v->last_deadline = ev.value;
		v->counts.writes++;
		if (!again)
			loop_note_near(l, rec.time);
	}
	if (type == TRACE_COUNTER) {
		v->off = (int64_t)(ev.value - l->now);
		v->has_last = false;
	}
	if (is_timer_act(type)) {
		v->taken_at_act = v->taken;
		v->given_at_act = v->given;
	}
	own_passes(&v->own, item, again);
	loop_emit(l, &ev, again ? NULL : &rec);
	tape_drop_items(l->t, vp, v->item);
	if (type == TRACE_IPI)
		loop_ipi(l, &rec);
}
