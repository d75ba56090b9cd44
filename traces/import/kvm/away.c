/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/import/kvm/away.h"

#include <stdlib.h>

#include "traces/base/mem.h"
#include "traces/import/kvm/clock.h"
#include "traces/import/kvm/record.h"

static struct kvm_away *append(struct kvm_aways *a)
{
	if (a->n == a->room) {
		a->room = a->room ? 2 * a->room : 64;
		a->item = vt_realloc(a->item, a->room * sizeof(*a->item));
	}
	return &a->item[a->n++];
}

/* The one of that silence of the CPU, or NULL. */
static struct kvm_away *of_silence(struct kvm_aways *a, uint32_t cpu, uint64_t before)
{
	for (size_t at = a->last[cpu]; at; at = a->item[at - 1].previous)
		if (a->item[at - 1].before <= before)
			return a->item[at - 1].before == before ? &a->item[at - 1] : NULL;
	return NULL;
}

/* By CPU they are in order of time. */
static void put(struct kvm_aways *a, struct kvm_away away)
{
	size_t at = a->last[away.cpu], behind = 0;

	/* What an older silence was may be told late. */
	while (at && a->item[at - 1].before > away.before) {
		behind = at;
		at = a->item[at - 1].previous;
	}
	away.previous = at;
	*append(a) = away;
	if (behind)
		a->item[behind - 1].previous = a->n;
	else
		a->last[away.cpu] = a->n;
}

void kvm_away_record(struct kvm_aways *a, const struct kvm_record *r, const struct kvm_clock *c,
		     uint32_t cpus)
{
	int64_t due = c->unknown ? -1 : kvm_clock_at(c, r->a);
	uint64_t from = (uint64_t)due, until = (r->link ? r->link : r->ts) - c->t0;
	uint64_t before = r->b - c->t0;
	struct kvm_away *known;

	/* Who is heard of after that is not away. */
	if (due < 0 || from < before || from >= until || until > r->ts - c->t0)
		return;
	if (!a->last)
		a->last = vt_array(cpus + 1, sizeof(*a->last));
	known = of_silence(a, r->cpu, before);
	/* Several timers that wait for the same moment: the first that was due counts, and that the
	 * last of them to expire in that interrupt ends it, or what the CPU went on with. */
	if (known && from < known->from)
		known->from = from;
	if (known && !r->link && until > known->until)
		known->until = until;
	/* Else it was heard of soon, and what came then took its time. */
	if (!known && (!r->link || until - from > (uint64_t)kvm_ns_to_ticks(c, KVM_AWAY_NS)))
		put(a, (struct kvm_away){ from, until, before, 0, r->cpu });
}

static int by_time(const void *a, const void *b)
{
	const struct kvm_away *x = a, *y = b;

	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	return (x->cpu > y->cpu) - (x->cpu < y->cpu);
}

/*
 * It was away before the timer was due: a timer that may be due at any time of a stretch finds, in
 * the mean, as much of it behind as ahead. Not, of course, before the CPU was heard of last.
 */
static void went(struct kvm_away *w)
{
	uint64_t known = w->until - w->from;

	w->from = w->from - w->before > known ? w->from - known : w->before;
}

void kvm_away_sort(struct kvm_aways *a)
{
	for (size_t i = 0; i < a->n; i++)
		went(&a->item[i]);
	if (a->n)
		qsort(a->item, a->n, sizeof(*a->item), by_time);
}

void kvm_away_free(struct kvm_aways *a)
{
	free(a->item);
	free(a->last);
}
