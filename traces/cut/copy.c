/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/cut/copy.h"

#include <inttypes.h>
#include <stdlib.h>

#include "traces/base/cli.h"
#include "traces/base/mem.h"

/* What importers write for "never". */
#define NEVER (TRACE_TICK_LIMIT - 1)

struct copy {
	const struct cut_survey *s;
	const struct cut_pick *pick;
	const struct trace_meta *meta; /* of the whole trace */
	struct trace_reader *r;
	struct trace_writer *w;
	bool *moved; /* [VPs of the trace] its deadlines are moved with the time */
	bool stood;  /* who does not run at the start has been told */
};

/* ---- what the window begins with ---- */

/* An event at the start; its VP is the trace's. */
static int put(const struct copy *c, const struct trace_event *ev, struct vt_error *err)
{
	struct trace_event out = *ev;

	if (trace_type_has_vp(ev->type))
		out.vp = c->pick->number[ev->vp];
	return trace_writer_add(c->w, &out, err);
}

static uint64_t at_most(uint64_t v, uint64_t limit)
{
	return v < limit ? v : limit;
}

/* What lasts into the window: AWAY, which stands in front of all else on its tick, before LOST. */
static int put_gaps(const struct copy *c, struct vt_error *err)
{
	const struct cut_window *w = &c->s->window;

	for (unsigned t = TRACE_TYPES; t--;) {
		const struct cut_gap *gap = c->s->start.gap[t];

		for (uint32_t lp = 0; gap && lp < c->meta->lps; lp++) {
			struct trace_event ev = { .type = (uint8_t)t,
						  .lp = (uint16_t)lp,
						  .value = at_most(gap[lp].until, w->to) - w->from,
						  .extra = gap[lp].count };

			if (gap[lp].until > w->from && put(c, &ev, err))
				return -1;
		}
	}
	return 0;
}

static int put_counter(const struct copy *c, uint32_t vp, struct vt_error *err)
{
	uint64_t value = c->s->window.from + (uint64_t)c->s->start.vp[vp].offset;

	if (cut_moves_deadlines(c->s, vp))
		return 0;
	if (value >= TRACE_TICK_LIMIT)
		return vt_error_set(
		    err, trace_reader_path(c->r), VT_NO_OFFSET,
		    "the counter of VP %" PRIu32
		    " is 2^60 or more where the cut begins, expected another --from",
		    vp);
	return put(c, &(struct trace_event){ .type = TRACE_COUNTER, .vp = vp, .value = value },
		   err);
}

/* A timer that is armed. Its deadline is the next one, in the guest's counter as the cut has it. */
static int put_seed(const struct copy *c, uint32_t vp, struct vt_error *err)
{
	const struct cut_vp *v = &c->s->start.vp[vp];
	uint64_t deadline = v->timer.due + (uint64_t)v->offset;

	if (!v->timer.armed)
		return 0;
	if (cut_moves_deadlines(c->s, vp))
		deadline -= c->s->window.from;
	return put(c,
		   &(struct trace_event){ .type = TRACE_SEED,
					  .vp = vp,
					  .lp = (uint16_t)v->lp,
					  .sub = v->timer.dev,
					  .value = at_most(deadline, NEVER),
					  .extra = v->timer.period },
		   err);
}

static int put_mask(const struct copy *c, uint32_t vp, struct vt_error *err)
{
	const struct cut_vp *v = &c->s->start.vp[vp];

	if (!v->masked)
		return 0;
	return put(
	    c, &(struct trace_event){ .type = TRACE_MASK, .vp = vp, .sub = 1, .extra = v->vector },
	    err);
}

/* It woke, and waits for an LP. */
static int put_wake(const struct copy *c, uint32_t vp, struct vt_error *err)
{
	const struct cut_vp *v = &c->s->start.vp[vp];

	if (!v->woken)
		return 0;
	return put(c, &(struct trace_event){ .type = TRACE_WAKE, .vp = vp, .lp = v->waker }, err);
}

static bool is_blocked(const struct cut_vp *v, const struct cut_ahead *a)
{
	return v->scheduled ? v->blocked || v->woken : a->sched ? a->wakes : a->wakes_later;
}

