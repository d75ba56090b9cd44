/* SPDX-License-Identifier: GPL-2.0-only */
/* A cell in the closed loop, from a trace's file. LOOP.md. */
#ifndef VTICK_REPLAY_LOOP_CELL_H
#define VTICK_REPLAY_LOOP_CELL_H

#include <jansson.h>

#include "replay/engine/engine.h"
#include "replay/engine/seeds.h"

/* The recorded design. */
struct loop_base {
	const struct vtick_policy *policy;
	const uint64_t *values;
	struct engine_options options; /* without costs */
	unsigned residuals;	       /* percent of them that cells keep: loop_residuals() */
};

/* What stays the same for all cells of a trace. */
struct loop_recording;

/* Reads all of @r, then seeks to its start. NULL with @err filled: the trace is broken. */
struct loop_recording *loop_recording_new(struct trace_reader *r, struct vt_error *err);
void loop_recording_free(struct loop_recording *l);
/* Which VPs of SEEDs sleep. */
const struct seeds *loop_recording_seeds(const struct loop_recording *l);

/* The slice of a run that nothing recorded limits, in ticks; 0: none. LOOP.md 6.6. */
uint64_t loop_quantum(const struct engine_options *options, const struct trace_meta *meta);

/*
 * Runs @cell, to which no event was given yet, to the end of the trace; engine_finish() is next.
 * Returns the object `loop` of RESULT.md, or NULL with @err filled. @done grows by the events that
 * were read.
 */
json_t *loop_cell(struct trace_reader *r, const struct loop_recording *rec,
		  const struct loop_base *base, struct engine *cell, uint64_t quantum,
		  volatile uint64_t *done, struct vt_error *err);

#endif
