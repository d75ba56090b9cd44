/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/record/sorter.h"

#include <stdlib.h>
#include <string.h>

#include "traces/base/mem.h"

/* 48 MiB; at the highest rates measured this is several times what the window holds. */
#define EVENTS_MAX ((size_t)1 << 20)
#define ROOM_FIRST 1024

struct sorter_queue {
	struct raw_event *ring; /* [room], a power of two */
	size_t first, n, room;
	uint32_t place; /* in the heap, unless it is empty */
};

static bool before(const struct raw_event *a, const struct raw_event *b)
{
	if (a->ts != b->ts)
		return a->ts < b->ts;
	if (a->cpu != b->cpu)
		return a->cpu < b->cpu;
	if (a->seq != b->seq)
		return (int32_t)(a->seq - b->seq) < 0;
	return a->type < b->type;
}

/* ---- a queue ---- */

static struct raw_event *at(const struct sorter_queue *q, size_t i)
{
	return &q->ring[(q->first + i) & (q->room - 1)];
}

static void grow(struct sorter_queue *q)
{
	size_t room = q->room ? q->room * 2 : ROOM_FIRST;
	struct raw_event *ring = vt_alloc(room * sizeof(*ring));

	for (size_t i = 0; i < q->n; i++)
		ring[i] = *at(q, i);
	free(q->ring);
	q->ring = ring;
	q->room = room;
	q->first = 0;
}

/* Whether it became the first one. */
static bool insert(struct sorter_queue *q, const struct raw_event *e)
{
	size_t i;

	if (q->n == q->room)
		grow(q);
	for (i = q->n++; i && before(e, at(q, i - 1)); i--)
		*at(q, i) = *at(q, i - 1);
	*at(q, i) = *e;
	return !i;
}

/* ---- the heap ---- */

static bool earlier(const struct sorter *s, uint32_t a, uint32_t b)
{
	return before(at(&s->queue[s->heap[a]], 0), at(&s->queue[s->heap[b]], 0));
}

static void swap(struct sorter *s, uint32_t a, uint32_t b)
{
	uint32_t queue = s->heap[a];

	s->heap[a] = s->heap[b];
	s->heap[b] = queue;
	s->queue[s->heap[a]].place = a;
	s->queue[s->heap[b]].place = b;
}

static void rise(struct sorter *s, uint32_t i)
{
	for (; i && earlier(s, i, (i - 1) / 2); i = (i - 1) / 2)
		swap(s, i, (i - 1) / 2);
}

static void sink(struct sorter *s, uint32_t i)
{
	for (uint32_t child; (child = 2 * i + 1) < s->held; i = child) {
		if (child + 1 < s->held && earlier(s, child + 1, child))
			child++;
		if (!earlier(s, child, i))
			return;
		swap(s, i, child);
	}
}

/* ---- both ---- */

static struct sorter_queue *queue_of(struct sorter *s, uint32_t cpu)
{
	if (cpu >= s->queues) {
		s->queue = vt_realloc(s->queue, (cpu + 1) * sizeof(*s->queue));
		memset(&s->queue[s->queues], 0, (cpu + 1 - s->queues) * sizeof(*s->queue));
		s->heap = vt_realloc(s->heap, (cpu + 1) * sizeof(*s->heap));
		s->queues = cpu + 1;
	}
	return &s->queue[cpu];
}

void sorter_add(struct sorter *s, const struct raw_event *e)
{
	struct sorter_queue *q = queue_of(s, e->cpu);

	s->n++;
	if (!q->n) {
		q->place = s->held;
		s->heap[s->held++] = e->cpu;
	}
	if (insert(q, e))
		rise(s, q->place);
}

bool sorter_take(struct sorter *s, uint64_t until, struct raw_event *e)
{
	struct sorter_queue *q = s->held ? &s->queue[s->heap[0]] : NULL;

	if (!q || (at(q, 0)->ts > until && s->n <= EVENTS_MAX))
		return false;
	*e = *at(q, 0);
	q->first = (q->first + 1) & (q->room - 1);
	q->n--;
	s->n--;
	if (!q->n)
		swap(s, 0, --s->held);
	sink(s, 0);
	if (e->ts < s->last) {
		s->late++;
		e->ts = s->last;
	}
	s->last = e->ts;
	return true;
}

void sorter_free(struct sorter *s)
{
	for (uint32_t i = 0; i < s->queues; i++)
		free(s->queue[i].ring);
	free(s->queue);
	free(s->heap);
	*s = (struct sorter){ 0 };
}
