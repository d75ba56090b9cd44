/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who runs where: the floor under all that makes a trace out of a recording.
 *
 * No recording is whole. It begins while guests run, records are lost, a switch is not seen. What
 * makes a trace says here what its records say: that a VP starts on an LP, that it stops, that
 * something else runs there, that nothing is known of an LP for a while. Here the picture is kept
 * and mended, and out come events that are legal (trace_legal_event()) whatever went in:
 *
 * - A run that the recording does not show to end, though it shows what cannot be while it lasts,
 *   ends with reason `lost` at the moment when that is known.
 * - What only a running VP can do, said of one that does not run, is counted and left out.
 *
 * Nothing is made up: who runs is only ever what was said last. When a VP wakes up, and what its
 * timer does, is the caller's to know.
 *
 * LPs and VPs are numbered from 0, times are of the caller's clock and do not run backward (but see
 * schedule_lost()). All functions that may hand on an event return 0, or -1 with @err filled, which
 * only the sink's put() does.
 */
#ifndef VTICK_TRACES_SCHEDULE_H
#define VTICK_TRACES_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#include "traces/trace.h"

/* In place of a VP: somebody who is none, or who is not known. In place of an LP: nowhere. */
#define SCHEDULE_NOBODY UINT32_MAX

/* Where the events go. */
struct schedule_sink {
	/* Takes an event, which stays the caller's. 0, or -1 with @err filled. */
	int (*put)(void *arg, const struct trace_event *ev, struct vt_error *err);
	/*
	 * A run of @vp on @lp ends; put() gets its SCHED_OUT next. Here goes what the caller
	 * remembers for as long as a VP runs. NULL: nothing does.
	 */
	void (*run_ends)(void *arg, uint32_t lp, uint32_t vp, enum trace_reason reason);
	void *arg;
};

/* What did not go together, for the notes in a header. */
struct schedule_tally {
	uint64_t in_again;    /* said to start where it ran already: no event */
	uint64_t out_again;   /* said to stop, but did not run: no event */
	uint64_t forced_out;  /* runs ended as lost: another VP ran there, or the VP elsewhere */
	uint64_t forced_in;   /* runs begun by schedule_sees(), with nothing lost before */
	uint64_t seeds;	      /* runs that began before the recording */
	uint64_t seeds_twice; /* of a VP that was one already: no event */
	uint64_t gaps, lost;  /* calls of schedule_lost(), and the sum of what they lost */
	/* Events left out: their VP or LP is none, or had to run and did not. By type. */
	uint64_t unplaced[TRACE_TYPES];
};

struct schedule;

/* Nobody runs. @sink is copied. The caller frees. Aborts on no memory, as all here does. */
struct schedule *schedule_new(uint32_t lps, uint32_t vps, const struct schedule_sink *sink);
/* One that goes on from where @s is, with another sink. They share nothing. */
struct schedule *schedule_copy(const struct schedule *s, const struct schedule_sink *sink);
/* NULL is fine. */
void schedule_free(struct schedule *s);
/* There are @vps VPs now; not fewer than before. */
void schedule_grow(struct schedule *s, uint32_t vps);

/* The VP that runs on @lp, or SCHEDULE_NOBODY. */
uint32_t schedule_vp(const struct schedule *s, uint32_t lp);
/* The LP that @vp runs on, or SCHEDULE_NOBODY. @vp may be SCHEDULE_NOBODY. */
uint32_t schedule_lp(const struct schedule *s, uint32_t vp);
/* Belongs to @s and changes with it. */
const struct schedule_tally *schedule_tally(const struct schedule *s);

/*
 * @vp starts to run on @lp, with a slice of @slice ticks (0: none or not known). If another runs
 * there, or @vp elsewhere, these runs end first, as lost, in that order. Of a VP that runs there
 * already it is counted and nothing more.
 */
int schedule_in(struct schedule *s, uint64_t time, uint32_t lp, uint32_t vp, uint64_t slice,
		struct vt_error *err);
/* @vp stops. Of one that does not run it is counted and nothing more. */
int schedule_out(struct schedule *s, uint64_t time, uint32_t vp, enum trace_reason reason,
		 struct vt_error *err);
/*
 * The first record of @lp tells that @vp ran there when it began: it has since time 0, as far as is
 * known. The first LP that says so of a VP is believed. @vp may be SCHEDULE_NOBODY.
 */
int schedule_seed(struct schedule *s, uint32_t lp, uint32_t vp, struct vt_error *err);
/*
 * A record tells that @vp, or no VP at all if it is SCHEDULE_NOBODY, runs on @lp. For recordings
 * whose every record says that. What it contradicts is mended.
 */
int schedule_sees(struct schedule *s, uint64_t time, uint32_t lp, uint32_t vp,
		  struct vt_error *err);
/*
 * @count records (0: not known how many) of @lp were lost from @time to @until. The run there ends
 * as lost, and a LOST tells the rest; what comes next shows who runs. A gap is often known late: if
 * it begins before the last event, it is put behind that.
 */
int schedule_lost(struct schedule *s, uint64_t time, uint32_t lp, uint64_t until, uint64_t count,
		  struct vt_error *err);
/*
 * Hands on any other event: as it is, or not at all and counted in `unplaced` (its VP may be
 * SCHEDULE_NOBODY). SCHED_IN and SCHED_OUT are schedule_in() and schedule_out(). A LOST that is
 * given here ends no run; that SEED and AWAY are legal is the caller's to see to.
 */
int schedule_emit(struct schedule *s, const struct trace_event *ev, struct vt_error *err);
/* A trace begins here, at time 0: hands on a SCHED_IN of each VP that runs, by LP. */
int schedule_begin(struct schedule *s, struct vt_error *err);

#endif
