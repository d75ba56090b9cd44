/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/export/flows.h"

#include <stdlib.h>

#include "traces/base/mem.h"

void flows_open(struct flows *f, uint32_t vps, uint64_t *number)
{
	*f = (struct flows){ .vp = vt_array(vps, sizeof(*f->vp)), .number = number };
}

void flows_close(struct flows *f)
{
	free(f->vp);
}

uint64_t flows_recorded(struct flows *f, const struct trace_event *ev)
{
	struct flow *v = &f->vp[ev->vp];
	uint64_t id = v->id;

	switch (ev->type) {
	case TRACE_OBS_FIRE:
		if (!v->id)
			v->id = ++*f->number;
		v->ran = false;
		return v->id;
	case TRACE_WAKE:
		return v->ran ? 0 : id;
	case TRACE_SCHED_IN:
		if (v->ran)
			return 0;
		v->ran = true;
		return id;
	case TRACE_OBS_PEND:
	case TRACE_ARM:
	case TRACE_DISARM:
		v->id = 0;
		return ev->type == TRACE_OBS_PEND ? id : 0;
	default:
		return 0;
	}
}

static uint64_t of_tick(struct flows *f, uint32_t vp, int64_t pended, bool *begins)
{
	struct flow *v = &f->vp[vp];

	*begins = !v->id || v->pended != pended;
	if (*begins)
		*v = (struct flow){ .id = ++*f->number, .pended = pended };
	return v->id;
}

uint64_t flows_waits(struct flows *f, const struct doing *d, bool *begins)
{
	uint64_t id = of_tick(f, d->vp, (int64_t)d->pended, begins);

	f->vp[d->vp].next = true;
	return id;
}

uint64_t flows_replayed(struct flows *f, const struct trace_event *ev)
{
	struct flow *v = &f->vp[ev->vp];
	bool next = v->next;

	v->next = false;
	return next ? v->id : 0;
}

uint64_t flows_delivered(struct flows *f, const struct tick *t, bool *begins)
{
	uint64_t id = of_tick(f, t->vp, t->expired, begins);

	f->vp[t->vp].id = 0;
	return id;
}
