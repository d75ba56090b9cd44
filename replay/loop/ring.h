/* SPDX-License-Identifier: GPL-2.0-only */
/* A list that grows at its end and is dropped from its begin, its entries numbered from 0 on. */
#ifndef VTICK_REPLAY_LOOP_RING_H
#define VTICK_REPLAY_LOOP_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "traces/base/mem.h"

#define RING_WHOLE UINT64_MAX

struct ring {
	char *at;
	uint64_t first, end; /* numbers of its first entry, and of the one behind its last */
	uint64_t cut;  /* of those from this number on only the last is kept; RING_WHOLE: all are */
	uint64_t mask; /* of its room, a power of two */
};

static __attribute__((noinline, unused)) void ring_grow(struct ring *r, size_t size, uint64_t end)
{
	uint64_t room = r->at ? 2 * (r->mask + 1) : 4;
	char *at = vt_realloc(NULL, room * size);

	for (uint64_t i = r->first; r->at && i < end; i++)
		memcpy(at + (i & (room - 1)) * size, r->at + (i & r->mask) * size, size);
	free(r->at);
	r->at = at;
	r->mask = room - 1;
}

static inline void *ring_slot(const struct ring *r, size_t size, uint64_t number)
{
	return r->at + (number & r->mask) * size;
}

/* Room for one more of @size bytes, which is always the same; what stands there is anything. */
static inline void *ring_push(struct ring *r, size_t size)
{
	uint64_t number = r->end++;

	if (number > r->cut)
		return ring_slot(r, size, r->cut);
	if (!r->at || number - r->first > r->mask)
		ring_grow(r, size, number);
	return ring_slot(r, size, number);
}

/* The entry of that number; NULL: it is not there any more, or not yet, or cut off. Until the next
 * push. */
static inline void *ring_get(const struct ring *r, size_t size, uint64_t number)
{
	return number - r->first < r->end - r->first && number < r->cut ? ring_slot(r, size, number)
									: NULL;
}

/* The last that was pushed, if it was not dropped. */
static inline void *ring_last(const struct ring *r, size_t size)
{
	uint64_t last = r->end - 1;

	return r->end > r->first ? ring_slot(r, size, last < r->cut ? last : r->cut) : NULL;
}

/* Is that the number of one that was cut off? */
static inline bool ring_lacks(const struct ring *r, uint64_t number)
{
	return number >= r->cut && number < r->end;
}

static inline void ring_drop(struct ring *r, uint64_t before)
{
	if (before > r->first)
		r->first = before < r->end ? before : r->end;
}

#endif
