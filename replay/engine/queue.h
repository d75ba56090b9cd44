/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A queue of timers in order of expiry, first in first out among equals. A short one, as most are,
 * is a sorted array that begins anywhere in its room, so that both ends are quick: who fires is the
 * first, who is armed mostly the first or the last. A longer one is a 4-ary heap with the keys in
 * the array, as Xen's timer heap but wider (fewer cache lines per level). A sorted array is a heap.
 * What mostly happens is inline.
 */
#ifndef VTICK_REPLAY_ENGINE_QUEUE_H
#define VTICK_REPLAY_ENGINE_QUEUE_H

#include <stdbool.h>

#include "replay/policy.h"

#define QUEUE_ARITY 4u
/* Up to here it is a sorted array. */
#define QUEUE_SORTED 32u

struct queue_entry {
	uint64_t expiry;
	uint64_t seq; /* orders equals */
	struct vtick_timer *timer;
};

struct queue {
	struct queue_entry *entry; /* [len + 1]: entry[0] is the head, the last has VTICK_NEVER */
	uint32_t len, room;
	uint32_t first; /* where in the room the head is; of a heap 0 */
	bool heap;
};

/* An empty queue, which has no memory before there is something in it. */
void queue_init(struct queue *q);
void queue_free(struct queue *q);

static inline uint64_t queue_head_expiry(const struct queue *q)
{
	return q->entry[0].expiry;
}

/* The entry of @timer, which says where it is; NULL: it is not there. */
static inline const struct queue_entry *queue_find(const struct queue *q,
						   const struct vtick_timer *timer)
{
	uint32_t at = timer->position - 1 - q->first;

	return at < q->len && q->entry[at].timer == timer ? &q->entry[at] : NULL;
}

/* ---- what the functions behind it are made of ---- */

/* Room for entries, of a queue that has none. */
void queue_make_room(struct queue *q);
/* Adds @timer anywhere. True if it is the head now. */
bool queue_insert(struct queue *q, struct vtick_timer *timer, uint64_t expiry, uint64_t seq);
/* Takes out what is at @at. */
void queue_take(struct queue *q, uint32_t at);

static inline bool queue_before(const struct queue_entry *a, const struct queue_entry *b)
{
	return a->expiry != b->expiry ? a->expiry < b->expiry : a->seq < b->seq;
}

static inline void queue_put(struct queue *q, uint32_t at, const struct queue_entry *e)
{
	q->entry[at] = *e;
	e->timer->position = q->first + at + 1;
}

/* ---- */

/* Would a timer that is added for @expiry become the head at no cost? */
static inline bool queue_is_ahead(const struct queue *q, uint64_t expiry)
{
	return q->first && expiry < queue_head_expiry(q);
}

/* Adds @timer then. */
static inline void queue_add_ahead(struct queue *q, struct vtick_timer *timer, uint64_t expiry,
				   uint64_t seq)
{
	const struct queue_entry e = { .expiry = expiry, .seq = seq, .timer = timer };

	timer->expiry = expiry;
	q->entry--;
	q->first--;
	q->len++;
	queue_put(q, 0, &e);
}

/* Adds @timer, which is in no queue; @seq grows from add to add. True if it is the head now. */
static inline bool queue_add(struct queue *q, struct vtick_timer *timer, uint64_t expiry,
			     uint64_t seq)
{
	if (queue_is_ahead(q, expiry)) {
		queue_add_ahead(q, timer, expiry, seq);
		return true;
	}
	return queue_insert(q, timer, expiry, seq);
}

/* Takes @timer, the head, out of @q. */
static inline void queue_shift(struct queue *q, struct vtick_timer *timer)
{
	timer->position = 0;
	if (q->heap) {
		queue_take(q, 0);
		return;
	}
	q->entry++;
	q->first++;
	q->len--;
}

/* Takes @timer, which is in @q, out of it. True if it was the head. */
static inline bool queue_remove(struct queue *q, struct vtick_timer *timer)
{
	uint32_t at = timer->position - 1 - q->first;

	if (!at) {
		queue_shift(q, timer);
		return true;
	}
	timer->position = 0;
	queue_take(q, at);
	return false;
}

#endif
