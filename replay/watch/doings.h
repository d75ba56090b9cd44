/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a policy does beside the fates of ticks, for whoever shows it: interrupts that an LP takes,
 * how long its ac_timer list is, and which VP wakes or comes to run with a tick that waits for it.
 * Written as lines among those of the fates, from which a '+' tells them; read back in the order of
 * the events that they stand between. Costs nothing where nobody asks.
 */
#ifndef VTICK_REPLAY_WATCH_DOINGS_H
#define VTICK_REPLAY_WATCH_DOINGS_H

#include <stdio.h>

#include "traces/trace.h"

struct engine;
struct doings_writer;

/* Writes what @e does from its first event on to @to, which the caller closes. The caller frees the
 * writer, too, after the engine. */
struct doings_writer *doings_writer_new(struct engine *e, FILE *to);
void doings_writer_free(struct doings_writer *w);

/* engine_events(), of which every moment is looked at. */
void doings_events(struct doings_writer *w, const struct trace_event *ev, size_t n);
/* Before engine_finish(): the interrupts up to the end of the trace. */
void doings_end(struct doings_writer *w);

/* ---- reading ---- */

enum doing_kind {
	DOING_IRQ,   /* @lp takes an interrupt */
	DOING_LIST,  /* @lp's list has @len timers */
	DOING_WAITS, /* the event @event wakes or runs @vp, for which a tick waits */
};

struct doing {
	enum doing_kind kind;
	uint64_t event; /* an index; that of the end: the number of events */
	bool after;	/* it, else before it */
	uint64_t time;	/* ticks */
	uint32_t lp, vp;
	uint32_t len;
	uint64_t pended; /* the tick, ticks */
};

struct doings_reader;

/* Of @fd, in which the lines of a replay stand from its start on, however far others have read it.
 * LPs and VPs are those of @meta, which outlives the reader. */
struct doings_reader *doings_reader_new(int fd, const struct trace_meta *meta);
void doings_reader_free(struct doings_reader *r);

/* The next one: 1, 0 at the end, or -1: the lines are none. */
int doings_next(struct doings_reader *r, struct doing *d, struct vt_error *err);

#endif
