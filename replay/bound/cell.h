/* SPDX-License-Identifier: GPL-2.0-only */
/* The bound beside a cell, as `replay --bound` has it. */
#ifndef VTICK_REPLAY_BOUND_CELL_H
#define VTICK_REPLAY_BOUND_CELL_H

#include <jansson.h>

#include "replay/bound/bound.h"

struct bound_cell {
	struct bound *guest, *with_hv;
};

/* Of a cell with @options, whose slop is the slack. The cell owns what is made; bound_cell_free().
 * @meta and @seeds must outlive it. */
void bound_cell_open(struct bound_cell *c, const struct trace_meta *meta, const struct seeds *seeds,
		     const struct engine_options *options, enum bound_rides rides);
void bound_cell_events(struct bound_cell *c, const struct trace_event *ev, size_t n);
void bound_cell_end(struct bound_cell *c);
void bound_cell_free(struct bound_cell *c);

/* Do cells with these options have the same bound? */
bool bound_cell_same(const struct engine_options *a, const struct engine_options *b);

/* `bound` of RESULT.md for a cell that took @interrupts; after bound_cell_end(). The caller owns
 * it. */
json_t *bound_cell_json(const struct bound_cell *c, uint64_t interrupts);

#endif
