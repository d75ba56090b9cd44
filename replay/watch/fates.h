/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What became of each tick, a line each, for `vtick replay --fates` and for whoever asks where two
 * policies part. Costs a look at a pointer where nobody asks.
 */
#ifndef VTICK_REPLAY_WATCH_FATES_H
#define VTICK_REPLAY_WATCH_FATES_H

#include "replay/engine/state.h"

enum fate { FATE_DELIVERED, FATE_COALESCED, FATE_MISSED, FATE_PENDING };

/* The heading of the lines. */
void fates_begin(FILE *to);
/*
 * @count deadlines of @v, the first of which was @due, were pended at @pended (UNKNOWN_TIME: never)
 * and delivered, merged into one that waited, missed, or waited still at the end, now.
 */
void fates_write(const struct engine *e, const struct vp_state *v, enum fate fate, int64_t due,
		 int64_t pended, uint64_t count);

static inline void fates_note(const struct engine *e, const struct vp_state *v, enum fate fate,
			      int64_t due, int64_t pended, uint64_t count)
{
	if (__builtin_expect(e->fates != NULL, 0) && count)
		fates_write(e, v, fate, due, pended, count);
}

#endif
