/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xen-vpt: the local APIC timer of Xen's HVM and PVH guests, a `periodic_time` per VP. Its expiry
 * only counts a pending tick and wakes the VP; the timer is set again when the guest takes the
 * tick. It stops while its VP is preempted and goes on while it blocks. What becomes of ticks that
 * were missed is the domain's timer_mode.
 *
 * Source: Xen arch/x86/hvm/vpt.c and vlapic.c as of c447b7308b (2026-08-18); libxl's defaults
 * (timer_mode 1, vpt_align 1). The names of its functions stand at the code. pv=dom0: on a Xen host
 * domain 0 mostly is a PV guest, whose timers are others, as in xen-pv. The rules word by word:
 * RULES.md section 13.
 *
 * A trace does not say when a guest takes an interrupt: a VP that runs takes it at once.
 */
#include "xen_pv.h"

enum { DELAY_FOR_MISSED, NO_DELAY, NO_MISSED_PENDING, ONE_MISSED_PENDING };
enum { ALIGN_YES, ALIGN_NO };
enum { PV_NONE, PV_DOM0 };

struct params {
	uint64_t mode, min_period, align, pv;
};

static const struct vtick_param params[] = {
	{ "mode", VTICK_CHOICE, offsetof(struct params, mode), "1", "0|1|2|3",
	  "timer_mode; missed ticks are 0 delivered, the guest's clock waits for them, "
	  "1 delivered, 2 dropped, 3 one" },
	{ "min-period", VTICK_NS, offsetof(struct params, min_period), "100000", NULL,
	  "a shorter period is raised to this (ns)" },
	{ "align", VTICK_CHOICE, offsetof(struct params, align), "yes", "yes|no",
	  "vpt_align: the first tick of a period at a multiple of it, or half a delay later" },
	{ "pv", VTICK_CHOICE, offsetof(struct params, pv), "dom0", "none|dom0",
	  "whose timers are a PV guest's (see xen-pv): nobody's, or domain 0's" },
	{ 0 },
};

struct vp {
	struct xen_pv pv;   /* first; of who is no PV guest only masked and timer */
	uint64_t deadline;  /* guest counter that goes with `scheduled` */
	uint64_t scheduled; /* machine time of the next tick */
	uint64_t period;    /* 0: one-shot */
	uint64_t pending;   /* ticks that expired and were not injected */
	int on, do_not_freeze;

	/* timer_mode 0: the guest's clock is `lag` behind, and stands still while frozen. */
	int64_t lag;
	int64_t last_tick; /* the guest's time of the last injected tick (last_plt_gtime) */
	uint64_t frozen_at;
	int frozen;
};

/* Are its timers those of a PV guest? */
static int is_pv(const struct vtick_host *h, uint32_t vp)
{
	const struct params *p = vtick_params(h);

	return p->pv == PV_DOM0 && h->domain(h, vp) == 0;
}

static uint64_t mode(const struct vtick_host *h)
{
	return ((const struct params *)vtick_params(h))->mode;
}

/* pt_process_missed_ticks(): `scheduled` moves into the future, by so many ticks. */
static uint64_t process_missed(const struct vtick_host *h, struct vp *v)
{
	if (!v->period || h->now <= v->scheduled)
		return 0;
	uint64_t missed = (h->now - v->scheduled) / v->period + 1;

	if (mode(h) == NO_MISSED_PENDING)
		v->do_not_freeze = !v->pending;
	else
		v->pending += missed;
	v->scheduled += missed * v->period;
	v->deadline += missed * v->period;
	return missed;
}

/* The deadline of the oldest pending tick. */
static uint64_t oldest(const struct vp *v)
{
	return v->deadline - v->pending * v->period;
}

/* pt_irq_fired(), mode 0: a tick brings the guest's clock to its time. */
static void step_clock(struct vtick_host *h, struct vp *v, uint64_t ticks)
{
	v->last_tick += (int64_t)(ticks * v->period);
	if (mode(h) != DELAY_FOR_MISSED)
		return;
	if ((int64_t)h->now - v->lag < v->last_tick)
		v->lag = (int64_t)h->now - v->last_tick;
	h->clock_error(h, v->pv.timer.vp, v->lag);
}

/*
 * pt_update_irq() and pt_intr_post() for a VP that runs: what is pending is injected and taken.
 * @pended: the oldest tick was pended when it expired.
 */
static void inject(struct vtick_host *h, struct vp *v, int pended)
{
	const uint32_t vp = v->pv.timer.vp;
	uint64_t deadline = oldest(v), ticks = 1, missed = 0;

	if (!v->pending || v->pv.masked)
		return;
	if (v->period) {
		missed = process_missed(h, v);
		if (mode(h) == DELAY_FOR_MISSED || mode(h) == NO_DELAY)
			ticks = v->pending;
		h->timer_add(h, &v->pv.timer, h->lp_of(h, vp), v->scheduled, 0);
		step_clock(h, v, ticks);
	} else {
		v->on = 0;
	}
	v->pending = 0;
	if (ticks > 1) {
		for (uint64_t i = pended ? 1 : 0; i < ticks; i++)
			h->pend_one(h, vp, deadline + i * v->period);
	} else if (!pended || missed) {
		h->pend(h, vp, deadline);
	}
}

