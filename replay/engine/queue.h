/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A queue of timers in order of expiry, first in first out among equals: a 4-ary heap with the keys
 * in the array, as Xen's timer heap but wider (fewer cache lines per level). What mostly happens is
 * inline.
 */
#ifndef VTICK_REPLAY_ENGINE_QUEUE_H
#define VTICK_REPLAY_ENGINE_QUEUE_H

#include <stdbool.h>

#include "replay/policy.h"

#define QUEUE_ARITY 4u

struct queue_entry {
	uint64_t expiry;
	uint64_t seq; /* orders equals */
	struct vtick_timer *timer;
};

struct queue {
	struct queue_entry *entry; /* [room], entry[0] is the head */
	uint32_t len, room;
};

void queue_free(struct queue *q);

static inline uint64_t queue_head_expiry(const struct queue *q)
{
	return q->len ? q->entry[0].expiry : VTICK_NEVER;
}

/* ---- what the functions behind it are made of ---- */

/* Makes room for more entries. */
void queue_grow(struct queue *q);
/* Moves the entry behind the last to the hole at @at, and on to where it belongs. */
void queue_fill(struct queue *q, uint32_t at);

static inline bool queue_before(const struct queue_entry *a, const struct queue_entry *b)
{
	return a->expiry != b->expiry ? a->expiry < b->expiry : a->seq < b->seq;
}

static inline void queue_put(struct queue *q, uint32_t at, const struct queue_entry *e)
{
	q->entry[at] = *e;
	e->timer->position = at + 1;
}

/* Moves @e from the hole at @at towards the head to where it belongs. */
static inline uint32_t queue_sift_up(struct queue *q, uint32_t at, const struct queue_entry *e)
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

/* ---- */

/* Adds @timer, which is in no queue; @seq grows from add to add. True if it is the head now. */
static inline bool queue_add(struct queue *q, struct vtick_timer *timer, uint64_t expiry,
			     uint64_t seq)
{
	const struct queue_entry e = { .expiry = expiry, .seq = seq, .timer = timer };

	if (q->len == q->room)
		queue_grow(q);
	timer->expiry = expiry;
	return queue_sift_up(q, q->len++, &e) == 0;
}

/* Takes @timer, which is in @q, out of it. True if it was the head. */
static inline bool queue_remove(struct queue *q, struct vtick_timer *timer)
{
	uint32_t at = timer->position - 1;

	timer->position = 0;
	if (at != --q->len)
		queue_fill(q, at);
	return at == 0;
}

/* Takes @timer, the head, out of @q. */
static inline void queue_shift(struct queue *q, struct vtick_timer *timer)
{
	timer->position = 0;
	if (--q->len)
		queue_fill(q, 0);
}

#endif
