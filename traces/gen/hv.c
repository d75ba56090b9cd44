/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/gen/hv.h"

#include <stdlib.h>

#include "traces/base/mem.h"

#define NONE UINT32_MAX

struct hv_timer {
	struct hv_timer *next; /* in the list: by expiry, first in first out among equals */
	uint64_t expiry;
	uint32_t lp; /* in whose list it is, or NONE */
	uint32_t vp; /* whose it is; NONE: a slice's */
};

struct hv_vp {
	struct hv_timer timer;
	uint64_t deadline;
	uint64_t period; /* 0: one-shot */
	uint32_t lp;	 /* where it runs or ran last */
	bool armed;
	bool runs;
	bool pended; /* a tick waits until it runs */
};

struct hv_lp {
	struct hv_timer *head;
	struct hv_timer slice;
	uint64_t match; /* the next interrupt, or HV_NEVER */
	uint64_t busy_until;
	bool changed; /* another timer is the first: the interrupt has to be programmed */
};

struct hv {
	const struct gen_config *c;
	const struct hv_calls *calls;
	struct guest_sink *sink;
	struct hv_lp *lp;
	struct hv_vp *vp;
};

struct hv *hv_new(const struct gen_config *c, const struct hv_calls *calls, struct guest_sink *sink)
{
	struct hv *hv = vt_alloc(sizeof(*hv));
	uint32_t vps = c->domains * c->vcpus;

	*hv = (struct hv){ .c = c, .calls = calls, .sink = sink };
	hv->lp = vt_array(c->lps, sizeof(*hv->lp));
	hv->vp = vt_array(vps, sizeof(*hv->vp));
	for (uint32_t i = 0; i < c->lps; i++) {
		hv->lp[i].slice = (struct hv_timer){ .lp = NONE, .vp = NONE };
		hv->lp[i].match = HV_NEVER;
	}
	for (uint32_t i = 0; i < vps; i++)
		hv->vp[i].timer = (struct hv_timer){ .lp = NONE, .vp = i };
	return hv;
}

void hv_free(struct hv *hv)
{
	if (!hv)
		return;
	free(hv->lp);
	free(hv->vp);
	free(hv);
}

/* ---- the list ---- */

static void take_off(struct hv *hv, struct hv_timer *t)
{
	struct hv_lp *l;
	struct hv_timer **at;

	if (t->lp == NONE)
		return;
	l = &hv->lp[t->lp];
	for (at = &l->head; *at != t; at = &(*at)->next)
		;
	l->changed |= l->head == t;
	*at = t->next;
	t->lp = NONE;
}

static void put_on(struct hv *hv, struct hv_timer *t, uint32_t lp, uint64_t expiry)
{
	struct hv_lp *l = &hv->lp[lp];
	struct hv_timer **at = &l->head;

	take_off(hv, t);
	while (*at && (*at)->expiry <= expiry)
		at = &(*at)->next;
	t->expiry = expiry;
	t->lp = lp;
	t->next = *at;
	*at = t;
	l->changed |= l->head == t;
}

/* ---- ticks ---- */

static int observe(struct hv *hv, unsigned type, uint32_t vp, uint32_t lp, uint64_t now)
{
	const struct trace_event ev = {
		.time = now,
		.vp = vp,
		.lp = (uint16_t)lp,
		.type = (uint8_t)type,
	};

	return hv->sink->emit(hv->sink, &ev);
}

static int deliver(struct hv *hv, uint32_t vp, uint64_t now)
{
	hv->vp[vp].pended = false;
	if (observe(hv, TRACE_OBS_PEND, vp, 0, now))
		return -1;
	return hv->calls->deliver(hv->calls->arg, vp, now);
}

/* The deadline of @vp was reached. */
static int serve(struct hv *hv, uint32_t vp, uint64_t now)
{
	struct hv_vp *v = &hv->vp[vp];
	bool waits = v->pended;

	v->armed = v->period > 0;
	if (v->armed)
		v->deadline += ((now - v->deadline) / v->period + 1) * v->period;
	v->pended = true;
	if (v->runs)
		return deliver(hv, vp, now);
	return waits ? 0 : hv->calls->wake(hv->calls->arg, vp, now);
}

