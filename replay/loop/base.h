/* SPDX-License-Identifier: GPL-2.0-only */
/* The base, the recorded design as it replays its recording, and a tape of both: LOOP.md 2 to 4. */
#ifndef VTICK_REPLAY_LOOP_BASE_H
#define VTICK_REPLAY_LOOP_BASE_H

#include "replay/engine/engine.h"
#include "replay/loop/tape.h"

struct base {
	struct engine *engine;
	struct tape *tape;
	struct engine_ear ear;
	struct engine_clock clock;
};

/* @e has got no event yet. Both stay the caller's, outlive @b and what they do is noted. */
void base_begin(struct base *b, struct engine *e, struct tape *t);
/* The next events of the recording. */
void base_events(struct base *b, const struct trace_event *ev, size_t n);
/* No more events come, up to @end. */
void base_end(struct base *b, uint64_t end);

#endif
