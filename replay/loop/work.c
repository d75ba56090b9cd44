/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/loop/work.h"

/* The least run time of @v when it has worked for @work ticks since its last item: what it owes it
 * may not have to do. */
static uint64_t own_least(const struct loop_vp *v, uint64_t work)
{
	return v->own.owed < 0 ? loop_own_ran(v, work) : v->item_ran + work;
}

uint64_t loop_item_not_before(const struct loop *l, uint32_t vp)
{
	const struct loop_vp *v = &l->vp[vp];
	const struct tape_open o = tape_open(l->t, vp);
	uint64_t ticks = v->taken - v->taken_at_act, given = v->given - v->given_at_act;
	uint64_t ran = own_least(v, o.ran), answered = v->item_ran;

	/* It may answer what came here already, and there not yet. */
	if (ticks > o.ticks || given > o.deliveries)
		return l->now;
	if (v->tick_ran > answered)
		answered = v->tick_ran;
	answered += o.ran_ticks;
	if (o.ticks && (ticks == o.ticks || given == o.deliveries))
		ran = answered < ran ? answered : ran;
	else if (o.ticks && loop_may_put_back(v) && loop_own_ran(v, o.ran - o.ran_ticks) < ran)
		/* It may halt, as the tick does not come. */
		ran = loop_own_ran(v, o.ran - o.ran_ticks);
	return loop_time_at(l, v, ran);
}
