/* SPDX-License-Identifier: GPL-2.0-only */
/* How VPs of the loop stop, and what ends that: LOOP.md 6.3, and of halts that are put in 6.11. */
#ifndef VTICK_REPLAY_LOOP_STOPS_H
#define VTICK_REPLAY_LOOP_STOPS_H

#include "replay/loop/state.h"

/* Plans the end of the stop of @vp by what is known now, and reads on as far as that needs; of a VP
 * that is not stopped nothing. */
void loop_plan_wake(struct loop *l, uint32_t vp);

/* The stop of @vp ends now, and it is ready. If more had to be read only, it is planned anew. */
void loop_wake_up(struct loop *l, uint32_t vp);

/* The VP on @lp has nothing to do, which the recorded one had: it halts. LOOP.md 6.11. */
void loop_put_back(struct loop *l, uint32_t lp);

/* @vp, which runs, comes to @i, its next item, a stop. @i is not valid any more then. */
void loop_stop(struct loop *l, uint32_t vp, const struct tape_item *i);

#endif
