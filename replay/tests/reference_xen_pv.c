/* SPDX-License-Identifier: GPL-2.0-only */
/* The reference's PV timers: section 14 of RULES.md. */
#include "replay/tests/reference_xen_pv.h"

#include <stdlib.h>

static void event(struct ref *r, uint32_t vp, const struct pv_guest *g, int64_t deadline)
{
	if (!g->masked)
		ref_pend(r, vp, deadline);
}

static void work(struct ref *r, uint32_t vp, struct pv_guest *g, uint32_t lp)
{
	if (r->now >= g->last + g->period) {
		event(r, vp, g, ref_counter(r, vp));
		g->last = r->now;
	}
	ref_timer_add(r, &r->vp[vp].timer, lp, g->last + g->period);
}

void ref_pv_arm(struct ref *r, uint32_t vp, struct pv_guest *g, int64_t deadline, int64_t period,
		unsigned dev, int64_t min_period)
{
	const int64_t far =
	    (int64_t)trace_ns_to_ticks(UINT64_C(1125899906842624), r->meta->clock_hz);
	const int64_t soon = (int64_t)trace_ns_to_ticks(100000000, r->meta->clock_hz);
	int64_t delta = deadline - ref_counter(r, vp);
	uint32_t lp = r->vp[vp].lp;

	ref_pv_disarm(r, vp, g);
	if (delta <= 0 && dev == TRACE_ITM)
		return;
	g->deadline = deadline;
	g->period = period;
	if (period > 0 && period < min_period)
		g->period = min_period;
	g->armed = true;
	if (period > 0) {
		g->last = r->now + delta - g->period;
		work(r, vp, g, lp);
		return;
	}
	if (delta <= 0) {
		event(r, vp, g, deadline);
		g->armed = false;
		return;
	}
	ref_timer_add(r, &r->vp[vp].timer, lp, r->now + (delta > far ? soon : delta));
}

void ref_pv_disarm(struct ref *r, uint32_t vp, struct pv_guest *g)
{
	ref_timer_del(r, &r->vp[vp].timer);
	g->armed = false;
}

void ref_pv_due(struct ref *r, uint32_t vp, struct pv_guest *g, uint32_t lp)
{
	if (g->period > 0) {
		work(r, vp, g, lp);
		return;
	}
	event(r, vp, g, g->deadline);
	g->armed = false;
}

void ref_pv_out(struct ref *r, uint32_t vp, struct pv_guest *g)
{
	if (g->period > 0)
		ref_timer_del(r, &r->vp[vp].timer);
}

void ref_pv_in(struct ref *r, uint32_t vp, struct pv_guest *g, uint32_t lp)
{
	if (g->armed && g->period > 0)
		work(r, vp, g, lp);
}

/* ---- the policy: every VP is one ---- */

static struct pv_guest *guest_of(struct ref *r, uint32_t vp)
{
	return &((struct pv_guest *)r->policy)[vp];
}

static void pv_open(struct ref *r)
{
	r->policy = ref_alloc(r->meta->vps, sizeof(struct pv_guest));
}

static void pv_close(struct ref *r)
{
	free(r->policy);
}

static void pv_arm(struct ref *r, uint32_t vp, int64_t deadline, int64_t period, unsigned dev)
{
	ref_pv_arm(r, vp, guest_of(r, vp), deadline, period, dev,
		   (int64_t)trace_ns_to_ticks(ref_param(r->params, 0), r->meta->clock_hz));
}

static void pv_disarm(struct ref *r, uint32_t vp)
{
	ref_pv_disarm(r, vp, guest_of(r, vp));
}

static void pv_mask(struct ref *r, uint32_t vp, bool masked)
{
	guest_of(r, vp)->masked = masked;
}

static void pv_counter(struct ref *r, uint32_t vp, int64_t value)
{
	(void)r;
	(void)vp;
	(void)value;
}

static void pv_in(struct ref *r, uint32_t vp, uint32_t lp)
{
	ref_pv_in(r, vp, guest_of(r, vp), lp);
}

static void pv_out(struct ref *r, uint32_t vp, uint32_t lp, unsigned reason)
{
	(void)lp;
	(void)reason;
	ref_pv_out(r, vp, guest_of(r, vp));
}

static void pv_due(struct ref *r, uint32_t vp, uint32_t lp)
{
	ref_pv_due(r, vp, guest_of(r, vp), lp);
}

static const struct ref_hooks hooks = {
	.open = pv_open,
	.close = pv_close,
	.arm = pv_arm,
	.disarm = pv_disarm,
	.mask = pv_mask,
	.counter_set = pv_counter,
	.sched_in = pv_in,
	.sched_out = pv_out,
	.timer_due = pv_due,
};

const struct ref_policy ref_xen_pv = { .name = "xen-pv", .hooks = &hooks };
