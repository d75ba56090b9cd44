/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A recording as what its guests do: LOOP.md sections 1 to 5. It is fed the recording's events and
 * told what the base (the recorded design, in open loop) does with them, and hands out per VP the
 * items of its tape and its runs. What is not there yet is no earlier than a bound, so that who
 * needs it reads on no further than he must.
 */
#ifndef VTICK_REPLAY_LOOP_TAPE_H
#define VTICK_REPLAY_LOOP_TAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "replay/loop/grids.h"
#include "replay/loop/ring.h"
#include "traces/trace.h"

#define TAPE_NEVER UINT64_MAX

/* Places in the recording: before all of it, what it does not have; its first event. */
#define TAPE_NOWHERE 1u
#define TAPE_FIRST 2u

/* So many items are kept of all VPs together that fall behind the recording, but of each at least:
 */
#define TAPE_ROOM 131072u
#define TAPE_ROOM_LEAST 1024u

/* So many of a VP's last items are kept, to go on with behind the end of its tape. */
#define TAPE_AGAIN 256u

enum tape_cause { CAUSE_NONE, CAUSE_TIMER, CAUSE_IPI, CAUSE_EXTERNAL, CAUSES };

/* It, or the ARM before, is periodic or not ahead: LOOP.md 5.1. */
#define TAPE_NO_STEP INT64_MIN

/* Of one that is no SCHED_OUT. */
struct tape_act {
	uint64_t ticks;	     /* that it answers; 0: none */
	uint64_t deliveries; /* of these */
	uint64_t before;     /* work since the item before, up to the last of the ticks */
	int64_t ahead;	     /* of an ARM: deadline less counter */
	int64_t step;	     /* of an ARM: deadline less that of the ARM before; or TAPE_NO_STEP */
	uint64_t unit;	     /* GRID_NONE: it is anchored by the write */
};

struct tape_stop {
	uint64_t ipis; /* that were sent to the VP by then */
	uint64_t had;  /* ticks by then, since the act before */
	/* Once it is known what ended it: */
	uint64_t residual;
	uint64_t back, back_seq;
	uint16_t back_lp;
	uint8_t cause;
	bool known;
	bool wakes; /* by a WAKE event */
};

/* Times are those of the recording, in ticks; work is time that the VP ran. */
struct tape_item {
	struct trace_event ev;
	uint64_t seq;  /* place in the recording */
	uint64_t work; /* since the item before, or since the last of the ticks */
	union {
		struct tape_act act;
		struct tape_stop stop;
	};
};

static inline bool tape_is_stop(const struct tape_item *i)
{
	return i->ev.type == TRACE_SCHED_OUT;
}

struct tape_run {
	uint64_t time, seq, slice;
	uint64_t item, work; /* where on the tape it starts: items before it, work since the last */
	uint64_t hold;	     /* how long its LP was free while it waited */
	uint64_t wait;	     /* from when it was ready */
	uint64_t preempt_after; /* if it preempts, since it was ready */
	uint64_t number;	/* among the LP's */
	/* Once it is known how it ended: */
	uint64_t overrun, length, out_seq;
	uint16_t lp;
	bool preempts; /* it ended the run of another */
	bool known;
	bool timed; /* its slice timer had run by then */
	bool sliced;
};

struct tape_counts {
	uint64_t items;
	uint64_t events; /* SCHED_INs, SCHED_OUTs, WAKEs and acts */
	uint64_t residuals, residual_ticks, negative;
	uint64_t compared; /* writes, and stops that something ends */
	uint64_t work;	   /* run time, in ticks */
};

/* Its inside is for tape.c, tape_events.c and the functions that are inline. */
enum tape_state { TAPE_NEW, TAPE_RUNS, TAPE_IS_READY, TAPE_STOPPED };

/* No VP. */
#define TAPE_NOBODY UINT32_MAX

/* How many runs of an LP are remembered. */
#define TAPE_PAST 256u

struct tape_vp {
	enum tape_state state;
	uint32_t lp;
	uint64_t in, ran; /* of the run; before it */
	uint64_t item_ran, tick_ran;
	uint64_t taken, taken_at_act, pended;
	uint64_t given, given_at_act; /* deliveries */
	int64_t off;
	uint64_t ready_at;
	uint64_t stop;	    /* number of the item that it stopped by */
	uint64_t pend_time; /* the first since then, 0: one waited; TAPE_NEVER: none */
	uint64_t pend_seq;  /* that of the event behind it */
	uint64_t ipis;
	uint64_t ipi_time; /* TAPE_NEVER: none since it stopped */
	bool waiting_pend;
	bool ended_otherwise; /* its last stop, and it did not run since */
	bool has_last;
	bool timer_stop; /* its last stop that ended was ended by its timer, with: */
	bool timer_wakes;
	bool slice_over; /* in its last run, then: */
	uint64_t slice_time;
	uint64_t timer_residual;
	uint64_t last_deadline;
	struct ring items, runs;
	uint64_t done;			/* items that nobody asks for any more */
	uint64_t items_from, runs_from; /* none is kept of before */
};

struct tape_past {
	uint64_t in, out;
};

struct tape_lp {
	uint32_t vp; /* TAPE_NOBODY: none */
	uint64_t runs;
	struct tape_past past[TAPE_PAST];
	uint64_t pasts;
	uint32_t left; /* who was preempted there, and nobody ran since; TAPE_NOBODY */
	uint64_t left_at, left_seq;
};

