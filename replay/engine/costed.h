/* SPDX-License-Identifier: GPL-2.0-only */
/* Interrupts that take time: what machine.c does in one moment, step by step. RULES.md section 17.
 */
#ifndef VTICK_REPLAY_ENGINE_COSTED_H
#define VTICK_REPLAY_ENGINE_COSTED_H

#include "replay/engine/cost_profile.h"
#include "replay/engine/state.h"

/* With costs: the hypervisor works on @lp for @cost more, once it is free. */
void costed_work(struct engine *e, uint32_t lp, enum cost cost);

/* The policy itself said that the hypervisor works there for @ticks (below 2^60) more. */
void costed_spend(struct engine *e, uint32_t lp, uint64_t ticks);

static inline void costed_charge(struct engine *e, uint32_t lp, enum cost cost)
{
	if (e->costs)
		costed_work(e, lp, cost);
}

/* The next step of @lp's interrupt, at e->host.now: it is raised, begins, runs one more timer,
 * ends. */
void costed_step(struct engine *e, uint32_t lp);

/* The guest that runs on @lp does something: an interrupt that was raised has begun before that. */
void costed_sign_of_life(struct engine *e, uint32_t lp, bool was_due);

/* The match is written: it counts once the interrupt that the LP is in, if any, is over. */
void costed_match(struct engine *e, uint32_t lp, uint64_t time);

/* The trace ends while the LP may be in an interrupt. */
void costed_end(struct engine *e, uint32_t lp);

#endif
