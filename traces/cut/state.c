/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/cut/state.h"

#include <stdlib.h>
#include <string.h>

#include "traces/base/mem.h"

bool cut_type_lasts(unsigned type)
{
	const struct trace_field *value = &trace_types[type].value;

	return trace_type_has_lp(type) && value->unit == TRACE_TIME && !strcmp(value->key, "until");
}

void cut_state_init(struct cut_state *s, uint32_t lps, uint32_t vps)
{
	*s = (struct cut_state){ .lps = lps, .vps = vps };
	s->vp = vt_array((size_t)vps + 1, sizeof(*s->vp));
	for (uint32_t i = 0; i < vps; i++)
		s->vp[i].lp = CUT_NOWHERE;
	for (unsigned t = 0; t < TRACE_TYPES; t++) {
		if (cut_type_lasts(t))
			s->gap[t] = vt_array(lps, sizeof(**s->gap));
	}
}

void cut_state_copy(struct cut_state *to, const struct cut_state *from)
{
	cut_state_init(to, from->lps, from->vps);
	memcpy(to->vp, from->vp, from->vps * sizeof(*to->vp));
	for (unsigned t = 0; t < TRACE_TYPES; t++) {
		if (to->gap[t])
			memcpy(to->gap[t], from->gap[t], from->lps * sizeof(**to->gap));
	}
}

void cut_state_free(struct cut_state *s)
{
	free(s->vp);
	for (unsigned t = 0; t < TRACE_TYPES; t++)
		free(s->gap[t]);
	*s = (struct cut_state){ 0 };
}

static void lasts(struct cut_gap *g, const struct trace_event *ev)
{
	if (g->until <= ev->time)
		g->count = 0;
	if (g->until < ev->value)
		g->until = ev->value;
	g->count += ev->extra;
}

static void runs(struct cut_vp *v, const struct trace_event *ev)
{
	v->lp = ev->lp;
	v->scheduled = v->running = true;
	v->blocked = v->woken = false;
	v->in_since = ev->time;
	v->slice = ev->extra;
}

static void stops(struct cut_vp *v, const struct trace_event *ev)
{
	v->running = v->in_guest = false;
	v->blocked = ev->sub == TRACE_BLOCK;
	v->woken = false;
	v->reason = ev->sub;
	if (ev->sub == TRACE_OFFLINE)
		v->timer.armed = false;
}

/* The first that is seen of a VP is a WAKE: it was blocked. */
static void wakes(struct cut_vp *v, const struct trace_event *ev)
{
	if (!v->running && (v->blocked || !v->scheduled)) {
		v->blocked = false;
		v->woken = true;
		v->waker = ev->lp;
	}
	v->scheduled = true;
}

static void sets_counter(struct cut_vp *v, const struct trace_event *ev)
{
	cut_timer_counter(&v->timer, ev->time, v->offset, ev->value);
	v->offset = (int64_t)(ev->value - ev->time);
	v->counter_set = true;
}

static void enters(struct cut_vp *v, bool in_guest, const struct trace_event *ev)
{
	v->in_guest = in_guest;
	v->entry_reason = ev->extra;
}

void cut_state_follow(struct cut_state *s, const struct trace_event *ev)
{
	struct cut_vp *v = trace_type_has_vp(ev->type) ? &s->vp[ev->vp] : NULL;

	if (s->gap[ev->type])
		lasts(&s->gap[ev->type][ev->lp], ev);
	if (!v)
		return;
	cut_timer_advance(&v->timer, ev->time);
	switch ((enum trace_type)ev->type) {
	case TRACE_SCHED_IN:
		runs(v, ev);
		break;
	case TRACE_SCHED_OUT:
		stops(v, ev);
		break;
	case TRACE_WAKE:
		wakes(v, ev);
		break;
	case TRACE_SEED:
		/* How it began, the next event of the schedule tells. */
		v->scheduled = v->woken = false;
		v->lp = ev->lp;
		/* fall through */
	case TRACE_ARM:
		cut_timer_arm(&v->timer, ev, v->offset);
		v->wrote = true;
		break;
	case TRACE_DISARM:
		v->timer.armed = false;
		v->wrote = true;
		break;
	case TRACE_MASK:
		v->masked = ev->sub;
		v->vector = ev->extra;
		break;
	case TRACE_COUNTER:
		sets_counter(v, ev);
		break;
	case TRACE_ENTRY:
	case TRACE_EXIT:
		enters(v, ev->type == TRACE_ENTRY, ev);
		break;
	default: /* the others leave nothing behind */
		break;
	}
}

void cut_state_advance(struct cut_state *s, uint64_t now)
{
	for (uint32_t i = 0; i < s->vps; i++)
		cut_timer_advance(&s->vp[i].timer, now);
}
