/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/import/xen/apart.h"

static void add(struct xen_apart *a, uint64_t ticks)
{
	for (size_t i = 0; i < XEN_APART_FEWEST; i++) {
		uint64_t less = a->most[i];

		if (ticks <= less)
			continue;
		a->most[i] = ticks;
		ticks = less;
	}
}

void xen_doubt_in(struct xen_doubt *d, uint64_t now, uint32_t on)
{
	if (on != UINT32_MAX) {
		d->moved = true;
		d->from = on;
		d->moved_at = now;
	}
	d->in_at = now;
	d->woken = false;
}

void xen_doubt_wake(struct xen_doubt *d, uint64_t now, bool runs)
{
	d->woken = runs;
	d->woken_at = now;
}

void xen_doubt_out(struct xen_doubt *d, struct xen_apart *a, uint64_t now, uint32_t lp, uint32_t on)
{
	if (d->moved && d->from == lp) {
		add(a, now - d->moved_at);
		d->moved = false;
	}
	/* Woken after its run began, or before it ended: by the less likely of the two, less. */
	if (d->woken && on == lp) {
		uint64_t after = d->woken_at - d->in_at, before = now - d->woken_at;

		add(a, after < before ? after : before);
		d->woken = false;
	}
}

uint64_t xen_apart_ticks(const struct xen_apart *a)
{
	return a->most[XEN_APART_FEWEST - 1];
}
