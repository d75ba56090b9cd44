/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/loop/grids.h"

#include <stdbool.h>
#include <stdlib.h>

#include "traces/base/mem.h"

/* Of a VP's ARMs so far. */
struct arms {
	bool last, pair; /* the one before was ahead; the one before that, too */
	int64_t off;
	uint64_t deadline;
	int64_t step, ahead;
	uint64_t unit; /* 0: no step yet */
	bool apart;    /* the steps have no unit */
	unsigned __int128 steps, aheads;
};

struct grids {
	uint32_t vps;
	uint64_t slack;
	struct arms *vp;
};

struct grids *grids_new(const struct trace_meta *meta)
{
	struct grids *g = vt_alloc(sizeof(*g));

	g->vps = meta->vps;
	g->slack = trace_ns_to_ticks(1000, meta->clock_hz);
	g->vp = vt_array(meta->vps + 1, sizeof(*g->vp));
	return g;
}

void grids_free(struct grids *g)
{
	if (g)
		free(g->vp);
	free(g);
}

static uint64_t distance(int64_t a, int64_t b)
{
	return a > b ? (uint64_t)a - (uint64_t)b : (uint64_t)b - (uint64_t)a;
}

/*
 * What all steps are multiples of, but for what clocks round: Euclid's algorithm, with @slack for
 * nothing.
 */
static uint64_t common_unit(uint64_t a, uint64_t b, uint64_t slack)
{
	while (b > slack) {
		uint64_t rest = a % b;

		a = b;
		b = b - rest <= slack ? 0 : rest;
	}
	return a;
}

static void look_at_step(struct arms *v, int64_t step, uint64_t slack)
{
	uint64_t size = step < 0 ? -(uint64_t)step : (uint64_t)step;

	/* Mostly it is the unit. */
	if (!step || v->apart || size == v->unit)
		return;
	v->unit = common_unit(size, v->unit, slack);
	v->apart = v->unit < 100 * (slack + 1);
}

static void look_at_arm(struct arms *v, const struct trace_event *ev, uint64_t slack)
{
	int64_t c = (int64_t)ev->time + v->off, step, ahead;

	if (ev->extra || (int64_t)ev->value <= c) {
		v->last = v->pair = false;
		return;
	}
	step = (int64_t)(ev->value - v->deadline);
	ahead = (int64_t)ev->value - c;
	if (v->last)
		look_at_step(v, step, slack);
	if (v->last && v->pair) {
		v->steps += distance(step, v->step);
		v->aheads += distance(ahead, v->ahead);
	}
	v->pair = v->last;
	v->last = true;
	v->step = step;
	v->ahead = ahead;
	v->deadline = ev->value;
}

void grids_look(struct grids *g, const struct trace_event *ev, size_t n)
{
	for (; n; n--, ev++) {
		if (ev->type == TRACE_ARM) {
			look_at_arm(&g->vp[ev->vp], ev, g->slack);
		} else if (ev->type == TRACE_COUNTER) {
			struct arms *v = &g->vp[ev->vp];

			v->off = (int64_t)(ev->value - ev->time);
			v->last = v->pair = false;
		}
	}
}

uint64_t *grids_units(const struct grids *g)
{
	uint64_t *unit = vt_array(g->vps + 1, sizeof(*unit));

	for (uint32_t i = 0; i < g->vps; i++) {
		const struct arms *v = &g->vp[i];

		if (v->unit && !v->apart)
			unit[i] = v->unit;
		else
			unit[i] = v->steps < v->aheads ? GRID_BY_STEPS : GRID_NONE;
	}
	return unit;
}
