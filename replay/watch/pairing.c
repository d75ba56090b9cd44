/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two events of opposite kinds with a third between them are never the nearest pair, as the third
 * is nearer to one of them. So the nearest pair of all are neighbours in time, and a heap of the
 * neighbouring opposite pairs finds it. Events of one kind and time are one place in that order: a
 * run.
 */
#include "replay/watch/pairing.h"

#include <stdlib.h>

#include "traces/base/mem.h"

#define NO_RUN UINT32_MAX

/* Events of one kind and time that are not matched yet. */
struct match_run {
	uint64_t time;
	uint32_t first; /* of them; the rest follow through next[] */
	uint32_t left;
	uint32_t before, after; /* runs that have events left */
	bool observed;
};

struct match_pair {
	uint64_t distance;
	uint32_t observed, predicted; /* runs, which are numbered in order of time */
};

struct matcher {
	struct pair_event *ev;
	uint32_t *next; /* [n] the next event of the same run */
	struct match_run *run;
	uint32_t runs;
	struct match_pair *heap;
	uint32_t pairs;
	uint64_t window;
};

static bool nearer(const struct match_pair *a, const struct match_pair *b)
{
	if (a->distance != b->distance)
		return a->distance < b->distance;
	return a->observed != b->observed ? a->observed < b->observed : a->predicted < b->predicted;
}

static void push(struct matcher *m, struct match_pair pair)
{
	uint32_t i = m->pairs++;

	for (; i && nearer(&pair, &m->heap[(i - 1) / 2]); i = (i - 1) / 2)
		m->heap[i] = m->heap[(i - 1) / 2];
	m->heap[i] = pair;
}

static struct match_pair pop(struct matcher *m)
{
	struct match_pair top = m->heap[0], last = m->heap[--m->pairs];
	uint32_t i = 0;

	for (uint32_t child; (child = i * 2 + 1) < m->pairs; i = child) {
		if (child + 1 < m->pairs && nearer(&m->heap[child + 1], &m->heap[child]))
			child++;
		if (!nearer(&m->heap[child], &last))
			break;
		m->heap[i] = m->heap[child];
	}
	m->heap[i] = last;
	return top;
}

/* Two runs that are neighbours now. */
static void consider(struct matcher *m, uint32_t before, uint32_t after)
{
	const struct match_run *a, *b;

	if (before == NO_RUN || after == NO_RUN)
		return;
	a = &m->run[before];
	b = &m->run[after];
	if (a->observed == b->observed || b->time - a->time > m->window)
		return;
	push(m, (struct match_pair){
		    .distance = b->time - a->time,
		    .observed = a->observed ? before : after,
		    .predicted = a->observed ? after : before,
		});
}

/* Appends those of the @n events at @from, which are of one time, that are of the kind. */
static void add_run(struct matcher *m, uint32_t from, uint32_t n, bool observed)
{
	struct match_run *run = &m->run[m->runs];
	uint32_t last = NO_RUN;

	*run = (struct match_run){ .time = m->ev[from].time, .observed = observed };
	for (uint32_t i = from; i < from + n; i++) {
		if (m->ev[i].observed != observed)
			continue;
		if (run->left++)
			m->next[last] = i;
		else
			run->first = i;
		last = i;
	}
	if (!run->left)
		return;
	run->before = m->runs ? m->runs - 1 : NO_RUN;
	run->after = NO_RUN;
	if (m->runs)
		run[-1].after = m->runs;
	m->runs++;
}

static void make_runs(struct matcher *m, uint32_t n)
{
	for (uint32_t from = 0, same; from < n; from += same) {
		for (same = 1; from + same < n && m->ev[from + same].time == m->ev[from].time;
		     same++)
			;
		add_run(m, from, same, true);
		add_run(m, from, same, false);
	}
	for (uint32_t i = 1; i < m->runs; i++)
		consider(m, i - 1, i);
}

static uint32_t take(struct matcher *m, struct match_run *run)
{
	uint32_t i = run->first;

	run->left--;
	run->first = m->next[i];
	return i;
}

static void drop_if_empty(struct matcher *m, const struct match_run *run)
{
	if (run->left)
		return;
	if (run->before != NO_RUN)
		m->run[run->before].after = run->after;
	if (run->after != NO_RUN)
		m->run[run->after].before = run->before;
	consider(m, run->before, run->after);
}

static void match_nearest(struct matcher *m)
{
	while (m->pairs) {
		struct match_pair pair = pop(m);
		struct match_run *o = &m->run[pair.observed], *p = &m->run[pair.predicted];

		/* Pairs whose runs are used up stay in the heap until they come up. */
		while (o->left && p->left) {
			uint32_t seen = take(m, o), said = take(m, p);

			m->ev[seen].partner = said;
			m->ev[said].partner = seen;
			if (!o->left || !p->left) {
				drop_if_empty(m, o);
				drop_if_empty(m, p);
			}
		}
	}
}

/* By far the most: one of each. */
static bool match_two(struct pair_event *ev, uint32_t n, uint64_t window)
{
	if (n > 2)
		return false;
	if (n == 2 && ev[0].observed != ev[1].observed && ev[1].time - ev[0].time <= window) {
		ev[0].partner = 1;
		ev[1].partner = 0;
	}
	return true;
}

void pair_events(struct pair_event *ev, uint32_t n, uint64_t window)
{
	struct matcher m = { .ev = ev, .window = window };

	for (uint32_t i = 0; i < n; i++)
		ev[i].partner = PAIR_NONE;
	if (match_two(ev, n, window))
		return;
	m.next = vt_alloc(n * sizeof(*m.next));
	/* One more: it is seen only when it is made that a run is empty. */
	m.run = vt_alloc((n + 1) * sizeof(*m.run));
	/* A pair for each two neighbours at the start, one for each run that goes. */
	m.heap = vt_alloc(2 * (size_t)n * sizeof(*m.heap));
	make_runs(&m, n);
	match_nearest(&m);
	free(m.heap);
	free(m.run);
	free(m.next);
}
