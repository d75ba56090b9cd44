/* SPDX-License-Identifier: GPL-2.0-only */
/* What all of the second pass stands on. */
#include "traces/import/xen/state.h"

#include <stdlib.h>

#include "traces/base/mem.h"

void xen_pv_write_ends(struct xen_events *e, uint32_t lp)
{
	e->tally.pv_writes_blind += e->lp[lp].pv_write;
	e->lp[lp].pv_write = false;
}

void xen_run_ends(struct xen_events *e, uint32_t lp)
{
	xen_pv_write_ends(e, lp);
	e->lp[lp].tdt = false;
	e->lp[lp].crossing = 0;
}

static int write_event(void *arg, const struct trace_event *ev, struct vt_error *err)
{
	struct xen_events *e = arg;

	e->tally.events[ev->type]++;
	return trace_writer_add(e->writer, ev, err);
}

static void run_ends(void *arg, uint32_t lp, uint32_t vp, enum trace_reason reason)
{
	struct xen_events *e = arg;

	(void)reason;
	e->vp[vp].yields = false;
	xen_run_ends(e, lp);
}

static void name_vps(struct xen_events *e)
{
	struct word_entry *all = word_map_sorted(&e->scan->vps);

	for (size_t i = 0; i < e->scan->vps.n; i++)
		e->vp[i] = (struct xen_vp){ .word = all[i].key,
					    .is_pv = xen_runs_pv(&e->scan->runs, all[i].key) };
	free(all);
}

struct xen_events *xen_events_new(const struct xen_scan *s, const struct xen_seeds *seeds,
				  uint64_t clock_hz, bool exits, struct trace_writer *w)
{
	struct xen_events *e = vt_alloc(sizeof(*e));

	*e = (struct xen_events){
		.scan = s, .seeds = seeds, .clock_hz = clock_hz, .exits = exits, .writer = w
	};
	e->lp = vt_array(s->pcpus, sizeof(*e->lp));
	e->vp = vt_array(s->vps.n, sizeof(*e->vp));
	e->schedule = schedule_new(
	    s->pcpus, (uint32_t)s->vps.n,
	    &(struct schedule_sink){ .put = write_event, .run_ends = run_ends, .arg = e });
	for (uint32_t i = 0; i < s->pcpus; i++)
		e->lp[i].next_vp = SCHEDULE_NOBODY;
	name_vps(e);
	return e;
}

void xen_events_free(struct xen_events *e)
{
	if (!e)
		return;
	word_map_free(&e->tally.skipped);
	schedule_free(e->schedule);
	free(e->lp);
	free(e->vp);
	free(e);
}

const struct xen_tally *xen_events_tally(struct xen_events *e)
{
	e->tally.schedule = *schedule_tally(e->schedule);
	e->tally.apart_ns = trace_ticks_to_ns(xen_apart_ticks(&e->apart), e->clock_hz);
	if (e->tally.apart_ns <= XEN_SLOP_NS)
		e->tally.apart_ns = 0;
	e->tally.seeds = e->seeds;
	return &e->tally;
}

int xen_emit(struct xen_events *e, struct trace_event ev, struct vt_error *err)
{
	ev.time = e->now;
	return schedule_emit(e->schedule, &ev, err);
}

bool xen_is_unseen(const struct xen_events *e, uint32_t vp, bool wrote)
{
	const struct xen_vp *v = &e->vp[vp];

	return !wrote && !(v->seeded && e->now >= v->seed);
}

uint32_t xen_find_vp(const struct xen_events *e, uint32_t word)
{
	const uint64_t *n = xen_is_vp(word) ? word_map_find(&e->scan->vps, word) : NULL;

	return n ? (uint32_t)*n : SCHEDULE_NOBODY;
}
