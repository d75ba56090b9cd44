/* SPDX-License-Identifier: GPL-2.0-only */
/* What VPs of the loop do while they run: their acts and the IPIs that they send. LOOP.md 6.2. */
#ifndef VTICK_REPLAY_LOOP_ACTS_H
#define VTICK_REPLAY_LOOP_ACTS_H

#include "replay/loop/state.h"

/* @vp, which runs, comes to @item, its next item, an act: the cell is given it, an ARM with its
 * deadline by LOOP.md 5.4. @item is not valid any more then. */
void loop_act(struct loop *l, uint32_t vp, const struct tape_item *item);

/* The IPI @ev, which the cell has got, comes to the VP that it is for, and may end its stop.
 * LOOP.md 6.3. */
void loop_ipi(struct loop *l, const struct trace_event *ev);

#endif
