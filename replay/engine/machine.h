/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One LP after the other as RULES.md section 3 has them. Times are ticks; `now` is e->host.now.
 */
#ifndef VTICK_REPLAY_ENGINE_MACHINE_H
#define VTICK_REPLAY_ENGINE_MACHINE_H

#include "replay/engine/state.h"

/* vtick_timer.flags, beside VTICK_TIMER_MATCH_ONLY: which queue holds it, and whether it was in
 * one. */
#define TIMER_REACHED 0x400u
#define TIMER_USED 0x800u /* it was added before, so that lp is where */

/*
 * A timer's memory is the policy's. That one is the hypervisor's own stands in queue_entry.seq, as
 * a bit below what adds are counted by.
 */
#define TIMER_HV 1u
#define TIMER_SEQ_STEP 2u

static inline bool machine_is_own(const struct queue_entry *x)
{
	return x->seq & TIMER_HV;
}

/* Allocates the LPs and puts the first ticks into their queues, unless the policy may keep these.
 */
void machine_open(struct engine *e);
/* Then they come once it is open. */
void machine_first_ticks(struct engine *e);
/* Closes what is counted over time, at the end of the trace. */
void machine_end(struct engine *e);
void machine_close(struct engine *e);

/* One hardware write: the match of @lp, not before now. */
void machine_hw_arm(struct engine *e, uint32_t lp, uint64_t time);
/* Sets the guest-mode timer of @lp, if a VP runs there and the policy has a hook for it. */
void machine_guest_arm(struct engine *e, uint32_t lp, uint64_t time);
/* The guest of @lp is gone: the guest-mode timer is off, no resume is owed. */
void machine_guest_off_slots(struct engine *e, uint32_t lp);

static inline void machine_guest_off(struct engine *e, uint32_t lp)
{
	if (e->slots)
		machine_guest_off_slots(e, lp);
}

/* The resume of the VP that runs on @lp, if one does and the policy has the hook, is owed from now
 * on. */
void machine_owe(struct engine *e, uint32_t lp);

static inline void machine_owe_resume(struct engine *e, uint32_t lp)
{
	if (e->resumes)
		machine_owe(e, lp);
}

/* It is called now if it is owed: the guest does something. */
void machine_pull_resume(struct engine *e, uint32_t lp);

/* @lp is settled next, whether its queue changed or not. */
void machine_mark_dirty(struct engine *e, uint32_t lp);

/* Adds @t of the policy's, which is not active. */
void machine_timer_put(struct engine *e, struct vtick_timer *t, uint32_t lp, uint64_t expiry,
		       uint32_t flags);
/* Removes the policy's timer @t, which is there. */
void machine_timer_del(struct engine *e, struct vtick_timer *t);
/* The same for a timer of the hypervisor's own: adds it; removes it if it is active. */
void machine_own_put(struct engine *e, struct vtick_timer *t, uint32_t lp, uint64_t expiry);
void machine_own_del(struct engine *e, struct vtick_timer *t);

/* The tick of @lp, which an LP without a VP does not have: one runs there from now on, or no more.
 */
void machine_tick_starts(struct engine *e, uint32_t lp);
void machine_tick_stops(struct engine *e, uint32_t lp);
/* The tick of @lp ran, in a queue that the policy keeps: when the next one is due, which is in the
 * queue from now on; VTICK_NEVER: there is none. */
uint64_t machine_tick_again(struct engine *e, uint32_t lp);

/* Is @t, which says to be active on an LP that exists, there, and the policy's? */
static inline bool machine_has_timer(const struct engine *e, const struct vtick_timer *t)
{
	const struct lp_state *l = &e->lp[t->lp];
	const struct queue *q = !(t->flags & VTICK_TIMER_MATCH_ONLY) ? &l->queue
				: t->flags & TIMER_REACHED	     ? &l->reached
								     : &l->match_only;

	if (e->keeps_queue && q == &l->queue)
		return false;

	const struct queue_entry *x = queue_find(q, t);

	return x && !machine_is_own(x);
}

/* Moves the match-only timers of @l that are due by now to those that the next interrupt runs;
 * there is one. */
void machine_move_reached(struct engine *e, struct lp_state *l);

static inline void machine_find_reached(struct engine *e, struct lp_state *l)
{
	if (queue_head_expiry(&l->match_only) <= e->host.now)
		machine_move_reached(e, l);
}

/* Runs what is due on LPs whose queue's head changed, and sets their matches anew. */
void machine_settle(struct engine *e);

/* The parts of an interrupt, for costed.c. */
void machine_match_set(struct engine *e, uint32_t lp, uint64_t time);
void machine_count_irq(struct engine *e, uint32_t lp);
/* The machine_irq hook and the due match-only timers. */
void machine_run_hook(struct engine *e, uint32_t lp);
/* The head of the queue, which is due. */
void machine_run_timer(struct engine *e, uint32_t lp);
/* The class of an interrupt in which @progress happened. */
void machine_count_class(struct engine *e, uint32_t lp, const struct irq_progress *progress);
void machine_reprogram(struct engine *e, uint32_t lp);
/* Settles once the interrupt on @lp is over. */
void machine_after_interrupt(struct engine *e, uint32_t lp);

/* Takes the interrupts whose match is due by @until. */
void machine_take_interrupts(struct engine *e, uint64_t until);

/* Takes the first of them. */
void machine_take_interrupt(struct engine *e);

/* When the next interrupt is due. */
static inline uint64_t machine_next_match(const struct engine *e)
{
	return e->matches.earliest;
}

/* An idle stretch of @l ends now. */
void machine_count_idle(struct engine *e, struct lp_state *l);

#endif
