/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/engine/kept_told.h"

#include "replay/engine/costed.h"
#include "replay/engine/lengths.h"
#include "replay/engine/machine.h"
#include "replay/watch/witness.h"

void kept_report(struct engine *e, uint32_t lp, const struct vtick_queue *q)
{
	struct lp_state *l = &e->lp[lp];

	lengths_set(e, l, q->len, q->guest_len);
	l->queue.entry[0].expiry = q->len ? q->next : VTICK_NEVER;
	e->counts.adds += q->adds;
	e->counts.removes += q->removes;
	e->counts.moves += q->moves;
}

static struct vtick_timer *own_timer(const struct engine *e, uint32_t kind, uint32_t number)
{
	return kind == VTICK_HV_TICK ? &e->lp[number].tick : &e->vp[number].slice;
}

bool kept_has(const struct engine *e, uint32_t kind, uint32_t number)
{
	return vtick_timer_active(own_timer(e, kind, number));
}

uint64_t kept_fire(struct engine *e, uint32_t kind, uint32_t number)
{
	uint64_t next = VTICK_NEVER;

	e->counts.fires++;
	e->expiries++;
	if (kind == VTICK_GUEST_TIMER) {
		witness_expiry(e, number);
	} else {
		e->hv_expiries++;
		own_timer(e, kind, number)->position = 0;
		if (kind == VTICK_HV_TICK)
			next = machine_tick_again(e, number);
		else if (e->ear)
			e->ear->slice_over(e->ear->arg, e->vp[number].lp);
	}
	if (e->lp[e->at_lp].stage == STAGE_RUNNING)
		costed_charge(e, e->at_lp, COST_PER_EXPIRY);
	return next;
}
