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

static bool is_first(const struct plan *p, const struct plan_entry *e)
{
	return !p->n || before(e, &p->heap[0]);
}

/* The least of the heap is the first of all, and @e takes its place. */
static void exchange(struct plan *p, const struct plan_entry *e)
{
	p->first = p->heap[0];
	p->place[p->first.id] = 0;
	sift(p, 0, e);
}

void plan_take_out(struct plan *p, uint32_t id)
{
	size_t i = p->place[id];

	if (!p->n) {
		p->first = NOTHING;
		return;
	}
	const struct plan_entry last = p->heap[--p->n];

	if (i) {
		p->place[id] = 0;
		if (last.id != id)
			sift(p, i - 1, &last);
	} else if (p->n) {
		exchange(p, &last);
	} else {
		p->first = last;
		p->place[last.id] = 0;
	}
}

void plan_put(struct plan *p, uint32_t id, uint64_t time, uint64_t seq)
{
	const struct plan_entry e = { time, seq, id }, first = p->first;
	size_t i = p->place[id];

	if (first.id == id) {
		if (is_first(p, &e))
			p->first = e;
		else
			exchange(p, &e);
		return;
	}
	if (!before(&e, &first)) {
		sift(p, i ? i - 1 : p->n++, &e);
		return;
	}
	p->first = e;
	p->place[id] = 0;
	if (first.id != NOTHING.id)
		sift(p, i ? i - 1 : p->n++, &first);
}
