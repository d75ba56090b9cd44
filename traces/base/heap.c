/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/base/heap.h"

#include <stdlib.h>

#include "traces/base/mem.h"

void heap_init(struct heap *h, uint32_t items)
{
	h->entry = vt_alloc(items * sizeof(*h->entry));
	h->place = vt_alloc(items * sizeof(*h->place));
	h->len = 0;
	for (uint32_t i = 0; i < items; i++)
		h->place[i] = HEAP_ABSENT;
}

void heap_free(struct heap *h)
{
	free(h->entry);
	free(h->place);
}

static bool before(struct heap_entry a, struct heap_entry b)
{
	return a.time < b.time || (a.time == b.time && a.item < b.item);
}

static void put(struct heap *h, uint32_t at, struct heap_entry e)
{
	h->entry[at] = e;
	h->place[e.item] = at;
}

/* Finds the place of @e, for which there is a hole at @at. */
static void settle(struct heap *h, uint32_t at, struct heap_entry e)
{
	while (at && before(e, h->entry[(at - 1) / 2])) {
		put(h, at, h->entry[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
	for (;;) {
		uint32_t child = 2 * at + 1;

		if (child >= h->len)
			break;
		if (child + 1 < h->len && before(h->entry[child + 1], h->entry[child]))
			child++;
		if (!before(h->entry[child], e))
			break;
		put(h, at, h->entry[child]);
		at = child;
	}
	put(h, at, e);
}

void heap_set(struct heap *h, uint32_t item, uint64_t time)
{
	uint32_t at = h->place[item];

	if (at == HEAP_ABSENT)
		at = h->len++;
	settle(h, at, (struct heap_entry){ time, item });
}

void heap_remove(struct heap *h, uint32_t item)
{
	uint32_t at = h->place[item];
	struct heap_entry last;

	if (at == HEAP_ABSENT)
		return;
	h->place[item] = HEAP_ABSENT;
	last = h->entry[--h->len];
	if (at < h->len)
		settle(h, at, last);
}
