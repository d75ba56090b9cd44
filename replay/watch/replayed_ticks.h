/* SPDX-License-Identifier: GPL-2.0-only */
/* The ticks of a replay (tick.h): the lines of --fates, joined with who ran where. */
#ifndef VTICK_REPLAY_WATCH_REPLAYED_TICKS_H
#define VTICK_REPLAY_WATCH_REPLAYED_TICKS_H

#include <stdio.h>

#include "replay/watch/tick.h"
#include "traces/trace.h"

struct replayed_ticks;

/*
 * @meta must outlive it, as must @fates, which stands at its start and holds what a replay of that
 * trace wrote (fates.h); @take gets each tick, with @context. A tick that was delivered expired
 * when its policy pended it.
 */
struct replayed_ticks *replayed_ticks_new(const struct trace_meta *meta, FILE *fates,
					  tick_taker *take, void *context);
/* The next event of the trace; ticks of before it come first. 0, or -1 if @fates are none. */
int replayed_ticks_event(struct replayed_ticks *r, const struct trace_event *ev,
			 struct vt_error *err);
/* After the last event: the ticks from then on. 0 or -1. */
int replayed_ticks_end(struct replayed_ticks *r, struct vt_error *err);
void replayed_ticks_free(struct replayed_ticks *r);

#endif
