/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/engine/queue.h"

#include <stdlib.h>
#include <string.h>

#include "traces/base/mem.h"

/* Of all queues without memory; nobody writes to it. */
static struct queue_entry nothing = { .expiry = VTICK_NEVER };

void queue_init(struct queue *q)
{
	*q = (struct queue){ .entry = &nothing };
}

void queue_free(struct queue *q)
{
	if (q->room)
		free(q->entry - q->first);
	queue_init(q);
}

void queue_make_room(struct queue *q)
{
	q->room = 4 * QUEUE_SORTED;
	q->first = q->room / 2;
	q->entry = (struct queue_entry *)vt_alloc(q->room * sizeof(*q->entry)) + q->first;
	q->entry[0].expiry = VTICK_NEVER;
}

/* The entries begin at @first of the room from now on. */
static void move(struct queue *q, uint32_t first)
{
	struct queue_entry *room = q->entry - q->first;

	memmove(room + first, q->entry, (q->len + 1) * sizeof(*q->entry));
	q->entry = room + first;
	q->first = first;
	for (uint32_t i = 0; i < q->len; i++)
		q->entry[i].timer->position = first + i + 1;
}

/* Room for one more; the end moves on. */
static void make_room(struct queue *q)
{
	if (!q->room) {
		queue_make_room(q);
	} else if (q->first + q->len + 1 == q->room && !q->heap) {
		move(q, (q->room - q->len) / 2);
	} else if (q->len + 1 == q->room) {
		q->room *= 2;
		q->entry = vt_realloc(q->entry, q->room * sizeof(*q->entry));
	}
	q->entry[q->len + 1].expiry = VTICK_NEVER;
}

/* ---- the sorted array ---- */

static bool insert_sorted(struct queue *q, const struct queue_entry *e)
{
	uint32_t at = q->len++;

	while (at && queue_before(e, &q->entry[at - 1])) {
		queue_put(q, at, &q->entry[at - 1]);
		at--;
	}
	queue_put(q, at, e);
	return at == 0;
}

static void take_sorted(struct queue *q, uint32_t at)
{
	q->len--;
	for (; at < q->len; at++)
		queue_put(q, at, &q->entry[at + 1]);
	q->entry[at].expiry = VTICK_NEVER;
}

/* ---- the heap ---- */

/* Moves @e from the hole at @at towards the head to where it belongs. */
static uint32_t sift_up(struct queue *q, uint32_t at, const struct queue_entry *e)
{
	while (at) {
		uint32_t parent = (at - 1) / QUEUE_ARITY;

		if (!queue_before(e, &q->entry[parent]))
			break;
		queue_put(q, at, &q->entry[parent]);
		at = parent;
	}
	queue_put(q, at, e);
	return at;
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

/* The last goes to the hole at @at, and on to where it belongs. */
static void take_from_heap(struct queue *q, uint32_t at)
{
	const struct queue_entry last = q->entry[--q->len];

	q->entry[q->len].expiry = VTICK_NEVER;
	if (at == q->len)
		return;
	if (at && queue_before(&last, &q->entry[(at - 1) / QUEUE_ARITY]))
		sift_up(q, at, &last);
	else
		sift_down(q, at, &last);
}

/* ---- from one to the other, which is not worth it for a single entry ---- */

static void become_heap(struct queue *q)
{
	move(q, 0);
	q->heap = true;
}

static void become_sorted(struct queue *q)
{
	uint32_t len = q->len;

	q->heap = false;
	q->len = 0;
	while (q->len < len) {
		const struct queue_entry e = q->entry[q->len];

		insert_sorted(q, &e);
	}
	move(q, (q->room - len) / 2);
}

/* ---- */

/* What does not fit behind the last, or into a heap. */
static __attribute__((noinline)) bool insert_elsewhere(struct queue *q, struct vtick_timer *timer,
						       uint64_t expiry, uint64_t seq)
{
	const struct queue_entry e = { .expiry = expiry, .seq = seq, .timer = timer };

	if (q->len == QUEUE_SORTED && !q->heap)
		become_heap(q);
	make_room(q);
	return q->heap ? sift_up(q, q->len++, &e) == 0 : insert_sorted(q, &e);
}

bool queue_insert(struct queue *q, struct vtick_timer *timer, uint64_t expiry, uint64_t seq)
{
	uint32_t position = q->first + q->len + 1;
	struct queue_entry *hole = q->entry + q->len;

	timer->expiry = expiry;
	if (q->heap || q->len == QUEUE_SORTED || position >= q->room)
		return insert_elsewhere(q, timer, expiry, seq);
	q->len++;
	hole[1].expiry = VTICK_NEVER;
	/* It comes behind equals. */
	for (; hole != q->entry && expiry < hole[-1].expiry; hole--) {
		*hole = hole[-1];
		hole->timer->position = position--;
	}
	*hole = (struct queue_entry){ .expiry = expiry, .seq = seq, .timer = timer };
	timer->position = position;
	return hole == q->entry;
}

void queue_take(struct queue *q, uint32_t at)
{
	if (!q->heap) {
		take_sorted(q, at);
		return;
	}
	take_from_heap(q, at);
	if (q->len == QUEUE_SORTED / 2)
		become_sorted(q);
}
