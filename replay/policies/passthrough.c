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

#include <stdlib.h>

enum { SCOPE_NEAREST, SCOPE_CURRENT };
enum { SWITCH_REARM, SWITCH_NONE };

static const struct vtick_param params[] = {
	{ "scope", "nearest", "nearest|current",
	  "whose deadlines count: all VPs that last ran on the LP, or the running one" },
	{ "switch", "rearm", "rearm|none", "at schedule-in, set the machine ITM anew or leave it" },
	{ NULL, NULL, NULL, NULL },
};

struct vp {
	uint64_t deadline; /* guest counter, goes to pend() */
	int64_t m;	   /* the same in terms of M (domain_itm) */
	int64_t last;	   /* the m last pended (domain_itm_last) */
	uint64_t period;
	uint32_t home; /* the LP it runs on or last ran on */
	int armed, masked, has_last;
	struct vtick_timer match; /* scope=nearest: its place among the LP's candidates */
};

struct state {
	uint64_t scope, at_switch;
	int64_t *shift; /* [lps] */
	struct vp *vp;
	uint32_t vps;
};

static int64_t machine_itc(const struct state *s, const struct vtick_host *h, uint32_t lp)
{
	return (int64_t)h->now + s->shift[lp];
}

static int reached(const struct state *s, const struct vtick_host *h, const struct vp *v)
{
	return v->armed && v->m <= machine_itc(s, h, v->home);
}

/* Puts the VP among its LP's candidates, or takes it away. */
static void place(struct state *s, struct vtick_host *h, struct vp *v)
{
	int64_t time = v->m - s->shift[v->home];

	if (s->scope == SCOPE_CURRENT)
		return;
	if (v->armed && !v->masked)
		h->timer_add(h, &v->match, v->home, time < 0 ? 0 : (uint64_t)time,
			     VTICK_TIMER_MATCH_ONLY);
	else
		h->timer_del(h, &v->match);
}

/* The earliest candidate of @lp in the future, or VTICK_NEVER. */
static uint64_t nearest(struct state *s, struct vtick_host *h, uint32_t lp)
{
	if (s->scope == SCOPE_NEAREST)
		return h->match_next(h, lp);
	uint32_t vp = h->running(h, lp);

	if (vp == VTICK_NO_VP)
		return VTICK_NEVER;
	const struct vp *v = &s->vp[vp];

	if (!v->armed || v->masked || reached(s, h, v))
		return VTICK_NEVER;
	return (uint64_t)(v->m - s->shift[lp]);
}

/* vcpu_set_next_timer(): the nearest guest deadline or the hypervisor's own, whichever is earlier.
 */
static void set_next_timer(struct state *s, struct vtick_host *h, uint32_t lp)
{
	uint64_t guest = nearest(s, h, lp), own = h->next(h, lp);

	h->hw_arm(h, lp, guest < own ? guest : own);
}

/* A reached deadline is spent; a periodic timer goes on in phase. */
static void spend(struct state *s, struct vtick_host *h, struct vp *v)
{
	uint64_t late = (uint64_t)(machine_itc(s, h, v->home) - v->m);

	if (v->period) {
		uint64_t ahead = (late / v->period + 1) * v->period;

		v->m += (int64_t)ahead;
		v->deadline += ahead;
	} else {
		v->armed = 0;
	}
	place(s, h, v);
}

/* vcpu_pend_timer(): a deadline that the guest has had is not pended again. */
static void pend_reached(struct state *s, struct vtick_host *h, uint32_t vp)
{
	struct vp *v = &s->vp[vp];

	if (!v->has_last || v->last != v->m)
		h->pend(h, vp, v->deadline);
	v->has_last = 1;
	v->last = v->m;
	spend(s, h, v);
}

static int open_policy(struct vtick_host *h, const struct vtick_args *args, void **state)
{
	struct state *s = calloc(1, sizeof(*s));

	if (!s)
		return -1;
	*s = (struct state){
		.scope = args->value[0],
		.at_switch = args->value[1],
		.shift = calloc(h->lps + 1, sizeof(*s->shift)),
		.vp = calloc(h->vps + 1, sizeof(*s->vp)),
		.vps = h->vps,
	};
	if (!s->shift || !s->vp) {
		free(s->shift);
		free(s->vp);
		free(s);
		return -1;
	}
	for (uint32_t vp = 0; vp < h->vps; vp++) {
		s->vp[vp].home = VTICK_NO_LP;
		s->vp[vp].match.vp = vp;
	}
	*state = s;
	return 0;
}

