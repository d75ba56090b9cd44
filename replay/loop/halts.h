/* SPDX-License-Identifier: GPL-2.0-only */
/* Halts of the recording that a VP of the loop leaves out, and such as it puts in: LOOP.md 6.11. */
#ifndef VTICK_REPLAY_LOOP_HALTS_H
#define VTICK_REPLAY_LOOP_HALTS_H

#include "replay/loop/state.h"

/* Did a timer end @i, a halt and the next item of @vp, in the recording? Reads on until that is
 * known, and gets @i anew. */
bool loop_was_timer(struct loop *l, uint32_t vp, const struct tape_item **i);

/* Is @i, the next item of @vp, which runs, a halt before whose time the tick came that ended it?
 * Nobody halts then. As loop_was_timer(). */
static inline bool loop_is_overtaken(struct loop *l, uint32_t vp, const struct tape_item **i)
{
	const struct loop_vp *v = &l->vp[vp];

	if (!v->one_shot || !v->ticked || !loop_is_halt(*i) ||
	    v->taken - v->taken_at_act <= (*i)->stop.had || loop_is_behind(l, vp, v->item))
		return false;
	return loop_was_timer(l, vp, i);
}

/* @vp, which runs, passes over its next item, which is such a halt: that ends as it begins, when
 * the tick came. */
void loop_pass_over(struct loop *l, uint32_t vp);

/* What the tape has of @vp behind an ARM that was written at @time, the item that it has come to,
 * until it halts: 6.10. False: it does not, or too late. Reads on as far as that needs. */
bool loop_rest(struct loop *l, uint32_t vp, uint64_t time, struct own_rest *rest);

/* @vp, which runs, waits for the ticks that @i, its next item, answers. When does it halt, as it
 * has nothing to do? In ticks, not before now; LOOP_NEVER: it does not. @what: NEXT_HALT; or
 * NEXT_LOOK: more has to be read by then. Reads on as far as that needs, so @i is not valid any
 * more. */
uint64_t loop_halts_at(struct loop *l, uint32_t vp, const struct tape_item *i,
		       enum loop_next *what);

#endif
