/* SPDX-License-Identifier: GPL-2.0-only */
/* The first of a cut's two readings: what has to be known before its first event is written. */
#ifndef VTICK_TRACES_CUT_SURVEY_H
#define VTICK_TRACES_CUT_SURVEY_H

#include "traces/cut/state.h"
#include "traces/trace.h"

/* A part of a trace, in its ticks: events at both ends are in it. Deadlines due at `from` are not:
 * they were reached before the first event there. */
struct cut_window {
	uint64_t from, to;
};

/* What a VP does in the window. */
struct cut_ahead {
	bool seeded;	  /* its SEED is in the window, */
	uint16_t seed_lp; /* with this LP */
	bool counter_set;
	bool deadline; /* it has asked for one, and did not take it back */
	/*
	 * Its guest's counter cannot be the cut's machine's: it is told by a COUNTER at the start,
	 * and deadlines stay as they are. Else they are moved with the time.
	 */
	bool absolute;
	bool wakes;	       /* its first event of the schedule is a WAKE, */
	bool sched;	       /* if there is one; */
	bool wakes_later;      /* there is none, but the first one of all, behind it, is */
	uint64_t fires, pends; /* observed before the first write of its timer that is known */
};

struct cut_survey {
	struct cut_window window;
	struct cut_state start;	 /* when the window begins, timers advanced */
	struct cut_ahead *ahead; /* [VPs of the trace] */
};

/* Reads @r up to the window's end and leaves it anywhere. 0, or -1 with @err; freed by
 * cut_survey_free() either way. */
int cut_survey(struct cut_survey *s, struct trace_reader *r, const struct cut_window *window,
	       struct vt_error *err);
void cut_survey_free(struct cut_survey *s);

/* True if the cut's guest counter of @vp begins as its machine's: time and deadlines are moved
 * alike, up to its first COUNTER. */
bool cut_moves_deadlines(const struct cut_survey *s, uint32_t vp);

#endif
