/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/loop/loop.h"

#include <stdlib.h>
#include <string.h>

#include "traces/base/mem.h"

#define NEVER TAPE_NEVER
#define NOBODY UINT32_MAX
/* So many events are read at once. */
#define AHEAD 256u

enum state { RUNNING, READY, STOPPED };

struct lvp {
	enum state state;
	uint32_t lp; /* it runs or waits there, or ran last */
	/* the tape */
	uint64_t item; /* the next one's number */
	uint64_t ran, in_at,
	    stolen; /* by the start of the run, which was then, with so much stolen */
	uint64_t item_ran, tick_ran;
	uint64_t pended, taken, taken_at_act;
	uint64_t given, given_at_act;
	int64_t off;
	bool has_last;
	uint64_t last_deadline;
	/* stopped */
	bool pend_seen, waiting_pend;
	uint64_t ipis, pend_time, ipi_time, stop_time;
	uint64_t wake_at;
	/* ready, running */
	struct tape_run run;
	bool extra;
	bool absent;		 /* ready, but not yet for any LP */
	uint64_t ready_at, left; /* of the hold, as of free_from of its LP */
	uint64_t slice_at;	 /* the slice is over then, if the cell's timers do not say when: */
	bool timed, slice_over;
	uint64_t slice_time, overrun;
	struct loop_vp_counts counts;
};

struct llp {
	uint32_t vp;
	uint64_t free_from; /* holds are counted down to here */
	uint64_t stolen;
	uint64_t last; /* number of the last run that started here */
	uint32_t *wait;
	size_t waits, room;
	bool stale; /* its plan is */
};

/* A heap of what comes next, of each LP, each VP that sleeps, and what is absolute. */
struct entry {
	uint64_t time, seq;
	uint32_t id;
};

struct loop {
	const struct trace_meta *meta;
	struct engine *e;
	struct tape *t;
	bool (*pull)(void *);
	void *arg;
	uint64_t quantum, now;
	uint64_t near;	    /* ticks */
	unsigned residuals; /* percent */
	struct lvp *vp;
	struct llp *lp;
	struct entry *heap;
	uint32_t *place; /* id to index + 1; 0: not in it */
	size_t heap_n;
	uint32_t *stale; /* LPs to plan anew */
	size_t stales;
	bool fresh; /* more of the tape was read */
	struct loop_counts counts;
	struct engine_ear ear;
	bool fifo;
	bool away; /* AWAY events count: RULES.md 17.13 */
};

/* ---- heap ---- */

static bool before(const struct entry *a, const struct entry *b)
{
	if (a->time != b->time)
		return a->time < b->time;
	return a->seq != b->seq ? a->seq < b->seq : a->id < b->id;
}

static void set_at(struct loop *l, size_t i, struct entry e)
{
	l->heap[i] = e;
	l->place[e.id] = (uint32_t)i + 1;
}

