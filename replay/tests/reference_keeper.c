/* SPDX-License-Identifier: GPL-2.0-only */
/* The test policy keeper (plugins/keeper.c) a second time: all timers in one array. */
#include <stdlib.h>

#include "replay/tests/reference_state.h"

enum { EQUALS, DUE, CLOCK, RAISE, HOME, SLOP, KEEP };

struct item {
	bool active;
	enum ref_timer_kind kind;
	uint32_t number, lp;
	int64_t expiry,
	    order; /* the earlier add of one expiry has the smaller order, or the larger */
};

/* Ticks, slices, timers of the guests; then for each VP its deadline, mask and resumes. */
struct state {
	struct item *item;
	uint32_t items;
	int64_t order;
	int64_t *deadline, *resumes;
	bool *masked;
};

static struct state *state_of(struct ref *r)
{
	return r->policy;
}

static struct item *item_of(struct ref *r, enum ref_timer_kind kind, uint32_t number)
{
	uint32_t at = kind == REF_TIMER_TICK	? number
		      : kind == REF_TIMER_SLICE ? r->meta->lps + number
						: r->meta->lps + r->meta->vps + number;

	return &state_of(r)->item[at];
}

static void put(struct ref *r, enum ref_timer_kind kind, uint32_t number)
{
	*item_of(r, kind, number) = (struct item){ .kind = kind, .number = number, .lp = REF_NONE };
}

static void keeper_open(struct ref *r)
{
	struct state *s = r->policy = ref_alloc(1, sizeof(*s));
	uint32_t i;

	if (ref_param(r->params, KEEP) == 0)
		ref_keep_queue(r);
	s->items = r->meta->lps + 2 * r->meta->vps;
	s->item = ref_alloc(s->items, sizeof(*s->item));
	s->deadline = ref_alloc(r->meta->vps, sizeof(*s->deadline));
	s->resumes = ref_alloc(r->meta->vps, sizeof(*s->resumes));
	s->masked = ref_alloc(r->meta->vps, sizeof(*s->masked));
	for (i = 0; i < r->meta->lps; i++)
		put(r, REF_TIMER_TICK, i);
	for (i = 0; i < r->meta->vps; i++) {
		put(r, REF_TIMER_SLICE, i);
		put(r, REF_TIMER_GUEST, i);
	}
}

static void keeper_close(struct ref *r)
{
	struct state *s = state_of(r);

	free(s->item);
	free(s->deadline);
	free(s->resumes);
	free(s->masked);
	free(s);
}

static struct item *first_of(struct ref *r, uint32_t lp)
{
	struct state *s = state_of(r);
	struct item *first = NULL;
	uint32_t i;

	for (i = 0; i < s->items; i++) {
		struct item *it = &s->item[i];

		if (!it->active || it->lp != lp)
			continue;
		if (!first || it->expiry < first->expiry ||
		    (it->expiry == first->expiry && it->order < first->order))
			first = it;
	}
	return first;
}

static void report(struct ref *r, uint32_t lp, enum ref_queue_step step)
{
	struct state *s = state_of(r);
	const struct item *first = first_of(r, lp);
	size_t len = 0, guests = 0;
	uint32_t i;

	for (i = 0; i < s->items; i++) {
		bool here = s->item[i].active && s->item[i].lp == lp;

		len += here;
		guests += here && s->item[i].kind == REF_TIMER_GUEST;
	}
	ref_queue_report(r, lp, step, len, guests, first ? first->expiry : REF_NEVER);
}

static void raise_if(struct ref *r, uint32_t lp, bool first)
{
	if (first || ref_param(r->params, RAISE) == 1)
		ref_run_timers(r, lp);
}

static void del(struct ref *r, struct item *it)
{
	bool first = it->active && first_of(r, it->lp) == it;

	if (!it->active)
		return;
	it->active = false;
	report(r, it->lp, REF_QUEUE_REMOVE);
	raise_if(r, it->lp, first);
}