/*
 * A VP that does not run stands still in the cut without a word, but a timer that is armed has to
 * be where it was left. A SEED takes one whose next event of the schedule is a WAKE for blocked,
 * every other one for preempted; where that is not so, and where a mask has to be told, a run
 * without a length tells it. That it woke already is told by that WAKE.
 */
static bool needs_run(const struct copy *c, uint32_t vp)
{
	const struct cut_vp *v = &c->s->start.vp[vp];
	const struct cut_ahead *a = &c->s->ahead[vp];

	if (v->running)
		return false;
	if (v->masked)
		return true;
	return (v->timer.armed || a->seeded) &&
	       is_blocked(v, a) != (v->woken || (a->sched && a->wakes));
}

static int put_run(const struct copy *c, uint32_t vp, struct vt_error *err)
{
	const struct cut_vp *v = &c->s->start.vp[vp];
	const struct cut_ahead *a = &c->s->ahead[vp];
	struct trace_event in = { .type = TRACE_SCHED_IN,
				  .vp = vp,
				  .lp = a->seeded ? a->seed_lp : (uint16_t)v->lp };
	struct trace_event out = { .type = TRACE_SCHED_OUT, .vp = vp, .sub = v->reason };

	if (is_blocked(v, a))
		out.sub = TRACE_BLOCK;
	return put(c, &in, err) || put_mask(c, vp, err) || put(c, &out, err) ? -1 : 0;
}

static int put_still(const struct copy *c, uint32_t vp, struct vt_error *err)
{
	bool run = needs_run(c, vp);

	if (run && put_run(c, vp, err))
		return -1;
	return run || c->s->start.vp[vp].timer.armed ? put_wake(c, vp, err) : 0;
}

/* Once, in front of the first SCHED_IN. */
static int put_standing(struct copy *c, struct vt_error *err)
{
	if (c->stood)
		return 0;
	c->stood = true;
	for (uint32_t vp = 0; vp < c->meta->vps; vp++) {
		if (c->pick->number[vp] != CUT_LEFT_OUT && put_still(c, vp, err))
			return -1;
	}
	return 0;
}

/* What is left of a slice; one that is over is none. */
static uint64_t slice_left(const struct cut_vp *v, uint64_t now)
{
	uint64_t used = now - v->in_since;

	return v->slice > used ? v->slice - used : 0;
}

static int put_running(const struct copy *c, uint32_t vp, struct vt_error *err)
{
	const struct cut_vp *v = &c->s->start.vp[vp];
	struct trace_event in = { .type = TRACE_SCHED_IN,
				  .vp = vp,
				  .lp = (uint16_t)v->lp,
				  .extra = slice_left(v, c->s->window.from) };
	struct trace_event entry = { .type = TRACE_ENTRY, .vp = vp, .extra = v->entry_reason };

	if (put(c, &in, err) || put_mask(c, vp, err))
		return -1;
	return v->in_guest ? put(c, &entry, err) : 0;
}

/* By LP, as importers do. */
static int put_all_running(const struct copy *c, struct vt_error *err)
{
	uint32_t *on = vt_array(c->meta->lps, sizeof(*on));
	int ret = 0;

	for (uint32_t vp = 0; vp < c->meta->vps; vp++) {
		if (c->pick->number[vp] != CUT_LEFT_OUT && c->s->start.vp[vp].running)
			on[c->s->start.vp[vp].lp] = vp + 1;
	}
	for (uint32_t lp = 0; !ret && lp < c->meta->lps; lp++)
		ret = on[lp] ? put_running(c, on[lp] - 1, err) : 0;
	free(on);
	return ret;
}

static int put_start(struct copy *c, struct vt_error *err)
{
	if (put_gaps(c, err))
		return -1;
	for (uint32_t vp = 0; vp < c->meta->vps; vp++) {
		if (c->pick->number[vp] != CUT_LEFT_OUT &&
		    (put_counter(c, vp, err) || put_seed(c, vp, err)))
			return -1;
	}
	return put_standing(c, err) || put_all_running(c, err) ? -1 : 0;
}

