/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/watch/moment_runs.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "traces/base/mem.h"

/* Of a large machine: the LP that the tick was on, and those where most happened beside it. */
#define LPS_MOST 8u

/* What runs now, while the trace is read. */
struct now {
	uint32_t *vp;	/* [lps] TICK_NO_VP */
	int64_t *since; /* [lps] */
	uint32_t *lp;	/* [vps] TICK_NO_LP */
};

static struct moment_lp *lane_of(struct moment_runs *runs, uint32_t lp)
{
	for (uint32_t i = 0; i < runs->lps; i++) {
		if (runs->lp[i].lp == lp)
			return &runs->lp[i];
	}
	return NULL;
}

/* A run that ended, or is cut at the moment's end; a short one right behind a short one is one with
 * it. */
static void add_run(struct moment_runs *runs, uint32_t lp, uint32_t vp, int64_t from, int64_t to)
{
	struct moment_lp *l = lane_of(runs, lp);
	struct moment_run *last = l && l->n ? &l->run[l->n - 1] : NULL;

	if (!l || to <= runs->m->from || from >= runs->m->to)
		return;
	from = from < runs->m->from ? runs->m->from : from;
	to = to > runs->m->to ? runs->m->to : to;
	if (last && to - from < runs->shortest && from - last->to < runs->shortest &&
	    (last->runs > 1 || last->to - last->from < runs->shortest) &&
	    (runs->crowded || (last->vp != runs->m->vp && vp != runs->m->vp))) {
		last->to = to;
		last->runs++;
		runs->together += last->runs == 2 ? 2 : 1;
		return;
	}
	if (!(l->n & (l->n - 1)))
		l->run = vt_realloc(l->run, (l->n ? l->n * 2 : 1) * sizeof(*l->run));
	runs->n++;
	l->run[l->n++] = (struct moment_run){ from, to, vp, 1 };
}

static void take_event(struct moment_runs *runs, struct now *now, const struct trace_event *ev)
{
	uint32_t lp;

	if (ev->type == TRACE_SCHED_IN) {
		now->vp[ev->lp] = ev->vp;
		now->since[ev->lp] = (int64_t)ev->time;
		now->lp[ev->vp] = ev->lp;
	} else if (ev->type == TRACE_SCHED_OUT) {
		lp = now->lp[ev->vp];
		if (lp == TICK_NO_LP)
			return;
		add_run(runs, lp, ev->vp, now->since[lp], (int64_t)ev->time);
		now->vp[lp] = TICK_NO_VP;
		now->lp[ev->vp] = TICK_NO_LP;
	}
}

/* The tick's LP first, then the others by number. */
static void choose_lps(struct moment_runs *runs)
{
	const struct trace_meta *meta = runs->m->meta;
	uint32_t most = meta->lps < LPS_MOST ? meta->lps : LPS_MOST;
	uint32_t first = runs->m->lp < meta->lps ? runs->m->lp : 0;

	if (meta->lps <= LPS_MOST || first < most)
		first = 0;
	else if (first + most > meta->lps)
		first = meta->lps - most;
	runs->lp = vt_array((size_t)most + 1, sizeof(*runs->lp));
	runs->lps = most;
	for (uint32_t i = 0; i < most; i++)
		runs->lp[i].lp = first + i;
}

static int read_runs(struct moment_runs *runs, struct now *now, struct trace_reader *r,
		     struct vt_error *err)
{
	const struct trace_event *ev;
	size_t n;
	int got = trace_reader_seek(r, 0, err) ? -1 : 1;

	while (got > 0 && (got = trace_reader_next(r, &ev, &n, err)) > 0) {
		for (size_t i = 0; i < n; i++) {
			if ((int64_t)ev[i].time > runs->m->to || runs->n > 4 * runs->m->bars_most)
				return 0;
			take_event(runs, now, &ev[i]);
		}
	}
	return got;
}

static int read_once(struct moment_runs *runs, struct trace_reader *r, struct vt_error *err)
{
	const struct trace_meta *meta = runs->m->meta;
	struct now now = { .vp = vt_array((size_t)meta->lps + 1, sizeof(*now.vp)),
			   .since = vt_array((size_t)meta->lps + 1, sizeof(*now.since)),
			   .lp = vt_array((size_t)meta->vps + 1, sizeof(*now.lp)) };
	int failed;

	memset(now.vp, 0xff, (size_t)meta->lps * sizeof(*now.vp));
	memset(now.lp, 0xff, (size_t)meta->vps * sizeof(*now.lp));
	failed = read_runs(runs, &now, r, err);
	for (uint32_t lp = 0; !failed && lp < meta->lps; lp++) {
		if (now.vp[lp] != TICK_NO_VP)
			add_run(runs, lp, now.vp[lp], now.since[lp], runs->m->to);
	}
	free(now.vp);
	free(now.since);
	free(now.lp);
	return failed;
}

/* How many runs there are is known afterwards: with too many, once more, with short ones together.
 */
int moment_runs_read(struct moment_runs *runs, const struct moment *m, struct trace_reader *r,
		     struct vt_error *err)
{
	int failed = 0;

	*runs = (struct moment_runs){ .m = m };
	choose_lps(runs);
	runs->n = SIZE_MAX;
	for (int64_t part = 4096; !failed && runs->n > m->bars_most && part; part /= 4) {
		for (uint32_t i = 0; i < runs->lps; i++) {
			free(runs->lp[i].run);
			runs->lp[i] = (struct moment_lp){ .lp = runs->lp[i].lp };
		}
		runs->together = runs->n = 0;
		failed = read_once(runs, r, err);
		runs->shortest = (m->to - m->from) / part;
		runs->crowded = part < 1024;
	}
	return failed;
}

static void add_lane(const struct moment_runs *runs, const struct moment_lp *l, struct timeline *t)
{
	const struct trace_meta *meta = runs->m->meta;
	char *name = vt_format("LP %" PRIu32, l->lp);
	struct timeline_lane *lane = timeline_lane(t, name);

	free(name);
	for (size_t i = 0; i < l->n; i++) {
		const struct moment_run *run = &l->run[i];
		char *many = vt_format("%zu short runs", run->runs);

		timeline_bar(lane, tick_ns(run->from - runs->m->due, meta->clock_hz),
			     tick_ns(run->to - runs->m->due, meta->clock_hz),
			     run->runs > 1 ? 7 : run->vp % 7, run->vp == runs->m->vp,
			     run->runs > 1 ? many : meta->vp[run->vp].name);
		free(many);
	}
}

void moment_runs_add(const struct moment_runs *runs, struct timeline *t)
{
	for (uint32_t i = 0; i < runs->lps; i++)
		add_lane(runs, &runs->lp[i], t);
}

void moment_runs_free(struct moment_runs *runs)
{
	for (uint32_t i = 0; i < runs->lps; i++)
		free(runs->lp[i].run);
	free(runs->lp);
	*runs = (struct moment_runs){ 0 };
}
