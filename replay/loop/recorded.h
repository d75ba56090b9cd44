/* SPDX-License-Identifier: GPL-2.0-only */
/* What a recording tells of the design that was recorded. LOOP.md. */
#ifndef VTICK_REPLAY_LOOP_RECORDED_H
#define VTICK_REPLAY_LOOP_RECORDED_H

#include <stdbool.h>

#include "traces/trace.h"

/*
 * Whether its KVM caught up with each period that it missed, instead of starting a late period
 * anew: by which of the two its periodic timers expired nearer to when they were due. Reads all of
 * @r. False also of what cannot be told or read.
 */
bool recorded_catches_up(struct trace_reader *r);

#endif
