/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest's timer as its writes say, whatever was done about it: when it is due. The machine that a
 * replay believes in does the same (RULES.md 1.3 to 1.7); here it is followed up to where a cut
 * begins. Times are of the machine, in ticks.
 */
#ifndef VTICK_TRACES_CUT_TIMER_H
#define VTICK_TRACES_CUT_TIMER_H

#include <stdbool.h>
#include <stdint.h>

#include "traces/trace.h"

struct cut_timer {
	bool armed;
	uint8_t dev;
	uint64_t due;	 /* while armed */
	uint64_t period; /* 0: one-shot */
};

/* It is @now: what was due at or before it has been reached. A period goes on. */
void cut_timer_advance(struct cut_timer *t, uint64_t now);

/* @ev, an ARM or what is like one, of a guest whose counter is the machine's + @offset. Advanced
 * to its time. */
void cut_timer_arm(struct cut_timer *t, const struct trace_event *ev, int64_t offset);

/* The guest, whose counter was @now + @offset, sets it to @value. Advanced to @now. */
void cut_timer_counter(struct cut_timer *t, uint64_t now, int64_t offset, uint64_t value);

#endif
