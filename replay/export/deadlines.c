/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/export/deadlines.h"

#include <stdlib.h>

#include "traces/base/mem.h"

void deadlines_open(struct deadlines *d, uint32_t vps)
{
	*d = (struct deadlines){ .vps = vps, .vp = vt_array(vps, sizeof(*d->vp)) };
	heap_init(&d->due, vps);
}

void deadlines_close(struct deadlines *d)
{
	free(d->vp);
	heap_free(&d->due);
}

/* Its place among the others, by when it is due. */
static void place(struct deadlines *d, uint32_t vp)
{
	const struct cut_timer *t = &d->vp[vp].timer;

	if (t->armed)
		heap_set(&d->due, vp, t->due);
	else
		heap_remove(&d->due, vp);
}

bool deadlines_next(struct deadlines *d, uint64_t now, uint32_t *vp, uint64_t *due,
		    uint64_t *passed)
{
	while (d->due.len && d->due.entry[0].time <= now) {
		struct deadline_vp *v = &d->vp[d->due.entry[0].item];

		*vp = d->due.entry[0].item;
		*due = v->timer.due;
		*passed = 0;
		/* What a mask hides is not told, so it needs no turn of its own. */
		if (v->masked || ++v->in_a_row >= DEADLINES_IN_A_ROW) {
			cut_timer_advance(&v->timer, now);
			if (v->timer.armed)
				*passed = (v->timer.due - *due) / v->timer.period - 1;
		} else {
			cut_timer_advance(&v->timer, *due);
		}
		place(d, *vp);
		if (!v->masked)
			return true;
	}
	return false;
}

/* Its deadline lies in the past: true if that is one reached now. */
static bool past(const struct deadline_vp *v, uint64_t deadline, uint64_t counter)
{
	return deadline <= counter && v->timer.dev != TRACE_ITM && !v->masked;
}

static bool arm(struct deadline_vp *v, const struct trace_event *ev)
{
	cut_timer_arm(&v->timer, ev, v->offset);
	return past(v, ev->value, ev->time + (uint64_t)v->offset);
}

static bool set_counter(struct deadline_vp *v, const struct trace_event *ev)
{
	uint64_t deadline = v->timer.due + (uint64_t)v->offset;
	bool was = v->timer.armed;

	cut_timer_counter(&v->timer, ev->time, v->offset, ev->value);
	v->offset = (int64_t)(ev->value - ev->time);
	return was && past(v, deadline, ev->value);
}

bool deadlines_event(struct deadlines *d, const struct trace_event *ev)
{
	struct deadline_vp *v;
	bool reached = false;

	if (!trace_type_has_vp(ev->type))
		return false;
	v = &d->vp[ev->vp];
	v->in_a_row = 0;
	switch (ev->type) {
	case TRACE_ARM:
	case TRACE_SEED:
		reached = arm(v, ev);
		break;
	case TRACE_COUNTER:
		reached = set_counter(v, ev);
		break;
	case TRACE_MASK:
		v->masked = ev->sub;
		return false;
	case TRACE_SCHED_OUT:
		if (ev->sub != TRACE_OFFLINE)
			return false;
		v->timer.armed = false;
		break;
	case TRACE_DISARM:
		v->timer.armed = false;
		break;
	default:
		return false;
	}
	place(d, ev->vp);
	return reached;
}
