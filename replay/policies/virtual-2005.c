/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * virtual-2005: full guest time virtualization as it first came into Xen, 18 days after it was
 * proposed. last_itc, the guest's ITC when its timer was last looked at, says whether an ITM fired
 * before, was crossed since, or lies ahead. The timer comes off the list at every schedule-out, so
 * a VP that blocks is not woken (its PAL_HALT_LIGHT did not block then).
 *
 * Source: Xen xen/arch/ia64/vlsapic.c, "First VT-i code drop", 2005-05-18 (af2fd17e43). itm-slop:
 * ac_timers then ran up to 50 us early, so the drop added as much. poll=tick: in that drop they
 * were only looked at at the hypervisor's tick, reprogram_ac_timer() doing nothing, until
 * bcaeb4ab51 (2005-09-06). The rules word by word: RULES.md section 16.
 */
#include "policy.h"

enum { POLL_NO, POLL_TICK };

struct params {
	uint64_t itm_slop; /* ticks */
	uint64_t poll, poll_hz;
};

static const struct vtick_param params[] = {
	{ "itm-slop", VTICK_NS, offsetof(struct params, itm_slop), "50000", NULL,
	  "what is added to the expiry of an ITM's timer (ns)" },
	{ "poll", VTICK_CHOICE, offsetof(struct params, poll), "no", "no|tick",
	  "the machine's timer is set for the list's head, or for the next tick only" },
	{ "poll-hz", VTICK_NUMBER, offsetof(struct params, poll_hz), "100", NULL,
	  "the rate of that tick; 0: none" },
	{ 0 },
};

struct vp {
	uint64_t itm, period;
	uint64_t last_itc;
	uint32_t dev;
	int armed, masked;
	struct vtick_timer timer;
};

static void place(struct vtick_host *h, struct vp *v)
{
	const struct params *p = vtick_params(h);
	const uint32_t vp = v->timer.vp;

	h->timer_add(h, &v->timer, h->lp_of(h, vp),
		     h->now + (v->itm - h->counter(h, vp)) + p->itm_slop, 0);
}

/* An ITM stays in its register, and a timer that runs for it is left; other devices are spent. */
static void fire(struct vtick_host *h, struct vp *v)
{
	h->pend(h, v->timer.vp, v->itm);
	if (v->period) {
		v->itm += ((h->counter(h, v->timer.vp) - v->itm) / v->period + 1) * v->period;
		place(h, v);
	} else if (v->dev != VTICK_ITM) {
		h->timer_del(h, &v->timer);
		v->armed = 0;
	}
}

/* vtm_interruption_update() */
static void update(struct vtick_host *h, struct vp *v)
{
	uint64_t now_itc = h->counter(h, v->timer.vp), last_itc = v->last_itc;

	if (v->masked || !v->armed)
		return;
	v->last_itc = now_itc;
	if (v->dev == VTICK_ITM && last_itc >= v->itm)
		h->timer_del(h, &v->timer); /* it fired before */
	else if (now_itc >= v->itm)
		fire(h, v);
	else
		place(h, v);
}

static void arm(struct vtick_host *h, uint32_t vp, const struct vtick_arm *a)
{
	struct vp *v = vtick_vp(h, vp);

	v->itm = a->deadline;
	v->period = a->period;
	v->dev = a->dev;
	v->armed = 1;
	update(h, v);
}

static void disarm(struct vtick_host *h, uint32_t vp)
{
	struct vp *v = vtick_vp(h, vp);

	h->timer_del(h, &v->timer);
	v->armed = 0;
}

static void mask(struct vtick_host *h, uint32_t vp, int masked, uint32_t vector)
{
	struct vp *v = vtick_vp(h, vp);

	v->masked = masked;
	if (masked)
		h->timer_del(h, &v->timer);
	else
		update(h, v);
}

/* The offset is the VP's own, its clock the true one. Who does not run is looked at when it does.
 */
static void counter_set(struct vtick_host *h, uint32_t vp, uint64_t value)
{
	struct vp *v = vtick_vp(h, vp);

	v->last_itc = value;
	if (h->runs(h, vp))
		update(h, v);
}

static void timer_due(struct vtick_host *h, struct vtick_timer *timer)
{
	struct vp *v = vtick_vp(h, timer->vp);

	v->last_itc = h->counter(h, timer->vp);
	fire(h, v);
}

/* vtm_domain_out() */
static void sched_out(struct vtick_host *h, uint32_t vp, uint32_t lp, uint32_t reason)
{
	struct vp *v = vtick_vp(h, vp);

	h->timer_del(h, &v->timer);
}

/* vtm_domain_in() */
static void sched_in(struct vtick_host *h, uint32_t vp, uint32_t lp)
{
	update(h, vtick_vp(h, vp));
}

/* Tick k is at floor(k * clock_hz / @hz). */
static uint64_t next_tick(const struct vtick_host *h, uint64_t hz)
{
	unsigned __int128 after = (unsigned __int128)h->now + 1;
	unsigned __int128 k = (after * hz + h->clock_hz - 1) / h->clock_hz;

	return (uint64_t)(k * h->clock_hz / hz);
}

static void reprogram(struct vtick_host *h, uint32_t lp, uint64_t next)
{
	const struct params *p = vtick_params(h);

	if (p->poll == POLL_TICK)
		next = p->poll_hz ? next_tick(h, p->poll_hz) : VTICK_NEVER;
	h->hw_arm(h, lp, next);
}

VTICK_POLICY = {
	VTICK_POLICY_HEAD,
	.name = "virtual-2005",
	.summary =
	    "full guest time virtualization as it first came into Xen: off the list when out",
	.source = "Xen xen/arch/ia64/vlsapic.c of 2005-05-18 (af2fd17e43)",
	.params = params,
	.params_size = sizeof(struct params),
	VTICK_VP_STATE(struct vp, timer),
	.arm = arm,
	.disarm = disarm,
	.mask = mask,
	.counter_set = counter_set,
	.sched_in = sched_in,
	.sched_out = sched_out,
	.timer_due = timer_due,
	.reprogram = reprogram,
};
