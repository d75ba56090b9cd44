/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/queue.h"

#include <stdlib.h>

#include "traces/meta.h"

#define ARITY 4u

void queue_free(struct queue *q)
{
	free(q->entry);
	*q = (struct queue){ 0 };
}

static bool before(const struct queue_entry *a, const struct queue_entry *b)
{
	return a->expiry != b->expiry ? a->expiry < b->expiry : a->seq < b->seq;
}

static void put(struct queue *q, uint32_t at, const struct queue_entry *e)
{
	q->entry[at] = *e;
	e->timer->position = at + 1;
}

/* Moves @e from the hole at @at towards the head to where it belongs. */
static uint32_t sift_up(struct queue *q, uint32_t at, const struct queue_entry *e)
{
	while (at) {
		uint32_t parent = (at - 1) / ARITY;

		if (!before(e, &q->entry[parent]))
			break;
		put(q, at, &q->entry[parent]);
		at = parent;
	}
	put(q, at, e);
	return at;
}

static void sift_down(struct queue *q, uint32_t at, const struct queue_entry *e)
{
	for (;;) {
		uint32_t child = at * ARITY + 1, last = child + ARITY, best = child;

		if (child >= q->len)
			break;
		if (last > q->len)
			last = q->len;
		while (++child < last) {
			if (before(&q->entry[child], &q->entry[best]))
				best = child;
		}
		if (!before(&q->entry[best], e))
			break;
		put(q, at, &q->entry[best]);
		at = best;
	}
	put(q, at, e);
}

bool queue_add(struct queue *q, struct vtick_timer *timer, uint64_t expiry, uint64_t seq)
{
	struct queue_entry e = { .expiry = expiry, .seq = seq, .timer = timer };

	if (q->len == q->room) {
		q->room = q->room ? q->room * 2 : 8;
		q->entry = trace_realloc(q->entry, q->room * sizeof(*q->entry));
	}
	timer->expiry = expiry;
	return sift_up(q, q->len++, &e) == 0;
}

bool queue_remove(struct queue *q, struct vtick_timer *timer)
{
	uint32_t at = timer->position - 1;
	struct queue_entry last = q->entry[--q->len];

	timer->position = 0;
	if (at < q->len) {
		if (at && before(&last, &q->entry[(at - 1) / ARITY]))
			sift_up(q, at, &last);
		else
			sift_down(q, at, &last);
	}
	return at == 0;
}

struct vtick_timer *queue_pop(struct queue *q, uint64_t *seq)
{
	struct vtick_timer *timer = q->entry[0].timer;

	if (seq)
		*seq = q->entry[0].seq;
	queue_remove(q, timer);
	return timer;
}
