/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xen-pv: the timers of Xen's PV guests. The guest gives an absolute time. A one-shot stays armed
 * while its VP is descheduled or blocked, on the LP where it was written, until it expires or is
 * written again. A periodic timer ticks only while its VP runs: stopped at each switch-out, at most
 * one missed tick at the switch-in.
 *
 * Source: Xen common/sched/core.c, do_set_timer_op() and vcpu_periodic_timer_work(),
 * common/domain.c, VCPUOP_set_singleshot_timer and VCPUOP_set_periodic_timer, as of c447b7308b
 * (2026-08-18). The rules word by word: RULES.md section 14.
 */
#include "xen_pv.h"

static const struct vtick_param params[] = {
	{ "min-period", "1000000", NULL, "a shorter period is raised to this (ns)" },
	{ NULL, NULL, NULL, NULL },
};

struct state {
	uint64_t min_period; /* ticks */
	struct xen_pv *vp;
};

static int open_policy(struct vtick_host *h, const struct vtick_args *args, void **state)
{
	struct state *s = calloc(1, sizeof(*s));

	if (!s)
		return -1;
	s->min_period = xen_ticks(h, args->value[0]);
	s->vp = calloc(h->vps + 1, sizeof(*s->vp));
	if (!s->vp) {
		free(s);
		return -1;
	}
	for (uint32_t vp = 0; vp < h->vps; vp++)
		s->vp[vp].timer.vp = vp;
	*state = s;
	return 0;
}

static void close_policy(void *state)
{
	struct state *s = state;

	free(s->vp);
	free(s);
}

static void arm(void *state, struct vtick_host *h, uint32_t vp, const struct vtick_arm *a)
{
	struct state *s = state;

	xen_pv_arm(h, &s->vp[vp], a, s->min_period);
}

static void disarm(void *state, struct vtick_host *h, uint32_t vp)
{
	xen_pv_disarm(h, &((struct state *)state)->vp[vp]);
}

static void mask(void *state, struct vtick_host *h, uint32_t vp, int masked, uint32_t vector)
{
	(void)h;
	(void)vector;
	((struct state *)state)->vp[vp].masked = masked;
}

static void sched_in(void *state, struct vtick_host *h, uint32_t vp, uint32_t lp)
{
	xen_pv_in(h, &((struct state *)state)->vp[vp], lp);
}

static void sched_out(void *state, struct vtick_host *h, uint32_t vp, uint32_t lp, uint32_t reason)
{
	(void)lp;
	(void)reason;
	xen_pv_out(h, &((struct state *)state)->vp[vp]);
}

static void timer_due(void *state, struct vtick_host *h, struct vtick_timer *timer)
{
	xen_pv_due(h, &((struct state *)state)->vp[timer->vp]);
}

VTICK_POLICY = {
	VTICK_POLICY_HEAD,
	.name = "xen-pv",
	.summary = "Xen's PV guest timers: a one-shot stays armed where it was written; a periodic "
		   "one only "
		   "while running",
	.source = "Xen common/sched/core.c, common/domain.c (2026-08-18)",
	.params = params,
	.open = open_policy,
	.close = close_policy,
	.arm = arm,
	.disarm = disarm,
	.mask = mask,
	.sched_in = sched_in,
	.sched_out = sched_out,
	.timer_due = timer_due,
};
