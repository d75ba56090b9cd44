/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the closed loop knows of its VPs and LPs: the inside of struct loop, for the files that
 * make up the loop (work, halts, lps, runs, stops, acts, loop) and nobody else. Times are the
 * loop's, in ticks; run time of a VP (LOOP.md 1.3, 6.2) is in ticks, too.
 */
#ifndef VTICK_REPLAY_LOOP_STATE_H
#define VTICK_REPLAY_LOOP_STATE_H

#include "replay/loop/loop.h"
#include "replay/loop/own.h"
#include "replay/loop/plan.h"

#define LOOP_NEVER TAPE_NEVER
/* No VP. */
#define LOOP_NOBODY UINT32_MAX
/* Places among what happens at a time: before all of it, where nothing happens, but more has to be
 * read; and behind all of it. */
#define LOOP_LOOK 0u
#define LOOP_LAST (LOOP_NEVER - 1)

enum loop_state { LOOP_RUNNING, LOOP_READY, LOOP_STOPPED };

struct loop_vp {
	enum loop_state state;
	uint32_t lp; /* it runs or waits there, or ran last */

	/* The tape: */
	uint64_t item;	   /* the next one's number */
	uint64_t ran;	   /* run time by in_at, while it runs; else all */
	uint64_t in_at;	   /* when its run, or its last one, began */
	uint64_t stolen;   /* loop_stolen() of its LP, then: what came since is no run time */
	uint64_t item_ran; /* run time where the work of the next item begins: at the item before */
	uint64_t tick_ran; /* run time at the last delivery */
	struct own own;	   /* its own work, 6.10 */
	bool one_shot;	   /* its last ARM was */

	/* Halts that the recorded VP did not make, 6.11: */
	bool put_back; /* it has made one before its next item, so it makes no other */
	bool halted;   /* that is what it is stopped by */
	uint64_t had;  /* ticks taken when it began, since the last act of 2.2 */
	bool ticked; /* the last of its stops that ended was ended by its timer, or passed over: */
	struct tape_stop tick;

	/* What it got of the cell (2.2). An act in these names is one that answers. */
	uint64_t pended;	      /* deadlines whose pends are undelivered */
	uint64_t taken, taken_at_act; /* deadlines delivered so far, and by its last act */
	uint64_t given, given_at_act; /* in so many deliveries */
	int64_t off;		      /* its counter less the time */
	bool has_last;		      /* its last ARM was one-shot and ahead, no COUNTER since: */
	uint64_t last_deadline;	      /* of the last ARM */
	bool waiting_pend;	      /* a pend that covers something is undelivered */
	uint64_t ipis;		      /* sent to it so far */

	/* Stopped: */
	uint64_t stop_time; /* since then */
	bool pend_seen;	    /* a pend came since, or was undelivered then, the first at: */
	uint64_t pend_time; /* 0: it was undelivered */
	uint64_t ipi_time; /* of the IPI that the stop waits for; LOOP_NEVER: none since it began */

	/* Ready or running: */
	struct tape_run run; /* that it waits for, or is in */
	bool open;	     /* how the run ended has not been asked yet: it is the tape's first */
	bool extra;	     /* the run is, 6.4 */
	bool absent;	     /* ready, but not yet for any LP */
	uint64_t ready_at;   /* since then */
	uint64_t left;	     /* of the run's hold, as of free_from of its LP */
	bool timed;	     /* the cell's slice timer says when the slice is over; or it is: */
	uint64_t slice_at;   /* then (timed: not before); LOOP_NEVER: never */
	bool slice_over;     /* the slice timer has run in this run, at: */
	uint64_t slice_time;
	uint64_t overrun; /* so long after that it has to go, if timed */
	bool switched;	  /* as the run began, struct loop's was so: */
	uint64_t switch_time;
	struct loop_vp_counts counts;
};

/* What a VP that runs on an LP does next: more has to be read before that is known; its next item;
 * others take the LP; it halts where the recorded VP did not. */
enum loop_next { NEXT_LOOK, NEXT_ITEM, NEXT_TAKEN, NEXT_HALT };

struct loop_lp {
	uint32_t vp; /* that runs there; LOOP_NOBODY */
	enum loop_next next;
	uint64_t free_from; /* holds are counted down to here */
	uint64_t stolen;    /* for how long the hypervisor works here, in ticks, up to: */
	uint64_t busy_to;
	uint64_t last;	     /* number of the run that started here last; LOOP_NEVER: not its own */
	uint32_t *wait;	     /* who waits for it, by when they came; allocated */
	size_t waits, room;  /* so many, of so many that there is room for */
	bool known;	     /* what they want of who runs is; of all of them: */
	uint64_t ready_at;   /* since when the first of them waits; LOOP_NEVER: nobody does */
	uint64_t preempt_at; /* when one preempts; LOOP_NEVER: none does */
	bool stale;	     /* its plan is, and it is in struct loop's list */
};