static int expire(struct hv *hv, uint32_t lp, struct hv_timer *t, uint64_t now)
{
	take_off(hv, t);
	if (t->vp == NONE)
		return hv->calls->slice_over(hv->calls->arg, lp, now);
	if (observe(hv, TRACE_OBS_FIRE, t->vp, 0, now) || serve(hv, t->vp, now))
		return -1;
	if (hv->vp[t->vp].armed)
		put_on(hv, t, lp, hv->vp[t->vp].deadline);
	return 0;
}

static int expire_due(struct hv *hv, uint32_t lp, uint64_t now)
{
	struct hv_lp *l = &hv->lp[lp];

	while (l->head && l->head->expiry <= now) {
		if (expire(hv, lp, l->head, now))
			return -1;
	}
	return 0;
}

static void program(struct hv *hv, uint32_t lp, uint64_t now)
{
	struct hv_lp *l = &hv->lp[lp];
	uint64_t soonest = now + hv->c->slop;

	l->changed = false;
	l->match = HV_NEVER;
	if (l->head)
		l->match = l->head->expiry > soonest ? l->head->expiry : soonest;
	hv->calls->programmed(hv->calls->arg, lp,
			      l->match > l->busy_until ? l->match : l->busy_until);
}

/* The lists are as they are for now: what is due is served, and the interrupt is programmed. */
static int settle(struct hv *hv, uint32_t lp, uint64_t now)
{
	if (!hv->lp[lp].changed)
		return 0;
	if (expire_due(hv, lp, now))
		return -1;
	/* One that is due already, and waits until the last is over, comes all the same. */
	hv->lp[lp].changed = false;
	if (hv->lp[lp].match > now)
		program(hv, lp, now);
	return 0;
}

int hv_interrupt(struct hv *hv, uint32_t lp, uint64_t now)
{
	hv->lp[lp].busy_until = now + hv->c->irq_cost;
	if (observe(hv, TRACE_OBS_HV_IRQ, 0, lp, now) || expire_due(hv, lp, now))
		return -1;
	program(hv, lp, now);
	return 0;
}

uint64_t hv_busy_until(const struct hv *hv, uint32_t lp)
{
	return hv->lp[lp].busy_until;
}

/* ---- what VPs do ---- */

int hv_in(struct hv *hv, uint32_t lp, uint32_t vp, uint64_t now)
{
	struct hv_vp *v = &hv->vp[vp];
	uint32_t from = v->timer.lp;

	v->runs = true;
	v->lp = lp;
	put_on(hv, &hv->lp[lp].slice, lp, now + hv->c->slice);
	if (v->armed && v->deadline <= now) {
		take_off(hv, &v->timer);
		if (serve(hv, vp, now))
			return -1;
	} else if (v->pended && deliver(hv, vp, now)) {
		return -1;
	}
	if (v->armed && v->timer.lp != lp)
		put_on(hv, &v->timer, lp, v->deadline);
	if (from != NONE && from != lp && settle(hv, from, now))
		return -1;
	return settle(hv, lp, now);
}

int hv_out(struct hv *hv, uint32_t vp, bool halts, uint64_t now)
{
	struct hv_vp *v = &hv->vp[vp];

	v->runs = false;
	take_off(hv, &hv->lp[v->lp].slice);
	if (!halts)
		take_off(hv, &v->timer);
	return settle(hv, v->lp, now);
}

int hv_arm(struct hv *hv, uint32_t vp, uint64_t deadline, uint64_t period, uint64_t now)
{
	struct hv_vp *v = &hv->vp[vp];

	v->armed = true;
	v->deadline = deadline;
	v->period = period;
	put_on(hv, &v->timer, v->lp, deadline);
	return settle(hv, v->lp, now);
}

int hv_disarm(struct hv *hv, uint32_t vp, uint64_t now)
{
	struct hv_vp *v = &hv->vp[vp];

	v->armed = false;
	take_off(hv, &v->timer);
	return settle(hv, v->lp, now);
}
