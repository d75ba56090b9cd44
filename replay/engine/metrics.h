/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VTICK_REPLAY_ENGINE_METRICS_H
#define VTICK_REPLAY_ENGINE_METRICS_H

#include "replay/engine/state.h"

/* The metrics of a cell that is at its end, whose counters it puts together: the keys of a CELL of
 * RESULT.md after `status`. The caller owns it. */
json_t *metrics_json(struct engine *e);

#endif
