/* SPDX-License-Identifier: GPL-2.0-only */
/* What a trace holds, counted in one pass over its events: for `vtick info`. */
#ifndef VTICK_TRACES_SUMMARY_H
#define VTICK_TRACES_SUMMARY_H

#include "traces/trace.h"

struct summary_lp {
	uint64_t sched_in;
	uint64_t sched_out;
	uint64_t busy; /* ticks in which a VP ran here */
};

enum summary_state {
	SUMMARY_UNKNOWN,
	SUMMARY_RUNS,
	SUMMARY_WAITS,
	SUMMARY_BLOCKED,
	SUMMARY_STATES
};

struct summary_vp {
	uint64_t sched_in;
	uint64_t sched_out;
	uint64_t wakes;
	uint64_t arms;
	uint64_t disarms;
	uint64_t ticks[SUMMARY_STATES]; /* time spent in each state */
	/* How it stands at the last event. */
	enum summary_state state;
	uint32_t lp; /* where it runs, or ran last */
	uint64_t since;
	uint64_t counter; /* guest counter - machine counter, modulo 2^64 */
};

struct trace_summary {
	uint32_t lps;
	uint32_t vps;
	uint64_t total;
	uint64_t events[TRACE_TYPES];
	uint64_t arms_by_dev[TRACE_DEVS];
	uint64_t arms_periodic;
	uint64_t arms_past;
	uint64_t sched_out[TRACE_REASONS];
	uint64_t lost; /* records that the LOST events count */
	struct summary_lp *lp;
	struct summary_vp *vp;
};

void trace_summary_init(struct trace_summary *s, const struct trace_meta *meta);
void trace_summary_free(struct trace_summary *s);
/* Takes the next event; one that is not legal is counted all the same. */
void trace_summary_event(struct trace_summary *s, const struct trace_event *ev);
/* The trace ends at @end: closes the times. */
void trace_summary_end(struct trace_summary *s, uint64_t end);

#endif
