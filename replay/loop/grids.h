/* SPDX-License-Identifier: GPL-2.0-only */
/* Which VPs of a recording keep their deadlines on a grid: LOOP.md 5.2, 5.3. */
#ifndef VTICK_REPLAY_LOOP_GRIDS_H
#define VTICK_REPLAY_LOOP_GRIDS_H

#include <stddef.h>
#include <stdint.h>

#include "traces/trace.h"

/* Of a VP that is on no grid, and of one whose grid is told by its steps alone. */
#define GRID_NONE 0
#define GRID_BY_STEPS UINT64_MAX

struct grids;

struct grids *grids_new(const struct trace_meta *meta);
void grids_free(struct grids *g);
/* The next events of the recording. */
void grids_look(struct grids *g, const struct trace_event *ev, size_t n);
/* After the last: the units of the grids of the VPs, in ticks, [vps]. The caller frees. */
uint64_t *grids_units(const struct grids *g);

#endif
