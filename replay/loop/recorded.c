/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/loop/recorded.h"

#include <stdlib.h>

#include "traces/base/mem.h"

enum way { CATCHES_UP, STARTS_ANEW, WAYS };

/* A VP's timer, while it is periodic. */
struct timer {
	uint64_t period; /* 0: it is not */
	uint64_t offset; /* of the guest's counter */
	uint64_t due[WAYS];
};

static void expired(struct timer *v, uint64_t now, unsigned __int128 away[WAYS])
{
	for (unsigned i = 0; i < WAYS; i++) {
		if (v->due[CATCHES_UP] != v->due[STARTS_ANEW])
			away[i] += now > v->due[i] ? now - v->due[i] : v->due[i] - now;
		v->due[i] += v->period;
	}
	if (v->due[STARTS_ANEW] < now)
		v->due[STARTS_ANEW] = now;
}

static void take(struct timer *v, const struct trace_event *ev, unsigned __int128 away[WAYS])
{
	switch (ev->type) {
	case TRACE_ARM:
	case TRACE_SEED:
		v->period = ev->extra;
		v->due[CATCHES_UP] = v->due[STARTS_ANEW] = ev->value - v->offset;
		break;
	case TRACE_DISARM:
		v->period = 0;
		break;
	case TRACE_COUNTER:
		v->offset = ev->value - ev->time;
		break;
	case TRACE_OBS_FIRE:
		if (v->period)
			expired(v, ev->time, away);
		break;
	default:
		break;
	}
}

bool recorded_catches_up(struct trace_reader *r)
{
	const struct trace_meta *meta = trace_reader_meta(r);
	struct timer *vp = vt_array(meta->vps + 1, sizeof(*vp));
	unsigned __int128 away[WAYS] = { 0 };
	struct vt_error ignored; /* what cannot be read is told when it is replayed */
	const struct trace_event *ev;
	size_t n;

	while (trace_reader_next(r, &ev, &n, &ignored) > 0) {
		for (size_t i = 0; i < n; i++) {
			if (trace_type_has_vp(ev[i].type) && ev[i].vp < meta->vps)
				take(&vp[ev[i].vp], &ev[i], away);
		}
	}
	free(vp);
	return away[CATCHES_UP] < away[STARTS_ANEW];
}
