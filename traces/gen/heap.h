/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A binary heap of items 0 .. n-1, each at most once in it, ordered by time and then by number.
 * It holds the next moment at which each LP, and each blocked VP, wants the generator's attention.
 */
#ifndef VTICK_TRACES_GEN_HEAP_H
#define VTICK_TRACES_GEN_HEAP_H

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

void heap_init(struct heap *h, uint32_t items);
void heap_free(struct heap *h);
/* Puts @item in, or moves it, to @time. */
void heap_set(struct heap *h, uint32_t item, uint64_t time);
void heap_remove(struct heap *h, uint32_t item);

#endif
