/* SPDX-License-Identifier: GPL-2.0-only */
/* The sentences of a header's "notes" and "unseen". */
#ifndef VTICK_TRACES_IMPORT_NOTES_H
#define VTICK_TRACES_IMPORT_NOTES_H

#include <jansson.h>
#include <stdint.h>

#include "traces/trace.h"

/* Adds "WHAT: N" unless @n is 0. */
void notes_count(json_t *list, uint64_t n, const char *what);

/* A SEED of the trace; times in its ticks. @by: what told it, "expiries". */
struct notes_seed {
	uint32_t vp;
	unsigned dev;
	uint64_t deadline, period;
	uint64_t slip_ns; /* how far its ticks may be from the recorded ones at last; 0: not told */
	const char *by;
};

/* Adds an entry of the header's "seeds". @meta has its VPs. */
void notes_add_seed(json_t *seeds, const struct trace_meta *meta, const struct notes_seed *s);
/* Adds the sentence that names them, unless there are none. */
void notes_seeds(json_t *list, const json_t *seeds);

#endif