struct loop {
	const struct trace_meta *meta; /* of the recording */
	struct engine *e;	       /* the cell */
	struct engine_clock clock;     /* its */
	struct tape *t;
	void (*pull)(void *arg); /* feeds the tape, or ends it */
	void *arg;
	uint64_t quantum; /* ticks; 0: none; LOOP_SLICES: the cell's own */
	uint64_t now;
	uint64_t near, look, round; /* LOOP_NEAR_NS, OWN_LOOK_NS, OWN_ROUND_NS, in ticks */
	unsigned residuals;	    /* percent of them that are kept */
	struct loop_vp *vp;	    /* [vps] */
	struct loop_lp *lp;	    /* [lps] */
	struct plan plan; /* of each LP, each VP that sleeps or waits, and what is absolute */
	uint32_t *stale;  /* [lps] LPs to plan anew, so many: */
	size_t stales;
	bool fresh; /* more of the tape was read, and nobody has looked at it */
	struct loop_counts counts;
	struct engine_ear ear; /* what the loop hears of the cell */
	bool fifo;	       /* the recorded scheduler is */
	bool switched;	       /* with fifo: a slice that was over in the recording was, so late: */
	uint64_t switch_time;
	bool away; /* AWAY events count: RULES.md 17.13 */
};

/* ---- the tape ---- */

/* Reads on; false: there is no more. What was got of the tape before is to be got anew. */
static inline bool loop_more(struct loop *l)
{
	if (tape_ended(l->t) && !tape_lost(l->t))
		return false;
	l->fresh = true;
	l->pull(l->arg);
	engine_enter(l->e);
	return true;
}

/* When comes what is not on the tape yet, and comes no earlier than @least? No earlier than that;
 * LOOP_NEVER: the tape has ended. LOOP.md 10. */
static inline uint64_t loop_never_before(const struct loop *l, uint64_t least)
{
	if (tape_lost(l->t)) /* it was there */
		return l->now;
	return tape_ended(l->t) ? LOOP_NEVER : least;
}

/* Is @i a halt: a stop by `block`? */
static inline bool loop_is_halt(const struct tape_item *i)
{
	return tape_is_stop(i) && i->ev.sub == TRACE_BLOCK;
}

/* Is @i an act that answers ticks? LOOP.md 2.2. */
static inline bool loop_answers(const struct tape_item *i)
{
	return !tape_is_stop(i) && i->act.ticks;
}

/* Does item number @item of @vp lie behind the end of its tape? LOOP.md 6.9. */
static inline bool loop_is_behind(const struct loop *l, uint32_t vp, uint64_t item)
{
	uint64_t behind;

	return tape_is_again(l->t, vp, item, &behind);
}

/* ---- the hypervisor ---- */

/* For how long it has worked on @p by now: not what is yet to come of the work that it is at. */
static inline uint64_t loop_stolen(const struct loop *l, const struct loop_lp *p)
{
	return p->busy_to > l->now ? p->stolen - (p->busy_to - l->now) : p->stolen;
}

/* ---- what happens ---- */

/* What is left of @delay, ticks that no rule explains. LOOP.md 7.4. */
static inline uint64_t loop_kept(const struct loop *l, uint64_t delay)
{
	return l->residuals == 100 ? delay
				   : (uint64_t)((unsigned __int128)delay * l->residuals / 100);
}

/* From now on @vp, which is ready or stopped, is planned for @time, at its place @seq among what
 * happens then; LOOP_NEVER: not at all. LOOP.md 6.1. */
static inline void loop_plan_vp(struct loop *l, uint32_t vp, uint64_t time, uint64_t seq)
{
	plan_set(&l->plan, l->meta->lps + vp, time, seq);
}

/* The stop @s of @v has ended: was it by its timer? LOOP.md 6.11. */
static inline void loop_note_tick(struct loop_vp *v, const struct tape_stop *s)
{
	v->ticked = s->cause == CAUSE_TIMER;
	v->tick = *s;
}

/* Counts what happens now, and happened at @recorded in the recording. LOOP.md 7.1. */
static inline void loop_note_near(struct loop *l, uint64_t recorded)
{
	l->counts.near += (l->now > recorded ? l->now - recorded : recorded - l->now) <= l->near;
}

/* @ev happens now, and the cell is given it; @rec is as what it was recorded, NULL: it was not.
 * The cell's answers to it are heard meanwhile. */
static inline void loop_emit(struct loop *l, struct trace_event *ev, const struct trace_event *rec)
{
	ev->time = l->now;
	l->counts.same +=
	    rec && rec->time == ev->time && rec->value == ev->value && rec->lp == ev->lp;
	engine_event_within(l->e, ev);
}

#endif
