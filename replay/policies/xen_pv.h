/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xen_pv.h: the timers of Xen's PV guests, for xen-pv and for domain 0 in xen-vpt. A VP's state
 * begins with its struct xen_pv.
 *
 * Source: Xen common/sched/core.c, do_set_timer_op() and vcpu_periodic_timer_work(),
 * common/domain.c, VCPUOP_set_singleshot_timer and VCPUOP_set_periodic_timer, as of c447b7308b
 * (2026-08-18). The rules word by word: RULES.md section 14.
 */
#ifndef VTICK_REPLAY_POLICIES_XEN_PV_H
#define VTICK_REPLAY_POLICIES_XEN_PV_H

#include "policy.h"

#define XEN_PV_FAR_NS (UINT64_C(1) << 50) /* beyond it Xen takes the guest for confused, */
#define XEN_PV_SOON_NS 100000000	  /* and calls it back soon */

struct xen_pv {
	uint64_t deadline; /* of a one-shot; guest counter */
	uint64_t period;   /* 0: one-shot */
	int64_t last;	   /* machine time of the last periodic event */
	int armed, masked;
	struct vtick_timer timer; /* timer.vp: whose it is */
};

/* Whoever has the hypervisor's own queue says how a timer comes into it. */
#ifndef XEN_PV_TIMERS
static inline void xen_pv_timer_add(struct vtick_host *h, struct xen_pv *v, uint32_t lp,
				    uint64_t expiry)
{
	h->timer_add(h, &v->timer, lp, expiry, 0);
}

static inline void xen_pv_timer_del(struct vtick_host *h, struct xen_pv *v)
{
	h->timer_del(h, &v->timer);
}
#endif

/* VIRQ_TIMER: under mask nothing is kept. */
static inline void xen_pv_event(struct vtick_host *h, const struct xen_pv *v, uint64_t deadline)
{
	if (!v->masked)
		h->pend(h, v->timer.vp, deadline);
}

/* vcpu_periodic_timer_work(): ticks that were missed are dropped, and with them the phase. */
static inline void xen_pv_periodic_work(struct vtick_host *h, struct xen_pv *v, uint32_t lp)
{
	int64_t next = v->last + (int64_t)v->period;

	if ((int64_t)h->now >= next) {
		xen_pv_event(h, v, h->counter(h, v->timer.vp));
		v->last = (int64_t)h->now;
		next = v->last + (int64_t)v->period;
	}
	xen_pv_timer_add(h, v, lp, (uint64_t)next);
}

static inline void xen_pv_disarm(struct vtick_host *h, uint32_t vp)
{
	struct xen_pv *v = vtick_vp(h, vp);

	xen_pv_timer_del(h, v);
	v->armed = 0;
}

/* A shorter period than @min_period is raised to it. */
static inline void xen_pv_arm(struct vtick_host *h, uint32_t vp, const struct vtick_arm *a,
			      uint64_t min_period)
{
	struct xen_pv *v = vtick_vp(h, vp);
	uint64_t counter = h->counter(h, vp);
	uint32_t lp = h->lp_of(h, vp);

	xen_pv_disarm(h, vp);
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
	} else if (a->deadline - counter > h->ticks(h, XEN_PV_FAR_NS)) {
		xen_pv_timer_add(h, v, lp, h->now + h->ticks(h, XEN_PV_SOON_NS));
	} else {
		xen_pv_timer_add(h, v, lp, h->now + (a->deadline - counter));
	}
}

static inline void xen_pv_mask(struct vtick_host *h, uint32_t vp, int masked, uint32_t vector)
{
	struct xen_pv *v = vtick_vp(h, vp);

	v->masked = masked;
}

static inline void xen_pv_timer_due(struct vtick_host *h, struct vtick_timer *timer)
{
	struct xen_pv *v = vtick_vp(h, timer->vp);

	if (v->period) {
		xen_pv_periodic_work(h, v, timer->lp);
	} else {
		xen_pv_event(h, v, v->deadline);
		v->armed = 0;
	}
}

/* The one-shot stays where it is, armed; the periodic timer ticks only while its VP runs. */
static inline void xen_pv_sched_out(struct vtick_host *h, uint32_t vp, uint32_t lp, uint32_t reason)
{
	struct xen_pv *v = vtick_vp(h, vp);

	if (v->period)
		xen_pv_timer_del(h, v);
}

static inline void xen_pv_sched_in(struct vtick_host *h, uint32_t vp, uint32_t lp)
{
	struct xen_pv *v = vtick_vp(h, vp);

	if (v->armed && v->period)
		xen_pv_periodic_work(h, v, lp);
}

#endif
