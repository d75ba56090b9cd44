/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The least number of interrupts of a small trace, found by trying all sets of times: written from
 * BOUND.md, with nothing of bound.c. Times are few: at most NAIVE_TIMES.
 */
#ifndef VTICK_REPLAY_BOUND_TESTS_NAIVE_BOUND_H
#define VTICK_REPLAY_BOUND_TESTS_NAIVE_BOUND_H

#include "replay/bound/bound.h"

#define NAIVE_TIMES 16u
#define NAIVE_LPS 2u

struct naive_bound {
	unsigned least[NAIVE_LPS];
	struct bound_ticks ticks;
};

/* The clock is 1 GHz: a tick is a nanosecond. */
void naive_bound(const struct trace_meta *meta, const struct trace_event *ev, size_t n,
		 const struct bound_options *options, struct naive_bound *answer);

#endif
