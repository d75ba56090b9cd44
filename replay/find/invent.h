/* SPDX-License-Identifier: GPL-2.0-only */
/* Traces that nobody recorded: small random ones, pieces of recorded ones, and what becomes of them
 * by small changes. All are legal, and the same for the same numbers. */
#ifndef VTICK_REPLAY_FIND_INVENT_H
#define VTICK_REPLAY_FIND_INVENT_H

#include "traces/gen/rng.h"
#include "traces/reduce/whole.h"

/* A few VPs on one LP or two: half up to two dozen events, a quarter up to about a hundred. */
void invent_trace(struct whole *t, struct rng *rng);

/* A few dozen events in a row of @from, which has some; their times begin at 0. */
void invent_piece(struct whole *t, const struct whole *from, struct rng *rng);

/* @from with a few changes: events more, fewer, elsewhere, or of other numbers. */
void invent_change(struct whole *t, const struct whole *from, struct rng *rng);

#endif
