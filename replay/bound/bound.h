/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fewest machine timer interrupts that serve every tick of a recorded schedule in time, by the
 * rules of BOUND.md: one pass over the events, memory of the order of its VPs and LPs.
 */
#ifndef VTICK_REPLAY_BOUND_BOUND_H
#define VTICK_REPLAY_BOUND_BOUND_H

#include "replay/engine/engine.h"

/* What serves a tick without an interrupt of its own: BOUND.md 3. */
enum bound_rides { RIDES_NONE, RIDES_EXITS, RIDES_ALL };

/* Their names, up to a NULL. */
extern const char *const bound_rides[];

struct bound_options {
	uint64_t slack_ns;
	enum bound_rides rides;
	/* The hypervisor's own ticks, slices and slop; NULL: guests alone. Is copied. */
	const struct engine_options *hypervisor;
};

/* What became of the deadlines: each that was reached and not masked is one of `reached`, */
struct bound_ticks {
	uint64_t reached;
	uint64_t at_once;     /* of these: by the write itself, which serves it */
	uint64_t at_sched_in; /* its VP waited to run, and is served as it does */
};

struct bound;

/* Before the first event of a trace. @meta and @seeds (as engine_seeds()) must outlive it. */
struct bound *bound_new(const struct trace_meta *meta, const struct seeds *seeds,
			const struct bound_options *options);

/* @n events that are legal (trace_legal_event()) and follow those before. */
void bound_events(struct bound *b, const struct trace_event *ev, size_t n);

/* Behind the last event: the trace's end. Call once. */
void bound_end(struct bound *b);

/* The interrupts of @lp, and of all LPs; after bound_end(). */
uint64_t bound_lp(const struct bound *b, uint32_t lp);
uint64_t bound_total(const struct bound *b);
struct bound_ticks bound_ticks(const struct bound *b);

void bound_free(struct bound *b);

#endif