/* ---- its events ---- */

/* A deadline of a guest whose counter was the machine's. */
static uint64_t moved_deadline(uint64_t deadline, uint64_t period, uint64_t from)
{
	if (deadline >= from)
		return deadline - from;
	/* It is over; of a period the phase counts. */
	return period && (from - deadline) % period ? period - (from - deadline) % period : 0;
}

static uint64_t moved_time(const struct copy *c, const struct trace_event *ev, uint64_t time)
{
	const struct cut_window *w = &c->s->window;
	bool lasts = cut_type_lasts(ev->type);

	/* What lasts, lasts to the end of the cut at most, unless that is the trace's. */
	if (lasts && w->to < c->meta->end)
		time = at_most(time, w->to);
	if (time >= NEVER && !lasts)
		return time;
	return time > w->from ? time - w->from : 0;
}

/* A value of @ev as the cut has it; a VP that was left out is CUT_LEFT_OUT. */
static uint64_t moved_value(const struct copy *c, const struct trace_event *ev,
			    const struct trace_field *field, uint64_t v)
{
	switch (field->unit) {
	case TRACE_TIME:
		return moved_time(c, ev, v);
	case TRACE_DEADLINE:
		return c->moved[ev->vp] ? moved_deadline(v, ev->extra, c->s->window.from) : v;
	case TRACE_VP_NUMBER:
		return c->pick->number[v];
	default:
		return v;
	}
}

static int copy_event(struct copy *c, const struct trace_event *ev, struct vt_error *err)
{
	const struct trace_type_info *t = &trace_types[ev->type];
	struct trace_event out = *ev;

	if (t->vp && c->pick->number[ev->vp] == CUT_LEFT_OUT)
		return 0;
	out.time = ev->time - c->s->window.from;
	out.value = moved_value(c, ev, &t->value, ev->value);
	out.extra = moved_value(c, ev, &t->extra, ev->extra);
	if (t->extra.unit == TRACE_VP_NUMBER && out.extra == CUT_LEFT_OUT)
		return 0;
	if (ev->type == TRACE_COUNTER)
		c->moved[ev->vp] = false;
	if ((out.time || ev->type == TRACE_SCHED_IN) && put_standing(c, err))
		return -1;
	return put(c, &out, err);
}

static int copy_window(struct copy *c, struct vt_error *err)
{
	const struct cut_window *w = &c->s->window;
	struct cli_progress progress;
	const struct trace_event *ev;
	uint64_t last = 0;
	int more = 0;
	size_t n;

	cli_progress_start(&progress, "cutting", "ticks", w->to - w->from);
	while (last <= w->to && (more = trace_reader_next(c->r, &ev, &n, err)) > 0) {
		for (size_t i = 0; i < n && ev[i].time <= w->to; i++) {
			if (ev[i].time >= w->from && copy_event(c, &ev[i], err))
				more = -1;
			if (more < 0)
				break;
		}
		if (more < 0)
			break;
		last = ev[n - 1].time;
		if (last > w->from)
			cli_progress(&progress, at_most(last, w->to) - w->from);
	}
	cli_progress_end(&progress);
	return more < 0 ? -1 : 0;
}

int cut_copy(const struct cut_survey *s, const struct cut_pick *pick, struct trace_reader *r,
	     struct trace_writer *w, struct vt_error *err)
{
	struct copy c = { .s = s, .pick = pick, .meta = trace_reader_meta(r), .r = r, .w = w };
	int ret;

	c.moved = vt_array((size_t)c.meta->vps + 1, sizeof(*c.moved));
	for (uint32_t vp = 0; vp < c.meta->vps; vp++)
		c.moved[vp] = s->window.from && cut_moves_deadlines(s, vp);
	ret = trace_reader_seek(r, s->window.from, err);
	if (!ret && s->window.from)
		ret = put_start(&c, err);
	if (!ret)
		ret = copy_window(&c, err);
	if (!ret)
		ret = put_standing(&c, err);
	free(c.moved);
	return ret;
}
