/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/import/xen/runs.h"

#include "traces/import/xen/record.h"
#include "traces/trace.h"

void xen_runs_saw(struct xen_runs *all, uint32_t vp, uint64_t tsc)
{
	uint64_t *last = xen_is_vp(vp) ? word_map_get(&all->last, vp, TRACE_VPS_MAX) : NULL;

	if (last && *last < tsc)
		*last = tsc;
}

void xen_runs_change(struct xen_runs *all, uint32_t vp, unsigned from, unsigned to, uint64_t tsc)
{
	uint64_t *at = xen_is_vp(vp) ? word_map_get(&all->changed, vp, TRACE_VPS_MAX) : NULL;
	uint64_t *state = at ? word_map_get(&all->state, vp, TRACE_VPS_MAX) : NULL;

	/* Of two on one tick the one that goes on from the other is the later one. */
	if (!state || tsc < *at || (tsc == *at && *state != from))
		return;
	*at = tsc;
	*state = to;
}

static void count(struct word_map *m, uint32_t vp)
{
	uint64_t *n = xen_is_vp(vp) ? word_map_get(m, vp >> 16, XEN_DOMAIN_RESERVED) : NULL;

	if (n)
		++*n;
}

void xen_runs_switch(struct xen_runs *all, struct xen_run *run, uint32_t vp, uint64_t tsc)
{
	xen_runs_saw(all, vp, tsc);
	if (vp == run->vp)
		return;
	if (run->hvm)
		count(&all->hvm, run->vp);
	if (run->pv)
		count(&all->pv, run->vp);
	*run = (struct xen_run){ .vp = vp };
}

void xen_runs_end(struct xen_runs *all, struct xen_run *run, uint64_t tsc)
{
	xen_runs_saw(all, run->vp, tsc);
	xen_runs_switch(all, run, XEN_NO_VP, tsc);
}

void xen_runs_free(struct xen_runs *all)
{
	word_map_free(&all->last);
	word_map_free(&all->hvm);
	word_map_free(&all->pv);
	word_map_free(&all->changed);
	word_map_free(&all->state);
}

bool xen_runs_again(const struct xen_runs *all, uint32_t vp, uint64_t tsc)
{
	const uint64_t *last = word_map_find(&all->last, vp);

	return last && *last > tsc;
}

unsigned xen_runs_state(const struct xen_runs *all, uint32_t vp)
{
	const uint64_t *state = word_map_find(&all->state, vp);

	return state ? (unsigned)*state : XEN_RUNNING;
}

bool xen_runs_pv(const struct xen_runs *all, uint32_t vp)
{
	const uint64_t *hvm = word_map_find(&all->hvm, vp >> 16);
	const uint64_t *pv = word_map_find(&all->pv, vp >> 16);

	/* A record or two beside a gap may be another's: the more frequent is what it is. */
	if (hvm && (!pv || *hvm >= *pv))
		return false;
	return pv || vp >> 16 == 0;
}
