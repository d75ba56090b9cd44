/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An engine follows what the guests asked for, as it does in a replay, but no policy takes part:
 * what was recorded to expire takes the deadlines that are outstanding, and what was recorded to be
 * injected delivers them.
 */
#include "replay/watch/recorded_ticks.h"

#include <stdlib.h>
#include <string.h>

#include "replay/engine/truth.h"
#include "replay/watch/fates.h"
#include "replay/watch/lp_past.h"
#include "traces/base/mem.h"

static const struct vtick_policy recorded = { VTICK_POLICY_HEAD, .name = "recording" };

/* An expiry whose guest has not got its interrupt yet. */
struct expired {
	bool is;
	bool injected; /* while the VP did not run: it has it at its next SCHED_IN */
	int64_t due, at;
};

struct recorded_ticks {
	const struct recorded_facts *facts;
	struct engine *engine;
	struct lp_past *past;
	struct expired *vp; /* [vps] */
	uint64_t early;	    /* RECORDED_EARLY_NS in ticks */
	uint64_t lost;	    /* up to here the recorder lost events */
	tick_taker *take;
	void *context;
	struct recorded_extra extra;
};

/* ---- what the whole trace has ---- */

bool recorded_partly(const struct trace_meta *meta)
{
	const json_t *source = json_object_get(meta->more, "source");
	const char *hypervisor = json_string_value(json_object_get(source, "hypervisor"));

	return hypervisor && !strcmp(hypervisor, "Xen");
}

void recorded_facts_begin(struct recorded_facts *f, const struct trace_meta *meta)
{
	*f = (struct recorded_facts){ .partial = recorded_partly(meta) };
	f->fired = vt_array(meta->vps, sizeof(*f->fired));
	f->injected = vt_array(meta->vps, sizeof(*f->injected));
}

void recorded_facts_event(struct recorded_facts *f, const struct trace_event *ev)
{
	if (ev->type == TRACE_OBS_FIRE) {
		f->fires++;
		f->fired[ev->vp] = true;
	} else if (ev->type == TRACE_OBS_PEND) {
		f->injections++;
		f->injected[ev->vp] = true;
	}
}

void recorded_facts_end(struct recorded_facts *f, uint32_t vps)
{
	for (uint32_t vp = 0; !f->partial && vp < vps; vp++)
		f->injected[vp] = f->injections != 0;
}

void recorded_facts_free(struct recorded_facts *f)
{
	free(f->fired);
	free(f->injected);
}

int recorded_facts_read(struct recorded_facts *f, struct trace_reader *r, struct vt_error *err)
{
	const struct trace_event *ev;
	size_t n;
	int got;

	recorded_facts_begin(f, trace_reader_meta(r));
	while ((got = trace_reader_next(r, &ev, &n, err)) > 0) {
		for (size_t i = 0; i < n; i++)
			recorded_facts_event(f, &ev[i]);
	}
	recorded_facts_end(f, trace_reader_meta(r)->vps);
	return got < 0 ? -1 : trace_reader_seek(r, 0, err);
}

/* ---- one tick ---- */

static void tell(struct recorded_ticks *r, enum tick_fate fate, uint32_t vp, int64_t due,
		 int64_t expired, uint64_t count)
{
	struct tick t = {
		.fate = fate,
		.vp = vp,
		.lp = lp_past_lp(r->past, vp),
		.count = count,
		.due = due,
		.expired = expired,
		.starts = expired,
		.at = (int64_t)r->engine->host.now,
	};

	if (!count)
		return;
	if (!r->facts->fired[vp])
		t.fate = TICK_UNRECORDED;
	if (fate == TICK_DELIVERED)
		lp_past_fill(r->past, &t);
	if (fate == TICK_DELIVERED && r->lost && due <= (int64_t)r->lost)
		t.fate = TICK_LOST;
	r->take(r->context, &t);
}

static void deliver(struct recorded_ticks *r, uint32_t vp)
{
	struct expired *x = &r->vp[vp];

	x->is = false;
	tell(r, TICK_DELIVERED, vp, x->due, x->at, 1);
}

/* What the guest wrote over, and what waits still at the end. The engine's own pends, of which it
 * tells here too, are not those of the recording. */
static void fate(struct engine *e, const struct vp_state *v, enum fate which, int64_t due,
		 int64_t pended, uint64_t count)
{
	if (pended == UNKNOWN_TIME)
		tell(e->on_fate_for, which == FATE_MISSED ? TICK_MISSED : TICK_PENDING,
		     (uint32_t)(v - e->vp), due, TICK_NEVER, count);
}

/*
 * Takes the deadlines of @v that something recorded serves now: those that are outstanding, or the
 * next one, if it is near. Returns how many, 0: none; *@due is the oldest.
 */
