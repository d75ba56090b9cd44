/* SPDX-License-Identifier: GPL-2.0-only */
/* All ticks of a trace (tick.h), one after the other: a whole pass over it. */
#ifndef VTICK_REPLAY_WATCH_TICK_FEED_H
#define VTICK_REPLAY_WATCH_TICK_FEED_H

#include <stdio.h>

#include "replay/watch/recorded_ticks.h"

/* Both read @r from its start to its end. 0 or -1. */

/* Those of the recording; @extra gets what serves none of them. */
int tick_feed_recorded(struct trace_reader *r, const struct recorded_facts *facts, tick_taker *take,
		       void *context, struct recorded_extra *extra, struct vt_error *err);
/* Those of a replay, whose @fates are read from their start, too. */
int tick_feed_replayed(struct trace_reader *r, FILE *fates, tick_taker *take, void *context,
		       struct vt_error *err);

#endif
