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

void kvm_away_record(struct kvm_aways *a, const struct kvm_record *r, const struct kvm_clock *c,
		     uint32_t cpus)
{
	int64_t due = c->unknown ? -1 : kvm_clock_at(c, r->a);
	uint64_t from = (uint64_t)due, until = r->ts - c->t0, before = r->b - c->t0;

	/* Who is heard of after that is not away. */
	if (due < 0 || from < before || from >= until)
		return;
	if (!a->last)
		a->last = vt_array(cpus + 1, sizeof(*a->last));

	struct kvm_away *last = a->last[r->cpu] ? &a->item[a->last[r->cpu] - 1] : NULL;

	/* Several timers that wait for the same moment: the first that was due counts, and that the
	 * first of them to expire ends it. */
	if (last && last->before == before) {
		if (from < last->from)
			last->from = from;
		return;
	}
	*append(a) = (struct kvm_away){ from, until, before, r->cpu };
	a->last[r->cpu] = a->n;
}

static int by_time(const void *a, const void *b)
{
	const struct kvm_away *x = a, *y = b;

	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	return (x->cpu > y->cpu) - (x->cpu < y->cpu);
}

void kvm_away_sort(struct kvm_aways *a)
{
	if (a->n)
		qsort(a->item, a->n, sizeof(*a->item), by_time);
}

void kvm_away_free(struct kvm_aways *a)
{
	free(a->item);
	free(a->last);
}
