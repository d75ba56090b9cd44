/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * passthrough: the machine's own ITM is set to the nearest guest deadline, next to the hypervisor's
 * own.
 *
 * Source: Dong, xen-ia64-devel, 2005-04-30, "machine ITM = nearest guest ITM" (scope=nearest: as
 * the mail reads it), and the code it speaks of, Xen's arch/ia64/vcpu.c of 2005-04-29,
 * vcpu_set_next_timer() and the timer interrupt (scope=current: only the VP that runs counts, a
 * past deadline waits for the LP's next interrupt). switch=none is that code, too; Xen set the ITM
 * anew at schedule-in from 2006-04-25 on (2f41b3e04c). A guest that sets its ITC writes the
 * machine's: everyone else's clock jumps. The rules word by word: RULES.md section 7.
 *
 * Deadlines are kept in terms of M, the machine ITC as this design has it on an LP: true time +
 * shift.
 */
#include "policy.h"

enum { SCOPE_NEAREST, SCOPE_CURRENT };
enum { SWITCH_REARM, SWITCH_NONE };

struct params {
	uint64_t scope, at_switch;
};

static const struct vtick_param params[] = {
	{ "scope", VTICK_CHOICE, offsetof(struct params, scope), "nearest", "nearest|current",
	  "whose deadlines count: all VPs that last ran on the LP, or the running one" },
	{ "switch", VTICK_CHOICE, offsetof(struct params, at_switch), "rearm", "rearm|none",
	  "at schedule-in, set the machine ITM anew or leave it" },
	{ 0 },
};

struct vp {
	uint64_t deadline; /* guest counter, goes to pend() */
	int64_t m;	   /* the same in terms of M (domain_itm) */
	int64_t last;	   /* the m last pended (domain_itm_last) */
	int64_t offset;	   /* guest counter = true time + offset */
	uint64_t period;
	uint32_t home; /* the LP it runs on or last ran on */
	int armed, masked, has_last;
	struct vtick_timer match; /* scope=nearest: its place among the LP's candidates */
};

struct lp {
	int64_t shift; /* M = true time + shift */
	uint64_t next; /* what the hypervisor wants as its match */
};

static const struct params *given(const struct vtick_host *h)
{
	return vtick_params(h);
}

static int64_t *shift(const struct vtick_host *h, uint32_t lp)
{
	struct lp *l = vtick_lp(h, lp);

	return &l->shift;
}

static uint64_t *next_of(const struct vtick_host *h, uint32_t lp)
{
	struct lp *l = vtick_lp(h, lp);

	return &l->next;
}

static uint64_t counter(const struct vtick_host *h, const struct vp *v)
{
	return h->now + (uint64_t)v->offset;
}

static int64_t machine_itc(const struct vtick_host *h, uint32_t lp)
{
	return (int64_t)h->now + *shift(h, lp);
}

static int reached(const struct vtick_host *h, const struct vp *v)
{
	return v->armed && v->m <= machine_itc(h, v->home);
}

/* Puts the VP among its LP's candidates, or takes it away. */
static void place(struct vtick_host *h, struct vp *v)
{
	int64_t time = v->m - *shift(h, v->home);

	if (given(h)->scope == SCOPE_CURRENT)
		return;
	if (v->armed && !v->masked)
		h->timer_add(h, &v->match, v->home, time < 0 ? 0 : (uint64_t)time,
			     VTICK_TIMER_MATCH_ONLY);
	else if (vtick_timer_active(&v->match))
		h->timer_del(h, &v->match);
}

/* The earliest candidate of @lp in the future, or VTICK_NEVER. */
static uint64_t nearest(struct vtick_host *h, uint32_t lp)
{
	if (given(h)->scope == SCOPE_NEAREST)
		return h->match_next(h, lp);
	uint32_t vp = h->running(h, lp);
	const struct vp *v = vp == VTICK_NO_VP ? NULL : vtick_vp(h, vp);

	if (!v || !v->armed || v->masked || reached(h, v))
		return VTICK_NEVER;
	return (uint64_t)(v->m - *shift(h, lp));
}

/* vcpu_set_next_timer(): the nearest guest deadline or the hypervisor's own, if that is earlier. */
static void set_earlier(struct vtick_host *h, uint32_t lp, uint64_t own)
{
	uint64_t guest = nearest(h, lp);

	h->hw_arm(h, lp, guest < own ? guest : own);
}

static void set_next_timer(struct vtick_host *h, uint32_t lp)
{
	set_earlier(h, lp, *next_of(h, lp));
}

/* A reached deadline is spent; a periodic timer goes on in phase. */
static void spend(struct vtick_host *h, struct vp *v)
{
	if (v->period) {
		uint64_t late = (uint64_t)(machine_itc(h, v->home) - v->m);
		uint64_t ahead = (late / v->period + 1) * v->period;

		v->m += (int64_t)ahead;
		v->deadline += ahead;
	} else {
		v->armed = 0;
	}
	place(h, v);
}

/* vcpu_pend_timer(): a deadline that the guest has had is not pended again. */
static void pend_reached(struct vtick_host *h, uint32_t vp)
{
	struct vp *v = vtick_vp(h, vp);

	if (!v->has_last || v->last != v->m)
		h->pend(h, vp, v->deadline);
	v->has_last = 1;
	v->last = v->m;
	spend(h, v);
}

static void arm(struct vtick_host *h, uint32_t vp, const struct vtick_arm *a)
{
	struct vp *v = vtick_vp(h, vp);
	uint64_t now = counter(h, v);
	int past = given(h)->scope == SCOPE_NEAREST && a->deadline <= now;

	v->deadline = a->deadline;
	v->period = a->period;
	v->m = machine_itc(h, v->home) + (int64_t)(a->deadline - now);
	v->armed = !past || a->dev != VTICK_ITM;
	if (!past || !v->armed)
		place(h, v);
	else if (v->masked)
		spend(h, v);
	else
		pend_reached(h, vp);
	set_next_timer(h, v->home);
}

static void disarm(struct vtick_host *h, uint32_t vp)
{
	struct vp *v = vtick_vp(h, vp);

	v->armed = 0;
	place(h, v);
	set_next_timer(h, v->home);
}

static void mask(struct vtick_host *h, uint32_t vp, int masked, uint32_t vector)
{
	struct vp *v = vtick_vp(h, vp);
	int was_masked = v->masked;

	v->masked = masked;
	if (was_masked && !masked && reached(h, v))
		spend(h, v); /* it expired under the mask: discarded */
	else
		place(h, v);
	set_next_timer(h, v->home);
}

/* The hypervisor's clock and the guest's, where they are wrong. */
static void report_clocks(struct vtick_host *h, uint32_t vp, uint32_t lp)
{
	const struct vp *v = vtick_vp(h, vp);
	int64_t error = *shift(h, lp);

	if (error)
		h->clock_error(h, VTICK_NO_VP, error);
	if (error != v->offset)
		h->clock_error(h, vp, error - v->offset);
}

static void counter_set(struct vtick_host *h, uint32_t vp, uint64_t value)
{
	struct vp *v = vtick_vp(h, vp);
	uint32_t lp = v->home;

	v->offset = (int64_t)(value - h->now);
	/* There is no machine ITC at hand to write for a VP that does not run. */
	if (!h->runs(h, vp))
		return;
	int64_t d = (int64_t)value - machine_itc(h, lp);

	*shift(h, lp) += d;
	if (v->armed)
		v->m += d;
	for (uint32_t i = 0; i < h->vps; i++) {
		struct vp *other = vtick_vp(h, i);

		if (other->home == lp)
			place(h, other);
	}
	report_clocks(h, vp, lp);
	set_next_timer(h, lp);
}

static void sched_in(struct vtick_host *h, uint32_t vp, uint32_t lp)
{
	struct vp *v = vtick_vp(h, vp);
	int moved = v->home != lp;

	v->home = lp;
	report_clocks(h, vp, lp);
	if (reached(h, v) && !v->masked)
		pend_reached(h, vp);
	else if (moved)
		place(h, v);
	if (given(h)->at_switch == SWITCH_REARM)
		set_next_timer(h, lp);
}

/* The deadline of a descheduled VP is looked at only with scope=nearest, by timer_due(). */
static void machine_irq(struct vtick_host *h, uint32_t lp)
{
	if (given(h)->scope == SCOPE_NEAREST)
		return;
	uint32_t vp = h->running(h, lp);
	const struct vp *v = vp == VTICK_NO_VP ? NULL : vtick_vp(h, vp);

	if (v && !v->masked && reached(h, v))
		pend_reached(h, vp);
}

static void timer_due(struct vtick_host *h, struct vtick_timer *timer)
{
	pend_reached(h, timer->vp);
}

static void reprogram(struct vtick_host *h, uint32_t lp, uint64_t next)
{
	*next_of(h, lp) = next;
	set_earlier(h, lp, next);
}

static int open_policy(struct vtick_host *h)
{
	for (uint32_t lp = 0; lp < h->lps; lp++)
		*next_of(h, lp) = VTICK_NEVER;
	return 0;
}

VTICK_POLICY = {
	VTICK_POLICY_HEAD,
	.name = "passthrough",
	.summary = "machine ITM = nearest guest ITM (Xen/ia64, April 2005)",
	.source = "xen-ia64-devel 2005-04-30; Xen arch/ia64/vcpu.c of 2005-04-29 and 2006-04-25",
	.params = params,
	.params_size = sizeof(struct params),
	VTICK_VP_STATE(struct vp, match),
	.lp_size = sizeof(struct lp),
	.open = open_policy,
	.arm = arm,
	.disarm = disarm,
	.mask = mask,
	.counter_set = counter_set,
	.sched_in = sched_in,
	.machine_irq = machine_irq,
	.reprogram = reprogram,
	.timer_due = timer_due,
};
