/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The deadlines that guests truly reach, in order of time, whatever was done about them. RULES.md
 * 1.3 to 1.7 says what is one.
 */
#ifndef VTICK_REPLAY_EXPORT_DEADLINES_H
#define VTICK_REPLAY_EXPORT_DEADLINES_H

#include "traces/base/heap.h"
#include "traces/cut/timer.h"

/* So many of one VP are told apart without a word of it in between. */
#define DEADLINES_IN_A_ROW 64u

struct deadline_vp {
	struct cut_timer timer;
	int64_t offset; /* its counter - the machine's */
	bool masked;
	uint32_t in_a_row; /* told since its last event */
};

struct deadlines {
	struct deadline_vp *vp;
	struct heap due;
	uint32_t vps;
};

void deadlines_open(struct deadlines *d, uint32_t vps);
void deadlines_close(struct deadlines *d);

/*
 * The next deadline that is reached by @now: its VP; *@due is when, *@passed how many that follow
 * it are not told, as there are too many. False: there is none left.
 */
bool deadlines_next(struct deadlines *d, uint64_t now, uint32_t *vp, uint64_t *due,
		    uint64_t *passed);

/*
 * The next event of the trace, after deadlines_next() said that nothing is left at its time. True:
 * it reaches a deadline by itself, which lay in the past.
 */
bool deadlines_event(struct deadlines *d, const struct trace_event *ev);

#endif
