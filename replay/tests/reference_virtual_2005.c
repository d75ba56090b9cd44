/* SPDX-License-Identifier: GPL-2.0-only */
/* The reference's first drop of 2005: section 16 of RULES.md. */
#include <stdlib.h>

#include "replay/tests/reference_state.h"

struct guest {
	int64_t itm, period, last;
	unsigned dev;
	bool armed, masked;
};

enum { ITM_SLOP, POLL, POLL_HZ };

static struct guest *guest_of(struct ref *r, uint32_t vp)
{
	return &((struct guest *)r->policy)[vp];
}

static void place(struct ref *r, uint32_t vp)
{
	int64_t slop =
	    (int64_t)trace_ns_to_ticks(ref_param(r->params, ITM_SLOP), r->meta->clock_hz);

	ref_timer_add(r, &r->vp[vp].timer, r->vp[vp].lp,
		      r->now + guest_of(r, vp)->itm - ref_counter(r, vp) + slop);
}

static void fire(struct ref *r, uint32_t vp)
{
	struct guest *g = guest_of(r, vp);

	ref_pend(r, vp, g->itm);
	if (g->period) {
		g->itm = ref_first_after(g->itm, g->period, ref_counter(r, vp));
		place(r, vp);
	} else if (g->dev != TRACE_ITM) {
		ref_timer_del(r, &r->vp[vp].timer);
		g->armed = false;
	}
}

static void update(struct ref *r, uint32_t vp)
{
	struct guest *g = guest_of(r, vp);
	int64_t last = g->last;

	if (g->masked || !g->armed)
		return;
	g->last = ref_counter(r, vp);
	if (g->dev == TRACE_ITM && last >= g->itm) {
		ref_timer_del(r, &r->vp[vp].timer);
		return;
	}
	if (ref_counter(r, vp) >= g->itm)
		fire(r, vp);
	else
		place(r, vp);
}

static void drop_open(struct ref *r)
{
	r->policy = ref_alloc(r->meta->vps, sizeof(struct guest));
}

static void drop_close(struct ref *r)
{
	free(r->policy);
}

static void drop_arm(struct ref *r, uint32_t vp, int64_t deadline, int64_t period, unsigned dev)
{
	struct guest *g = guest_of(r, vp);

	g->itm = deadline;
	g->period = period;
	g->dev = dev;
	g->armed = true;
	update(r, vp);
}

static void drop_disarm(struct ref *r, uint32_t vp)
{
	ref_timer_del(r, &r->vp[vp].timer);
	guest_of(r, vp)->armed = false;
}

static void drop_mask(struct ref *r, uint32_t vp, bool masked)
{
	guest_of(r, vp)->masked = masked;
	if (masked)
		ref_timer_del(r, &r->vp[vp].timer);
	update(r, vp);
}

static void drop_counter(struct ref *r, uint32_t vp, int64_t value)
{
	guest_of(r, vp)->last = value;
	if (r->vp[vp].lp != REF_NONE)
		update(r, vp);
}

static void drop_due(struct ref *r, uint32_t vp, uint32_t lp)
{
	(void)lp;
	guest_of(r, vp)->last = ref_counter(r, vp);
	fire(r, vp);
}

static void drop_out(struct ref *r, uint32_t vp, uint32_t lp, unsigned reason)
{
	(void)lp;
	(void)reason;
	ref_timer_del(r, &r->vp[vp].timer);
}

static void drop_in(struct ref *r, uint32_t vp, uint32_t lp)
{
	(void)lp;
	update(r, vp);
}

/* Polled: the grid is walked from about now on. */
static void drop_reprogram(struct ref *r, uint32_t lp)
{
	const uint64_t rate = ref_param(r->params, POLL_HZ);
	unsigned __int128 k;

	if (ref_param(r->params, POLL) == 0) {
		ref_hw_arm(r, lp, r->lp[lp].next);
		return;
	}
	if (!rate) {
		ref_hw_arm(r, lp, REF_NEVER);
		return;
	}
	k = (unsigned __int128)r->now * rate / r->meta->clock_hz;
	while ((int64_t)(k * r->meta->clock_hz / rate) <= r->now)
		k++;
	ref_hw_arm(r, lp, (int64_t)(k * r->meta->clock_hz / rate));
}

static const struct ref_hooks hooks = {
	.open = drop_open,
	.close = drop_close,
	.arm = drop_arm,
	.disarm = drop_disarm,
	.mask = drop_mask,
	.counter_set = drop_counter,
	.sched_in = drop_in,
	.sched_out = drop_out,
	.timer_due = drop_due,
	.reprogram = drop_reprogram,
};

const struct ref_policy ref_virtual_2005 = { .name = "virtual-2005", .hooks = &hooks };
