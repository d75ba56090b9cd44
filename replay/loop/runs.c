/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/loop/runs.h"

#include <string.h>

#include "replay/loop/lps.h"
#include "traces/base/mem.h"

/* The first run of @vp that begins at its place on the tape, or the last before it, is the tape's
 * first then. */
static bool find_run(struct loop *l, uint32_t vp, uint64_t work)
{
	const uint64_t item = l->vp[vp].item;
	const struct tape_run *r;
	bool found = false;

	for (;;) {
		while (!(r = tape_run(l->t, vp, found)) && !tape_is_past(l->t, vp, item, work) &&
		       loop_more(l))
			;
		if (!r || r->item > item || (r->item == item && r->work > work))
			return found;
		if (found)
			tape_drop_run(l->t, vp);
		found = true;
		if (r->item == item && r->work == work)
			return true;
	}
}

/* The run that comes next for @vp. */
static void choose_run(struct loop *l, uint32_t vp)
{
	struct loop_vp *v = &l->vp[vp];
	uint64_t work = v->ran - v->item_ran, behind = 1;

	loop_learn_end(l, vp);
	v->absent = false;
	v->extra = !find_run(l, vp, work);
	if (!v->extra) {
		v->run = *tape_run(l->t, vp, 0);
		v->open = !v->run.known;
		if (!v->open)
			tape_drop_run(l->t, vp);
		return;
	}
	/* The recording ends before it runs again. */
	v->absent = tape_is_again(l->t, vp, v->item, &behind) && !behind &&
		    work == tape_rest(l->t, vp) && tape_last_wait(l->t, vp);
	v->run.lp = (uint16_t)v->lp;
	v->run.hold = 0;
	v->run.preempts = v->run.sliced = v->run.timed = false;
	v->run.length = 0;
	v->run.number = LOOP_NEVER;
	v->run.seq = v->run.out_seq = LOOP_LAST;
}

static void wait_for(struct loop_lp *p, uint32_t vp)
{
	if (p->waits == p->room) {
		p->room = p->room ? 2 * p->room : 4;
		p->wait = vt_realloc(p->wait, p->room * sizeof(*p->wait));
	}
	p->wait[p->waits++] = vp;
	p->known = false;
}

static void wait_no_more(struct loop_lp *p, size_t i)
{
	p->waits--;
	p->known = false;
	memmove(&p->wait[i], &p->wait[i + 1], (p->waits - i) * sizeof(*p->wait));
}

/* It waits for the LP of its run. */
static void join(struct loop *l, uint32_t vp)
{
	struct loop_vp *v = &l->vp[vp];
	struct loop_lp *p = &l->lp[v->run.lp];

	v->lp = v->run.lp;
	loop_count_down(l, p);
	v->left = loop_kept(l, v->run.hold);
	wait_for(p, vp);
	loop_plan_later(l, v->run.lp);
}

void loop_get_ready(struct loop *l, uint32_t vp)
{
	struct loop_vp *v = &l->vp[vp];

	v->state = LOOP_READY;
	v->ready_at = l->now;
	choose_run(l, vp);
	if (v->absent) {
		loop_plan_vp(l, vp, l->now + tape_last_wait(l->t, vp), LOOP_LAST);
		return;
	}
	join(l, vp);
	loop_plan_vp(l, vp, v->extra || l->fifo ? LOOP_NEVER : l->now + v->run.wait + 1,
		     v->run.seq);
}

/* When it would start if it waited as in the recording; an extra run at once, but behind all. */
static uint64_t expected(const struct loop *l, const struct loop_vp *v)
{
	if (!v->extra)
		return v->ready_at + v->run.wait;
	return v->ready_at < l->now ? v->ready_at : LOOP_NEVER;
}

/* Of two that wait for a free LP. */
static bool goes_first(const struct loop *l, uint32_t a, uint32_t b)
{
	const struct loop_vp *v = &l->vp[a], *w = &l->vp[b];
	uint64_t by = expected(l, v), other = expected(l, w);

	if (l->fifo && v->ready_at != w->ready_at)
		return v->ready_at < w->ready_at;
	if (l->fifo)
		return v->run.seq != w->run.seq ? v->run.seq < w->run.seq : a < b;
	if ((by < l->now) != (other < l->now))
		return by < l->now;
	if (by < l->now && v->counts.on_lps != w->counts.on_lps)
		return v->counts.on_lps < w->counts.on_lps;
	if (by != other)
		return by < other;
	return v->run.seq != w->run.seq ? v->run.seq < w->run.seq : a < b;
}

