/* SPDX-License-Identifier: GPL-2.0-only */
/* The reference's full virtualization: section 8 of RULES.md. */
#include <stdlib.h>

#include "replay/tests/reference_state.h"

struct guest {
	bool armed, masked;
	int64_t deadline, period, offset;
	unsigned dev;
};

static struct guest *guest_of(struct ref *r, uint32_t vp)
{
	return &((struct guest *)r->policy)[vp];
}

static int64_t counter(struct ref *r, uint32_t vp)
{
	return r->now + guest_of(r, vp)->offset;
}

static bool expired(struct ref *r, uint32_t vp)
{
	return guest_of(r, vp)->armed && guest_of(r, vp)->deadline <= counter(r, vp);
}

static void late(struct ref *r, uint32_t vp)
{
	struct guest *g = guest_of(r, vp);

	if (!expired(r, vp))
		return;
	if (!g->masked)
		ref_pend(r, vp, g->deadline);
	if (g->period)
		g->deadline = ref_first_after(g->deadline, g->period, counter(r, vp));
	else
		g->armed = false;
}

static void place(struct ref *r, uint32_t vp, uint32_t lp)
{
	const struct guest *g = guest_of(r, vp);

	if (g->armed && !g->masked)
		ref_timer_add(r, &r->vp[vp].timer, lp, g->deadline - g->offset);
}

static void virtual_open(struct ref *r)
{
	r->policy = ref_alloc(r->meta->vps, sizeof(struct guest));
}

static void virtual_close(struct ref *r)
{
	free(r->policy);
}

static void virtual_arm(struct ref *r, uint32_t vp, int64_t deadline, int64_t period, unsigned dev)
{
	struct guest *g = guest_of(r, vp);

	ref_timer_del(r, &r->vp[vp].timer);
	g->deadline = deadline;
	g->period = period;
	g->dev = dev;
	g->armed = true;
	if (expired(r, vp) && dev == TRACE_ITM)
		g->armed = false;
	late(r, vp);
	place(r, vp, r->vp[vp].lp);
}

static void virtual_disarm(struct ref *r, uint32_t vp)
{
	ref_timer_del(r, &r->vp[vp].timer);
	guest_of(r, vp)->armed = false;
}

static void virtual_mask(struct ref *r, uint32_t vp, bool masked)
{
	struct guest *g = guest_of(r, vp);

	if (masked) {
		ref_timer_del(r, &r->vp[vp].timer);
		g->masked = true;
	} else if (g->masked) {
		late(r, vp); /* as masked: nothing is pended */
		g->masked = false;
		place(r, vp, r->vp[vp].lp);
	}
}

static void virtual_counter(struct ref *r, uint32_t vp, int64_t value)
{
	struct guest *g = guest_of(r, vp);
	struct ref_timer *timer = &r->vp[vp].timer;
	bool was_active = timer->active;

	g->offset = value - r->now;
	if (expired(r, vp)) {
		ref_timer_del(r, timer);
		if (g->dev == TRACE_ITM)
			g->armed = false;
		late(r, vp);
	}
	if (r->vp[vp].lp != REF_NONE)
		place(r, vp, r->vp[vp].lp);
	else if (was_active)
		place(r, vp, timer->lp);
}

static void virtual_due(struct ref *r, uint32_t vp, uint32_t lp)
{
	late(r, vp);
	place(r, vp, lp);
}

static void virtual_out(struct ref *r, uint32_t vp, uint32_t lp, unsigned reason)
{
	(void)lp;
	if (ref_param(r->params, 1) == 1) /* switch=keep */
		return;
	if (reason == TRACE_BLOCK && ref_param(r->params, 0) == 0) /* block=keep */
		return;
	ref_timer_del(r, &r->vp[vp].timer);
}

static void virtual_in(struct ref *r, uint32_t vp, uint32_t lp)
{
	struct ref_timer *timer = &r->vp[vp].timer;

	if (expired(r, vp)) {
		ref_timer_del(r, timer);
		late(r, vp);
	}
	if (!timer->active || timer->lp != lp)
		place(r, vp, lp);
}

static const struct ref_hooks hooks = {
	.open = virtual_open,
	.close = virtual_close,
	.arm = virtual_arm,
	.disarm = virtual_disarm,
	.mask = virtual_mask,
	.counter_set = virtual_counter,
	.sched_in = virtual_in,
	.sched_out = virtual_out,
	.timer_due = virtual_due,
};

const struct ref_policy ref_virtual = { .name = "virtual", .hooks = &hooks };
