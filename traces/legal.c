/* SPDX-License-Identifier: GPL-2.0-only */
/* What is legal in a trace: who runs where, and what only a running VP can do. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "traces/base/mem.h"
#include "traces/trace.h"

#define NOWHERE UINT32_MAX

struct trace_legal {
	uint32_t *running;	      /* [lps] the VP that runs there, or NOWHERE */
	uint32_t *on;		      /* [vps] the LP it runs on, or NOWHERE */
	bool started;		      /* some VP has run */
	bool guests_act[TRACE_TYPES]; /* what the guest of a VP does that runs, and no more */
	/* Allocated at the first SEED, and at the first AWAY. */
	bool *seeded;	/* [vps] */
	uint64_t *away; /* [lps] until when */
	uint32_t lps, vps;
};

struct trace_legal *trace_legal_new(uint32_t lps, uint32_t vps)
{
	struct trace_legal *l = vt_alloc(sizeof(*l));

	l->running = vt_alloc(lps * sizeof(*l->running));
	l->on = vt_alloc(vps * sizeof(*l->on));
	memset(l->running, 0xff, lps * sizeof(*l->running));
	memset(l->on, 0xff, vps * sizeof(*l->on));
	l->lps = lps;
	l->vps = vps;
	for (unsigned type = 0; type < TRACE_TYPES; type++)
		l->guests_act[type] = trace_types[type].runs && type != TRACE_SCHED_OUT;
	return l;
}

void trace_legal_free(struct trace_legal *l)
{
	if (!l)
		return;
	free(l->running);
	free(l->on);
	free(l->seeded);
	free(l->away);
	free(l);
}

/* Only at the start, so that no timer changes hands in mid-trace. */
static const char *seed_fault(struct trace_legal *l, const struct trace_event *ev)
{
	if (ev->time || l->started)
		return "a timer of before the recording, which belongs to time 0, before any VP "
		       "runs";
	if (!l->seeded)
		l->seeded = vt_alloc(l->vps * sizeof(*l->seeded));
	if (l->seeded[ev->vp])
		return "the VP has a timer of before the recording already";
	l->seeded[ev->vp] = true;
	return NULL;
}

static const char *away_fault(struct trace_legal *l, const struct trace_event *ev)
{
	if (ev->value < ev->time)
		return "the machine is away until a time that is over";
	if (!l->away)
		l->away = vt_alloc(l->lps * sizeof(*l->away));
	if (ev->time < l->away[ev->lp])
		return "the machine under the LP is away already";
	l->away[ev->lp] = ev->value;
	return NULL;
}

static inline const char *fault_of(struct trace_legal *l, const struct trace_event *ev)
{
	uint32_t lp;

	/* Of most events nothing else is asked. */
	if (l->guests_act[ev->type])
		return l->on[ev->vp] == NOWHERE ? "the guest acts, but its VP does not run" : NULL;
	switch (ev->type) {
	case TRACE_SCHED_IN:
		if (l->on[ev->vp] != NOWHERE)
			return "the VP is scheduled in, but runs already";
		if (l->running[ev->lp] != NOWHERE)
			return "a VP is scheduled in on an LP that is not idle (on one tick OUT "
			       "precedes IN)";
		l->running[ev->lp] = ev->vp;
		l->on[ev->vp] = ev->lp;
		l->started = true;
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
	case TRACE_SEED:
		return seed_fault(l, ev);
	case TRACE_AWAY:
		return away_fault(l, ev);
	default:
		return NULL;
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

int trace_legal_block(struct trace_legal *l, const struct trace_reader *r,
		      const struct trace_event *ev, size_t n, struct vt_error *err)
{
	const char *wrong;
	size_t i = trace_legal_events(l, ev, n, &wrong);

	if (i == n)
		return 0;
	return vt_error_set(err, trace_reader_path(r), trace_reader_block_offset(r),
			    "event %" PRIu64 " (%s of vp %" PRIu32 ", lp %u) at time %" PRIu64
			    ": %s",
			    trace_reader_block_first(r) + i, trace_type_name(ev[i].type), ev[i].vp,
			    ev[i].lp, ev[i].time, wrong);
}
