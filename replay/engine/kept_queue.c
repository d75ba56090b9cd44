/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/engine/kept_queue.h"

#include "replay/engine/state.h"

void kept_open(struct engine *e)
{
	e->keeps_queue = true;
	engine_not_plain(e);
	for (uint32_t lp = 0; lp < e->meta->lps; lp++)
		queue_make_room(&e->lp[lp].queue); /* its first entry has the first expiry */
}

/* The VP whose slice timer @t is. */
static uint32_t vp_of(const struct engine *e, const struct vtick_timer *t)
{
	size_t from_first = (size_t)((const char *)t - (const char *)&e->vp[0].slice);

	return (uint32_t)(from_first / sizeof(*e->vp));
}

static void tell(struct engine *e, const struct vtick_timer *t, uint64_t expiry)
{
	bool tick = t == &e->lp[t->lp].tick;

	if (!e->policy->queue_hv)
		return;
	at_hook(e, HOOK_QUEUE_HV);
	e->policy->queue_hv(shown(e), tick ? VTICK_HV_TICK : VTICK_HV_SLICE,
			    tick ? t->lp : vp_of(e, t), t->lp, expiry);
}

/* It is there from now on, whatever the policy makes of it. */
void kept_put(struct engine *e, struct vtick_timer *t, uint32_t lp, uint64_t expiry)
{
	t->lp = lp;
	t->expiry = expiry;
	t->position = 1;
	tell(e, t, expiry);
}

void kept_del(struct engine *e, struct vtick_timer *t)
{
	t->position = 0;
	tell(e, t, VTICK_NEVER);
}

void kept_run(struct engine *e, uint32_t lp)
{
	e->lp[lp].again = false;
	at_hook(e, HOOK_QUEUE_RUN);
	e->policy->queue_run(shown(e), lp);
}
