/* SPDX-License-Identifier: GPL-2.0-only */
#include "sorter.h"

#include <stdlib.h>

#include "traces/meta.h"

/* 48 MiB; at the highest rates measured this is several times what the window holds. */
#define EVENTS_MAX (1u << 20)

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

void sorter_add(struct sorter *s, const struct raw_event *e)
{
	size_t i = s->n++;

	if (s->n > s->room) {
		s->room = s->room ? s->room * 2 : 4096;
		s->heap = trace_realloc(s->heap, s->room * sizeof(*s->heap));
	}
	while (i && before(e, &s->heap[(i - 1) / 2])) {
		s->heap[i] = s->heap[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	s->heap[i] = *e;
}

bool sorter_take(struct sorter *s, uint64_t until, struct raw_event *e)
{
	struct raw_event moved;
	size_t i = 0, child;

	if (!s->n || (s->heap[0].ts > until && s->n <= EVENTS_MAX))
		return false;
	*e = s->heap[0];
	moved = s->heap[--s->n];
	while ((child = 2 * i + 1) < s->n) {
		if (child + 1 < s->n && before(&s->heap[child + 1], &s->heap[child]))
			child++;
		if (!before(&s->heap[child], &moved))
			break;
		s->heap[i] = s->heap[child];
		i = child;
	}
	if (s->n)
		s->heap[i] = moved;
	if (e->ts < s->last) {
		s->late++;
		e->ts = s->last;
	}
	s->last = e->ts;
	return true;
}

void sorter_free(struct sorter *s)
{
	free(s->heap);
	*s = (struct sorter){ 0 };
}
