/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * virtual-vtm: full guest time virtualization as Xen/ia64 had it at the end. The timer stays in the
 * list while its VP is descheduled or blocked, moves with it, and wakes it. An ITM between the last
 * one that fired and now fires at once. An expiry under mask is latched. The ITC offset is the
 * domain's, and vcpu 0 sets it.
 *
 * Source: Xen xen/arch/ia64/vmx/vlsapic.c of 2012-04-03 (570c311ca2^, the last tree with ia64).
 * The rules word by word: RULES.md section 15.
 */
#include "policy.h"

struct vp {
	uint64_t itm, period;
	int64_t offset;	   /* the same in all VPs of a domain */
	uint64_t last_itc; /* the guest's ITC never reads less */
	uint64_t latch;	   /* a deadline that expired under mask, if latched */
	uint32_t dev;
	int masked, latched;
	struct vtick_timer timer;
};

static uint64_t raw_itc(const struct vtick_host *h, const struct vp *v)
{
	return h->now + (uint64_t)v->offset;
}

static uint64_t now_itc(const struct vtick_host *h, const struct vp *v)
{
	uint64_t itc = raw_itc(h, v);

	return itc > v->last_itc ? itc : v->last_itc;
}

/* vtm_set_itm(): what last_itc has passed never fires, what lies between it and now at once. */
static void set_itm(struct vtick_host *h, struct vp *v, uint64_t itm)
{
	uint64_t itc = now_itc(h, v);

	v->itm = itm;
	if (v->dev == VTICK_ITM && itm <= v->last_itc) {
		h->timer_del(h, &v->timer);
		return;
	}
	h->timer_add(h, &v->timer, h->lp_of(h, v->timer.vp), h->now + (itm > itc ? itm - itc : 0),
		     0);
}

static void arm(struct vtick_host *h, uint32_t vp, const struct vtick_arm *a)
{
	struct vp *v = vtick_vp(h, vp);

	v->dev = a->dev;
	v->period = a->period;
	set_itm(h, v, a->deadline);
}

static void disarm(struct vtick_host *h, uint32_t vp)
{
	struct vp *v = vtick_vp(h, vp);

	h->timer_del(h, &v->timer);
	v->itm = 0;
	v->latched = 0;
}

/* vtm_set_itv() */
static void mask(struct vtick_host *h, uint32_t vp, int masked, uint32_t vector)
{
	struct vp *v = vtick_vp(h, vp);

	v->masked = masked;
	if (masked || !v->latched)
		return;
	v->latched = 0;
	h->pend(h, vp, v->latch);
}

static void report_clock(struct vtick_host *h, const struct vp *v)
{
	h->clock_error(h, v->timer.vp, (int64_t)(now_itc(h, v) - h->counter(h, v->timer.vp)));
}

/* vtm_set_itc(). Windows sets ITM first and ITC after: the ITM is looked at again, even one that
 * fired. */
static void counter_set(struct vtick_host *h, uint32_t vp, uint64_t value)
{
	struct vp *v = vtick_vp(h, vp);

	for (uint32_t i = 0; i < h->vps && h->vcpu(h, vp) == 0; i++) {
		struct vp *other = vtick_vp(h, i);

		if (h->domain(h, i) != h->domain(h, vp))
			continue;
		other->offset = (int64_t)(value - h->now);
		other->last_itc = 0;
		if (h->runs(h, i))
			report_clock(h, other);
	}
	v->last_itc = 0;
	if (v->dev == VTICK_ITM ? v->itm > value : vtick_timer_active(&v->timer))
		set_itm(h, v, v->itm);
	else
		h->timer_del(h, &v->timer);
	if (h->runs(h, vp))
		report_clock(h, v);
}

/* vtm_timer_fn(). The guest wants to see its ITC strictly after the ITM. */
static void timer_due(struct vtick_host *h, struct vtick_timer *timer)
{
	struct vp *v = vtick_vp(h, timer->vp);
	uint64_t itc = raw_itc(h, v);

	if (v->masked) {
		v->latched = 1;
		v->latch = v->itm;
	} else {
		h->pend(h, timer->vp, v->itm);
	}
	v->last_itc = v->itm + 1;
	if (!v->period)
		return;
	v->itm += ((itc > v->itm ? itc - v->itm : 0) / v->period + 1) * v->period;
	h->timer_add(h, timer, timer->lp, h->now + (v->itm - itc), 0);
}

static void sched_in(struct vtick_host *h, uint32_t vp, uint32_t lp)
{
	struct vp *v = vtick_vp(h, vp);

	if (vtick_timer_active(&v->timer) && v->timer.lp != lp)
		h->timer_add(h, &v->timer, lp, v->timer.expiry, 0);
	report_clock(h, v);
}

VTICK_POLICY = {
	VTICK_POLICY_HEAD,
	.name = "virtual-vtm",
	.summary = "full guest time virtualization as Xen/ia64 had it in 2012: always in the list",
	.source = "Xen xen/arch/ia64/vmx/vlsapic.c of 2012-04-03 (570c311ca2^)",
	VTICK_VP_STATE(struct vp, timer),
	.arm = arm,
	.disarm = disarm,
	.mask = mask,
	.counter_set = counter_set,
	.sched_in = sched_in,
	.timer_due = timer_due,
};
