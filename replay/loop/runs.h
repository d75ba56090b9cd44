/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ready VPs of the loop: which run of its tape one takes, where it waits, who starts, and who is
 * taken off: LOOP.md 6.4 to 6.7.
 */
#ifndef VTICK_REPLAY_LOOP_RUNS_H
#define VTICK_REPLAY_LOOP_RUNS_H

#include "replay/loop/state.h"
#include "replay/loop/work.h"

/* @vp is ready from now on: it takes its next run, and waits for the LP of that. LOOP.md 6.4. */
void loop_get_ready(struct loop *l, uint32_t vp);

/* @lp is free, and one who waits for it starts now, if there is one whose hold is over. LOOP.md
 * 6.5. */
void loop_start(struct loop *l, uint32_t lp);

/* @vp stops running, and leaves its LP free. What state it is in then is up to the caller, and so
 * is the plan of the LP. */
static inline void loop_leave(struct loop *l, uint32_t vp)
{
	struct loop_vp *v = &l->vp[vp];
	struct loop_lp *p = &l->lp[v->lp];

	v->ran = loop_ran(l, v);
	v->counts.on_lps += l->now - v->in_at;
	p->vp = LOOP_NOBODY;
	p->free_from = l->now;
}

/* Others take @lp from the VP that runs there, which is ready again. LOOP.md 6.6. */
void loop_preempt(struct loop *l, uint32_t lp);

/* @vp is ready, and has waited longer than it did in the recording: another LP is free, or it takes
 * the place of who runs. LOOP.md 6.7. Or the time has come at which one that was absent waits for
 * an LP. LOOP.md 6.4. */
void loop_impatient(struct loop *l, uint32_t vp);

#endif
