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
#include "policy.h"

#include <stdlib.h>

#define XEN_PV_FAR_NS (UINT64_C(1) << 50) /* beyond it Xen takes the guest for confused, */
#define XEN_PV_SOON_NS 100000000	  /* and calls it back soon */

struct xen_pv {
	uint64_t deadline; /* of a one-shot; guest counter */
	uint64_t period;   /* 0: one-shot */
	int64_t last;	   /* machine time of the last periodic event */
	int armed, masked;
	struct vtick_timer timer; /* timer.vp: whose it is */
};

/* floor(ns * clock_hz / 1e9), below 2^60. */
static uint64_t xen_ticks(const struct vtick_host *h, uint64_t ns)
{
	unsigned __int128 ticks = (unsigned __int128)ns * h->clock_hz / 1000000000u;
	const uint64_t most = (UINT64_C(1) << 60) - 1;

	return ticks > most ? most : (uint64_t)ticks;
}

/* VIRQ_TIMER: under mask nothing is kept. */
static void xen_pv_event(struct vtick_host *h, const struct xen_pv *v, uint64_t deadline)
{
	if (!v->masked)
		h->pend(h, v->timer.vp, deadline);
}

/* vcpu_periodic_timer_work(): ticks that were missed are dropped, and with them the phase. */
static void xen_pv_periodic_work(struct vtick_host *h, struct xen_pv *v, uint32_t lp)
{
	int64_t next = v->last + (int64_t)v->period;

	if ((int64_t)h->now >= next) {
		xen_pv_event(h, v, h->counter(h, v->timer.vp));
		v->last = (int64_t)h->now;
		next = v->last + (int64_t)v->period;
	}
	h->timer_add(h, &v->timer, lp, (uint64_t)next, 0);
}

static void xen_pv_disarm(struct vtick_host *h, struct xen_pv *v)
{
	h->timer_del(h, &v->timer);
	v->armed = 0;
}

/* A shorter period than @min_period is raised to it. */
static void xen_pv_arm(struct vtick_host *h, struct xen_pv *v, const struct vtick_arm *a,
		       uint64_t min_period)
{
	uint64_t counter = h->counter(h, v->timer.vp);
	uint32_t lp = h->lp_of(h, v->timer.vp);

	xen_pv_disarm(h, v);
	if (a->deadline <= counter && a->dev == VTICK_ITM)
		return;
	v->deadline = a->deadline;
	v->period = a->period && a->period < min_period ? min_period : a->period;
	v->armed = 1;
	if (v->period) {
		v->last = (int64_t)(h->now + (a->deadline - counter) - v->period);
		xen_pv_periodic_work(h, v, lp);
	} else if (a->deadline <= counter) {
		xen_pv_event(h, v, a->deadline);
		v->armed = 0;
	} else if (a->deadline - counter > xen_ticks(h, XEN_PV_FAR_NS)) {
		h->timer_add(h, &v->timer, lp, h->now + xen_ticks(h, XEN_PV_SOON_NS), 0);
	} else {
		h->timer_add(h, &v->timer, lp, h->now + (a->deadline - counter), 0);
	}
}

static void xen_pv_due(struct vtick_host *h, struct xen_pv *v)
{
	if (v->period) {
		xen_pv_periodic_work(h, v, v->timer.lp);
	} else {
		xen_pv_event(h, v, v->deadline);
		v->armed = 0;
	}
}

/* The one-shot stays where it is, armed; the periodic timer ticks only while its VP runs. */
static void xen_pv_out(struct vtick_host *h, struct xen_pv *v)
{
	if (v->period)
		h->timer_del(h, &v->timer);
}

static void xen_pv_in(struct vtick_host *h, struct xen_pv *v, uint32_t lp)
{
	if (v->armed && v->period)
		xen_pv_periodic_work(h, v, lp);
}

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
