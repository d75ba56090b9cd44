/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/cut/survey.h"

#include <inttypes.h>
#include <stdlib.h>

#include "traces/base/cli.h"
#include "traces/base/mem.h"

struct survey {
	struct cut_survey *s;
	struct trace_reader *r;
	struct trace_legal *legal;
	struct cut_state now;
	bool begun;	/* s->start is there */
	uint32_t asked; /* VPs whose state at the start only their next event tells */
};

static void begin(struct survey *y)
{
	if (y->begun)
		return;
	y->begun = true;
	cut_state_free(&y->s->start);
	cut_state_copy(&y->s->start, &y->now);
	if (y->s->window.from)
		cut_state_advance(&y->s->start, y->s->window.from);
	for (uint32_t i = 0; i < y->now.vps; i++)
		y->s->ahead[i].deadline = y->s->start.vp[i].timer.armed;
}

static bool is_schedule(unsigned type)
{
	return type == TRACE_SCHED_IN || type == TRACE_SCHED_OUT || type == TRACE_WAKE;
}

bool cut_moves_deadlines(const struct cut_survey *s, uint32_t vp)
{
	return !s->start.vp[vp].counter_set && !s->ahead[vp].absolute;
}

/*
 * A period with a deadline before the window: @since ticks before, written @after ticks behind its
 * start. Its phase needs a deadline that is over by then and not below 0.
 */
static bool fits_behind_start(uint64_t since, uint64_t period, uint64_t after)
{
	uint64_t phase = since % period;

	return !phase || period - phase <= after;
}

/* Has the guest asked for a deadline that it did not take back, reached or not? A policy may still
 * hold it against the guest's counter. */
static void follow_deadline(struct cut_ahead *a, const struct trace_event *ev)
{
	if (ev->type == TRACE_ARM)
		a->deadline = true;
	else if (ev->type == TRACE_DISARM ||
		 (ev->type == TRACE_SCHED_OUT && ev->sub == TRACE_OFFLINE))
		a->deadline = false;
}

/* Can what @ev says of a guest's counter be said of one that begins as the cut's machine's? */
static void hold_against_start(struct survey *y, const struct trace_event *ev)
{
	struct cut_ahead *a = &y->s->ahead[ev->vp];
	uint64_t from = y->s->window.from;

	if (!from || a->counter_set || y->s->start.vp[ev->vp].counter_set)
		return;
	follow_deadline(a, ev);
	if (ev->type == TRACE_ARM && ev->extra && ev->value < from &&
	    !fits_behind_start(from - ev->value, ev->extra, ev->time - from))
		a->absolute = true;
	if (ev->type != TRACE_COUNTER)
		return;
	/* The deadline was set by the old counter, and is held against the new. */
	a->absolute |= a->deadline;
	a->counter_set = true;
}

static void look_ahead(struct survey *y, const struct trace_event *ev)
{
	struct cut_ahead *a = &y->s->ahead[ev->vp];
	struct cut_vp *v = &y->now.vp[ev->vp];

	if (is_schedule(ev->type) && !a->sched) {
		a->sched = true;
		a->wakes = ev->type == TRACE_WAKE;
	}
	if (ev->type == TRACE_SEED) {
		a->seeded = true;
		a->sched = a->wakes = false;
		a->seed_lp = ev->lp;
	}
	if (!v->wrote) {
		a->fires += ev->type == TRACE_OBS_FIRE;
		a->pends += ev->type == TRACE_OBS_PEND;
	}
	hold_against_start(y, ev);
}

/* Behind the window: how a VP that was only seeded began. */
static void look_behind(struct survey *y, const struct trace_event *ev)
{
	struct cut_vp *v = trace_type_has_vp(ev->type) ? &y->now.vp[ev->vp] : NULL;

	if (!v || !is_schedule(ev->type) || v->scheduled || v->lp == CUT_NOWHERE)
		return;
	y->s->ahead[ev->vp].wakes_later = ev->type == TRACE_WAKE;
	v->scheduled = true;
	y->asked--;
}

static void end_window(struct survey *y)
{
	begin(y); /* no event may be in it */
	for (uint32_t i = 0; i < y->now.vps; i++)
		y->asked += !y->now.vp[i].scheduled && y->now.vp[i].lp != CUT_NOWHERE;
}

static int illegal(const struct survey *y, size_t i, const struct trace_event *ev,
		   const char *fault, struct vt_error *err)
{
	return vt_error_set(err, trace_reader_path(y->r), trace_reader_block_offset(y->r),
			    "event %" PRIu64 " (%s) at %" PRIu64 " ns: %s",
			    trace_reader_block_first(y->r) + i, trace_type_name(ev->type),
			    trace_ticks_to_ns(ev->time, trace_reader_meta(y->r)->clock_hz), fault);
}

/* 1 behind the last event that has to be seen, 0, -1. */
static int take(struct survey *y, size_t i, const struct trace_event *ev, bool *inside,
		struct vt_error *err)
{
	const struct cut_window *w = &y->s->window;
	const char *fault;

	if (ev->time > w->to) {
		if (*inside)
			end_window(y);
		*inside = false;
		if (!y->asked)
			return 1;
		look_behind(y, ev);
		return 0;
	}
	fault = trace_legal_event(y->legal, ev);
	if (fault)
		return illegal(y, i, ev, fault, err);
	if (ev->time >= w->from) {
		begin(y);
		if (trace_type_has_vp(ev->type))
			look_ahead(y, ev);
	}
	cut_state_follow(&y->now, ev);
	return 0;
}

static int read_all(struct survey *y, struct vt_error *err)
{
	struct cli_progress progress;
	const struct trace_event *ev;
	bool inside = true;
	int ret = 0, more = 0;
	size_t n;

	cli_progress_start(&progress, "looking", "events", trace_reader_events(y->r));
	while (!ret && (more = trace_reader_next(y->r, &ev, &n, err)) > 0) {
		for (size_t i = 0; !ret && i < n; i++)
			ret = take(y, i, &ev[i], &inside, err);
		cli_progress(&progress, trace_reader_block_first(y->r) + n);
	}
	cli_progress_end(&progress);
	begin(y);
	return ret < 0 || more < 0 ? -1 : 0;
}

int cut_survey(struct cut_survey *s, struct trace_reader *r, const struct cut_window *window,
	       struct vt_error *err)
{
	const struct trace_meta *meta = trace_reader_meta(r);
	struct survey y = { .s = s, .r = r };
	int ret;

	*s = (struct cut_survey){ .window = *window };
	s->ahead = vt_array((size_t)meta->vps + 1, sizeof(*s->ahead));
	y.legal = trace_legal_new(meta->lps, meta->vps);
	cut_state_init(&y.now, meta->lps, meta->vps);
	ret = read_all(&y, err);
	cut_state_free(&y.now);
	trace_legal_free(y.legal);
	return ret;
}

void cut_survey_free(struct cut_survey *s)
{
	cut_state_free(&s->start);
	free(s->ahead);
	*s = (struct cut_survey){ 0 };
}
