/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A recording as what its guests do: LOOP.md sections 1 to 4. It is fed the recording's events and
 * told what the base (the recorded design, in open loop) does with them, and hands out per VP the
 * items of its tape and its runs.
 */
#ifndef VTICK_REPLAY_LOOP_TAPE_H
#define VTICK_REPLAY_LOOP_TAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "traces/trace.h"

#define TAPE_NEVER UINT64_MAX

/* Of a VP that is on no grid, and of one whose grid is told by its steps alone. */
#define TAPE_NO_GRID 0
#define TAPE_BY_STEPS UINT64_MAX

/* So many of a VP's last items are kept, to go on with behind the end of its tape. */
#define TAPE_AGAIN 256u

enum tape_cause { CAUSE_NONE, CAUSE_TIMER, CAUSE_IPI, CAUSE_EXTERNAL, CAUSES };

/* Times are those of the recording, in ticks; work is time that the VP ran. */
struct tape_item {
	struct trace_event ev;
	uint64_t seq;	     /* place in the recording */
	uint64_t work;	     /* since the item before, or since the last of the ticks */
	uint64_t ticks;	     /* that it answers; 0: none */
	uint64_t deliveries; /* of these */
	int64_t ahead;	     /* of an ARM: deadline less counter */
	int64_t step;	     /* of an ARM: deadline less that of the ARM before */
	uint64_t unit;	     /* TAPE_NO_GRID: it is anchored by the write */
	/* Of a stop that something ends: */
	uint64_t ipis; /* that were sent to the VP by then */
	uint64_t had;  /* ticks by then, since the act before */
	bool known;
	bool wakes; /* by a WAKE event */
	bool negative;
	enum tape_cause cause;
	uint64_t residual;
	uint64_t back, back_seq;
	uint16_t back_lp;
};

struct tape_run {
	uint64_t time, seq, slice;
	uint64_t item, work; /* where on the tape it starts: items before it, work since the last */
	uint64_t hold;	     /* how long its LP was free while it waited */
	uint64_t wait;	     /* from when it was ready */
	bool preempts;	     /* it ended the run of another, so long after it was ready: */
	uint64_t preempt_after;
	uint64_t number; /* among the LP's */
	uint16_t lp;
	bool known; /* how it ended: */
	bool timed; /* its slice timer had run by then */
	bool sliced;
	uint64_t overrun; /* if so: so long before */
	uint64_t length;
	uint64_t out_seq;
};

struct tape_counts {
	uint64_t items;
	uint64_t events; /* SCHED_INs, SCHED_OUTs, WAKEs and acts */
	uint64_t residuals, residual_ticks, negative;
	uint64_t compared; /* writes, and stops that something ends */
	uint64_t work;	   /* run time, in ticks */
};

struct tape;

/* Do VPs run in the order in which they became ready, by what is known of the host? */
bool tape_is_fifo(const struct trace_meta *meta);

/* @unit: [vps] of the grids of their deadlines; NULL: for tape_survey(). It outlives the tape. */
struct tape *tape_new(const struct trace_meta *meta, const uint64_t *unit);
void tape_free(struct tape *t);

/* The next event of a recording of which nothing else is asked. */
void tape_survey(struct tape *t, const struct trace_event *ev);
/* By the survey, of which grid are one-shot deadlines of @vp points? */
uint64_t tape_vp_unit(const struct tape *t, uint32_t vp);

/* The next event; the base took the interrupts before it, and has not got it yet. */
void tape_event(struct tape *t, const struct trace_event *ev);
/* What the base does at its time @now: a pend that covers so many deadlines, 0 for a call of
 * wake(); a delivery of all that is pended. */
void tape_base_pends(struct tape *t, uint32_t vp, uint64_t now, uint64_t covers);
void tape_base_delivers(struct tape *t, uint32_t vp, uint64_t now);
/* The slice timer of who runs on @lp runs. */
void tape_base_slice_over(struct tape *t, uint32_t lp, uint64_t now);
/* No more events come. */
void tape_end(struct tape *t);
bool tape_ended(const struct tape *t);
/* The time of the last event. */
uint64_t tape_time(const struct tape *t);

/* The item number @n of @vp; NULL: not there (yet). Behind the end of an ended tape its last ones
 * come again, at most as many as it has. */
struct tape_item *tape_item(struct tape *t, uint32_t vp, uint64_t n);
/* Does item @n of @vp lie behind the end, and how far? */
bool tape_is_again(const struct tape *t, uint32_t vp, uint64_t n, uint64_t *behind);
/* Of an ended tape: how long @vp ran after its last item, and for how long it was ready when the
 * recording ended, 0: it was not. */
uint64_t tape_rest(const struct tape *t, uint32_t vp);
uint64_t tape_last_wait(const struct tape *t, uint32_t vp);
void tape_drop_items(struct tape *t, uint32_t vp, uint64_t before);
/* The first of the runs that are left of @vp, and the one after it. */
struct tape_run *tape_run(struct tape *t, uint32_t vp, size_t i);
void tape_drop_run(struct tape *t, uint32_t vp);

/* The next VP of whose stop it has become known what ended it; false: none. */
bool tape_ended_stop(struct tape *t, uint32_t *vp);

/* What happens at its recorded time whatever the guests do: the next; NULL: none (yet). */
struct tape_item *tape_absolute(struct tape *t);
void tape_drop_absolute(struct tape *t);

const struct tape_counts *tape_counts(const struct tape *t);

#endif
