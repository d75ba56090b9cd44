/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/watch/witness.h"

#include <stdlib.h>
#include <string.h>

#include "replay/watch/pairing.h"
#include "traces/base/mem.h"
#include "traces/trace.h"

/*
 * Events of one VP or LP that lie no further apart than the window wait for each other, up to this
 * many: a window longer than most gaps would hold the whole trace in memory.
 */
#define CLUSTER_MAX (1u << 20)

#define NO_STATE UINT8_MAX

/* One VP's expiries or injections, or one LP's interrupts: those that may still match something to
 * come. */
struct witness_track {
	struct pair_event *ev;
	uint32_t n, room;
	bool takes_part;
	uint64_t near_to; /* the time near a prediction is counted up to here */
};

struct witness_vp {
	bool wrote;		/* its timer, in the recording */
	uint8_t deadline_state; /* what it did when its timer's deadline was reached; NO_STATE: not
				   reached yet */
};

/* A stretch in which the recorder lost events, with a window at each end. They are disjoint and in
 * order. */
struct witness_hole {
	uint64_t from, to;
};

static uint64_t add_saturated(uint64_t time, uint64_t by)
{
	return time + by < time ? UINT64_MAX : time + by;
}

static bool in_hole(const struct witness *w, uint64_t time)
{
	size_t from = 0, to = w->holes;

	while (from < to) {
		size_t middle = (from + to) / 2;

		if (w->hole[middle].to < time)
			from = middle + 1;
		else
			to = middle;
	}
	return from < w->holes && w->hole[from].from <= time;
}

static void add_hole(struct witness *w, uint64_t time, uint64_t until)
{
	uint64_t from = time > w->window ? time - w->window : 0;
	uint64_t to = add_saturated(until > time ? until : time, w->window);
	struct witness_hole *last = w->holes ? &w->hole[w->holes - 1] : NULL;

	if (last && from <= last->to) {
		last->to = to > last->to ? to : last->to;
		return;
	}
	w->hole = vt_realloc(w->hole, (w->holes + 1) * sizeof(*w->hole));
	w->hole[w->holes++] = (struct witness_hole){ .from = from, .to = to };
}

/* ---- counting what was matched ---- */

static void count_in(const struct engine *e, struct witness_tally *t, const struct pair_event *p,
		     const struct pair_event *o)
{
	t->predicted += p != NULL;
	t->observed += o != NULL;
	if (!p || !o)
		return;
	int64_t dt = engine_ns(e, (__int128)p->time - o->time);

	t->matched++;
	histogram_add(&t->dt, dt);
	histogram_add(&t->distance, dt < 0 ? -dt : dt);
}

/* A pair, or one without the other (NULL). */
static void count(struct witness *w, struct witness_kind_tally *k, const struct pair_event *p,
		  const struct pair_event *o)
{
	const struct pair_event *leads = o ? o : p;
	unsigned half =
	    leads->time < w->engine->meta->end - leads->time ? WITNESS_HALF_1 : WITNESS_HALF_2;

	if ((p && in_hole(w, p->time)) || (o && in_hole(w, o->time))) {
		k->lost_predicted += p != NULL;
		k->lost_observed += o != NULL;
		return;
	}
	count_in(w->engine, &k->group[WITNESS_ALL], p, o);
	count_in(w->engine, &k->group[half], p, o);
	count_in(w->engine, &k->group[WITNESS_STATE_0 + leads->state], p, o);
}

static void flush(struct witness *w, struct witness_kind_tally *k, struct witness_track *t)
{
	pair_events(t->ev, t->n, w->window);
	for (uint32_t i = 0; i < t->n; i++) {
		const struct pair_event *ev = &t->ev[i];

		if (ev->observed)
			count(w, k, ev->partner == PAIR_NONE ? NULL : &t->ev[ev->partner], ev);
		else if (ev->partner == PAIR_NONE)
			count(w, k, ev, NULL);
	}
	t->n = 0;
}

/* ---- what comes in ---- */

/* The time within the window of a prediction at @now, as far as it was not near an earlier one. */
static void count_near(struct witness *w, struct witness_kind_tally *k, struct witness_track *t,
		       uint64_t now)
{
	uint64_t from = now > w->window ? now - w->window : 0, to = add_saturated(now, w->window);

	if (to > w->engine->meta->end)
		to = w->engine->meta->end;
	if (from < t->near_to)
		from = t->near_to;
	if (to <= from)
		return;
	k->near += to - from;
	t->near_to = to;
}

static void add(struct witness *w, enum witness_kind kind, uint32_t subject, bool observed,
		uint8_t state)
{
	struct witness_kind_tally *k = &w->kind[kind];
	struct witness_track *t = &w->track[kind][subject];
	uint64_t now = w->engine->host.now;

	if (t->n && (now - t->ev[t->n - 1].time > w->window || t->n == CLUSTER_MAX))
		flush(w, k, t);
	if (t->n == t->room) {
		t->room = t->room * 2 + 4;
		t->ev = vt_realloc(t->ev, t->room * sizeof(*t->ev));
	}
	t->ev[t->n++] = (struct pair_event){ .time = now, .observed = observed, .state = state };
	if (!t->takes_part)
		k->all += w->engine->meta->end;
	t->takes_part = true;
	if (!observed)
		count_near(w, k, t, now);
}