/* destroy_periodic_time() */
static void destroy(struct vtick_host *h, struct vp *v)
{
	h->timer_del(h, &v->pv.timer);
	v->on = 0;
	v->pending = 0;
}

/* create_periodic_time(): a past deadline is a delay of 0, and the timer runs at once. */
static void arm(struct vtick_host *h, uint32_t vp, const struct vtick_arm *a)
{
	const struct params *p = vtick_params(h);
	struct vp *v = vtick_vp(h, vp);
	uint64_t counter = h->counter(h, vp);
	uint64_t delta = a->deadline > counter ? a->deadline - counter : 0;

	if (is_pv(h, vp)) {
		xen_pv_arm(h, vp, a, h->ticks(h, 1000000)); /* min-period of section 14 */
		return;
	}
	destroy(h, v);
	if (!delta && a->dev == VTICK_ITM)
		return;
	v->on = 1;
	v->do_not_freeze = 0;
	v->deadline = a->deadline;
	v->period = a->period && a->period < p->min_period ? p->min_period : a->period;
	v->last_tick = (int64_t)h->now - v->lag;
	v->scheduled = h->now + delta;
	if (v->period && p->align == ALIGN_YES)
		v->scheduled += (v->period - v->scheduled % v->period) % v->period;
	else if (v->period)
		v->scheduled += delta / 2;
	h->timer_add(h, &v->pv.timer, h->lp_of(h, vp), v->scheduled, 0);
}

static void disarm(struct vtick_host *h, uint32_t vp)
{
	struct vp *v = vtick_vp(h, vp);

	if (is_pv(h, vp))
		xen_pv_disarm(h, vp);
	else
		destroy(h, v);
}

/* The mask holds the injection, not the timer. */
static void mask(struct vtick_host *h, uint32_t vp, int masked, uint32_t vector)
{
	struct vp *v = vtick_vp(h, vp);

	v->pv.masked = masked;
	if (!is_pv(h, vp))
		inject(h, v, 0);
}

/* pt_timer_fn(): the VP is kicked. */
static void timer_due(struct vtick_host *h, struct vtick_timer *timer)
{
	struct vp *v = vtick_vp(h, timer->vp);

	if (is_pv(h, timer->vp)) {
		xen_pv_timer_due(h, timer);
		return;
	}
	v->pending++;
	v->scheduled += v->period;
	v->deadline += v->period;
	v->do_not_freeze = 0;
	if (h->runs(h, timer->vp))
		inject(h, v, 0);
	else if (!v->pv.masked)
		h->pend(h, timer->vp, oldest(v));
}

/* pt_save_timer() */
static void sched_out(struct vtick_host *h, uint32_t vp, uint32_t lp, uint32_t reason)
{
	struct vp *v = vtick_vp(h, vp);

	if (is_pv(h, vp)) {
		xen_pv_sched_out(h, vp, lp, reason);
		return;
	}
	if (reason == VTICK_BLOCK || !v->on)
		return;
	if (!v->do_not_freeze)
		h->timer_del(h, &v->pv.timer);
	v->frozen = mode(h) == DELAY_FOR_MISSED;
	v->frozen_at = h->now;
}

/* pt_restore_timer(). A tick that is pending and not masked expired while the VP was out, and was
 * pended then. */
static void sched_in(struct vtick_host *h, uint32_t vp, uint32_t lp)
{
	struct vp *v = vtick_vp(h, vp);
	int pended = v->pending && !v->pv.masked;

	if (is_pv(h, vp)) {
		xen_pv_sched_in(h, vp, lp);
		return;
	}
	if (v->frozen)
		v->lag += (int64_t)(h->now - v->frozen_at);
	v->frozen = 0;
	h->clock_error(h, vp, v->lag);
	if (v->on && !v->pending) {
		process_missed(h, v);
		h->timer_add(h, &v->pv.timer, lp, v->scheduled, 0);
	}
	inject(h, v, pended);
}

VTICK_POLICY = {
	VTICK_POLICY_HEAD,
	.name = "xen-vpt",
	.summary = "Xen's HVM and PVH guests: set again as a tick is taken, stopped when preempted",
	.source = "Xen arch/x86/hvm/vpt.c, vlapic.c (2026-08-18)",
	.params = params,
	.params_size = sizeof(struct params),
	VTICK_VP_STATE(struct vp, pv.timer),
	.arm = arm,
	.disarm = disarm,
	.mask = mask,
	.sched_in = sched_in,
	.sched_out = sched_out,
	.timer_due = timer_due,
};
