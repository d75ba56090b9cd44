/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How long an LP's list of timers is over time, and at most: RULES.md 3.18. It is counted without a
 * look at when the length changed last: a length that ends is given its end, one that begins is
 * taken its beginning. What of it wraps comes back.
 *
 * The guests' timers are those that are not the hypervisor's own, which change less often.
 */
#ifndef VTICK_REPLAY_ENGINE_LENGTHS_H
#define VTICK_REPLAY_ENGINE_LENGTHS_H

#include "replay/engine/state.h"

/* Of a list that is empty. */
void lengths_open(struct lp_state *l);
void lengths_free(struct lp_state *l);
/* The trace ends. */
void lengths_end(const struct engine *e, struct lp_state *l);

/* The queue of @l, which the policy keeps, is so long from now on. */
void lengths_set(const struct engine *e, struct lp_state *l, uint32_t len, uint32_t guest_len);

/* Time times length, summed up, of all timers and of the guests'. After lengths_end(). */
unsigned __int128 lengths_area(const struct lp_state *l);
unsigned __int128 lengths_guest_area(const struct lp_state *l);

/* Is the queue of @l longer than any before, or the guests' part of it? */
static inline bool lengths_is_new(const struct lp_state *l)
{
	return l->queue.len > l->counts.len_max || l->queue.len > l->guests_longest;
}

/* Then it is what others are held against. */
void lengths_longest(struct lp_state *l);

static inline void lengths_change(const struct engine *e, struct lp_state *l, uint32_t from,
				  uint32_t to)
{
	uint64_t now = e->host.now;

	l->by_len[from] += now;
	l->by_len[to] -= now;
}

/* The queue of @l is longer by one, and by no new length. */
static inline void lengths_longer(const struct engine *e, struct lp_state *l)
{
	lengths_change(e, l, l->queue.len - 1, l->queue.len);
}

/* The queue of @l is shorter by one. */
static inline void lengths_shorter(const struct engine *e, struct lp_state *l)
{
	lengths_change(e, l, l->queue.len + 1, l->queue.len);
}

/* And would it be with one more? */
static inline bool lengths_at_longest(const struct lp_state *l)
{
	return l->queue.len >= l->counts.len_max || l->queue.len >= l->guests_longest;
}

/* So many more of the hypervisor's own are in the queue of @l (-1: one less). */
static inline void lengths_own(const struct engine *e, struct lp_state *l, int32_t more)
{
	l->own_area -= (unsigned __int128)((__int128)e->host.now * more);
	l->own_len += (uint32_t)more;
	l->guests_longest += (uint32_t)more;
}

#endif
