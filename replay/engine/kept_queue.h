/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The queues of a policy that keeps them itself (the service keep_queue). The engine has an image
 * of each: lp_state.queue with the length and the first expiry that the policy reported last, and
 * no timers in it. RULES.md 19.
 */
#ifndef VTICK_REPLAY_ENGINE_KEPT_QUEUE_H
#define VTICK_REPLAY_ENGINE_KEPT_QUEUE_H

#include <stdint.h>

struct engine;
struct vtick_timer;

/* From now on the policy keeps the queues, which are empty. */
void kept_open(struct engine *e);

/* A timer of the hypervisor's own, a tick or a slice: the policy puts it into the queue of @lp. */
void kept_put(struct engine *e, struct vtick_timer *t, uint32_t lp, uint64_t expiry);
/* The policy takes @t, which is in its queue, off. */
void kept_del(struct engine *e, struct vtick_timer *t);

/* The policy looks at the queue of @lp, which is not dirty, and sets its match. */
void kept_run(struct engine *e, uint32_t lp);

#endif
