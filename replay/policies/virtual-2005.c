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

#include <stdlib.h>

enum { POLL_NO, POLL_TICK };

static const struct vtick_param params[] = {
	{ "itm-slop", "50000", NULL, "what is added to the expiry of an ITM's timer (ns)" },
	{ "poll", "no", "no|tick",
	  "the machine's timer is set for the list's head, or for the next tick only" },
	{ "poll-hz", "100", NULL, "the rate of that tick; 0: none" },
	{ NULL, NULL, NULL, NULL },
};

struct vp {
	uint64_t itm, period;
	uint64_t last_itc;
	uint32_t dev;
	int armed, masked;
	struct vtick_timer timer;
};

struct state {
	uint64_t itm_slop; /* ticks */
	uint64_t poll, poll_hz;
	struct vp *vp;
};

static int open_policy(struct vtick_host *h, const struct vtick_args *args, void **state)
{
	const uint64_t most = (UINT64_C(1) << 60) - 1;
	unsigned __int128 slop = (unsigned __int128)args->value[0] * h->clock_hz / 1000000000u;
	struct state *s = calloc(1, sizeof(*s));

	if (!s)
		return -1;
	*s = (struct state){
		.itm_slop = slop > most ? most : (uint64_t)slop,
		.poll = args->value[1],
		.poll_hz = args->value[2],
		.vp = calloc(h->vps + 1, sizeof(*s->vp)),
	};
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

static void place(const struct state *s, struct vtick_host *h, struct vp *v)
{
	const uint32_t vp = v->timer.vp;

	h->timer_add(h, &v->timer, h->lp_of(h, vp),
		     h->now + (v->itm - h->counter(h, vp)) + s->itm_slop, 0);
}

/* An ITM stays in its register, and a timer that runs for it is left; other devices are spent. */
static void fire(const struct state *s, struct vtick_host *h, struct vp *v)
{
	h->pend(h, v->timer.vp, v->itm);
	if (v->period) {
		v->itm += ((h->counter(h, v->timer.vp) - v->itm) / v->period + 1) * v->period;
		place(s, h, v);
	} else if (v->dev != VTICK_ITM) {
		h->timer_del(h, &v->timer);
		v->armed = 0;
	}
}

/* vtm_interruption_update() */
static void update(const struct state *s, struct vtick_host *h, struct vp *v)
{
	uint64_t now_itc = h->counter(h, v->timer.vp), last_itc = v->last_itc;

	if (v->masked || !v->armed)
		return;
	v->last_itc = now_itc;
	if (v->dev == VTICK_ITM && last_itc >= v->itm)
		h->timer_del(h, &v->timer); /* it fired before */
	else if (now_itc >= v->itm)
		fire(s, h, v);
	else
		place(s, h, v);
}

static void arm(void *state, struct vtick_host *h, uint32_t vp, const struct vtick_arm *a)
{
	struct state *s = state;
	struct vp *v = &s->vp[vp];

	v->itm = a->deadline;
	v->period = a->period;
	v->dev = a->dev;
	v->armed = 1;
	update(s, h, v);
}

static void disarm(void *state, struct vtick_host *h, uint32_t vp)
{
	struct vp *v = &((struct state *)state)->vp[vp];

	h->timer_del(h, &v->timer);
	v->armed = 0;
}

static void mask(void *state, struct vtick_host *h, uint32_t vp, int masked, uint32_t vector)
{
	struct state *s = state;
	struct vp *v = &s->vp[vp];

	(void)vector;
	v->masked = masked;
	if (masked)
		h->timer_del(h, &v->timer);
	else
		update(s, h, v);
}

/* The offset is the VP's own, so its clock is the true one. A VP that does not run is looked at
 * when it does.
 */
static void counter_set(void *state, struct vtick_host *h, uint32_t vp, uint64_t value)
{
	struct state *s = state;
	uint32_t lp = h->lp_of(h, vp);

	s->vp[vp].last_itc = value;
	if (lp != VTICK_NO_LP && h->running(h, lp) == vp)
		update(s, h, &s->vp[vp]);
}

static void timer_due(void *state, struct vtick_host *h, struct vtick_timer *timer)
{
	struct state *s = state;
	struct vp *v = &s->vp[timer->vp];

	v->last_itc = h->counter(h, timer->vp);
	fire(s, h, v);
}

/* vtm_domain_out() */
static void sched_out(void *state, struct vtick_host *h, uint32_t vp, uint32_t lp, uint32_t reason)
{
	(void)lp;
	(void)reason;
	h->timer_del(h, &((struct state *)state)->vp[vp].timer);
}

/* vtm_domain_in() */
static void sched_in(void *state, struct vtick_host *h, uint32_t vp, uint32_t lp)
{
	struct state *s = state;

	(void)lp;
	update(s, h, &s->vp[vp]);
}

/* Tick k is at floor(k * clock_hz / poll_hz). */
static void reprogram(void *state, struct vtick_host *h, uint32_t lp, uint64_t next)
{
	const struct state *s = state;

	if (s->poll == POLL_TICK) {
		next = VTICK_NEVER;
		if (s->poll_hz) {
			unsigned __int128 after = (unsigned __int128)h->now + 1;
			unsigned __int128 k = (after * s->poll_hz + h->clock_hz - 1) / h->clock_hz;

			next = (uint64_t)(k * h->clock_hz / s->poll_hz);
		}
	}
	h->hw_arm(h, lp, next);
}

VTICK_POLICY = {
	VTICK_POLICY_HEAD,
	.name = "virtual-2005",
	.summary = "full guest time virtualization as it first came into Xen (May 2005): last_itc, "
		   "off the "
		   "list when out",
	.source = "Xen xen/arch/ia64/vlsapic.c of 2005-05-18 (af2fd17e43)",
	.params = params,
	.open = open_policy,
	.close = close_policy,
	.arm = arm,
	.disarm = disarm,
	.mask = mask,
	.counter_set = counter_set,
	.sched_in = sched_in,
	.sched_out = sched_out,
	.timer_due = timer_due,
	.reprogram = reprogram,
};
