/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/import/xen/tickers.h"

#include <stdlib.h>

#include "traces/base/mem.h"
#include "traces/import/xen/record.h"
#include "traces/trace.h"

/* NULL: nobody's. */
static struct xen_ticker *get(struct xen_tickers *all, uint32_t vp)
{
	uint64_t *place = xen_is_vp(vp) || vp >= xen_unknown_vp(0)
			      ? word_map_get(&all->index, vp, TRACE_VPS_MAX)
			      : NULL;

	if (!place)
		return NULL;
	if (!*place) {
		if (!(all->n & (all->n + 1)))
			all->ticker =
			    vt_realloc(all->ticker, (2 * all->n + 1) * sizeof(*all->ticker));
		all->ticker[all->n] = (struct xen_ticker){ .vp = vp,
							   .seen = UINT64_MAX,
							   .wrote = UINT64_MAX,
							   .wrote_pv = UINT64_MAX,
							   .expired = UINT64_MAX };
		*place = ++all->n;
	}
	return &all->ticker[*place - 1];
}

static void saw(struct xen_ticker *t, uint32_t pcpu, uint64_t tsc)
{
	if (tsc >= t->seen)
		return;
	t->seen = tsc;
	t->pcpu = pcpu;
}

void xen_tickers_tick(struct xen_tickers *all, uint32_t vp, uint32_t pcpu, uint64_t tsc)
{
	struct xen_ticker *t = get(all, vp);

	if (!t || tsc > t->wrote)
		return;
	saw(t, pcpu, tsc);
	tick_times_add(&t->ticks, tsc, pcpu);
}

void xen_tickers_write(struct xen_tickers *all, uint32_t vp, uint64_t tsc)
{
	struct xen_ticker *t = get(all, vp);

	if (t && tsc < t->wrote)
		t->wrote = tsc;
}

void xen_tickers_pv_write(struct xen_tickers *all, uint32_t vp, uint64_t tsc)
{
	struct xen_ticker *t = get(all, vp);

	if (t && tsc < t->wrote_pv)
		t->wrote_pv = tsc;
}

void xen_tickers_expiry(struct xen_tickers *all, uint32_t vp, uint32_t pcpu, uint64_t tsc,
			uint64_t late_ns)
{
	struct xen_ticker *t = get(all, vp);

	if (!t)
		return;
	saw(t, pcpu, tsc);
	if (tsc >= t->expired)
		return;
	t->expired = tsc;
	t->late_ns = late_ns;
}

void xen_tickers_name(struct xen_tickers *all, uint32_t unknown, uint32_t vp)
{
	const uint64_t *place = word_map_find(&all->index, unknown);
	struct xen_ticker from, *to;

	if (!place)
		return;
	from = all->ticker[*place - 1];
	all->ticker[*place - 1].ticks = (struct tick_times){ 0 };
	to = get(all, vp);
	for (size_t i = 0; to && i < from.ticks.n; i++)
		tick_times_add(&to->ticks, from.ticks.tick[i].time, from.ticks.tick[i].place);
	if (to && from.seen < to->seen)
		saw(to, from.pcpu, from.seen);
	if (to && from.wrote < to->wrote)
		to->wrote = from.wrote;
	tick_times_free(&from.ticks);
}

void xen_tickers_free(struct xen_tickers *all)
{
	for (size_t i = 0; i < all->n; i++)
		tick_times_free(&all->ticker[i].ticks);
	free(all->ticker);
	word_map_free(&all->index);
	*all = (struct xen_tickers){ 0 };
}
