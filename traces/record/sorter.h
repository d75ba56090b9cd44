/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Puts events that come nearly in order into the order of (ts, cpu, seq), in bounded memory: an
 * event is released once everything older can be expected to be there. Most events belong behind
 * all that came before, the others a few places ahead: so a queue that is kept sorted from its end.
 */
#ifndef VTICK_TRACES_RECORD_SORTER_H
#define VTICK_TRACES_RECORD_SORTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "traces/record/raw.h"

struct sorter {
	struct raw_event *ring; /* [room], a power of two */
	size_t first, n, room;
	uint64_t last; /* ts of the last event released */
	uint64_t late; /* events that came after a younger one was released; their ts is raised */
};

void sorter_add(struct sorter *s, const struct raw_event *e);
/* The oldest event if it is at or before @until, or if there are too many. */
bool sorter_take(struct sorter *s, uint64_t until, struct raw_event *e);
void sorter_free(struct sorter *s);

#endif
