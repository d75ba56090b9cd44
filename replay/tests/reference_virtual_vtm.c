/* SPDX-License-Identifier: GPL-2.0-only */
/* The reference's Xen/ia64 of 2012: section 15 of RULES.md. */
#include <stdlib.h>

#include "replay/tests/reference_state.h"

struct guest {
	int64_t itm, period, offset, last;
	int64_t latch; /* REF_UNKNOWN: empty */
	unsigned dev;
	bool masked;
};

static struct guest *guest_of(struct ref *r, uint32_t vp)
{
	return &((struct guest *)r->policy)[vp];
}

static int64_t raw(struct ref *r, uint32_t vp)
{
	return r->now + guest_of(r, vp)->offset;
}

static int64_t now_itc(struct ref *r, uint32_t vp)
{
	return raw(r, vp) > guest_of(r, vp)->last ? raw(r, vp) : guest_of(r, vp)->last;
}

static void write_itm(struct ref *r, uint32_t vp, int64_t value)
{
	struct guest *g = guest_of(r, vp);
	int64_t when = value;

	g->itm = value;
	if (g->dev == TRACE_ITM && value <= g->last) {
		ref_timer_del(r, &r->vp[vp].timer);
		return;
	}
	if (when < now_itc(r, vp))
		when = now_itc(r, vp);
	ref_timer_add(r, &r->vp[vp].timer, r->vp[vp].last_lp, r->now + when - now_itc(r, vp));
}

/* Of those that run; the others are looked at when they do. */
static void clock_error(struct ref *r, uint32_t vp)
{
	if (r->vp[vp].lp != REF_NONE)
		ref_clock_error(&r->guest_clock_error, now_itc(r, vp) - ref_counter(r, vp));
}

static void vtm_open(struct ref *r)
{
	uint32_t vp;

	r->policy = ref_alloc(r->meta->vps, sizeof(struct guest));
	for (vp = 0; vp < r->meta->vps; vp++) {
		guest_of(r, vp)->latch = REF_UNKNOWN;
		guest_of(r, vp)->dev = TRACE_ITM;
	}
}

static void vtm_close(struct ref *r)
{
	free(r->policy);
}

static void vtm_arm(struct ref *r, uint32_t vp, int64_t deadline, int64_t period, unsigned dev)
{
	guest_of(r, vp)->dev = dev;
	guest_of(r, vp)->period = period;
	write_itm(r, vp, deadline);
}

static void vtm_disarm(struct ref *r, uint32_t vp)
{
	ref_timer_del(r, &r->vp[vp].timer);
	guest_of(r, vp)->itm = 0;
	guest_of(r, vp)->latch = REF_UNKNOWN;
}

static void vtm_mask(struct ref *r, uint32_t vp, bool masked)
{
	struct guest *g = guest_of(r, vp);

	g->masked = masked;
	if (!masked && g->latch != REF_UNKNOWN) {
		ref_pend(r, vp, g->latch);
		g->latch = REF_UNKNOWN;
	}
}

static void vtm_counter(struct ref *r, uint32_t vp, int64_t value)
{
	struct guest *g = guest_of(r, vp);
	uint32_t i;

	for (i = 0; i < r->meta->vps && r->meta->vp[vp].vcpu == 0; i++) {
		if (r->meta->vp[i].domain == r->meta->vp[vp].domain) {
			guest_of(r, i)->offset = value - r->now;
			guest_of(r, i)->last = 0;
			clock_error(r, i);
		}
	}
	g->last = 0;
	if (g->dev == TRACE_ITM && g->itm <= value)
		ref_timer_del(r, &r->vp[vp].timer);
	else if (g->dev == TRACE_ITM || r->vp[vp].timer.active)
		write_itm(r, vp, g->itm);
	clock_error(r, vp);
}

static void vtm_due(struct ref *r, uint32_t vp, uint32_t lp)
{
	struct guest *g = guest_of(r, vp);

	if (g->masked)
		g->latch = g->itm;
	else
		ref_pend(r, vp, g->itm);
	g->last = g->itm + 1;
	if (g->period) {
		g->itm = ref_first_after(g->itm + g->period, g->period, raw(r, vp));
		ref_timer_add(r, &r->vp[vp].timer, lp, r->now + g->itm - raw(r, vp));
	}
}

static void vtm_in(struct ref *r, uint32_t vp, uint32_t lp)
{
	struct ref_timer *timer = &r->vp[vp].timer;

	if (timer->active && timer->lp != lp)
		ref_timer_add(r, timer, lp, timer->expiry);
	clock_error(r, vp);
}

static const struct ref_hooks hooks = {
	.open = vtm_open,
	.close = vtm_close,
	.arm = vtm_arm,
	.disarm = vtm_disarm,
	.mask = vtm_mask,
	.counter_set = vtm_counter,
	.sched_in = vtm_in,
	.timer_due = vtm_due,
};

const struct ref_policy ref_virtual_vtm = { .name = "virtual-vtm", .hooks = &hooks };
