/* SPDX-License-Identifier: GPL-2.0-only */
/* The test policy kick (plugins/kick.c) a second time. */
#include <stdlib.h>

#include "replay/tests/reference_state.h"

/* Parameters, and the choices of the first. */
enum { CALL, NEIGHBOUR, NO_EXIT };
enum { PEND_KICK, KICK_PEND, KICK, TWICE };

struct guest {
	bool masked, expired;
	int64_t deadline, resumes;
};

static struct guest *guest_of(struct ref *r, uint32_t vp)
{
	return &((struct guest *)r->policy)[vp];
}

static void kick_open(struct ref *r)
{
	r->policy = ref_alloc(r->meta->vps, sizeof(struct guest));
}

static void kick_close(struct ref *r)
{
	free(r->policy);
}

static void neighbour(struct ref *r, uint32_t vp)
{
	if (ref_param(r->params, NEIGHBOUR) == 1)
		ref_kick(r, (vp + 1) % r->meta->vps);
}

static void kick_arm(struct ref *r, uint32_t vp, int64_t deadline, int64_t period, unsigned dev)
{
	int64_t due = deadline - r->vp[vp].off;

	(void)period;
	(void)dev;
	r->no_exit = ref_param(r->params, NO_EXIT) == 1;
	guest_of(r, vp)->deadline = deadline;
	ref_timer_add(r, &r->vp[vp].timer, vp % r->meta->lps, due > r->now ? due : r->now);
}

static void kick_disarm(struct ref *r, uint32_t vp)
{
	ref_timer_del(r, &r->vp[vp].timer);
	guest_of(r, vp)->expired = false;
}

static void kick_mask(struct ref *r, uint32_t vp, bool masked)
{
	guest_of(r, vp)->masked = masked;
}

static void kick_counter(struct ref *r, uint32_t vp, int64_t value)
{
	(void)r;
	(void)vp;
	(void)value;
}

static void kick_in(struct ref *r, uint32_t vp, uint32_t lp)
{
	(void)r;
	(void)vp;
	(void)lp;
}

static void kick_out(struct ref *r, uint32_t vp, uint32_t lp, unsigned reason)
{
	(void)lp;
	(void)reason;
	neighbour(r, vp);
}

static void kick_due(struct ref *r, uint32_t vp, uint32_t lp)
{
	uint64_t call = ref_param(r->params, CALL);
	struct guest *g = guest_of(r, vp);

	(void)lp;
	if (g->masked)
		return;
	g->expired = call == KICK;
	if (call == PEND_KICK || call == TWICE)
		ref_pend(r, vp, g->deadline);
	ref_kick(r, vp);
	if (call == KICK_PEND || call == TWICE)
		ref_pend(r, vp, g->deadline);
}

static void kick_resume(struct ref *r, uint32_t vp, uint32_t lp)
{
	struct guest *g = guest_of(r, vp);

	ref_clock_error(&r->hv_clock_error, ++g->resumes);
	ref_clock_error(&r->guest_clock_error, r->now);
	if (!g->expired)
		return;
	g->expired = false;
	ref_pend(r, vp, g->deadline);
	neighbour(r, vp);
	ref_run_timers(r, (lp + 1) % r->meta->lps);
}

static const struct ref_hooks hooks = {
	.open = kick_open,
	.close = kick_close,
	.arm = kick_arm,
	.disarm = kick_disarm,
	.mask = kick_mask,
	.counter_set = kick_counter,
	.sched_in = kick_in,
	.sched_out = kick_out,
	.timer_due = kick_due,
	.resume = kick_resume,
};

const struct ref_policy ref_kick_policy = { .name = "kick", .of_tests = true, .hooks = &hooks };
