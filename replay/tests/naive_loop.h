/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The closed loop once more, written from LOOP.md: arrays that are scanned from the front, nothing
 * is planned ahead. The engine is the same, which has a reference of its own.
 */
#ifndef VTICK_REPLAY_TESTS_NAIVE_LOOP_H
#define VTICK_REPLAY_TESTS_NAIVE_LOOP_H

#include "replay/engine/engine.h"

struct naive_counts {
	uint64_t same, near, compared, events, grid, write, wakes[4], kept, runs, items, all_items,
	    again;
	uint64_t residuals, residual_ticks, negative;
	uint64_t work, busy, recorded; /* ticks */
};

/* A quantum: the cell's own slice timers have it. */
#define NAIVE_SLICES UINT64_MAX

/* Runs @base over the recording, then @cell in the loop. @quantum: ticks; 0: none; @residuals:
 * percent. */
void naive_loop(struct naive_counts *c, const struct trace_meta *meta, const struct trace_event *ev,
		size_t n, struct engine *base, struct engine *cell, uint64_t quantum,
		unsigned residuals);

#endif