/* Who of those that wait for @p starts now; p->waits: nobody. */
static size_t who_starts(const struct loop *l, const struct loop_lp *p)
{
	size_t best = p->waits;

	for (size_t i = 0; i < p->waits; i++) {
		if (p->free_from + l->vp[p->wait[i]].left > l->now)
			continue;
		if (best == p->waits || goes_first(l, p->wait[i], p->wait[best]))
			best = i;
	}
	return best;
}

void loop_start(struct loop *l, uint32_t lp)
{
	struct loop_lp *p = &l->lp[lp];
	size_t best = who_starts(l, p);
	struct loop_vp *v;
	uint32_t vp;

	if (best == p->waits) {
		loop_plan_later(l, lp);
		return;
	}
	vp = p->wait[best];
	loop_plan_vp(l, vp, LOOP_NEVER, 0);
	v = &l->vp[vp];
	loop_count_down(l, p);
	wait_no_more(p, best);
	p->vp = vp;
	v->state = LOOP_RUNNING;
	v->in_at = l->now;
	v->stolen = loop_stolen(l, p);
	v->slice_over = false;
	v->switched = l->switched;
	v->switch_time = l->switch_time;
	if (!v->open)
		loop_set_slice(l, v);
	l->counts.runs++;
	l->counts.kept += v->run.lp == lp && v->run.number == p->last + 1;
	p->last = v->run.lp == lp && !v->extra ? v->run.number : LOOP_NEVER;
	const struct trace_event rec = { .time = v->run.time, .lp = v->run.lp };
	struct trace_event ev = {
		.type = TRACE_SCHED_IN, .vp = vp, .lp = (uint16_t)lp, .extra = v->run.slice
	};

	loop_emit(l, &ev, v->extra ? NULL : &rec);
	loop_plan_later(l, lp);
}

void loop_preempt(struct loop *l, uint32_t lp)
{
	uint32_t vp = l->lp[lp].vp;
	struct loop_vp *v = &l->vp[vp];
	struct trace_event ev = { .type = TRACE_SCHED_OUT, .sub = TRACE_PREEMPT, .vp = vp };

	loop_learn_end(l, vp);
	if (l->fifo && v->run.sliced && v->run.timed) {
		l->switched = true;
		l->switch_time = v->run.overrun;
	}
	/* Who ends a run by becoming ready does so once. */
	for (size_t i = 0; i < l->lp[lp].waits; i++) {
		struct loop_vp *w = &l->vp[l->lp[lp].wait[i]];

		if (w->run.preempts && w->ready_at + w->run.preempt_after <= l->now)
			w->run.preempts = false;
	}
	l->lp[lp].known = false;
	loop_leave(l, vp);
	v->state = LOOP_READY;
	const struct trace_event rec = { .time = v->run.time + v->run.length };
	loop_emit(l, &ev, v->extra || v->run.out_seq == TAPE_NOWHERE ? NULL : &rec);
	loop_get_ready(l, vp);
	loop_plan_later(l, lp);
}

/* The LP with the lowest number that is free and for which nobody waits; all LPs: there is none. */
static uint32_t free_lp(const struct loop *l)
{
	uint32_t lp = 0;

	while (lp < l->meta->lps && (l->lp[lp].vp != LOOP_NOBODY || l->lp[lp].waits))
		lp++;
	return lp;
}

/* It has waited longer than it did in the recording: another LP is free, or it takes the place of
 * who runs. */
void loop_impatient(struct loop *l, uint32_t vp)
{
	struct loop_vp *v = &l->vp[vp];
	uint32_t to, from = v->lp;
	struct loop_lp *p = &l->lp[from];

	loop_plan_vp(l, vp, LOOP_NEVER, 0);
	if (v->absent) {
		v->absent = false;
		join(l, vp);
		return;
	}
	if (p->vp == LOOP_NOBODY)
		return;
	v->left = 0;
	to = free_lp(l);
	if (to == l->meta->lps) {
		if (l->now > l->vp[p->vp].in_at && v->counts.on_lps < l->vp[p->vp].counts.on_lps)
			loop_preempt(l, from);
		return;
	}
	for (size_t i = 0; i < p->waits; i++) {
		if (p->wait[i] == vp) {
			wait_no_more(p, i);
			break;
		}
	}
	l->lp[to].free_from = l->now;
	v->lp = to;
	wait_for(&l->lp[to], vp);
	loop_plan_later(l, from);
	loop_plan_later(l, to);
}
