/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which VP is gone as it stops. Xen says so of one that it pauses or destroys while it runs or
 * waits for a pCPU, and of one that sleeps not until something wakes it. So of that its own timer
 * tells, which wakes it whatever it waits for: one that was due long before the capture ends, and
 * nothing came of it, is not there any more. A VP whose timer is due later, or that has none, may
 * well sleep on.
 */
#include "traces/import/xen/record.h"
#include "traces/import/xen/state.h"

/* Ten times as long as any stall of the recorded hosts. */
enum { LONG_NS = 100000000 };

/* When its timer is due next; UINT64_MAX: it is not. */
static uint64_t next_due(const struct xen_timer *t, uint64_t now)
{
	if (!t->armed || t->masked)
		return UINT64_MAX;
	if (t->deadline > now)
		return t->deadline;
	if (!t->period)
		return UINT64_MAX;
	return t->deadline + ((now - t->deadline) / t->period + 1) * t->period;
}

static bool sleeps_on(const struct xen_events *e, uint32_t vp)
{
	uint64_t due = next_due(&e->vp[vp].timer, e->now);
	uint64_t until = e->scan->heard_until - e->scan->t0;
	uint64_t after = trace_ns_to_ticks(LONG_NS, e->clock_hz);

	/* Where records were lost since it may have run. */
	return e->scan->lost_until > e->scan->t0 + e->now || due >= TRACE_TICK_LIMIT ||
	       due + after > until;
}

bool xen_is_gone(struct xen_events *e, uint32_t vp, enum xen_runstate to)
{
	uint32_t word = e->vp[vp].word;
	bool gone;

	if (xen_runs_again(&e->scan->runs, word, e->scan->t0 + e->now))
		return false;
	if (to == XEN_OFFLINE)
		return true;
	switch (xen_runs_state(&e->scan->runs, word)) {
	case XEN_OFFLINE:
		e->tally.gone_offline++;
		return true;
	case XEN_BLOCKED:
		gone = to == XEN_BLOCKED && !sleeps_on(e, vp);
		e->tally.gone_asleep += gone;
		return gone;
	default:
		return false;
	}
}