static void add(struct ref *r, struct item *it, uint32_t lp, int64_t expiry)
{
	struct state *s = state_of(r);
	bool moves = it->lp != REF_NONE && it->lp != lp;

	del(r, it);
	s->order++;
	it->active = true;
	it->lp = lp;
	it->expiry = expiry;
	it->order = ref_param(r->params, EQUALS) == 1 ? -s->order : s->order;
	report(r, lp, moves ? REF_QUEUE_MOVE : REF_QUEUE_ADD);
	raise_if(r, lp, first_of(r, lp) == it);
}

static void keeper_hv(struct ref *r, enum ref_timer_kind kind, uint32_t number, uint32_t lp,
		      int64_t expiry)
{
	if (expiry == REF_NEVER)
		del(r, item_of(r, kind, number));
	else
		add(r, item_of(r, kind, number), lp, expiry);
}

static void pend(struct ref *r, uint32_t vp)
{
	if (!state_of(r)->masked[vp])
		ref_pend(r, vp, state_of(r)->deadline[vp]);
}

static void runs(struct ref *r, uint32_t lp, struct item *it)
{
	int64_t again;

	it->active = false;
	report(r, lp, REF_QUEUE_TAKE);
	again = ref_queue_fire(r, it->kind, it->number);
	if (again != REF_NEVER)
		add(r, it, lp, again);
	if (it->kind == REF_TIMER_GUEST)
		pend(r, it->number);
}

static void keeper_run(struct ref *r, uint32_t lp)
{
	bool before = ref_param(r->params, DUE) == 1;
	int64_t now = r->now;
	struct item *first;

	while ((first = first_of(r, lp)) && first->expiry + before <= now)
		runs(r, lp, first);
	if (ref_param(r->params, CLOCK) == 1)
		now = ref_free_at(r, lp);
	now += before;
	if (ref_param(r->params, SLOP) == 0)
		now += r->slop;
	if (first)
		ref_hw_arm(r, lp, first->expiry > now ? first->expiry : now);
	else
		ref_hw_arm(r, lp, REF_NEVER);
}

static void keeper_arm(struct ref *r, uint32_t vp, int64_t deadline, int64_t period, unsigned dev)
{
	int64_t due = deadline - r->vp[vp].off;

	(void)period;
	(void)dev;
	state_of(r)->deadline[vp] = deadline;
	if (due < r->now)
		due = r->now;
	if (r->keeps)
		add(r, item_of(r, REF_TIMER_GUEST, vp), r->vp[vp].last_lp, due);
	else
		ref_timer_add(r, &r->vp[vp].timer, r->vp[vp].last_lp, due);
}

static void keeper_disarm(struct ref *r, uint32_t vp)
{
	if (r->keeps)
		del(r, item_of(r, REF_TIMER_GUEST, vp));
	else
		ref_timer_del(r, &r->vp[vp].timer);
}

static void keeper_due(struct ref *r, uint32_t vp, uint32_t lp)
{
	(void)lp;
	pend(r, vp);
}

static void keeper_mask(struct ref *r, uint32_t vp, bool masked)
{
	state_of(r)->masked[vp] = masked;
}

static void keeper_counter(struct ref *r, uint32_t vp, int64_t value)
{
	(void)r;
	(void)vp;
	(void)value;
}

static void keeper_in(struct ref *r, uint32_t vp, uint32_t lp)
{
	struct item *it = item_of(r, REF_TIMER_GUEST, vp);

	if (ref_param(r->params, HOME) == 1 && it->active && it->lp != lp)
		add(r, it, lp, it->expiry);
}

static void keeper_resume(struct ref *r, uint32_t vp, uint32_t lp)
{
	ref_clock_error(&r->hv_clock_error, ++state_of(r)->resumes[vp]);
	ref_clock_error(&r->guest_clock_error, ref_free_at(r, lp));
}

static const struct ref_hooks hooks = {
	.open = keeper_open,
	.close = keeper_close,
	.arm = keeper_arm,
	.disarm = keeper_disarm,
	.mask = keeper_mask,
	.counter_set = keeper_counter,
	.sched_in = keeper_in,
	.timer_due = keeper_due,
	.resume = keeper_resume,
	.queue_run = keeper_run,
	.queue_hv = keeper_hv,
};

const struct ref_policy ref_keeper = { .name = "keeper", .of_tests = true, .hooks = &hooks };
