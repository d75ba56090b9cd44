/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What became of each tick: a line each, for `vtick replay --fates` and for whoever asks where two
 * policies part, or a call. Costs a look at a pointer where nobody asks.
 */
#ifndef VTICK_REPLAY_WATCH_FATES_H
#define VTICK_REPLAY_WATCH_FATES_H

#include "replay/engine/state.h"

/*
 * @count deadlines of @v, the first of which was @due, were pended at @pended (UNKNOWN_TIME: never)
 * and delivered, merged into one that waited, missed, or waited still at the end, now.
 */
typedef void fate_taker(struct engine *e, const struct vp_state *v, enum fate fate, int64_t due,
			int64_t pended, uint64_t count);

/* @take is called with what becomes of each tick from now on; it finds @context in on_fate_for. */
void fates_to(struct engine *e, fate_taker *take, void *context);

/* Writes it to @to, which the caller closes, a heading first. */
void fates_write_to(struct engine *e, FILE *to);

static inline void fates_note(struct engine *e, const struct vp_state *v, enum fate fate,
			      int64_t due, int64_t pended, uint64_t count)
{
	if (__builtin_expect(e->on_fate != NULL, 0) && count)
		e->on_fate(e, v, fate, due, pended, count);
}

#endif
