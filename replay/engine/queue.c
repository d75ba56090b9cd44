/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/engine/queue.h"

#include <stdlib.h>

#include "traces/base/mem.h"

void queue_free(struct queue *q)
{
	free(q->entry);
	*q = (struct queue){ 0 };
}

void queue_grow(struct queue *q)
{
	q->room = q->room ? q->room * 2 : 8;
	q->entry = vt_realloc(q->entry, q->room * sizeof(*q->entry));
}

static void sift_down(struct queue *q, uint32_t at, const struct queue_entry *e)
{
	for (;;) {
		uint32_t child = at * QUEUE_ARITY + 1, last = child + QUEUE_ARITY, best = child;

		if (child >= q->len)
			break;
		if (last > q->len)
			last = q->len;
		while (++child < last) {
			if (queue_before(&q->entry[child], &q->entry[best]))
				best = child;
		}
		if (!queue_before(&q->entry[best], e))
			break;
		queue_put(q, at, &q->entry[best]);
		at = best;
	}
	queue_put(q, at, e);
}

void queue_fill(struct queue *q, uint32_t at)
{
	const struct queue_entry last = q->entry[q->len];

	if (at && queue_before(&last, &q->entry[(at - 1) / QUEUE_ARITY]))
		queue_sift_up(q, at, &last);
	else
		sift_down(q, at, &last);
}
