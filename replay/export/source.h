/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A trace from start to end, event by event, with the ticks that were recorded or that a policy
 * made of it, in the order in which they came about.
 */
#ifndef VTICK_REPLAY_EXPORT_SOURCE_H
#define VTICK_REPLAY_EXPORT_SOURCE_H

#include <stdio.h>

#include "replay/watch/doings.h"
#include "replay/watch/tick.h"

/* Who takes them, each with @context. Only `tick` must be there. */
struct source_taker {
	void *context;
	tick_taker *tick;
	void (*event)(void *context, const struct trace_event *ev);
	void (*doing)(void *context, const struct doing *d);
	/* Asked now and then: false if nothing more is wanted, as there is no room for it. */
	bool (*goes_on)(void *context);
};

/*
 * Reads @r from its start. Ticks and doings are those of the replay whose lines @fates has from its
 * start on (a FILE over a descriptor; nobody has read of it), or of the recording if it is NULL. 0
 * or -1: an event is not legal, the file is broken, the lines are none.
 */
int source_read(struct trace_reader *r, FILE *fates, const struct source_taker *to,
		struct vt_error *err);

#endif