static uint8_t state_now(const struct vp_state *v)
{
	return v->running ? WITNESS_RUNNING : v->in_block ? WITNESS_BLOCKED : WITNESS_PREEMPTED;
}

/*
 * What @v did when its deadline was reached. The truth hears of that late, with the VP's next
 * event, but until then the VP does what it did.
 */
static uint8_t deadline_state(const struct engine *e, const struct vp_state *v)
{
	uint8_t state = e->witness->vp[v - e->vp].deadline_state;

	return v->due <= e->host.now || state == NO_STATE ? state_now(v) : state;
}

void witness_write_irq(struct engine *e, uint32_t lp)
{
	add(e->witness, WITNESS_IRQS, lp, false,
	    e->lp[lp].running == VTICK_NO_VP ? WITNESS_IDLE : WITNESS_BUSY);
}

static void predicted(struct engine *e, enum witness_kind kind, const struct vp_state *v,
		      bool recorded)
{
	struct witness *w = e->witness;

	if (w->rec->partial && !recorded)
		w->kind[kind].unrecorded++;
	else
		add(w, kind, (uint32_t)(v - e->vp), false, deadline_state(e, v));
}

void witness_write_expiry(struct engine *e, uint32_t vp)
{
	if (vp < e->meta->vps) /* a policy may have timers that serve no VP */
		predicted(e, WITNESS_EXPIRIES, &e->vp[vp], e->witness->rec->fired[vp]);
}

void witness_write_injection(struct engine *e, const struct vp_state *v)
{
	predicted(e, WITNESS_INJECTIONS, v, v->period != 0);
}

void witness_write_armed(struct engine *e, const struct vp_state *v)
{
	e->witness->vp[v - e->vp] =
	    (struct witness_vp){ .wrote = true, .deadline_state = NO_STATE };
}

void witness_write_reached(struct engine *e, const struct vp_state *v)
{
	e->witness->vp[v - e->vp].deadline_state = state_now(v);
}

static void observed(struct engine *e, enum witness_kind kind, uint32_t vp)
{
	struct witness *w = e->witness;

	w->kind[kind].recorded++;
	if (!w->vp[vp].wrote)
		w->kind[kind].unseen++;
	else
		add(w, kind, vp, true, deadline_state(e, &e->vp[vp]));
}

void witness_write_observed(struct engine *e, const struct trace_event *ev)
{
	struct witness *w = e->witness;

	if (ev->type == TRACE_OBS_FIRE) {
		observed(e, WITNESS_EXPIRIES, ev->vp);
	} else if (ev->type == TRACE_OBS_PEND) {
		observed(e, WITNESS_INJECTIONS, ev->vp);
	} else if (ev->type == TRACE_OBS_HV_IRQ) {
		w->kind[WITNESS_IRQS].recorded++;
		add(w, WITNESS_IRQS, ev->lp, true,
		    e->lp[ev->lp].running == VTICK_NO_VP ? WITNESS_IDLE : WITNESS_BUSY);
	} else if (ev->type == TRACE_LOST) {
		add_hole(w, ev->time, ev->value);
	}
}

/* ---- from start to end ---- */

void witness_new(struct engine *e, const struct survey *rec)
{
	struct witness *w = vt_alloc(sizeof(*w));

	w->rec = rec;
	w->engine = e;
	w->window = trace_ns_to_ticks(rec->window_ns, e->meta->clock_hz);
	for (unsigned kind = 0; kind < WITNESS_KINDS; kind++) {
		uint32_t n = kind == WITNESS_IRQS ? e->meta->lps : e->meta->vps;

		w->track[kind] = vt_alloc(n * sizeof(*w->track[kind]));
	}
	w->vp = vt_alloc(e->meta->vps * sizeof(*w->vp));
	for (uint32_t vp = 0; vp < e->meta->vps; vp++)
		w->vp[vp].deadline_state = NO_STATE;
	e->witness = w;
	engine_not_plain(e);
}

static uint32_t tracks(const struct witness *w, unsigned kind)
{
	return kind == WITNESS_IRQS ? w->engine->meta->lps : w->engine->meta->vps;
}

void witness_end(struct witness *w)
{
	for (unsigned kind = 0; kind < WITNESS_KINDS; kind++) {
		for (uint32_t i = 0; i < tracks(w, kind); i++)
			flush(w, &w->kind[kind], &w->track[kind][i]);
	}
}

void witness_free(struct witness *w)
{
	if (!w)
		return;
	for (unsigned kind = 0; kind < WITNESS_KINDS; kind++) {
		for (uint32_t i = 0; i < tracks(w, kind); i++)
			free(w->track[kind][i].ev);
		free(w->track[kind]);
		for (unsigned g = 0; g < WITNESS_GROUPS; g++) {
			histogram_free(&w->kind[kind].group[g].dt);
			histogram_free(&w->kind[kind].group[g].distance);
		}
	}
	free(w->hole);
	free(w->vp);
	free(w);
}
