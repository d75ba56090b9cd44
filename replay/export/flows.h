/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which events belong to one tick on its way, so that arrows can be drawn: from the expiry of the
 * hypervisor's timer to the WAKE and the SCHED_IN of its VP, as far as they come, to the injection.
 */
#ifndef VTICK_REPLAY_EXPORT_FLOWS_H
#define VTICK_REPLAY_EXPORT_FLOWS_H

#include "replay/watch/doings.h"
#include "replay/watch/tick.h"
#include "traces/trace.h"

struct flow {
	uint64_t id;	/* 0: no tick of the VP is on its way */
	int64_t pended; /* in a replay: which tick it is */
	bool ran;	/* it came to its SCHED_IN, which is told once */
	bool next;	/* the next event belongs to it */
};

struct flows {
	struct flow *vp;
	uint64_t *number; /* of those that there were in the file; an id is one of them */
};

void flows_open(struct flows *f, uint32_t vps, uint64_t *number);
void flows_close(struct flows *f);

/* Of a recording: the flow that @ev, which has a VP, belongs to, or 0. */
uint64_t flows_recorded(struct flows *f, const struct trace_event *ev);

/*
 * Of a replay: flows_waits() of a tick that waits for the VP of the next event, then
 * flows_replayed() of that event, and flows_delivered() of each tick that is. *@begins: the tick
 * was not heard of before.
 */
uint64_t flows_waits(struct flows *f, const struct doing *d, bool *begins);
uint64_t flows_replayed(struct flows *f, const struct trace_event *ev);
uint64_t flows_delivered(struct flows *f, const struct tick *t, bool *begins);

#endif
