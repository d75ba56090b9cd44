/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/loop/plan.h"

#include <stdbool.h>
#include <stdlib.h>

#include "traces/base/mem.h"

void plan_begin(struct plan *p, size_t ids)
{
	p->heap = vt_array(ids + 1, sizeof(*p->heap));
	p->place = vt_array(ids + 1, sizeof(*p->place));
	p->n = 0;
}

void plan_end(struct plan *p)
{
	free(p->heap);
	free(p->place);
}

static inline bool before(const struct plan_entry *a, const struct plan_entry *b)
{
	if (a->time != b->time)
		return a->time < b->time;
	return a->seq != b->seq ? a->seq < b->seq : a->id < b->id;
}

static inline void set_at(struct plan *p, size_t i, const struct plan_entry *e)
{
	p->heap[i] = *e;
	p->place[e->id] = (uint32_t)i + 1;
}

/* @e belongs into the hole at @i, or above or below it. */
static void sift(struct plan *p, size_t i, const struct plan_entry *e)
{
	size_t hole = i;

	while (i && before(e, &p->heap[(i - 1) / 2])) {
		set_at(p, i, &p->heap[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
	while (i == hole) {
		size_t c = 2 * i + 1;

		if (c >= p->n)
			break;
		if (c + 1 < p->n && before(&p->heap[c + 1], &p->heap[c]))
			c++;
		if (!before(&p->heap[c], e))
			break;
		set_at(p, i, &p->heap[c]);
		hole = i = c;
	}
	set_at(p, i, e);
}

static void take_out(struct plan *p, uint32_t id)
{
	size_t i = p->place[id];
	const struct plan_entry last = p->heap[--p->n];

	p->place[id] = 0;
	if (last.id != id)
		sift(p, i - 1, &last);
}

void plan_set(struct plan *p, uint32_t id, uint64_t time, uint64_t seq)
{
	const struct plan_entry e = { time, seq, id };
	size_t i = p->place[id];

	if (time == PLAN_NEVER) {
		if (i)
			take_out(p, id);
		return;
	}
	if (!i)
		i = ++p->n;
	sift(p, i - 1, &e);
}
