/* SPDX-License-Identifier: GPL-2.0-only */
/* The reference's way back into the guest: section 18 of RULES.md. */
#include "replay/tests/reference_state.h"

/* One to a VP that runs elsewhere, within one hook. */
void ref_ipi(struct ref *r, uint32_t vp)
{
	struct ref_vp *v = &r->vp[vp];

	if (v->lp == REF_NONE || v->lp == r->at_work || v->ipi_hook == r->hook)
		return;
	v->ipi_hook = r->hook;
	ref_charge(r, r->at_work, REFERENCE_IPI);
}

void ref_owe(struct ref *r, uint32_t lp)
{
	struct ref_lp *l = &r->lp[lp];

	/* An interrupt that has begun brings one at its end. */
	if (r->hooks->resume && l->vp != REF_NONE && !l->begun && l->resume == REF_NEVER)
		l->resume = l->free > r->now ? l->free : r->now;
}

void ref_kick(struct ref *r, uint32_t vp)
{
	if (r->vp[vp].lp == REF_NONE)
		return;
	ref_ipi(r, vp);
	ref_owe(r, r->vp[vp].lp);
}

void ref_spend(struct ref *r, int64_t ticks)
{
	const int64_t limit = (INT64_C(1) << 53) - 1;
	struct ref_lp *l = &r->lp[r->at_work];
	int64_t ns = ref_ns(r, ticks);

	if (!r->cost_ns || r->seeding)
		return;
	l->hypervisor_ns += ns < limit ? ns : limit;
	l->spend_ns += ns < limit ? ns : limit;
	ref_work_until(l, (l->free > r->now ? l->free : r->now) + ticks);
}

static void resume(struct ref *r, uint32_t lp)
{
	struct ref_lp *l = &r->lp[lp];
	int64_t at = r->now;

	l->resume = REF_NEVER;
	r->at_work = lp;
	ref_hook(r)->resume(r, l->vp, lp);
	r->now = l->free > at ? l->free : at;
	ref_deliver(r, l->vp);
	r->now = at;
	ref_settle(r);
}

void ref_pull(struct ref *r, uint32_t lp)
{
	if (r->lp[lp].resume == REF_NEVER)
		return;
	resume(r, lp);
	r->at_work = lp;
}

void ref_take_resume(struct ref *r, uint32_t lp)
{
	struct ref_lp *l = &r->lp[lp];

	r->now = l->resume;
	if (l->free > r->now)
		l->resume = l->free;
	else
		resume(r, lp);
}
