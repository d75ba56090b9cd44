/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/import/kvm/tracecmd_late.h"

#include <stdlib.h>

#include "traces/base/mem.h"

/* A broken file may name any number of timers. */
enum { TIMERS_MAX = 1 << 20 };

/* The slot of @timer, or the free one where it would be. */
static struct late_timer *find(const struct late_timers *l, uint64_t timer)
{
	size_t at = (size_t)((timer >> 3) * UINT64_C(0x9e3779b97f4a7c15) >> 40) & (l->slots - 1);

	while (l->slot[at].timer && l->slot[at].timer != timer)
		at = (at + 1) & (l->slots - 1);
	return &l->slot[at];
}

static void grow(struct late_timers *l)
{
	struct late_timers old = *l;

	l->slots = old.slots ? 2 * old.slots : 64;
	l->slot = vt_array(l->slots, sizeof(*l->slot));
	for (size_t i = 0; i < old.slots; i++)
		if (old.slot[i].timer)
			*find(l, old.slot[i].timer) = old.slot[i];
	free(old.slot);
}

void late_started(struct late_timers *l, uint64_t timer, uint64_t expires)
{
	struct late_timer *t;

	if (2 * l->n >= l->slots)
		grow(l);
	t = find(l, timer);
	if (!t->timer && l->n == TIMERS_MAX)
		return;
	l->n += !t->timer;
	*t = (struct late_timer){ timer, expires };
}

uint64_t late_expires(const struct late_timers *l, uint64_t timer, uint64_t now)
{
	const struct late_timer *t = l->slots && timer ? find(l, timer) : NULL;

	return t && t->timer && now > t->expires && now - t->expires > TRACECMD_LATE ? t->expires
										     : 0;
}
