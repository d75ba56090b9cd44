/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/loop/lps.h"

#include "replay/loop/halts.h"
#include "replay/loop/work.h"

/* When the running VP gets to its next item, or halts without one; LOOP_NEVER: it waits, or there
 * is none. *@item is NULL if it is not on the tape yet: then it is no earlier. */
static uint64_t item_time(struct loop *l, uint32_t vp, const struct tape_item **item,
			  enum loop_next *what)
{
	const struct loop_vp *v = &l->vp[vp];
	const struct tape_item *i;
	uint64_t from, behind;

	*what = NEXT_LOOK;
	while (!(i = *item = tape_item(l->t, vp, v->item)) || loop_is_overtaken(l, vp, &i)) {
		uint64_t least;

		if (i) {
			loop_pass_over(l, vp);
			continue;
		}
		least = loop_never_before(l, loop_item_not_before(l, vp));
		if (least > l->now)
			return least;
		loop_more(l);
	}
	*item = i; /* as it may have been got anew */
	from = v->item_ran;
	if (tape_is_again(l->t, vp, v->item, &behind) && !behind)
		from += tape_rest(l->t, vp) + 1;
	if (loop_answers(i)) {
		if (v->taken - v->taken_at_act < i->act.ticks &&
		    v->given - v->given_at_act < i->act.deliveries) {
			from = loop_halts_at(l, vp, i, what);
			*item = tape_item(l->t, vp, v->item);
			return from;
		}
		if (v->tick_ran > from)
			from = v->tick_ran;
	}
	*what = NEXT_ITEM;
	return loop_time_at(l, v, from + (loop_is_halt(i) ? own_work(&v->own, i) : i->work));
}

/* When the slice of @v, which started, is over. */
void loop_set_slice(const struct loop *l, struct loop_vp *v)
{
	/* One that went on although its slice was over does so here. */
	bool switched = l->quantum == LOOP_SLICES && v->switched;
	uint64_t least =
	    (v->run.timed && !switched) || l->quantum != LOOP_SLICES ? v->run.length + 1 : 0;

	if (switched)
		v->overrun = v->switch_time;
	v->timed = v->run.sliced ? v->run.timed : l->quantum == LOOP_SLICES;
	if (v->run.sliced && v->run.timed)
		v->overrun = v->run.overrun;
	if (v->run.sliced)
		v->slice_at = v->timed ? 0 : v->in_at + v->run.length;
	else if (l->quantum && !v->timed)
		v->slice_at = v->in_at + (least > l->quantum ? least : l->quantum);
	else
		v->slice_at = v->timed ? v->in_at + least : LOOP_NEVER;
}

void loop_learn_open_end(struct loop *l, uint32_t vp)
{
	struct loop_vp *v = &l->vp[vp];
	const struct tape_run *r;

	do
		r = tape_run(l->t, vp, 0);
	while (r && !r->known && loop_more(l));
	if (!r) /* never: what is open is the tape's first */
		return;
	v->run.overrun = r->overrun;
	v->run.length = r->length;
	v->run.out_seq = r->out_seq;
	v->run.timed = r->timed;
	v->run.sliced = r->sliced;
	v->open = false;
	tape_drop_run(l->t, vp);
	loop_set_slice(l, v);
}

static void take_best(uint64_t *time, uint64_t *seq, uint64_t t, uint64_t s)
{
	if (t < *time || (t == *time && s < *seq)) {
		*time = t;
		*seq = s;
	}
}

/* When the VP that runs on @p has to go, as others wait; LOOP_NEVER: not by its slice. */
static uint64_t slice_ends(const struct loop *l, const struct loop_lp *p)
{
	const struct loop_vp *v = &l->vp[p->vp];
	uint64_t at = LOOP_NEVER;

	if (!v->timed)
		return v->slice_at;
	if (!v->slice_over)
		return LOOP_NEVER;
	at = (p->ready_at > v->slice_time ? p->ready_at : v->slice_time) + v->overrun;
	return at > v->slice_at ? at : v->slice_at;
}

/* What those who wait for @p want of who runs there. */
static void know_waits(const struct loop *l, struct loop_lp *p)
{
	p->known = true;
	p->ready_at = p->preempt_at = LOOP_NEVER;
	for (size_t i = 0; i < p->waits; i++) {
		const struct loop_vp *w = &l->vp[p->wait[i]];

		if (w->ready_at < p->ready_at)
			p->ready_at = w->ready_at;
		if (w->run.preempts && w->ready_at + w->run.preempt_after < p->preempt_at)
			p->preempt_at = w->ready_at + w->run.preempt_after;
	}
}

/* When others take the LP from who runs there. */
static uint64_t taken_at(const struct loop *l, struct loop_lp *p)
{
	uint64_t at;

	if (!p->known)
		know_waits(l, p);
	at = slice_ends(l, p);
	if (p->preempt_at < at)
		at = p->preempt_at;
	return at > l->now ? at : l->now;
}

static void plan_busy(struct loop *l, uint32_t lp)
{
	struct loop_lp *p = &l->lp[lp];
	const struct tape_item *item;
	uint64_t time = item_time(l, p->vp, &item, &p->next), seq = LOOP_LOOK;

	if (p->next == NEXT_HALT)
		seq = LOOP_LAST;
	if (p->next == NEXT_ITEM)
		seq = loop_is_behind(l, p->vp, l->vp[p->vp].item) ? LOOP_LAST : item->seq;
	if (p->waits) {
		uint64_t taken, out;

		loop_learn_end(l, p->vp);
		taken = taken_at(l, p);
		out = l->vp[p->vp].run.out_seq;
		if (taken < time || (taken == time && p->next != NEXT_LOOK && out < seq)) {
			p->next = NEXT_TAKEN;
			time = taken;
			seq = out;
		}
	}
	plan_set(&l->plan, lp, time, seq);
}

void loop_plan_lp(struct loop *l, uint32_t lp)
{
	const struct loop_lp *p = &l->lp[lp];
	uint64_t time = LOOP_NEVER, seq = LOOP_NEVER;

	if (p->vp != LOOP_NOBODY) {
		plan_busy(l, lp);
		return;
	}
	for (size_t i = 0; i < p->waits; i++) {
		const struct loop_vp *w = &l->vp[p->wait[i]];

		take_best(&time, &seq, p->free_from + w->left, w->run.seq);
	}
	plan_set(&l->plan, lp, time, seq);
}
