/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VTICK_REPLAY_WATCH_FIDELITY_JSON_H
#define VTICK_REPLAY_WATCH_FIDELITY_JSON_H

#include "replay/engine/state.h"

/* After the end of the trace, of an engine with a witness: the object `fidelity` of RESULT.md. The
 * caller owns it. */
json_t *fidelity_json(const struct engine *e);

#endif
