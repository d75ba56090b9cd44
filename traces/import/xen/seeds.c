/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/import/xen/seeds.h"

#include <stdlib.h>

#include "traces/base/mem.h"
#include "traces/base/sort.h"
#include "traces/trace.h"

/* Zero of the ns that a line is looked for in: nothing comes before it. */
#define NOW_ZERO (INT64_C(1) << 50)

struct inference {
	const struct xen_scan *scan;
	uint64_t hz;
	struct xen_clock clock;
};

/* The LP of a pCPU. */
static uint32_t lp_of_id(const struct xen_scan *s, uint32_t id)
{
	uint32_t low = 0, high = s->pcpus;

	while (high - low > 1) {
		uint32_t middle = (low + high) / 2;

		if (s->pcpu[middle].id > id)
			high = middle;
		else
			low = middle;
	}
	return low;
}

/* Where it runs at time 0; else where its timer was first seen. */
static uint32_t lp_of(const struct xen_scan *s, const struct xen_ticker *t)
{
	for (uint32_t i = 0; i < s->pcpus; i++)
		if (s->pcpu[i].first == XEN_FIRST_RUNS && s->pcpu[i].seed == t->vp)
			return i;
	return lp_of_id(s, t->pcpu);
}

/* A PV timer: the record says when it was due. */
static void by_expiry(struct xen_seed *seed, const struct inference *in, const struct xen_ticker *t)
{
	uint64_t late = trace_ns_to_ticks(t->late_ns, in->hz), at = t->expired - in->scan->t0;

	seed->deadline = at > late ? at - late : 0;
	seed->period = 0;
	seed->slip_ns = 0;
	seed->by = "its expiry";
}

/* The times up to the first write, from time 0 on. */
static void keep_evidence(struct xen_ticker *t, uint64_t t0)
{
	size_t n = 0;

	for (size_t i = 0; i < t->ticks.n; i++) {
		struct tick_time tick = t->ticks.tick[i];

		if (tick.time > t->wrote)
			continue;
		tick.time -= t0;
		t->ticks.tick[n++] = tick;
	}
	t->ticks.n = n;
}

/* By a line in ticks of the TSC, which are the trace's. */
static bool by_tsc(struct xen_seed *seed, const struct inference *in, struct xen_ticker *t)
{
	struct tick_line line;

	if (!tick_line_find(&line, &t->ticks, trace_ns_to_ticks(XEN_SLOP_NS, in->hz), in->hz))
		return false;
	seed->deadline = line.first;
	seed->period = line.period;
	seed->slip_ns = 0;
	seed->by = "its ticks";
	return true;
}

/* How far ticks that are even in Xen's own ns, @now, and such of the TSC drift apart. */
static uint64_t slip_of(const struct inference *in, const struct tick_times *ticks,
			const struct tick_times *now)
{
	int64_t low = INT64_MAX, high = INT64_MIN;

	for (size_t i = 0; i < now->n; i++) {
		uint64_t at = ticks->tick[now->tick[i].place].time;
		int64_t ahead = (int64_t)(now->tick[i].time - NOW_ZERO) -
				(int64_t)trace_ticks_to_ns(at, in->hz);

		low = ahead < low ? ahead : low;
		high = ahead > high ? ahead : high;
	}
	return high - low > XEN_SLOP_NS ? (uint64_t)(high - low) : 0;
}

/* By a line in Xen's own ns, where its clock bends. */
static bool by_now(struct xen_seed *seed, const struct inference *in, const struct xen_ticker *t)
{
	const struct xen_scan *s = in->scan;
	struct tick_times now = { .step = t->ticks.step };
	struct tick_line line;
	bool ok;

	if (in->clock.whole == in->clock.lps)
		return false;
	for (size_t i = 0; i < t->ticks.n; i++) {
		const struct tick_time *tick = &t->ticks.tick[i];
		int64_t ns = xen_clock_ns(&in->clock, lp_of_id(s, tick->place), tick->time + s->t0);

		tick_times_keep(&now, (uint64_t)(ns + NOW_ZERO), (uint32_t)i);
	}
	ok = tick_line_find(&line, &now, XEN_SLOP_NS, 1000000000);
	if (ok) {
		const struct tick_time *first = &now.tick[0];
		uint64_t at = t->ticks.tick[first->place].time;
		uint64_t late = trace_ns_to_ticks(first->time - line.first, in->hz);

		/* Half a tick rounds. */
		seed->period = (trace_ns_to_ticks(2 * line.period, in->hz) + 1) / 2;
		/* The first one from time 0 on. */
		if (late > at)
			at += ((late - at - 1) / seed->period + 1) * seed->period;
		seed->deadline = at - late;
		seed->slip_ns = slip_of(in, &t->ticks, &now);
		seed->by = "its ticks, on Xen's own clock";
	}
	tick_times_free(&now);
	return ok;
}

static bool find(struct xen_seed *seed, const struct inference *in, struct xen_ticker *t)
{
	bool pv = xen_runs_pv(&in->scan->runs, t->vp);

	if (pv && t->expired < t->wrote_pv) {
		by_expiry(seed, in, t);
		return true;
	}
	if (pv)
		return false;
	keep_evidence(t, in->scan->t0);
	return by_tsc(seed, in, t) || by_now(seed, in, t);
}

static int by_vp(const void *a, const void *b)
{
	return order_u64(((const struct xen_seed *)a)->vp, ((const struct xen_seed *)b)->vp);
}

void xen_seeds_find(struct xen_seeds *seeds, struct xen_scan *s, uint64_t hz, bool infer)
{
	struct inference in = { .scan = s, .hz = hz };

	*seeds = (struct xen_seeds){ .seed = vt_array(s->tickers.n, sizeof(*seeds->seed)) };
	xen_clock_find(&in.clock, s, hz);
	seeds->stray_ns = xen_clock_stray(&in.clock, hz);
	for (size_t i = 0; infer && i < s->tickers.n; i++) {
		struct xen_ticker *t = &s->tickers.ticker[i];
		const uint64_t *vp = word_map_find(&s->vps, t->vp);
		struct xen_seed seed;

		if (!vp || !find(&seed, &in, t))
			continue;
		seed.lp = lp_of(s, t);
		seed.vp = (uint32_t)*vp;
		seeds->seed[seeds->n++] = seed;
	}
	xen_clock_free(&in.clock);
	sort_by(seeds->seed, seeds->n, sizeof(*seeds->seed), by_vp);
}

size_t xen_seeds_slip(const struct xen_seeds *seeds, uint64_t *most_ns)
{
	size_t n = 0;

	*most_ns = 0;
	for (size_t i = 0; i < seeds->n; i++) {
		uint64_t slip = seeds->seed[i].slip_ns;

		n += slip != 0;
		*most_ns = slip > *most_ns ? slip : *most_ns;
	}
	return n;
}

void xen_seeds_free(struct xen_seeds *seeds)
{
	free(seeds->seed);
	*seeds = (struct xen_seeds){ 0 };
}