static void sift(struct loop *l, size_t i, struct entry e)
{
	while (i && before(&e, &l->heap[(i - 1) / 2])) {
		set_at(l, i, l->heap[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
	for (;;) {
		size_t c = 2 * i + 1;

		if (c >= l->heap_n)
			break;
		if (c + 1 < l->heap_n && before(&l->heap[c + 1], &l->heap[c]))
			c++;
		if (!before(&l->heap[c], &e))
			break;
		set_at(l, i, l->heap[c]);
		i = c;
	}
	set_at(l, i, e);
}

static void plan_set(struct loop *l, uint32_t id, uint64_t time, uint64_t seq)
{
	size_t i = l->place[id];
	struct entry e = { time, seq, id };

	if (time == NEVER) {
		if (!i)
			return;
		l->place[id] = 0;
		struct entry last = l->heap[--l->heap_n];
		if (last.id != id)
			sift(l, i - 1, last);
		return;
	}
	if (!i) {
		l->heap_n++;
		i = l->heap_n;
	}
	sift(l, i - 1, e);
}

/* ---- reading ahead ---- */

static bool more(struct loop *l)
{
	if (tape_ended(l->t))
		return false;
	l->fresh = true;
	if (!l->pull(l->arg))
		tape_end(l->t);
	return true;
}

static const struct tape_item *next_item(struct loop *l, uint32_t vp)
{
	struct tape_item *i;

	while (!(i = tape_item(l->t, vp, l->vp[vp].item)) && more(l))
		;
	return i;
}

/* To what comes after , and on: what is known early changes nothing, but two engines that take
 * turns for each event are slow. */
static void read_beyond(struct loop *l, uint64_t time)
{
	for (unsigned n = 0; (n < AHEAD || tape_time(l->t) <= time) && more(l); n++)
		;
}

/* ---- work ---- */

static uint64_t ran_now(const struct loop *l, const struct lvp *v)
{
	if (v->state != RUNNING)
		return v->ran;
	uint64_t passed = l->now - v->in_at, stolen = l->lp[v->lp].stolen - v->stolen;

	return passed > stolen ? v->ran + passed - stolen : v->ran;
}

/* When the running VP gets to its next item; NEVER: it waits, or there is none. */
static uint64_t item_time(struct loop *l, uint32_t vp, uint64_t *seq)
{
	struct lvp *v = &l->vp[vp];
	const struct tape_item *i = next_item(l, vp);
	uint64_t from = v->item_ran, at, behind;
	bool again;

	if (!i)
		return NEVER;
	again = tape_is_again(l->t, vp, v->item, &behind);
	if (again && !behind)
		from += tape_rest(l->t, vp) + 1;
	if (i->ticks) {
		if (v->taken - v->taken_at_act < i->ticks &&
		    v->given - v->given_at_act < i->deliveries)
			return NEVER;
		if (v->tick_ran > from)
			from = v->tick_ran;
	}
	*seq = again ? NEVER - 1 : i->seq;
	at = from + i->work;
	at = at > v->ran ? at - v->ran : 0;
	at += v->in_at + (l->lp[v->lp].stolen - v->stolen);
	return at > l->now ? at : l->now;
}

/* ---- LPs ---- */

static void take_best(uint64_t *time, uint64_t *seq, uint64_t t, uint64_t s)
{
	if (t < *time || (t == *time && s < *seq)) {
		*time = t;
		*seq = s;
	}
}

/* When the VP that runs on @p has to go, as others wait; NEVER: not by its slice. */
static uint64_t slice_ends(const struct loop *l, const struct llp *p)
{
	const struct lvp *v = &l->vp[p->vp];
	uint64_t at = NEVER;

	if (!v->timed)
		return v->slice_at;
	if (!v->slice_over)
		return NEVER;
	/* Since when another waits. */
	for (size_t i = 0; i < p->waits; i++)
		if (l->vp[p->wait[i]].ready_at < at)
			at = l->vp[p->wait[i]].ready_at;
	at = (at > v->slice_time ? at : v->slice_time) + v->overrun;
	return at > v->slice_at ? at : v->slice_at;
}

static void plan_lp(struct loop *l, uint32_t lp)
{
	struct llp *p = &l->lp[lp];
	uint64_t time = NEVER, seq = NEVER, s = NEVER;

	if (p->vp == NOBODY) {
		for (size_t i = 0; i < p->waits; i++) {
			struct lvp *w = &l->vp[p->wait[i]];

			take_best(&time, &seq, p->free_from + w->left, w->run.seq);
		}
	} else {
		struct lvp *v = &l->vp[p->vp];
		uint64_t t = item_time(l, p->vp, &s);

		take_best(&time, &seq, t, s);
		if (p->waits) {
			t = slice_ends(l, p);
			take_best(&time, &seq, t > l->now ? t : l->now, v->run.out_seq);
		}
		for (size_t i = 0; i < p->waits; i++) {
			struct lvp *w = &l->vp[p->wait[i]];

			if (w->run.preempts) {
				t = w->ready_at + w->run.preempt_after;
				take_best(&time, &seq, t > l->now ? t : l->now, v->run.out_seq);
			}
		}
	}
	plan_set(l, lp, time, seq);
}

/* What comes next on @lp is another thing now: once all is done that happens at a time. */
static void plan_later(struct loop *l, uint32_t lp)
{
	if (l->lp[lp].stale)
		return;
	l->lp[lp].stale = true;
	l->stale[l->stales++] = lp;
}

static void plan_stale(struct loop *l)
{
	while (l->stales) {
		uint32_t lp = l->stale[--l->stales];

		l->lp[lp].stale = false;
		plan_lp(l, lp);
	}
}

/* Up to now the LP was free. */
static void count_down(struct loop *l, struct llp *p)
{
	uint64_t passed = l->now - p->free_from;

	if (p->vp == NOBODY) {
		for (size_t i = 0; i < p->waits; i++) {
			struct lvp *w = &l->vp[p->wait[i]];

			w->left = w->left > passed ? w->left - passed : 0;
		}
	}
	p->free_from = l->now;
}

/* What is left of a delay that no rule explains. */
static uint64_t kept(const struct loop *l, uint64_t delay)
{
	return l->residuals == 100 ? delay
				   : (uint64_t)((unsigned __int128)delay * l->residuals / 100);
}

static void note_near(struct loop *l, uint64_t recorded)
{
	l->counts.near += (l->now > recorded ? l->now - recorded : recorded - l->now) <= l->near;
}

static void emit(struct loop *l, struct trace_event ev, const struct trace_event *rec)
{
	bool same;

	ev.time = l->now;
	same = rec && rec->time == ev.time && rec->value == ev.value && rec->lp == ev.lp;
	l->counts.same += same;
	engine_events(l->e, &ev, 1);
}

/* The run that comes next for @vp: the last that starts no later on its tape. */
static void choose_run(struct loop *l, uint32_t vp)
{
	struct lvp *v = &l->vp[vp];
	uint64_t work = v->ran - v->item_ran;
	struct tape_run *r;

	v->extra = true;
	v->absent = false;
	for (;;) {
		/* What starts up to here has been read when what comes next on the tape has. */
		while (!(r = tape_run(l->t, vp, 0)) && !tape_item(l->t, vp, v->item) && more(l))
			;
		if (!r)
			break;
		if (r->item > v->item || (r->item == v->item && r->work > work))
			break;
		v->run = *r;
		/* How it ended is told by the record itself. */
		while (!r->known && more(l))
			r = tape_run(l->t, vp, 0);
		v->run = *r;
		tape_drop_run(l->t, vp);
		v->extra = false;
		if (v->run.item == v->item && v->run.work == work)
			break;
	}
	if (v->extra) {
		uint64_t behind = 1;

		/* The recording ends before it runs again. */
		v->absent = tape_is_again(l->t, vp, v->item, &behind) && !behind &&
			    work == tape_rest(l->t, vp) && tape_last_wait(l->t, vp);
		v->run.lp = (uint16_t)v->lp;
		v->run.hold = 0;
		v->run.preempts = v->run.sliced = v->run.timed = false;
		v->run.length = 0;
		v->run.number = NEVER;
		v->run.seq = v->run.out_seq = NEVER - 1;
	}
}

/* It waits for the LP of its run. */
static void join(struct loop *l, uint32_t vp)
{
	struct lvp *v = &l->vp[vp];
	struct llp *p = &l->lp[v->run.lp];

	v->lp = v->run.lp;
	count_down(l, p);
	v->left = kept(l, v->run.hold);
	if (p->waits == p->room) {
		p->room = p->room ? 2 * p->room : 4;
		p->wait = vt_realloc(p->wait, p->room * sizeof(*p->wait));
	}
	p->wait[p->waits++] = vp;
	plan_later(l, v->run.lp);
}

static void get_ready(struct loop *l, uint32_t vp)
{
	struct lvp *v = &l->vp[vp];

	v->state = READY;
	v->ready_at = l->now;
	choose_run(l, vp);
	if (v->absent) {
		plan_set(l, l->meta->lps + vp, l->now + tape_last_wait(l->t, vp), NEVER - 1);
		return;
	}
	join(l, vp);
	plan_set(l, l->meta->lps + vp, v->extra || l->fifo ? NEVER : l->now + v->run.wait + 1,
		 v->run.seq);
}

/* When it would start if it waited as in the recording; an extra run at once, but behind all. */
static uint64_t expected(const struct loop *l, const struct lvp *v)
{
	if (!v->extra)
		return v->ready_at + v->run.wait;
	return v->ready_at < l->now ? v->ready_at : NEVER;
}

/* Of two that wait for a free LP. */
static bool goes_first(const struct loop *l, uint32_t a, uint32_t b)
{
	const struct lvp *v = &l->vp[a], *w = &l->vp[b];
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

/* When the slice of @v, which starts, is over. */
static void set_slice(const struct loop *l, struct lvp *v)
{
	/* One that went on although its slice was over does so here. */
	uint64_t least = v->run.timed || l->quantum != LOOP_SLICES ? v->run.length + 1 : 0;

	v->slice_over = false;
	v->timed = v->run.sliced ? v->run.timed : l->quantum == LOOP_SLICES;
	if (v->run.sliced && v->run.timed)
		v->overrun = v->run.overrun;
	if (v->run.sliced)
		v->slice_at = v->timed ? 0 : l->now + v->run.length;
	else if (l->quantum && !v->timed)
		v->slice_at = l->now + (least > l->quantum ? least : l->quantum);
	else
		v->slice_at = v->timed ? l->now + least : NEVER;
}

static void start(struct loop *l, uint32_t lp)
{
	struct llp *p = &l->lp[lp];
	struct lvp *v;
	size_t best = p->waits;
	uint32_t vp;

	for (size_t i = 0; i < p->waits; i++) {
		struct lvp *w = &l->vp[p->wait[i]];

		if (p->free_from + w->left > l->now)
			continue;
		if (best == p->waits || goes_first(l, p->wait[i], p->wait[best]))
			best = i;
	}
	if (best == p->waits)
		return plan_later(l, lp);
	vp = p->wait[best];
	plan_set(l, l->meta->lps + vp, NEVER, 0);
	v = &l->vp[vp];
	count_down(l, p);
	memmove(&p->wait[best], &p->wait[best + 1], (p->waits - best - 1) * sizeof(*p->wait));
	p->waits--;
	p->vp = vp;
	v->state = RUNNING;
	v->in_at = l->now;
	v->stolen = p->stolen;
	set_slice(l, v);
	l->counts.runs++;
	l->counts.kept += v->run.lp == lp && v->run.number == p->last + 1;
	p->last = v->run.lp == lp && !v->extra ? v->run.number : NEVER;
	const struct trace_event rec = { .time = v->run.time, .lp = v->run.lp };
	struct trace_event ev = {
		.type = TRACE_SCHED_IN, .vp = vp, .lp = (uint16_t)lp, .extra = v->run.slice
	};

	emit(l, ev, v->extra ? NULL : &rec);
	plan_later(l, lp);
}

/* @v stops running. */
static void leave(struct loop *l, uint32_t vp)
{
	struct lvp *v = &l->vp[vp];
	struct llp *p = &l->lp[v->lp];

	v->ran = ran_now(l, v);
	v->counts.on_lps += l->now - v->in_at;
	p->vp = NOBODY;
	p->free_from = l->now;
}

/* ---- stops and what ends them ---- */

static void plan_wake(struct loop *l, uint32_t vp)
{
	struct lvp *v = &l->vp[vp];
	struct tape_item *i = tape_item(l->t, vp, v->item - 1);
	uint64_t at = NEVER, behind;
	bool again;

	if (v->state != STOPPED)
		return;
	/* The stop of before its first event is known when that is. */
	while (!i && (v->pend_seen || v->ipis || v->taken) && more(l))
		i = tape_item(l->t, vp, v->item - 1);
	if (!i)
		return;
	if (!i->known && (i->ev.sub == TRACE_WAIT || v->pend_seen || v->ipis > i->ipis ||
			  v->taken - v->taken_at_act > i->had)) {
		while (!(i = tape_item(l->t, vp, v->item - 1))->known && more(l))
			;
	}
	again = tape_is_again(l->t, vp, v->item - 1, &behind);
	if (i->known && again && i->cause != CAUSE_TIMER) {
		at = v->stop_time + (i->back - i->ev.time);
	} else if (i->known) {
		uint64_t r = kept(l, i->residual);

		switch (i->cause) {
		case CAUSE_TIMER:
			/* The tick came before the guest halted: it would not have. */
			if (v->taken - v->taken_at_act > i->had)
				at = l->now;
			else if (v->pend_seen)
				at =
				    (v->pend_time > v->stop_time ? v->pend_time : v->stop_time) + r;
			break;
		case CAUSE_IPI:
			if (v->ipi_time == NEVER && v->ipis > i->ipis)
				at = v->stop_time;
			else if (v->ipi_time != NEVER && v->ipis > i->ipis)
				at = v->ipi_time + r;
			break;
		case CAUSE_EXTERNAL:
			if (i->ev.sub == TRACE_WAIT)
				at = v->stop_time + (i->back - i->ev.time);
			else
				at = i->back;
			break;
		default:
			break;
		}
	}
	if (at != NEVER && at < l->now)
		at = l->now;
	plan_set(l, l->meta->lps + vp, at, again ? NEVER - 1 : at == NEVER ? 0 : i->back_seq);
}

static void wake_up(struct loop *l, uint32_t vp)
{
	struct lvp *v = &l->vp[vp];
	struct tape_item *i = tape_item(l->t, vp, v->item - 1);
	const struct trace_event rec = { .time = i->back, .lp = i->back_lp };
	bool wakes = i->wakes;
	uint64_t behind;
	bool again = tape_is_again(l->t, vp, v->item - 1, &behind) || i->back_seq == NEVER - 1;

	l->counts.wakes[i->cause]++;
	v->counts.wakeups++;
	if (!again)
		note_near(l, i->back);
	v->state = READY; /* emit() may pend */
	if (wakes) {
		struct trace_event ev = { .type = TRACE_WAKE, .vp = vp, .lp = i->back_lp };

		emit(l, ev, again ? NULL : &rec);
	}
	get_ready(l, vp);
}

static void stop(struct loop *l, uint32_t vp, const struct tape_item *i)
{
	struct lvp *v = &l->vp[vp];
	uint64_t behind;
	bool again = tape_is_again(l->t, vp, v->item, &behind);
	uint32_t lp = v->lp;
	struct trace_event ev = i->ev;
	const struct trace_event rec = i->ev;

	leave(l, vp);
	v->item++;
	v->item_ran = v->ran;
	v->state = STOPPED;
	v->stop_time = l->now;
	v->pend_seen = v->waiting_pend;
	v->pend_time = 0;
	v->ipi_time = NEVER;
	if (ev.sub == TRACE_PREEMPT || ev.sub == TRACE_YIELD || ev.sub == TRACE_LOST_VP)
		v->state = READY;
	emit(l, ev, again ? NULL : &rec);
	if (v->state == READY)
		get_ready(l, vp);
	else
		plan_wake(l, vp);
	tape_drop_items(l->t, vp, v->item - 1);
	plan_later(l, lp);
}

static void preempt(struct loop *l, uint32_t lp)
{
	uint32_t vp = l->lp[lp].vp;
	struct lvp *v = &l->vp[vp];
	struct trace_event ev = { .type = TRACE_SCHED_OUT, .sub = TRACE_PREEMPT, .vp = vp };
	const struct trace_event rec = { .time = v->run.time + v->run.length };

	/* Who ends a run by becoming ready does so once. */
	for (size_t i = 0; i < l->lp[lp].waits; i++) {
		struct lvp *w = &l->vp[l->lp[lp].wait[i]];

		if (w->run.preempts && w->ready_at + w->run.preempt_after <= l->now)
			w->run.preempts = false;
	}
	leave(l, vp);
	v->state = READY;
	emit(l, ev, v->extra || !v->run.out_seq ? NULL : &rec);
	get_ready(l, vp);
	plan_later(l, lp);
}

/* It has waited longer than it did in the recording: another LP is free, or it takes the place of
 * who runs. */
static void impatient(struct loop *l, uint32_t vp)
{
	struct lvp *v = &l->vp[vp];
	struct llp *p = &l->lp[v->lp], *q;
	uint32_t to, from = v->lp;

	plan_set(l, l->meta->lps + vp, NEVER, 0);
	if (v->absent) {
		v->absent = false;
		join(l, vp);
		return;
	}
	if (p->vp == NOBODY)
		return;
	for (to = 0; to < l->meta->lps; to++)
		if (l->lp[to].vp == NOBODY && !l->lp[to].waits)
			break;
	if (to == l->meta->lps) {
		v->left = 0;
		if (l->now > l->vp[p->vp].in_at && v->counts.on_lps < l->vp[p->vp].counts.on_lps)
			preempt(l, from);
		return;
	}
	for (size_t i = 0; i < p->waits; i++) {
		if (p->wait[i] != vp)
			continue;
		memmove(&p->wait[i], &p->wait[i + 1], (p->waits - i - 1) * sizeof(*p->wait));
		p->waits--;
		break;
	}
	q = &l->lp[to];
	q->free_from = l->now;
	v->left = 0;
	v->lp = to;
	if (q->waits == q->room) {
		q->room = q->room ? 2 * q->room : 4;
		q->wait = vt_realloc(q->wait, q->room * sizeof(*q->wait));
	}
	q->wait[q->waits++] = vp;
	plan_later(l, from);
	plan_later(l, to);
}

/* ---- acts ---- */

static uint64_t deadline_of(struct loop *l, struct lvp *v, const struct tape_item *i)
{
	int64_t c = (int64_t)l->now + v->off, d, unit = (int64_t)i->unit;

	if (i->ev.extra || i->ahead <= 0 || !i->unit || !v->has_last) {
		l->counts.write += !i->ev.extra;
		d = c + i->ahead;
		return d < 0 ? 0 : (uint64_t)d;
	}
	l->counts.grid++;
	d = (int64_t)v->last_deadline + i->step;
	if (i->unit == TAPE_BY_STEPS)
		unit = i->step;
	else
		c += (i->ahead - 1) / unit * unit; /* what is whole of ahead stays */
	if (d <= c)
		d += ((c - d) / unit + 1) * unit;
	else if (i->unit != TAPE_BY_STEPS)
		d -= (d - c - 1) / unit * unit;
	return (uint64_t)d;
}

static void ipi(struct loop *l, const struct trace_event *ev)
{
	struct lvp *to = &l->vp[ev->extra < l->meta->vps ? ev->extra : ev->vp];
	const struct tape_item *i;

	if (ev->extra >= l->meta->vps)
		return;
	to->ipis++;
	if (to->state != STOPPED)
		return;
	i = tape_item(l->t, (uint32_t)ev->extra, to->item - 1);
	/* The one that the stop waits for. */
	if (to->ipis == (i ? i->ipis : 0) + 1)
		to->ipi_time = l->now;
	plan_wake(l, (uint32_t)ev->extra);
}

static void act(struct loop *l, uint32_t vp, const struct tape_item *item)
{
	struct lvp *v = &l->vp[vp];
	struct tape_item i = *item;
	struct trace_event ev = i.ev;
	unsigned type = ev.type;
	uint64_t behind;
	bool again = tape_is_again(l->t, vp, v->item, &behind);

	v->item_ran = ran_now(l, v);
	v->item++;
	/* What others have counted, or is a time of the recording's, does not come again. */
	if (again && (type == TRACE_IPI || type == TRACE_COUNTER))
		return;
	if (type == TRACE_ARM) {
		ev.value = deadline_of(l, v, &i);
		v->has_last = !ev.extra && i.ahead > 0;
		v->last_deadline = ev.value;
	}
	if (type == TRACE_COUNTER) {
		v->off = (int64_t)(ev.value - l->now);
		v->has_last = false;
	}
	if (type == TRACE_ARM || type == TRACE_DISARM || type == TRACE_MASK ||
	    type == TRACE_COUNTER || type == TRACE_ACK) {
		v->taken_at_act = v->taken;
		v->given_at_act = v->given;
	}
	if (type == TRACE_ARM) {
		v->counts.writes++;
		if (!again)
			note_near(l, i.ev.time);
	}
	emit(l, ev, again ? NULL : &i.ev);
	tape_drop_items(l->t, vp, v->item);
	if (type == TRACE_IPI)
		ipi(l, &i.ev);
}

/* The LP's time has come. */
static void lp_acts(struct loop *l, uint32_t lp)
{
	struct llp *p = &l->lp[lp];
	const struct tape_item *i;
	uint64_t seq = 0;

	if (p->vp == NOBODY)
		return start(l, lp);
	/* The item, if it is what was planned: else somebody takes its place. */
	if (item_time(l, p->vp, &seq) <= l->now && seq == l->heap[0].seq) {
		uint64_t behind;
		bool again = tape_is_again(l->t, p->vp, l->vp[p->vp].item, &behind);

		i = next_item(l, p->vp);
		l->counts.items += !again;
		l->counts.again += again;
		if (i->ev.type == TRACE_SCHED_OUT)
			stop(l, p->vp, i);
		else
			act(l, p->vp, i);
		return plan_later(l, lp);
	}
	preempt(l, lp);
}

/* ---- what the engine tells ---- */

static void hear_pend(void *arg, uint32_t vp, uint64_t covers)
{
	struct loop *l = arg;
	struct lvp *v = &l->vp[vp];

	v->pended += covers;
	v->waiting_pend |= covers > 0;
	if (v->state == STOPPED && !v->pend_seen) {
		v->pend_seen = true;
		v->pend_time = engine_now(l->e);
		plan_wake(l, vp);
	}
}

static void hear_delivery(void *arg, uint32_t vp)
{
	struct loop *l = arg;
	struct lvp *v = &l->vp[vp];
	uint64_t was = l->now;

	v->taken += v->pended;
	v->given++;
	v->pended = 0;
	v->counts.ticks++;
	v->waiting_pend = false;
	/* It may be when the hypervisor will be done. */
	l->now = engine_now(l->e);
	v->tick_ran = ran_now(l, v);
	l->now = was;
	if (v->state == RUNNING)
		plan_later(l, v->lp);
	else if (v->state == STOPPED)
		plan_wake(l, vp);
}

static void hear_work(void *arg, uint32_t lp, uint64_t ticks)
{
	struct loop *l = arg;

	l->lp[lp].stolen += ticks;
	if (l->lp[lp].vp != NOBODY)
		plan_later(l, lp);
}

static void hear_slice_over(void *arg, uint32_t lp)
{
	struct loop *l = arg;
	struct lvp *v = &l->vp[l->lp[lp].vp];

	v->slice_over = true;
	v->slice_time = engine_now(l->e);
	plan_later(l, lp);
}

/* ---- all ---- */

struct loop *loop_new(const struct trace_meta *meta, struct engine *e, struct tape *t,
		      bool (*pull)(void *), void *arg, uint64_t quantum)
{
	struct loop *l = vt_alloc(sizeof(*l));

	l->meta = meta;
	l->e = e;
	l->t = t;
	l->pull = pull;
	l->arg = arg;
	l->quantum = quantum;
	l->fifo = tape_is_fifo(meta);
	l->near = trace_ns_to_ticks(LOOP_NEAR_NS, meta->clock_hz);
	l->residuals = 100;
	l->away = engine_away_recorded(e);
	l->vp = vt_array(meta->vps + 1, sizeof(*l->vp));
	l->lp = vt_array(meta->lps + 1, sizeof(*l->lp));
	l->heap = vt_array((size_t)meta->lps + meta->vps + 2, sizeof(*l->heap));
	l->place = vt_array((size_t)meta->lps + meta->vps + 2, sizeof(*l->place));
	l->stale = vt_array(meta->lps + 1, sizeof(*l->stale));
	for (uint32_t i = 0; i < meta->lps; i++)
		l->lp[i].vp = NOBODY;
	for (uint32_t i = 0; i < meta->vps; i++) {
		/* The first item is the stop that its first event ends. */
		l->vp[i].state = STOPPED;
		l->vp[i].item = 1;
		l->vp[i].ipi_time = NEVER;
	}
	l->ear = (struct engine_ear){ l, hear_pend, hear_delivery, hear_work, hear_slice_over };
	engine_listen(e, &l->ear);
	return l;
}

static void absolute(struct loop *l)
{
	struct tape_item *i = tape_absolute(l->t);
	struct trace_event ev = i->ev;

	tape_drop_absolute(l->t);
	if (ev.type == TRACE_COUNTER) {
		l->vp[ev.vp].off = (int64_t)(ev.value - l->now);
		l->vp[ev.vp].has_last = false;
	}
	engine_events(l->e, &ev, 1);
	if (ev.type == TRACE_IPI)
		ipi(l, &ev);
}

/* What comes next is a machine that goes away: what is due just then waits. RULES.md 17.13. */
static bool goes_away(const struct loop *l)
{
	return l->away && l->heap_n && l->heap[0].id == l->meta->lps + l->meta->vps &&
	       tape_absolute(l->t)->ev.type == TRACE_AWAY;
}

/* The next absolute event happens, and the one after it is planned. */
static void take_absolute(struct loop *l)
{
	const struct tape_item *a;

	absolute(l);
	a = tape_absolute(l->t);
	plan_set(l, l->meta->lps + l->meta->vps, a ? a->ev.time : NEVER, a ? a->seq : 0);
}

void loop_residuals(struct loop *l, unsigned percent)
{
	l->residuals = percent;
}

/* What was read tells what ended stops, and what comes by itself. */
static void look_at_news(struct loop *l)
{
	uint32_t abs_id = l->meta->lps + l->meta->vps, stopped;
	const struct tape_item *a;

	l->fresh = false;
	while (tape_ended_stop(l->t, &stopped))
		plan_wake(l, stopped);
	if (!l->place[abs_id] && (a = tape_absolute(l->t)))
		plan_set(l, abs_id, a->ev.time, a->seq);
}

void loop_run(struct loop *l)
{
	uint32_t abs_id = l->meta->lps + l->meta->vps;
	uint64_t end = l->meta->end;

	for (;;) {
		plan_stale(l);
		while (l->fresh)
			look_at_news(l);
		uint64_t due = engine_due(l->e), next = l->heap_n ? l->heap[0].time : NEVER;
		uint64_t first = due < next ? due : next;

		/* What comes from the recording by itself. */
		if (!tape_ended(l->t) && tape_time(l->t) <= first) {
			read_beyond(l, first);
			continue;
		}
		if (first > end)
			break;
		if (due < next || (due == next && !goes_away(l))) {
			l->now = due > l->now ? due : l->now;
			engine_take(l->e);
			continue;
		}
		l->now = next;
		uint32_t id = l->heap[0].id;
		if (id < l->meta->lps) {
			lp_acts(l, id);
		} else if (id < abs_id && l->vp[id - l->meta->lps].state == READY) {
			impatient(l, id - l->meta->lps);
		} else if (id < abs_id) {
			wake_up(l, id - l->meta->lps);
		} else {
			take_absolute(l);
		}
	}
	l->now = end;
	for (uint32_t i = 0; i < l->meta->vps; i++) {
		struct lvp *v = &l->vp[i];

		v->counts.work = ran_now(l, v);
		if (v->state == RUNNING)
			v->counts.on_lps += end - v->in_at;
		l->counts.work += v->counts.work;
		l->counts.busy += v->counts.on_lps;
	}
}

const struct loop_counts *loop_counts(const struct loop *l)
{
	return &l->counts;
}

const struct loop_vp_counts *loop_vp_counts(const struct loop *l, uint32_t vp)
{
	return &l->vp[vp].counts;
}

void loop_free(struct loop *l)
{
	for (uint32_t i = 0; i < l->meta->lps; i++)
		free(l->lp[i].wait);
	free(l->heap);
	free(l->place);
	free(l->stale);
	free(l->vp);
	free(l->lp);
	free(l);
}
