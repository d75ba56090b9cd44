/* SPDX-License-Identifier: GPL-2.0-only */
/* What a policy tells of queues that it keeps itself (kept_queue.h). */
#ifndef VTICK_REPLAY_ENGINE_KEPT_TOLD_H
#define VTICK_REPLAY_ENGINE_KEPT_TOLD_H

#include "replay/engine/state.h"

/* A queue of more timers is not believed. */
#define KEPT_QUEUE_LIMIT (UINT32_C(1) << 20)

/* How the queue of @lp is; its numbers are believed. */
void kept_report(struct engine *e, uint32_t lp, const struct vtick_queue *q);
/* A timer of that kind (enum vtick_queued) and number runs. Returns when the tick of that LP comes
 * next, or VTICK_NEVER. */
uint64_t kept_fire(struct engine *e, uint32_t kind, uint32_t number);
/* Is the hypervisor's timer of that kind and number in the policy's queue? */
bool kept_has(const struct engine *e, uint32_t kind, uint32_t number);

#endif
