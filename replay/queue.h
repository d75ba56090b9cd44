/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A queue of timers in order of expiry, first in first out among equals: a 4-ary heap with the keys in the
 * array, as Xen's timer heap but wider (fewer cache lines per level).
 */
#ifndef VTICK_REPLAY_QUEUE_H
#define VTICK_REPLAY_QUEUE_H

#include <stdbool.h>

#include "replay/policy.h"

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

/* Adds @timer, which is in no queue; @seq grows from add to add. True if it is the head now. */
bool queue_add(struct queue *q, struct vtick_timer *timer, uint64_t expiry, uint64_t seq);

/* Takes @timer, which is in @q, out of it. True if it was the head. */
bool queue_remove(struct queue *q, struct vtick_timer *timer);

/* Takes the head of a queue that is not empty; *seq (may be NULL) is what it was added with. */
struct vtick_timer *queue_pop(struct queue *q, uint64_t *seq);

#endif
