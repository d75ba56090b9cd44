/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How long a VP of the loop has run, and when it will have run for how long: LOOP.md 6.2. Run time
 * is in ticks, and without what the hypervisor did meanwhile.
 */
#ifndef VTICK_REPLAY_LOOP_WORK_H
#define VTICK_REPLAY_LOOP_WORK_H

#include "replay/loop/state.h"

/* Run time of @v so far. */
static inline uint64_t loop_ran(const struct loop *l, const struct loop_vp *v)
{
	if (v->state != LOOP_RUNNING)
		return v->ran;
	uint64_t passed = l->now - v->in_at, stolen = loop_stolen(l, &l->lp[v->lp]) - v->stolen;

	return passed > stolen ? v->ran + passed - stolen : v->ran;
}

/* When @v, which runs, will have run for @ran ticks in all, not before now. */
static inline uint64_t loop_time_at(const struct loop *l, const struct loop_vp *v, uint64_t ran)
{
	uint64_t at = v->in_at + (l->lp[v->lp].stolen - v->stolen);

	at += ran > v->ran ? ran - v->ran : 0;
	return at > l->now ? at : l->now;
}

/* Run time of @v when it has worked for @work ticks since its last item, and for what it owes; it
 * may owe less than nothing. LOOP.md 6.10. */
static inline uint64_t loop_own_ran(const struct loop_vp *v, uint64_t work)
{
	uint64_t done = (uint64_t)-v->own.owed;

	if (v->own.owed >= 0)
		return v->item_ran + work + (uint64_t)v->own.owed;
	return v->item_ran + (work > done ? work - done : 0);
}

/* May @v, which runs, halt where the recorded VP did not? Whether it has something to do yet is not
 * asked. LOOP.md 6.11. */
static inline bool loop_may_put_back(const struct loop_vp *v)
{
	return v->one_shot && v->ticked && !v->put_back && !v->waiting_pend;
}

/* When @vp, which runs, comes to its next item, which is not on the tape yet: no earlier than at
 * that time. LOOP.md 10. */
uint64_t loop_item_not_before(const struct loop *l, uint32_t vp);

#endif
