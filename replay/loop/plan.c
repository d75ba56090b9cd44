/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/loop/plan.h"

#include <stdbool.h>
#include <stdlib.h>

#include "traces/base/mem.h"

#define NOTHING ((struct plan_entry){ PLAN_NEVER, PLAN_NEVER, UINT32_MAX })

void plan_begin(struct plan *p, size_t ids)
{
	p->heap = vt_array(ids + 1, sizeof(*p->heap));
	p->place = vt_array(ids + 1, sizeof(*p->place));
	p->n = 0;
	p->first = NOTHING;
}

void plan_end(struct plan *p)
{
	free(p->heap);
	free(p->place);
}

/*
 * An entry that is new comes by its members, in registers: one that was just put together in memory
 * is slow to copy.
 */
static inline bool before(uint64_t time, uint64_t seq, uint64_t id, const struct plan_entry *b)
{
	if (time != b->time)
		return time < b->time;
	return seq != b->seq ? seq < b->seq : id < b->id;
}

static inline bool in_order(const struct plan_entry *a, const struct plan_entry *b)
{
	return before(a->time, a->seq, a->id, b);
}

static inline void set_at(struct plan *p, size_t i, const struct plan_entry *e)
{
	p->heap[i] = *e;
	p->place[e->id] = (uint32_t)i + 1;
}

/* It belongs into the hole at @i, or above or below it. */
static __attribute__((noinline)) void sift(struct plan *p, size_t i, uint64_t time, uint64_t seq,
					   uint64_t id)
{
	size_t hole = i;

	while (i && before(time, seq, id, &p->heap[(i - 1) / 2])) {
		set_at(p, i, &p->heap[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
	while (i == hole) {
		size_t c = 2 * i + 1;

		if (c >= p->n)
			break;
		if (c + 1 < p->n && in_order(&p->heap[c + 1], &p->heap[c]))
			c++;
		if (before(time, seq, id, &p->heap[c]))
			break;
		set_at(p, i, &p->heap[c]);
		hole = i = c;
	}
	p->heap[i] = (struct plan_entry){ time, seq, id };
	p->place[id] = (uint32_t)i + 1;
}

static void set_first(struct plan *p, uint64_t time, uint64_t seq, uint64_t id)
{
	p->first = (struct plan_entry){ time, seq, id };
	p->place[id] = 0;
}

/* The least of the heap is the first of all. */
static void least_is_first(struct plan *p)
{
	p->first = p->heap[0];
	p->place[p->first.id] = 0;
}

void plan_take_out(struct plan *p, uint32_t id)
{
	size_t i = p->place[id];

	if (!p->n) {
		p->first = NOTHING;
		return;
	}
	const struct plan_entry *last = &p->heap[p->n - 1];
	uint64_t time = last->time, seq = last->seq, last_id = last->id;

	if (i)
		p->place[id] = 0;
	else
		least_is_first(p);
	if (--p->n && last_id != id && last_id != p->first.id)
		sift(p, i ? i - 1 : 0, time, seq, last_id);
}

void plan_put(struct plan *p, uint32_t id, uint64_t time, uint64_t seq)
{
	size_t i = p->place[id];

	if (p->first.id == id) {
		if (!p->n || before(time, seq, id, &p->heap[0])) {
			set_first(p, time, seq, id);
		} else {
			least_is_first(p);
			sift(p, 0, time, seq, id);
		}
		return;
	}
	if (!before(time, seq, id, &p->first)) {
		sift(p, i ? i - 1 : p->n++, time, seq, id);
		return;
	}
	const uint64_t was = p->first.time, was_seq = p->first.seq, was_id = p->first.id;

	set_first(p, time, seq, id);
	if (was != PLAN_NEVER)
		sift(p, i ? i - 1 : p->n++, was, was_seq, was_id);
}
