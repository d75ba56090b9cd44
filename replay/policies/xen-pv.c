/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xen-pv: the timers of Xen's PV guests. The guest gives an absolute time. A one-shot stays armed
 * while its VP is descheduled or blocked, on the LP where it was written, until it expires or is
 * written again. A periodic timer ticks only while its VP runs: stopped at each switch-out, at most
 * one missed tick at the switch-in.
 *
 * Source: xen_pv.h. The rules word by word: RULES.md section 14.
 */
#include "xen_pv.h"

struct params {
	uint64_t min_period; /* ticks */
};

static const struct vtick_param params[] = {
	{ "min-period", VTICK_NS, offsetof(struct params, min_period), "1000000", NULL,
	  "a shorter period is raised to this (ns)" },
	{ 0 },
};

static int open_policy(struct vtick_host *h)
{
	for (uint32_t vp = 0; vp < h->vps; vp++)
		((struct xen_pv *)vtick_vp(h, vp))->timer.vp = vp;
	return 0;
}

static void arm(struct vtick_host *h, uint32_t vp, const struct vtick_arm *a)
{
	const struct params *p = vtick_params(h);

	xen_pv_arm(h, vtick_vp(h, vp), a, p->min_period);
}

static void disarm(struct vtick_host *h, uint32_t vp)
{
	xen_pv_disarm(h, vtick_vp(h, vp));
}

static void mask(struct vtick_host *h, uint32_t vp, int masked, uint32_t vector)
{
	struct xen_pv *v = vtick_vp(h, vp);

	v->masked = masked;
}

static void sched_in(struct vtick_host *h, uint32_t vp, uint32_t lp)
{
	xen_pv_in(h, vtick_vp(h, vp), lp);
}

static void sched_out(struct vtick_host *h, uint32_t vp, uint32_t lp, uint32_t reason)
{
	xen_pv_out(h, vtick_vp(h, vp));
}

static void timer_due(struct vtick_host *h, struct vtick_timer *timer)
{
	xen_pv_due(h, vtick_vp(h, timer->vp));
}

VTICK_POLICY = {
	VTICK_POLICY_HEAD,
	.name = "xen-pv",
	.summary = "Xen's PV guest timers: a one-shot stays armed where it was written; "
		   "a periodic one only while running",
	.source = "Xen common/sched/core.c, common/domain.c (2026-08-18)",
	.params = params,
	.params_size = sizeof(struct params),
	.vp_size = sizeof(struct xen_pv),
	.open = open_policy,
	.arm = arm,
	.disarm = disarm,
	.mask = mask,
	.sched_in = sched_in,
	.sched_out = sched_out,
	.timer_due = timer_due,
};
