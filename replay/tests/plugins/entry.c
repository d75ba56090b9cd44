/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * entry: a policy of the tests, for resume() and spend(). The guest's timer is early by `advance`;
 * at the way back into the guest the rest is spun away. `timer` is a timer of the host or the
 * guest-mode timer of the LP, `pend` says whether a tick is pended as it expires or on the way
 * back. Each write costs `write`, each way back `way`. reference_entry.c is the same a second time.
 */
#include "replay/policy.h"

enum { TIMER_HOST, TIMER_GUEST };
enum { PEND_EXPIRED, PEND_ENTRY };

struct params {
	int64_t advance;
	uint64_t timer, pend, write, way;
};

static const struct vtick_param params[] = {
	{ "advance", VTICK_NS, offsetof(struct params, advance), "1000", NULL, NULL },
	{ "timer", VTICK_CHOICE, offsetof(struct params, timer), "host", "host|guest", NULL },
	{ "pend", VTICK_CHOICE, offsetof(struct params, pend), "expired", "expired|entry", NULL },
	{ "write", VTICK_NS, offsetof(struct params, write), "200", NULL, NULL },
	{ "way", VTICK_NS, offsetof(struct params, way), "500", NULL, NULL },
	{ 0 },
};

struct vp {
	int64_t target; /* machine time */
	uint64_t deadline;
	int armed, masked;
	int expired; /* and not yet on its way back */
	int64_t resumes;
	struct vtick_timer timer;
};

static int64_t fires_at(const struct vtick_host *h, const struct vp *v)
{
	const struct params *p = vtick_params(h);
	int64_t at = v->target - p->advance;

	return at > (int64_t)h->now ? at : (int64_t)h->now;
}

static void start(struct vtick_host *h, struct vp *v, uint32_t lp, int runs)
{
	const struct params *p = vtick_params(h);

	if (!v->armed)
		return;
	if (p->timer == TIMER_GUEST && runs)
		h->guest_arm(h, lp, (uint64_t)fires_at(h, v));
	else
		h->timer_add(h, &v->timer, lp, (uint64_t)fires_at(h, v), 0);
}

static void stop(struct vtick_host *h, struct vp *v)
{
	h->timer_del(h, &v->timer);
	h->guest_arm(h, h->lp_of(h, v->timer.vp), VTICK_NEVER);
}

static void expired(struct vtick_host *h, struct vp *v)
{
	const struct params *p = vtick_params(h);

	v->armed = 0;
	if (v->masked)
		return;
	v->expired = 1;
	if (p->pend == PEND_EXPIRED)
		h->pend(h, v->timer.vp, v->deadline);
}

/* A period is no matter here: it is a one-shot. */
static void arm(struct vtick_host *h, uint32_t vp, const struct vtick_arm *a)
{
	const struct params *p = vtick_params(h);
	struct vp *v = vtick_vp(h, vp);
	uint64_t counter = h->counter(h, vp);

	stop(h, v);
	v->target = (int64_t)(h->now + a->deadline - counter);
	v->deadline = a->deadline;
	v->armed = a->dev != VTICK_ITM || a->deadline > counter;
	h->spend(h, p->write);
	start(h, v, h->lp_of(h, vp), 1);
}

static void disarm(struct vtick_host *h, uint32_t vp)
{
	struct vp *v = vtick_vp(h, vp);

	stop(h, v);
	v->armed = v->expired = 0;
}

static void mask(struct vtick_host *h, uint32_t vp, int masked, uint32_t vector)
{
	((struct vp *)vtick_vp(h, vp))->masked = masked;
}

static void sched_in(struct vtick_host *h, uint32_t vp, uint32_t lp)
{
	struct vp *v = vtick_vp(h, vp);

	h->timer_del(h, &v->timer);
	start(h, v, lp, 1);
}

static void sched_out(struct vtick_host *h, uint32_t vp, uint32_t lp, uint32_t reason)
{
	struct vp *v = vtick_vp(h, vp);

	if (!vtick_timer_active(&v->timer))
		start(h, v, lp, 0);
}

static void timer_due(struct vtick_host *h, struct vtick_timer *timer)
{
	expired(h, vtick_vp(h, timer->vp));
}

static void guest_due(struct vtick_host *h, uint32_t lp, uint32_t vp)
{
	expired(h, vtick_vp(h, vp));
}

/* What is left until the deadline is spun away. The clock errors tell how often and when it came.
 */
static void resume(struct vtick_host *h, uint32_t vp, uint32_t lp)
{
	const struct params *p = vtick_params(h);
	struct vp *v = vtick_vp(h, vp);

	h->clock_error(h, VTICK_NO_VP, ++v->resumes);
	h->clock_error(h, vp, (int64_t)h->now);
	h->spend(h, p->way);
	if (!v->expired)
		return;
	v->expired = 0;
	if (p->pend == PEND_ENTRY)
		h->pend(h, vp, v->deadline);
	if (v->target > (int64_t)h->now)
		h->spend(h, (uint64_t)(v->target - (int64_t)h->now));
}

VTICK_POLICY = {
	VTICK_POLICY_HEAD,
	.name = "entry",
	.params = params,
	.params_size = sizeof(struct params),
	VTICK_VP_STATE(struct vp, timer),
	.arm = arm,
	.disarm = disarm,
	.mask = mask,
	.sched_in = sched_in,
	.sched_out = sched_out,
	.timer_due = timer_due,
	.guest_due = guest_due,
	.resume = resume,
};