static void close_policy(void *state)
{
	struct state *s = state;

	free(s->shift);
	free(s->vp);
	free(s);
}

static void arm(void *state, struct vtick_host *h, uint32_t vp, const struct vtick_arm *a)
{
	struct state *s = state;
	struct vp *v = &s->vp[vp];
	uint64_t counter = h->counter(h, vp);

	v->deadline = a->deadline;
	v->period = a->period;
	v->m = machine_itc(s, h, v->home) + (int64_t)(a->deadline - counter);
	v->armed = 1;
	if (s->scope == SCOPE_NEAREST && a->deadline <= counter) {
		if (a->dev == VTICK_ITM) {
			v->armed = 0;
			place(s, h, v);
		} else if (v->masked) {
			spend(s, h, v);
		} else {
			pend_reached(s, h, vp);
		}
	} else {
		place(s, h, v);
	}
	set_next_timer(s, h, v->home);
}

static void disarm(void *state, struct vtick_host *h, uint32_t vp)
{
	struct state *s = state;
	struct vp *v = &s->vp[vp];

	v->armed = 0;
	place(s, h, v);
	set_next_timer(s, h, v->home);
}

static void mask(void *state, struct vtick_host *h, uint32_t vp, int masked, uint32_t vector)
{
	struct state *s = state;
	struct vp *v = &s->vp[vp];
	int was_masked = v->masked;

	(void)vector;
	v->masked = masked;
	if (was_masked && !masked && reached(s, h, v))
		spend(s, h, v); /* it expired under the mask: discarded */
	else
		place(s, h, v);
	set_next_timer(s, h, v->home);
}

static void report_clocks(const struct state *s, struct vtick_host *h, uint32_t vp, uint32_t lp)
{
	h->clock_error(h, VTICK_NO_VP, s->shift[lp]);
	h->clock_error(h, vp, machine_itc(s, h, lp) - (int64_t)h->counter(h, vp));
}

static void counter_set(void *state, struct vtick_host *h, uint32_t vp, uint64_t value)
{
	struct state *s = state;
	struct vp *v = &s->vp[vp];
	uint32_t lp = v->home;

	/* There is no machine ITC at hand to write for a VP that does not run. */
	if (lp == VTICK_NO_LP || h->running(h, lp) != vp)
		return;
	int64_t d = (int64_t)value - machine_itc(s, h, lp);

	s->shift[lp] += d;
	if (v->armed)
		v->m += d;
	for (uint32_t i = 0; i < s->vps; i++) {
		if (s->vp[i].home == lp)
			place(s, h, &s->vp[i]);
	}
	report_clocks(s, h, vp, lp);
	set_next_timer(s, h, lp);
}

static void sched_in(void *state, struct vtick_host *h, uint32_t vp, uint32_t lp)
{
	struct state *s = state;
	struct vp *v = &s->vp[vp];
	int moved = v->home != lp;

	v->home = lp;
	report_clocks(s, h, vp, lp);
	if (reached(s, h, v) && !v->masked)
		pend_reached(s, h, vp);
	else if (moved)
		place(s, h, v);
	if (s->at_switch == SWITCH_REARM)
		set_next_timer(s, h, lp);
}

/* The deadline of a descheduled VP is looked at only with scope=nearest, by timer_due(). */
static void machine_irq(void *state, struct vtick_host *h, uint32_t lp)
{
	struct state *s = state;

	if (s->scope == SCOPE_NEAREST)
		return;
	uint32_t vp = h->running(h, lp);

	if (vp != VTICK_NO_VP && !s->vp[vp].masked && reached(s, h, &s->vp[vp]))
		pend_reached(s, h, vp);
}

static void timer_due(void *state, struct vtick_host *h, struct vtick_timer *timer)
{
	pend_reached(state, h, timer->vp);
}

static void reprogram(void *state, struct vtick_host *h, uint32_t lp, uint64_t next)
{
	(void)next;
	set_next_timer(state, h, lp);
}

VTICK_POLICY = {
	VTICK_POLICY_HEAD,
	.name = "passthrough",
	.summary = "machine ITM = nearest guest ITM (Xen/ia64, April 2005)",
	.source = "xen-ia64-devel 2005-04-30; Xen arch/ia64/vcpu.c of 2005-04-29 and 2006-04-25",
	.params = params,
	.open = open_policy,
	.close = close_policy,
	.arm = arm,
	.disarm = disarm,
	.mask = mask,
	.counter_set = counter_set,
	.sched_in = sched_in,
	.machine_irq = machine_irq,
	.reprogram = reprogram,
	.timer_due = timer_due,
};
