/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * virtual: full guest time virtualization. Each VP has its own ITM and an offset to the machine
 * ITC; the hypervisor owns the machine's ITM and keeps one timer per VP in its ac_timer list.
 *
 * Source: Dong, xen-ia64-devel, 2005-04-30, "full guest time virtualization", steps 1 to 6; the
 * mask after Xen's first drop of it (arch/ia64/vlsapic.c, af2fd17e43). block=keep: Xen on x86 came
 * to leave the timer of a VP that blocks (vpt.c, pt_save_timer); block=remove is the letter of the
 * mail, which loses the wake-up of a halted VP. switch=keep: Xen/ia64 from 2006-03-07 on
 * (e3a98e36a2). The rules word by word: RULES.md section 8.
 */
#include "policy.h"

enum { BLOCK_KEEP, BLOCK_REMOVE };
enum { SWITCH_REMOVE, SWITCH_KEEP };

struct params {
	uint64_t at_block, at_switch;
};

static const struct vtick_param params[] = {
	{ "block", VTICK_CHOICE, offsetof(struct params, at_block), "keep", "keep|remove",
	  "the timer of a VP that blocks stays in the list or is removed" },
	{ "switch", VTICK_CHOICE, offsetof(struct params, at_switch), "remove", "remove|keep",
	  "the timer of a VP that is descheduled is removed or stays" },
	{ 0 },
};

struct vp {
	uint64_t itm; /* the guest's deadline, in its counter */
	uint64_t period;
	int64_t offset; /* guest ITC = machine ITC + offset */
	uint32_t dev;
	uint32_t lp; /* where it runs or last ran */
	int armed, masked;
	struct vtick_timer timer; /* the vtime ac_timer */
};

static uint64_t guest_itc(const struct vtick_host *h, const struct vp *v)
{
	return h->now + (uint64_t)v->offset;
}

static int passed(const struct vtick_host *h, const struct vp *v)
{
	return v->armed && v->itm <= guest_itc(h, v);
}

/* Step 2: a deadline to come gets its timer on @lp. */
static void place(struct vtick_host *h, struct vp *v, uint32_t lp)
{
	if (v->armed && !v->masked)
		h->timer_add(h, &v->timer, lp, v->itm - (uint64_t)v->offset, 0);
}

/* Step 3: a deadline that has passed is pended, under mask discarded; a period goes on in phase. */
static void late(struct vtick_host *h, struct vp *v)
{
	if (!v->masked)
		h->pend(h, v->timer.vp, v->itm);
	if (v->period)
		v->itm += ((guest_itc(h, v) - v->itm) / v->period + 1) * v->period;
	else
		v->armed = 0;
}

static void arm(struct vtick_host *h, uint32_t vp, const struct vtick_arm *a)
{
	struct vp *v = vtick_vp(h, vp);

	if (vtick_timer_active(&v->timer))
		h->timer_del(h, &v->timer);
	v->itm = a->deadline;
	v->period = a->period;
	v->dev = a->dev;
	v->armed = 1;
	if (passed(h, v)) {
		if (v->dev == VTICK_ITM)
			v->armed = 0;
		else
			late(h, v);
	}
	place(h, v, v->lp);
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

	if (masked) {
		h->timer_del(h, &v->timer);
		v->masked = 1;
		return;
	}
	if (!v->masked)
		return;
	if (passed(h, v))
		late(h, v);
	v->masked = 0;
	place(h, v, v->lp);
}

/* Step 1. */
static void counter_set(struct vtick_host *h, uint32_t vp, uint64_t value)
{
	struct vp *v = vtick_vp(h, vp);
	int active = vtick_timer_active(&v->timer);

	v->offset = (int64_t)(value - h->now);
	if (passed(h, v)) {
		h->timer_del(h, &v->timer);
		if (v->dev == VTICK_ITM)
			v->armed = 0;
		else
			late(h, v);
	}
	if (active)
		place(h, v, v->timer.lp);
	else if (h->runs(h, vp))
		place(h, v, v->lp);
}

static void timer_due(struct vtick_host *h, struct vtick_timer *timer)
{
	struct vp *v = vtick_vp(h, timer->vp);

	late(h, v);
	place(h, v, timer->lp);
}

/* Step 5. */
static void sched_out(struct vtick_host *h, uint32_t vp, uint32_t lp, uint32_t reason)
{
	const struct params *p = vtick_params(h);
	struct vp *v = vtick_vp(h, vp);

	if (p->at_switch == SWITCH_KEEP || (reason == VTICK_BLOCK && p->at_block == BLOCK_KEEP))
		return;
	h->timer_del(h, &v->timer);
}

/* Step 6. */
static void sched_in(struct vtick_host *h, uint32_t vp, uint32_t lp)
{
	struct vp *v = vtick_vp(h, vp);

	v->lp = lp;
	if (passed(h, v)) {
		h->timer_del(h, &v->timer);
		late(h, v);
	}
	if (!vtick_timer_active(&v->timer) || v->timer.lp != lp)
		place(h, v, lp);
}

VTICK_POLICY = {
	VTICK_POLICY_HEAD,
	.name = "virtual",
	.summary = "full guest time virtualization: a vITM and one ac_timer per VP (2005 proposal)",
	.source = "xen-ia64-devel 2005-04-30, steps 1 to 6; Xen arch/ia64/vlsapic.c, x86/hvm/vpt.c",
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
};
