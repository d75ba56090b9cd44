/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/watch/survey.h"

#include "replay/engine/truth.h"
#include "replay/watch/recorded_ticks.h"
#include "traces/base/mem.h"
#include "traces/trace.h"

/* The recording plays its own policy: what it observed to expire is pended. */
static const struct vtick_policy recorded = { VTICK_POLICY_HEAD, .name = "recording" };

/* Below this a difference says more about clocks and their conversion than about lateness. */
#define WINDOW_LEAST_NS 10000u
/* Of a recording that does not tell how late it was. */
#define WINDOW_DEFAULT_NS 1000000u

static void fire(struct engine *e, struct vp_state *v)
{
	struct survey *rec = e->survey;
	int64_t now = (int64_t)e->host.now, due;

	rec->fired[v - e->vp] = true;
	truth_advance(e, v);
	if (v->outstanding) {
		/* Those that the counter jumped over are due at once, however many. */
		__int128 last = v->oldest + (__int128)(v->outstanding - 1) * v->period;

		due = last < now ? (int64_t)last : now;
	} else if (v->due != VTICK_NEVER) {
		due = (int64_t)v->due;
	} else {
		rec->without_deadline++;
		return;
	}
	int64_t late = engine_ns(e, now - due);

	histogram_add(&rec->late, late);
	histogram_add(&rec->distance, late < 0 ? -late : late);
	truth_pend(e, v, truth_counter(v, (uint64_t)due));
}

struct engine *survey_new(struct survey *rec, const struct trace_meta *meta)
{
	static const struct engine_options quiet = { 0 };
	struct engine *e = engine_new(meta, &recorded, NULL, &quiet, "survey", NULL);

	rec->fired = vt_alloc(meta->vps * sizeof(*rec->fired));
	rec->partial = recorded_partly(meta);
	e->survey = rec;
	e->on_fire = fire;
	return e;
}

void survey_set_window(struct survey *rec, uint64_t window_ns)
{
	rec->window_from = window_ns != WINDOW_OF_RECORDING ? WINDOW_GIVEN
			   : histogram_samples(&rec->late)  ? WINDOW_LATENESS
							    : WINDOW_DEFAULT;
	if (rec->window_from == WINDOW_LATENESS) {
		window_ns = (uint64_t)histogram_percentile(&rec->distance, 990);
		if (window_ns < WINDOW_LEAST_NS)
			window_ns = WINDOW_LEAST_NS;
	} else if (rec->window_from == WINDOW_DEFAULT) {
		window_ns = WINDOW_DEFAULT_NS;
	}
	rec->window_ns = window_ns;
}

void survey_free(struct survey *rec)
{
	histogram_free(&rec->late);
	histogram_free(&rec->distance);
	free(rec->fired);
}
