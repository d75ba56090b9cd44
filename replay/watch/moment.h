/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A short time of a trace around one tick, as a timeline (traces/base/timeline.h): who ran on the
 * LPs, and what became of the ticks, by several sides one above the other: the recording, policies
 * of a replay, the two of a comparison.
 */
#ifndef VTICK_REPLAY_WATCH_MOMENT_H
#define VTICK_REPLAY_WATCH_MOMENT_H

#include "replay/watch/tick.h"
#include "traces/base/html.h"
#include "traces/trace.h"

struct moment_side {
	char *label;
	struct tick *tick; /* those in the moment, by `at` */
	size_t n;
	size_t left_out;
};

struct moment {
	const struct trace_meta *meta;
	uint32_t vp, lp; /* of the tick that it is about */
	int64_t due;
	int64_t from, to; /* ticks */
	struct moment_side *side;
	size_t sides;
	size_t bars_most; /* of all LPs together */
};

/* Of @about, which was due and over, with some time before and after. @meta must outlive it.
 * @bars_most: so many runs are drawn singly; where there are more, short ones are put together. */
void moment_begin(struct moment *m, const struct trace_meta *meta, const struct tick *about,
		  size_t bars_most);
/* What follows is of this side. */
void moment_side(struct moment *m, const char *label);
/* A tick_taker; the context is a struct moment. Ticks at other times are not kept. */
void moment_take(void *moment, const struct tick *t);
/* Draws it, and tells it in a table; reads @r from its start for who ran. 0 or -1. */
int moment_put(const struct moment *m, struct trace_reader *r, const char *title, struct html *h,
	       struct vt_error *err);
void moment_free(struct moment *m);

#endif
