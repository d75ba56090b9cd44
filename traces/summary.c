/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>

#include "traces/base/count.h"
#include "traces/base/mem.h"
#include "traces/summary.h"

void trace_summary_init(struct trace_summary *s, const struct trace_meta *meta)
{
	*s = (struct trace_summary){ .lps = meta->lps, .vps = meta->vps };
	s->lp = vt_array(meta->lps + 1, sizeof(*s->lp));
	s->vp = vt_array((size_t)meta->vps + 1, sizeof(*s->vp));
}

void trace_summary_free(struct trace_summary *s)
{
	free(s->lp);
	free(s->vp);
	*s = (struct trace_summary){ 0 };
}

static void enter(struct trace_summary *s, struct summary_vp *vp, enum summary_state state,
		  uint64_t now)
{
	count_add(&vp->ticks[vp->state], now - vp->since);
	if (vp->state == SUMMARY_RUNS)
		count_add(&s->lp[vp->lp].busy, now - vp->since);
	vp->state = state;
	vp->since = now;
}

static void sched_in(struct trace_summary *s, struct summary_vp *vp, const struct trace_event *ev)
{
	enter(s, vp, SUMMARY_RUNS, ev->time);
	vp->lp = ev->lp;
	vp->sched_in++;
	s->lp[ev->lp].sched_in++;
}

static void sched_out(struct trace_summary *s, struct summary_vp *vp, const struct trace_event *ev)
{
	enum summary_state state = SUMMARY_UNKNOWN;

	s->sched_out[ev->sub]++;
	vp->sched_out++;
	if (vp->state == SUMMARY_RUNS)
		s->lp[vp->lp].sched_out++;
	if (ev->sub == TRACE_PREEMPT || ev->sub == TRACE_YIELD)
		state = SUMMARY_WAITS;
	else if (ev->sub == TRACE_BLOCK)
		state = SUMMARY_BLOCKED;
	enter(s, vp, state, ev->time);
}

static void arm(struct trace_summary *s, struct summary_vp *vp, const struct trace_event *ev)
{
	vp->arms++;
	s->arms_by_dev[ev->sub]++;
	if (ev->extra)
		s->arms_periodic++;
	if (ev->value <= ev->time + vp->counter)
		s->arms_past++;
}

void trace_summary_event(struct trace_summary *s, const struct trace_event *ev)
{
	struct summary_vp *vp = &s->vp[ev->vp];

	s->total++;
	s->events[ev->type]++;
	switch (ev->type) {
	case TRACE_SCHED_IN:
		sched_in(s, vp, ev);
		break;
	case TRACE_SCHED_OUT:
		sched_out(s, vp, ev);
		break;
	case TRACE_WAKE:
		vp->wakes++;
		if (vp->state != SUMMARY_RUNS)
			enter(s, vp, SUMMARY_WAITS, ev->time);
		break;
	case TRACE_ARM:
		arm(s, vp, ev);
		break;
	case TRACE_DISARM:
		vp->disarms++;
		break;
	case TRACE_COUNTER:
		vp->counter = ev->value - ev->time;
		break;
	case TRACE_LOST:
		count_add(&s->lost, ev->extra);
		break;
	default:
		break;
	}
}

void trace_summary_end(struct trace_summary *s, uint64_t end)
{
	for (uint32_t i = 0; i < s->vps; i++)
		enter(s, &s->vp[i], s->vp[i].state, end);
}
