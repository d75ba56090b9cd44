/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/record/sorter.h"

#include <stdlib.h>

#include "traces/base/mem.h"

/* 48 MiB; at the highest rates measured this is several times what the window holds. */
#define EVENTS_MAX ((size_t)1 << 20)
#define ROOM_FIRST 4096

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

static struct raw_event *at(const struct sorter *s, size_t i)
{
	return &s->ring[(s->first + i) & (s->room - 1)];
}

static void grow(struct sorter *s)
{
	size_t room = s->room ? s->room * 2 : ROOM_FIRST;
	struct raw_event *ring = vt_alloc(room * sizeof(*ring));

	for (size_t i = 0; i < s->n; i++)
		ring[i] = *at(s, i);
	free(s->ring);
	s->ring = ring;
	s->room = room;
	s->first = 0;
}

void sorter_add(struct sorter *s, const struct raw_event *e)
{
	size_t i;

	if (s->n == s->room)
		grow(s);
	for (i = s->n++; i && before(e, at(s, i - 1)); i--)
		*at(s, i) = *at(s, i - 1);
	*at(s, i) = *e;
}

bool sorter_take(struct sorter *s, uint64_t until, struct raw_event *e)
{
	if (!s->n || (at(s, 0)->ts > until && s->n <= EVENTS_MAX))
		return false;
	*e = *at(s, 0);
	s->first = (s->first + 1) & (s->room - 1);
	s->n--;
	if (e->ts < s->last) {
		s->late++;
		e->ts = s->last;
	}
	s->last = e->ts;
	return true;
}

void sorter_free(struct sorter *s)
{
	free(s->ring);
	*s = (struct sorter){ 0 };
}
