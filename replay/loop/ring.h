/* SPDX-License-Identifier: GPL-2.0-only */
/* A list that grows at its end and is dropped from its begin, its entries numbered from 0 on. */
#ifndef VTICK_REPLAY_LOOP_RING_H
#define VTICK_REPLAY_LOOP_RING_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "traces/base/mem.h"

struct ring {
	char *at;
	uint64_t first, end; /* numbers of its first entry, and of the one behind its last */
	uint64_t mask;	     /* of its room, a power of two */
};

static __attribute__((noinline, unused)) void ring_grow(struct ring *r, size_t size)
{
	uint64_t room = r->at ? 2 * (r->mask + 1) : 4;
	char *at = vt_realloc(NULL, room * size);

	for (uint64_t i = r->first; i < r->end; i++)
		memcpy(at + (i & (room - 1)) * size, r->at + (i & r->mask) * size, size);
	free(r->at);
	r->at = at;
	r->mask = room - 1;
}

/* Room for one more of @size bytes, which is always the same; what stands there is anything. */
static inline void *ring_push(struct ring *r, size_t size)
{
	if (!r->at || r->end - r->first > r->mask)
		ring_grow(r, size);
	return r->at + (r->end++ & r->mask) * size;
}

/* The entry of that number; NULL: it is not there any more, or not yet. Until the next push. */
static inline void *ring_get(const struct ring *r, size_t size, uint64_t number)
{
	return number - r->first < r->end - r->first ? r->at + (number & r->mask) * size : NULL;
}

static inline void ring_drop(struct ring *r, uint64_t before)
{
	if (before > r->first)
		r->first = before < r->end ? before : r->end;
}

#endif
