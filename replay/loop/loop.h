/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The closed loop: what guests and schedule of a recording would have done under a policy. LOOP.md
 * has the rules.
 */
#ifndef VTICK_REPLAY_LOOP_LOOP_H
#define VTICK_REPLAY_LOOP_LOOP_H

#include "replay/engine/engine.h"
#include "replay/loop/tape.h"

/* A quantum: the cell's own slice timers have it. */
#define LOOP_SLICES UINT64_MAX

/* As near as that, and it came as recorded; what clocks and conversions are good for. */
#define LOOP_NEAR_NS 10000

struct loop_counts {
	uint64_t same; /* events that the cell was given as they were recorded */
	uint64_t near; /* writes and ends of stops within LOOP_NEAR_NS of when they were recorded */
	uint64_t grid, write;	/* one-shot ARMs by what their deadlines are anchored */
	uint64_t wakes[CAUSES]; /* stops that ended, by cause */
	uint64_t kept, runs;	/* runs in the recorded order, of those that started */
	uint64_t items;		/* of the tapes, that were run */
	uint64_t again;		/* behind their ends */
	uint64_t work, busy;	/* run time, and time that LPs had a VP; ticks */
};

struct loop_vp_counts {
	uint64_t writes, wakeups, ticks; /* ARMs, stops that ended, deliveries */
	uint64_t work;			 /* run time, ticks */
	uint64_t on_lps;		 /* up to the begin of its last run, or its end */
};

struct loop;

/* The loop of a recording that @meta describes and @t holds. @e is the cell, whose ear it is from
 * now on; @pull feeds the tape more events, or ends it. It owns none of them. @quantum: ticks, 0:
 * none. */
struct loop *loop_new(const struct trace_meta *meta, struct engine *e, struct tape *t,
		      void (*pull)(void *), void *arg, uint64_t quantum);
/* Of the delays that no rule explains, holds and residuals, it keeps @percent (100 without). */
void loop_residuals(struct loop *l, unsigned percent);
/* Runs to the end of the trace, once. */
void loop_run(struct loop *l);
/* What was counted, of all VPs and of one; once it has run. The loop owns it. LOOP.md 7. */
const struct loop_counts *loop_counts(const struct loop *l);
const struct loop_vp_counts *loop_vp_counts(const struct loop *l, uint32_t vp);
/* The cell, the tape and the recording stay. */
void loop_free(struct loop *l);

#endif
