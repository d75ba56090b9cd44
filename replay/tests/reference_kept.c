/* SPDX-License-Identifier: GPL-2.0-only */
/* The reference's side of a queue that the policy keeps: section 19 of RULES.md. */
#include "replay/tests/reference_state.h"

void ref_keep_queue(struct ref *r)
{
	r->keeps = true;
}

static void tell(struct ref *r, const struct ref_timer *timer, uint32_t lp, int64_t expiry)
{
	ref_hook(r)->queue_hv(r, timer->kind, timer->kind == REF_TIMER_TICK ? lp : timer->vp, lp,
			      expiry);
}

void ref_kept_add(struct ref *r, struct ref_timer *timer, uint32_t lp, int64_t expiry)
{
	timer->active = true;
	timer->lp = lp;
	timer->expiry = expiry;
	tell(r, timer, lp, expiry);
}

void ref_kept_del(struct ref *r, struct ref_timer *timer)
{
	timer->active = false;
	tell(r, timer, timer->lp, REF_NEVER);
}

/* From here on it may become dirty anew. */
void ref_kept_run(struct ref *r, uint32_t lp)
{
	r->lp[lp].dirty = r->lp[lp].again = false;
	ref_hook(r)->queue_run(r, lp);
}

void ref_queue_report(struct ref *r, uint32_t lp, enum ref_queue_step step, size_t len,
		      size_t guest_len, int64_t first)
{
	struct ref_lp *l = &r->lp[lp];

	ref_account(r, l);
	l->len = len;
	l->guest_len = guest_len;
	l->first = first;
	if (len > l->len_max)
		l->len_max = len;
	if (guest_len > l->guest_len_max)
		l->guest_len_max = guest_len;
	if (r->seeding)
		return;
	r->list_adds += step == REF_QUEUE_ADD || step == REF_QUEUE_MOVE;
	r->list_moves += step == REF_QUEUE_MOVE;
	r->list_removes += step == REF_QUEUE_REMOVE;
}

int64_t ref_queue_fire(struct ref *r, enum ref_timer_kind kind, uint32_t number)
{
	if (!r->seeding)
		r->list_fires++;
	r->irq_expiries++;
	r->irq_hv += kind != REF_TIMER_GUEST;
	if (r->lp[r->at_work].begun)
		ref_charge(r, r->at_work, REFERENCE_PER_EXPIRY);
	if (kind == REF_TIMER_SLICE)
		r->vp[number].slice.active = false;
	if (kind != REF_TIMER_TICK)
		return REF_NEVER;
	r->lp[number].tick.active = false;
	return ref_tick_again(r, number);
}

int64_t ref_free_at(const struct ref *r, uint32_t lp)
{
	return r->lp[lp].free > r->now ? r->lp[lp].free : r->now;
}