struct tape {
	const struct trace_meta *meta;
	const uint64_t *unit;
	bool fifo;
	struct tape_vp *vp;
	struct tape_lp *lp;
	uint64_t now, seq;
	struct tape_counts counts;
	struct ring absolute, ended_stops;
	uint64_t absolute_from;
	uint64_t limit; /* so many items of a VP that are not done yet are kept */
	bool ended;
	bool lost; /* what was cut off was asked for */
};

/* Run time of @v by @now, the recording's. */
static inline uint64_t tape_ran_by(const struct tape_vp *v, uint64_t now)
{
	return v->state == TAPE_RUNS ? v->ran + (now - v->in) : v->ran;
}

/* Do VPs run in the order in which they became ready, by what is known of the host? */
bool tape_is_fifo(const struct trace_meta *meta);

/* @unit: [vps], grids_units(). It outlives the tape. */
struct tape *tape_new(const struct trace_meta *meta, const uint64_t *unit);
void tape_free(struct tape *t);

/* Without this it keeps many items that are not done yet, of each VP so many. */
void tape_set_limit(struct tape *t, uint64_t items);
/* Was one asked for that it did not keep? Then the recording has to be read anew: onto the tape
 * that this makes, which keeps more of them, up to where @t is; then @t is given what is on it. */
static inline bool tape_lost(const struct tape *t)
{
	return t->lost;
}
struct tape *tape_anew(const struct tape *t);
void tape_replace(struct tape *t, struct tape *by);
/* How many events it was given. */
uint64_t tape_events(const struct tape *t);

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
static inline bool tape_ended(const struct tape *t)
{
	return t->ended;
}

/* The time of the last event. */
static inline uint64_t tape_time(const struct tape *t)
{
	return t->now;
}

/* tape_item() of one that is not kept: behind the end, cut off, dropped, or not there yet. */
struct tape_item *tape_item_elsewhere(struct tape *t, uint32_t vp, uint64_t n);
/* The item number @n of @vp; NULL: not there (yet). Behind the end of an ended tape its last ones
 * come again, at most as many as it has. */
static inline struct tape_item *tape_item(struct tape *t, uint32_t vp, uint64_t n)
{
	struct tape_item *i = ring_get(&t->vp[vp].items, sizeof(struct tape_item), n);

	return i ? i : tape_item_elsewhere(t, vp, n);
}

/* Does item @n of @vp lie behind the end, and how far? */
static inline bool tape_is_again(const struct tape *t, uint32_t vp, uint64_t n, uint64_t *behind)
{
	if (!t->ended || n < t->vp[vp].items.end)
		return false;
	*behind = n - t->vp[vp].items.end;
	return true;
}

/* Of an ended tape: how long @vp ran after its last item, and for how long it was ready when the
 * recording ended, 0: it was not. */
uint64_t tape_rest(const struct tape *t, uint32_t vp);
uint64_t tape_last_wait(const struct tape *t, uint32_t vp);
static inline void tape_drop_items(struct tape *t, uint32_t vp, uint64_t before)
{
	struct ring *items = &t->vp[vp].items;
	uint64_t kept = items->end < TAPE_AGAIN ? 0 : items->end - TAPE_AGAIN;

	t->vp[vp].done = before;
	ring_drop(items, before < kept ? before : kept);
}

/* Of the runs of @vp that are left the first, @i 0, or the one after it; NULL: not there (yet). */
static inline struct tape_run *tape_run(struct tape *t, uint32_t vp, size_t i)
{
	const struct ring *runs = &t->vp[vp].runs;
	struct tape_run *run = ring_get(runs, sizeof(struct tape_run), runs->first + i);

	if (!run)
		t->lost |= ring_lacks(runs, runs->first + i);
	return run;
}

static inline void tape_drop_run(struct tape *t, uint32_t vp)
{
	ring_drop(&t->vp[vp].runs, t->vp[vp].runs.first + 1);
}

/*
 * Of a tape that has not ended, and of @vp's item that is not there yet: the VP has run for so long
 * since the last that is, and for so long since its last tick; so many ticks in so many deliveries
 * it got since its last act. It gets no less by its next item.
 */
struct tape_open {
	uint64_t ran, ran_ticks;
	uint64_t ticks, deliveries;
};
struct tape_open tape_open(const struct tape *t, uint32_t vp);
/* Have all runs been seen that begin with item @n not yet done, @work after the one before? */
bool tape_is_past(const struct tape *t, uint32_t vp, uint64_t n, uint64_t work);
/* Of the stop of @vp that nothing has ended yet: when the base pended first since then, and when an
 * IPI was sent; TAPE_NEVER: not yet. A pend of before counts as at its begin. */
uint64_t tape_stop_pended(const struct tape *t, uint32_t vp);
uint64_t tape_stop_ipi(const struct tape *t, uint32_t vp);

/* The next stop of which it has become known what ended it; false: none. */
struct tape_ended {
	uint64_t item;
	uint32_t vp;
};
bool tape_ended_stop(struct tape *t, struct tape_ended *ended);

/* What happens at its recorded time whatever the guests do, in order. */
struct tape_absolute {
	struct trace_event ev;
	uint64_t seq;
};
/* The next; NULL: none (yet). */
const struct tape_absolute *tape_absolute(struct tape *t);
void tape_drop_absolute(struct tape *t);

const struct tape_counts *tape_counts(const struct tape *t);

#endif
