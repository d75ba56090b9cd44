/* SPDX-License-Identifier: GPL-2.0-only */
/* Who ran on each LP, as far back as a few thousand stretches, and when its machine was away. */
#ifndef VTICK_REPLAY_WATCH_LP_PAST_H
#define VTICK_REPLAY_WATCH_LP_PAST_H

#include "replay/watch/tick.h"
#include "traces/trace.h"

/* Stretches of an LP that are kept at least; of what is older is not known who ran. */
#define LP_PAST_KEPT 4096u

struct lp_past;

struct lp_past *lp_past_new(const struct trace_meta *meta);
void lp_past_free(struct lp_past *p);

/* The next event of the trace, which is legal. */
void lp_past_event(struct lp_past *p, const struct trace_event *ev);

/* Where @vp runs or ran last; TICK_NO_LP. */
uint32_t lp_past_lp(const struct lp_past *p, uint32_t vp);
/* When it began to run there; TICK_NEVER: it never ran. */
int64_t lp_past_in(const struct lp_past *p, uint32_t vp);

/* Who ran on @lp from @from to @to, which is not later than the last event: *@ran, the longest
 * first, valid until the next call. Returns how many. */
size_t lp_past_ran(struct lp_past *p, uint32_t lp, uint64_t from, uint64_t to,
		   const struct tick_ran **ran);

/* For how many of the ticks from @from to @to the machine under @lp was away. */
uint64_t lp_past_away(const struct lp_past *p, uint32_t lp, uint64_t from, uint64_t to);

/* Fills in lp, starts, away and ran of a tick that was delivered at t->at, the last event's time or
 * later: due and expired are known. */
void lp_past_fill(struct lp_past *p, struct tick *t);

#endif
