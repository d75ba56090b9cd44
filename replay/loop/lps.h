/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What comes next on an LP of the loop: who runs there comes to its next item (LOOP.md 6.2), or is
 * taken off as others wait (slices and preemption, 6.6); or a ready VP starts (6.5).
 */
#ifndef VTICK_REPLAY_LOOP_LPS_H
#define VTICK_REPLAY_LOOP_LPS_H

#include "replay/loop/state.h"

/* Says when the slice of @v is over, which has started its run and whose end on the tape, if there
 * is one, is known. LOOP.md 6.6. */
void loop_set_slice(const struct loop *l, struct loop_vp *v);

/* Learns how the run of @vp, which is open, ended in the recording, and reads on until it is known.
 */
void loop_learn_open_end(struct loop *l, uint32_t vp);

/* The same if it is open. Before somebody waits for the LP, nobody asks. */
static inline void loop_learn_end(struct loop *l, uint32_t vp)
{
	if (l->vp[vp].open)
		loop_learn_open_end(l, vp);
}

/* Counts the holds of those who wait for @p down to now, if it was free. LOOP.md 6.5. */
static inline void loop_count_down(const struct loop *l, struct loop_lp *p)
{
	uint64_t passed = l->now - p->free_from;

	if (p->vp == LOOP_NOBODY) {
		for (size_t i = 0; i < p->waits; i++) {
			struct loop_vp *w = &l->vp[p->wait[i]];

			w->left = w->left > passed ? w->left - passed : 0;
		}
	}
	p->free_from = l->now;
}

/* What comes next on @lp is another thing now: loop_plan_stale() plans it. */
static inline void loop_plan_later(struct loop *l, uint32_t lp)
{
	if (l->lp[lp].stale)
		return;
	l->lp[lp].stale = true;
	l->stale[l->stales++] = lp;
}

/* Plans what comes next on @lp, and reads on as far as that needs. LOOP.md 6.1. */
void loop_plan_lp(struct loop *l, uint32_t lp);

/* Plans what comes next on the LPs for which that is another thing now, once all is done that
 * happens at a time. */
static inline void loop_plan_stale(struct loop *l)
{
	while (l->stales) {
		uint32_t lp = l->stale[--l->stales];

		l->lp[lp].stale = false;
		loop_plan_lp(l, lp);
	}
}

#endif
