/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A binary heap of items 0 .. n-1, each at most once in it, ordered by time and then by number:
 * entry[0] is the next one. (The engine's queue of timers is another thing: what it holds and how
 * it is ordered is part of what is measured.)
 */
#ifndef VTICK_TRACES_BASE_HEAP_H
#define VTICK_TRACES_BASE_HEAP_H

#include <stdbool.h>
#include <stdint.h>

struct heap_entry {
	uint64_t time;
	uint32_t item;
};

struct heap {
	struct heap_entry *entry;
	uint32_t *place; /* [item]: index into entry, or HEAP_ABSENT */
	uint32_t len;
};

#define HEAP_ABSENT UINT32_MAX

/* An empty one with room for @items. */
void heap_init(struct heap *h, uint32_t items);
void heap_free(struct heap *h);
/* Puts @item in, or moves it, to @time. */
void heap_set(struct heap *h, uint32_t item, uint64_t time);
/* Takes it out, if it is in. */
void heap_remove(struct heap *h, uint32_t item);

static inline bool heap_has(const struct heap *h, uint32_t item)
{
	return h->place[item] != HEAP_ABSENT;
}

#endif
