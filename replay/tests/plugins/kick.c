/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kick: a policy of the tests, for kick(). A VP's timer is always on the same LP, so that it mostly
 * expires elsewhere than the VP runs: `call` says in which order the VP is kicked and its tick
 * pended, or that this waits for the way back. `neighbour`: a VP that leaves its LP kicks the next
 * one of the table, and so does one that takes its tick. reference_kick.c is the same a second
 * time.
 */
#include "replay/policy.h"

enum { PEND_KICK, KICK_PEND, KICK, TWICE };

struct params {
	uint64_t call, neighbour, no_exit;
};

static const struct vtick_param params[] = {
	{ "call", VTICK_CHOICE, offsetof(struct params, call), "pend-kick",
	  "pend-kick|kick-pend|kick|twice", NULL },
	{ "neighbour", VTICK_CHOICE, offsetof(struct params, neighbour), "no", "no|yes", NULL },
	{ "no-exit", VTICK_CHOICE, offsetof(struct params, no_exit), "no", "no|yes", NULL },
	{ 0 },
};

struct vp {
	uint64_t deadline;
	int masked, expired;
	int64_t resumes;
	struct vtick_timer timer;
};

static void kick_neighbour(struct vtick_host *h, uint32_t vp)
{
	const struct params *p = vtick_params(h);

	if (p->neighbour)
		h->kick(h, (vp + 1) % h->vps);
}

static void arm(struct vtick_host *h, uint32_t vp, const struct vtick_arm *a)
{
	const struct params *p = vtick_params(h);
	struct vp *v = vtick_vp(h, vp);
	uint64_t counter = h->counter(h, vp);
	uint64_t left = a->deadline > counter ? a->deadline - counter : 0;

	if (p->no_exit)
		h->no_exit(h);
	v->deadline = a->deadline;
	h->timer_add(h, &v->timer, vp % h->lps, h->now + left, 0);
}

static void disarm(struct vtick_host *h, uint32_t vp)
{
	struct vp *v = vtick_vp(h, vp);

	h->timer_del(h, &v->timer);
	v->expired = 0;
}

static void mask(struct vtick_host *h, uint32_t vp, int masked, uint32_t vector)
{
	((struct vp *)vtick_vp(h, vp))->masked = masked;
}

static void sched_out(struct vtick_host *h, uint32_t vp, uint32_t lp, uint32_t reason)
{
	kick_neighbour(h, vp);
}

static void timer_due(struct vtick_host *h, struct vtick_timer *timer)
{
	const struct params *p = vtick_params(h);
	struct vp *v = vtick_vp(h, timer->vp);

	if (v->masked)
		return;
	v->expired = p->call == KICK;
	if (p->call == PEND_KICK || p->call == TWICE)
		h->pend(h, timer->vp, v->deadline);
	h->kick(h, timer->vp);
	if (p->call == TWICE)
		h->kick(h, timer->vp);
	if (p->call == KICK_PEND || p->call == TWICE)
		h->pend(h, timer->vp, v->deadline);
}

/* The clock errors tell how often and when it came. */
static void resume(struct vtick_host *h, uint32_t vp, uint32_t lp)
{
	struct vp *v = vtick_vp(h, vp);

	h->clock_error(h, VTICK_NO_VP, ++v->resumes);
	h->clock_error(h, vp, (int64_t)h->now);
	if (!v->expired)
		return;
	v->expired = 0;
	h->pend(h, vp, v->deadline);
	kick_neighbour(h, vp);
	h->run_timers(h, (lp + 1) % h->lps);
}

VTICK_POLICY = {
	VTICK_POLICY_HEAD,
	.name = "kick",
	.params = params,
	.params_size = sizeof(struct params),
	VTICK_VP_STATE(struct vp, timer),
	.arm = arm,
	.disarm = disarm,
	.mask = mask,
	.sched_out = sched_out,
	.timer_due = timer_due,
	.resume = resume,
};
