/* SPDX-License-Identifier: GPL-2.0-only */
/* The test policy entry (plugins/entry.c) a second time, for resume and spend. */
#include <stdlib.h>

#include "replay/tests/reference_state.h"

enum { ADVANCE, TIMER, PEND, WRITE, WAY };

struct guest {
	bool armed, masked, expired;
	int64_t deadline, target, resumes;
};

static struct guest *guest_of(struct ref *r, uint32_t vp)
{
	return &((struct guest *)r->policy)[vp];
}

static int64_t ticks(struct ref *r, unsigned param)
{
	return (int64_t)ref_ticks(r, ref_param(r->params, param));
}

static void entry_open(struct ref *r)
{
	r->policy = ref_alloc(r->meta->vps, sizeof(struct guest));
}

static void entry_close(struct ref *r)
{
	free(r->policy);
}

static void start(struct ref *r, uint32_t vp, uint32_t lp)
{
	int64_t at = guest_of(r, vp)->target - ticks(r, ADVANCE);

	if (!guest_of(r, vp)->armed)
		return;
	if (at < r->now)
		at = r->now;
	if (ref_param(r->params, TIMER) == 1 && r->vp[vp].lp != REF_NONE)
		ref_guest_arm(r, lp, at);
	else
		ref_timer_add(r, &r->vp[vp].timer, lp, at);
}

static void stop(struct ref *r, uint32_t vp)
{
	ref_timer_del(r, &r->vp[vp].timer);
	ref_guest_arm(r, r->vp[vp].lp, REF_NEVER);
}

static void entry_arm(struct ref *r, uint32_t vp, int64_t deadline, int64_t period, unsigned dev)
{
	struct guest *g = guest_of(r, vp);

	(void)period;
	stop(r, vp);
	g->deadline = deadline;
	g->target = deadline - r->vp[vp].off;
	g->armed = dev != TRACE_ITM || g->target > r->now;
	ref_spend(r, ticks(r, WRITE));
	start(r, vp, r->vp[vp].lp);
}

static void entry_disarm(struct ref *r, uint32_t vp)
{
	stop(r, vp);
	guest_of(r, vp)->armed = guest_of(r, vp)->expired = false;
}

static void entry_mask(struct ref *r, uint32_t vp, bool masked)
{
	guest_of(r, vp)->masked = masked;
}

static void entry_counter(struct ref *r, uint32_t vp, int64_t value)
{
	(void)r;
	(void)vp;
	(void)value;
}

static void entry_in(struct ref *r, uint32_t vp, uint32_t lp)
{
	ref_timer_del(r, &r->vp[vp].timer);
	start(r, vp, lp);
}

static void entry_out(struct ref *r, uint32_t vp, uint32_t lp, unsigned reason)
{
	(void)reason;
	if (!r->vp[vp].timer.active)
		start(r, vp, lp);
}

static void expired(struct ref *r, uint32_t vp)
{
	struct guest *g = guest_of(r, vp);

	g->armed = false;
	g->expired |= !g->masked;
	if (g->masked)
		return;
	if (ref_param(r->params, PEND) == 0)
		ref_pend(r, vp, g->deadline);
}

static void entry_due(struct ref *r, uint32_t vp, uint32_t lp)
{
	(void)lp;
	expired(r, vp);
}

static void entry_guest_due(struct ref *r, uint32_t lp, uint32_t vp)
{
	(void)lp;
	expired(r, vp);
}

static void entry_resume(struct ref *r, uint32_t vp, uint32_t lp)
{
	struct guest *g = guest_of(r, vp);

	(void)lp;
	ref_clock_error(&r->hv_clock_error, ++g->resumes);
	ref_clock_error(&r->guest_clock_error, r->now);
	ref_spend(r, ticks(r, WAY));
	if (!g->expired)
		return;
	g->expired = false;
	if (ref_param(r->params, PEND) == 1)
		ref_pend(r, vp, g->deadline);
	if (g->target > r->now)
		ref_spend(r, g->target - r->now);
}

static const struct ref_hooks hooks = {
	.open = entry_open,
	.close = entry_close,
	.arm = entry_arm,
	.disarm = entry_disarm,
	.mask = entry_mask,
	.counter_set = entry_counter,
	.sched_in = entry_in,
	.sched_out = entry_out,
	.timer_due = entry_due,
	.guest_due = entry_guest_due,
	.resume = entry_resume,
};

const struct ref_policy ref_entry = { .name = "entry", .of_tests = true, .hooks = &hooks };
