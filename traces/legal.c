/* SPDX-License-Identifier: GPL-2.0-only */
/* What is legal in a trace: who runs where, and what only a running VP can do. */
#include <stdlib.h>
#include <string.h>

#include "traces/base/mem.h"
#include "traces/trace.h"

#define NOWHERE UINT32_MAX

struct trace_legal {
	uint32_t *running; /* [lps] the VP that runs there, or NOWHERE */
	uint32_t *on;	   /* [vps] the LP it runs on, or NOWHERE */
};

struct trace_legal *trace_legal_new(uint32_t lps, uint32_t vps)
{
	struct trace_legal *l = vt_alloc(sizeof(*l));

	l->running = vt_alloc(lps * sizeof(*l->running));
	l->on = vt_alloc(vps * sizeof(*l->on));
	memset(l->running, 0xff, lps * sizeof(*l->running));
	memset(l->on, 0xff, vps * sizeof(*l->on));
	return l;
}

void trace_legal_free(struct trace_legal *l)
{
	if (!l)
		return;
	free(l->running);
	free(l->on);
	free(l);
}

static inline const char *fault_of(struct trace_legal *l, const struct trace_event *ev)
{
	uint32_t lp;

	switch (ev->type) {
	case TRACE_SCHED_IN:
		if (l->on[ev->vp] != NOWHERE)
			return "the VP is scheduled in, but runs already";
		if (l->running[ev->lp] != NOWHERE)
			return "a VP is scheduled in on an LP that is not idle (on one tick OUT "
			       "precedes IN)";
		l->running[ev->lp] = ev->vp;
		l->on[ev->vp] = ev->lp;
		return NULL;
	case TRACE_SCHED_OUT:
		lp = l->on[ev->vp];
		if (lp == NOWHERE)
			return "the VP is scheduled out, but does not run";
		l->running[lp] = NOWHERE;
		l->on[ev->vp] = NOWHERE;
		return NULL;
	case TRACE_LOST:
		return ev->value < ev->time ? "records are lost until a time that is over" : NULL;
	default:
		return trace_types[ev->type].runs && l->on[ev->vp] == NOWHERE
			   ? "the guest acts, but its VP does not run"
			   : NULL;
	}
}

const char *trace_legal_event(struct trace_legal *l, const struct trace_event *ev)
{
	return fault_of(l, ev);
}

size_t trace_legal_events(struct trace_legal *l, const struct trace_event *ev, size_t n,
			  const char **wrong)
{
	for (size_t i = 0; i < n; i++) {
		*wrong = fault_of(l, &ev[i]);
		if (*wrong)
			return i;
	}
	return n;
}