static uint64_t serve(struct recorded_ticks *r, struct vp_state *v, int64_t *due)
{
	struct engine *e = r->engine;
	uint64_t early = r->early, count = 1;

	truth_advance(e, v);
	if (v->period && v->period / 2 < early)
		early = v->period / 2;
	if (v->outstanding) {
		*due = v->oldest;
		count = v->outstanding;
	} else if (v->due != VTICK_NEVER && v->due - e->host.now <= early && !v->masked) {
		*due = (int64_t)v->due;
	} else {
		return 0;
	}
	truth_pend(e, v, truth_counter(v, (uint64_t)*due));
	return count;
}

/* ---- events ---- */

static void fired(struct recorded_ticks *r, uint32_t vp)
{
	struct vp_state *v = &r->engine->vp[vp];
	struct expired *x = &r->vp[vp];
	int64_t due;
	uint64_t count = serve(r, v, &due);

	if (!count) {
		r->extra.expiries++;
		return;
	}
	if (x->is) {
		tell(r, TICK_COALESCED, vp, due, TICK_NEVER, count);
		return;
	}
	tell(r, TICK_COALESCED, vp, due, TICK_NEVER, count - 1);
	*x = (struct expired){ .is = true, .due = due, .at = (int64_t)r->engine->host.now };
	if (!r->facts->injected[vp] && v->running)
		deliver(r, vp);
}

static void injected(struct recorded_ticks *r, uint32_t vp)
{
	struct vp_state *v = &r->engine->vp[vp];
	struct expired *x = &r->vp[vp];
	uint64_t count;
	int64_t due;

	if (x->is && !x->injected) {
		x->injected = !v->running;
		if (v->running)
			deliver(r, vp);
		return;
	}
	count = serve(r, v, &due);
	r->extra.injections += !count;
	if (!count)
		return;
	tell(r, TICK_COALESCED, vp, due, TICK_NEVER, count - 1);
	tell(r, TICK_NO_EXPIRY, vp, due, TICK_NEVER, 1);
}

/* The guest's write, or its end, takes away what it has not got yet. */
static void ended(struct recorded_ticks *r, uint32_t vp)
{
	struct expired *x = &r->vp[vp];

	if (!x->is)
		return;
	x->is = false;
	tell(r, TICK_MISSED, vp, x->due, x->at, 1);
}

void recorded_ticks_event(struct recorded_ticks *r, const struct trace_event *ev)
{
	lp_past_event(r->past, ev);
	engine_events(r->engine, ev, 1);
	switch (ev->type) {
	case TRACE_SCHED_IN:
		if (r->vp[ev->vp].is && (r->vp[ev->vp].injected || !r->facts->injected[ev->vp]))
			deliver(r, ev->vp);
		break;
	case TRACE_SCHED_OUT:
		if (ev->sub == TRACE_OFFLINE)
			ended(r, ev->vp);
		break;
	case TRACE_ARM:
	case TRACE_DISARM:
		ended(r, ev->vp);
		break;
	case TRACE_OBS_FIRE:
		fired(r, ev->vp);
		break;
	case TRACE_OBS_PEND:
		injected(r, ev->vp);
		break;
	case TRACE_LOST:
		/* One that ends where it begins is a single record, which others show. */
		if (ev->value > ev->time && ev->value > r->lost)
			r->lost = ev->value;
		break;
	default:
		break;
	}
}

/* ---- from start to end ---- */

struct recorded_ticks *recorded_ticks_new(const struct trace_meta *meta,
					  const struct recorded_facts *facts, tick_taker *take,
					  void *context)
{
	static const struct engine_options quiet = { 0 };
	struct recorded_ticks *r = vt_alloc(sizeof(*r));

	r->facts = facts;
	r->take = take;
	r->context = context;
	r->vp = vt_array(meta->vps, sizeof(*r->vp));
	r->early = trace_ns_to_ticks(RECORDED_EARLY_NS, meta->clock_hz);
	r->past = lp_past_new(meta);
	r->engine = engine_new(meta, &recorded, NULL, &quiet, "recording", NULL);
	fates_to(r->engine, fate, r);
	return r;
}

void recorded_ticks_end(struct recorded_ticks *r)
{
	struct engine *e = r->engine;

	e->host.now = e->meta->end;
	for (uint32_t vp = 0; vp < e->meta->vps; vp++) {
		const struct expired *x = &r->vp[vp];

		tell(r, TICK_PENDING, vp, x->due, x->at, x->is);
		truth_end(e, &e->vp[vp]);
	}
}

const struct recorded_extra *recorded_ticks_extra(const struct recorded_ticks *r)
{
	return &r->extra;
}

void recorded_ticks_free(struct recorded_ticks *r)
{
	if (!r)
		return;
	engine_free(r->engine);
	lp_past_free(r->past);
	free(r->vp);
	free(r);
}
