/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The period and phase of a periodic timer that nobody was seen to arm, from the times at which it
 * was seen to tick. A tick is never early, and now and then late by anything: by a host that was
 * elsewhere, a vCPU that had to wait, a timer that waits for others (slop). So the ticks lie above
 * a line, number of the tick times period plus phase, and the lower envelope of them is that line,
 * if there is one: in each part of the recording some come nearly on time. Few may be missing.
 */
#ifndef VTICK_TRACES_IMPORT_TICK_LINE_H
#define VTICK_TRACES_IMPORT_TICK_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Times in ticks of a clock, a bounded sample, evenly over the recording. All 0: empty. */
struct tick_time {
	uint64_t time;
	uint32_t place; /* the caller's */
};

struct tick_times {
	struct tick_time *tick;
	size_t n, room;
	uint64_t seen, step;
};

void tick_times_add(struct tick_times *t, uint64_t time, uint32_t place);
/* One of a sample that was taken elsewhere, with its `step`. */
void tick_times_keep(struct tick_times *t, uint64_t time, uint32_t place);
void tick_times_free(struct tick_times *t);

struct tick_line {
	uint64_t first;	 /* when the first of the times was due, or the first tick from 0 on */
	uint64_t period; /* in ticks of the clock */
	uint64_t spread; /* how far the lowest times of the parts are from the line */
	size_t on_time;	 /* times that are not above it by more than the slop */
};

/*
 * Sorts the times. @hz: their clock's; @slop: how far the envelope may stray from the line, in
 * ticks. False: no line can be told.
 */
bool tick_line_find(struct tick_line *line, struct tick_times *times, uint64_t slop, uint64_t hz);

#endif
