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

static const struct vtick_param params[] = {
	{ "min-period", VTICK_NS, 0, "1000000", NULL, "a shorter period is raised to this (ns)" },
	{ 0 },
};

static void arm(struct vtick_host *h, uint32_t vp, const struct vtick_arm *a)
{
	const uint64_t *min_period = vtick_params(h);

	xen_pv_arm(h, vp, a, *min_period);
}

VTICK_POLICY = {
	VTICK_POLICY_HEAD,
	.name = "xen-pv",
	.summary =
	    "Xen's PV guests: a one-shot stays where it was written, a period runs with its VP",
	.source = "Xen common/sched/core.c, common/domain.c (2026-08-18)",
	.params = params,
	.params_size = sizeof(uint64_t),
	VTICK_VP_STATE(struct xen_pv, timer),
	.arm = arm,
	.disarm = xen_pv_disarm,
	.mask = xen_pv_mask,
	.sched_in = xen_pv_sched_in,
	.sched_out = xen_pv_sched_out,
	.timer_due = xen_pv_timer_due,
};
