/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/tests/naive_loop.h"

#include <stdlib.h>
#include <string.h>

#define NONE SIZE_MAX
#define NEVER UINT64_MAX

enum state { NEW, RUNNING, READY, STOPPED };

/* What there is of each event of the recording. */
struct note {
	bool item, stray, absolute;
	uint64_t ran, taken, act_taken, given, act_given, tick_ran, ipis; /* of its VP, before it */
	/* of a stop, or the pseudo stop before the first event of a VP */
	size_t end; /* the event that ends it */
	int cause;  /* 0: none, 1: timer, 2: ipi, 3: external */
	uint64_t residual;
	/* of an item that answers ticks: 2.3; of an ARM: 6.10 */
	uint64_t before, units;
	/* of a SCHED_IN */
	uint64_t ready, hold, before_items, before_work, number;
	size_t out;		      /* its SCHED_OUT */
	bool preempts, sliced, start; /* start: it ends the pseudo stop */
	uint64_t preempt_after;
	bool timed; /* the base's slice timer ran in it, then: */
	uint64_t slice_time, overrun;
	/* of a stop that the end of the recording cuts off, but whose end is guessed */
	bool goes_on, wakes;
	uint16_t wakes_lp;
};

struct vp {
	enum state state;
	uint32_t lp;
	const uint64_t *busy_to; /* of its LP, in the loop */
	uint64_t in, ran, ready, taken, pended, act_taken, given, act_given, tick_ran, stop_time;
	size_t stop, in_event;
	bool waits, seen, otherwise, ipi, timer_stop, timer_wakes;
	uint64_t seen_at, ipi_at, ipis, stop_ipis;
	size_t seen_behind;
	uint64_t timer_residual;
	/* the pseudo stop */
	struct note first;
	bool has_first, first_block;
	/* the tape */
	size_t *item, items, *run, runs;
	uint64_t unit; /* 0: no grid, NEVER: by its steps */
	/* the loop */
	size_t next, next_run;
	bool ran_once, extra, absent, impatient_done, preempts, again_stop, slice_over, has_last;
	uint64_t rest, last_wait, slice_time, overrun;
	size_t record; /* of the run, a SCHED_IN */
	uint64_t item_ran, left, slice_at, on_lps, last_deadline;
	int64_t off;
	/* 6.10 to 6.12 */
	int64_t owed;
	uint64_t done, units, had;
	bool put_back, halted, ticked, one_shot, tick_wakes, switched;
	uint16_t tick_lp;
	uint64_t tick_residual, switch_time;
};

struct naive {
	struct naive_counts *c;
	const struct trace_meta *meta;
	const struct trace_event *ev;
	size_t n;
	struct note *note;
	struct vp *vp;
	struct engine *e;
	uint64_t now, quantum, near, residuals;
	bool fifo, switched;
	uint64_t switch_time, look, round;
	size_t at;	   /* of the recording */
	uint32_t *on;	   /* [lps] VP, or UINT32_MAX */
	uint64_t *busy_to; /* [lps] the hypervisor is at work */
	uint64_t *last;
	bool looping;
};

static uint64_t ran_at(const struct vp *v, uint64_t time)
{
	/* It has worked for so long less than `in` has it. */
	uint64_t to_come = v->busy_to && *v->busy_to > time ? *v->busy_to - time : 0;

	return v->state == RUNNING && time + to_come > v->in ? v->ran + time + to_come - v->in
							     : v->ran;
}

static bool is_timer_act(unsigned type)
{
	return type == TRACE_ARM || type == TRACE_DISARM || type == TRACE_MASK ||
	       type == TRACE_COUNTER || type == TRACE_ACK;
}

static bool is_act(unsigned type)
{
	return is_timer_act(type) || type == TRACE_EXIT || type == TRACE_ENTRY || type == TRACE_IPI;
}

/* ---- what the engines say ---- */

static void pends(void *arg, uint32_t vp, uint64_t covers)
{
	struct naive *x = arg;
	struct vp *v = &x->vp[vp];

	v->pended += covers;
	if (covers)
		v->waits = true;
	if (!x->looping && v->state == READY && v->otherwise) {
		v->otherwise = false;
		x->c->negative++;
	}
	if ((v->state == STOPPED || (!x->looping && v->state == NEW)) && !v->seen) {
		v->seen = true;
		v->seen_at = *engine_clock(x->e).now;
		v->seen_behind = x->at;
	}
}

static void delivers(void *arg, uint32_t vp)
{
	struct naive *x = arg;
	struct vp *v = &x->vp[vp];

	v->taken += v->pended;
	v->given++;
	v->pended = 0;
	v->waits = false;
	v->tick_ran = ran_at(v, *engine_clock(x->e).now);
}

static void works(void *arg, uint32_t lp, uint64_t ticks)
{
	struct naive *x = arg;

	if (!x->looping)
		return;
	if (x->busy_to[lp] < x->now)
		x->busy_to[lp] = x->now;
	x->busy_to[lp] += ticks;
	/* As if it had begun to run so much later. */
	if (x->on[lp] != UINT32_MAX)
		x->vp[x->on[lp]].in += ticks;
}

static void slice_over(void *arg, uint32_t lp)
{
	struct naive *x = arg;

	for (uint32_t i = 0; i < x->meta->vps; i++) {
		struct vp *v = &x->vp[i];

		if (v->state != RUNNING || v->lp != lp)
			continue;
		if (x->looping) {
			v->slice_over = true;
			v->slice_time = *engine_clock(x->e).now;
		} else {
			x->note[v->in_event].timed = true;
			x->note[v->in_event].slice_time = *engine_clock(x->e).now;
		}
	}
}

/* ---- the recording: sections 1 to 5 ---- */

/* 4.3: did the base pend only in the preemption that made room for @i? */
static bool seen_late(const struct naive *x, const struct vp *v, size_t i)
{
	const struct trace_event *e = &x->ev[i];
	size_t k = i;

	if (e->type != TRACE_SCHED_IN || !v->seen || v->seen_at != e->time)
		return false;
	while (k-- && x->ev[k].time == e->time) {
		const struct trace_event *out = &x->ev[k];

		if (out->type == TRACE_SCHED_IN && out->lp == e->lp)
			return false;
		if (out->type == TRACE_SCHED_OUT && out->sub == TRACE_PREEMPT &&
		    x->ev[x->vp[out->vp].in_event].lp == e->lp)
			return v->seen_behind >= k && x->vp[out->vp].state == READY;
	}
	return false;
}

static void end_stop(struct naive *x, size_t i)
{
	const struct trace_event *e = &x->ev[i];
	struct vp *v = &x->vp[e->vp];
	struct note *s = v->stop == NONE ? &v->first : &x->note[v->stop];
	bool block = v->stop == NONE ? v->first_block : x->ev[v->stop].sub == TRACE_BLOCK;
	uint64_t began = v->stop == NONE ? 0 : x->ev[v->stop].time;
	bool late = block && seen_late(x, v, i);

	s->end = i;
	s->cause = 3;
	if (block && v->seen && !late) {
		s->cause = 1;
		s->residual = e->time - (v->seen_at > began ? v->seen_at : began);
	} else if (block && v->ipi) {
		s->cause = 2;
		s->residual = e->time - v->ipi_at;
	} else {
		v->otherwise = block && !late;
		x->c->negative += late;
	}
	v->timer_stop = s->cause == 1;
	v->timer_residual = s->residual;
	v->timer_wakes = e->type == TRACE_WAKE;
	x->c->compared++;
	x->c->residuals += s->residual != 0;
	x->c->residual_ticks += s->residual;
	v->state = READY;
	v->ready = e->time;
}

static void be_new_no_more(struct naive *x, size_t i, bool block)
{
	struct vp *v = &x->vp[x->ev[i].vp];

	if (v->state != NEW)
		return;
	v->has_first = true;
	v->first_block = block;
	v->first.taken = v->taken;
	v->first.act_taken = v->act_taken;
	v->stop = NONE;
	v->state = STOPPED;
}

static void begin_stop(struct vp *v, size_t i)
{
	v->state = STOPPED;
	v->stop = i;
	v->seen = v->waits;
	v->seen_at = 0;
	v->ipi = false;
}

static void record(struct naive *x, size_t i)
{
	const struct trace_event *e = &x->ev[i];
	struct note *m = &x->note[i];
	struct vp *v = trace_type_has_vp(e->type) ? &x->vp[e->vp] : NULL;

	x->at = i;
	m->end = m->out = NONE;
	if (e->type == TRACE_SEED || e->type == TRACE_LOST || e->type == TRACE_AWAY)
		m->absolute = true;
	if (!v || e->type == TRACE_SEED)
		return;
	m->ran = ran_at(v, e->time);
	m->taken = v->taken;
	m->act_taken = v->act_taken;
	m->given = v->given;
	m->act_given = v->act_given;
	m->tick_ran = v->tick_ran;
	m->ipis = v->ipis;
	if (e->type == TRACE_SCHED_IN) {
		be_new_no_more(x, i, false);
		if (v->state == STOPPED)
			end_stop(x, i);
		m->ready = v->ready;
		v->state = RUNNING;
		v->otherwise = false;
		v->in = e->time;
		v->lp = e->lp;
		v->in_event = i;
	} else if (e->type == TRACE_SCHED_OUT) {
		m->item = e->sub != TRACE_PREEMPT;
		x->note[v->in_event].out = i;
		v->ran = ran_at(v, e->time);
		v->state = READY;
		v->ready = e->time;
		if (e->sub == TRACE_BLOCK || e->sub == TRACE_WAIT || e->sub == TRACE_OFFLINE)
			begin_stop(v, i);
	} else if (e->type == TRACE_WAKE) {
		be_new_no_more(x, i, true);
		m->stray = v->state != STOPPED;
		if (!m->stray)
			end_stop(x, i);
	} else if (is_act(e->type)) {
		m->item = v->state == RUNNING;
		m->absolute = !m->item && (e->type == TRACE_COUNTER || e->type == TRACE_IPI);
		if (m->item && is_timer_act(e->type)) {
			v->act_taken = v->taken;
			v->act_given = v->given;
		}
		if (e->type == TRACE_IPI && e->extra < x->meta->vps) {
			struct vp *to = &x->vp[e->extra];

			to->ipis++;
			if ((to->state == STOPPED || to->state == NEW) && !to->ipi) {
				to->ipi = true;
				to->ipi_at = e->time;
			}
		}
	}
}

/* 4.2. */
static void go_on(struct naive *x, struct vp *v)
{
	struct note *s;
	uint64_t end = x->meta->end, least = 0;

	v->last_wait = v->state == READY ? end - v->ready + 1 : 0;
	if (v->state != STOPPED || v->stop == NONE || x->ev[v->stop].sub != TRACE_BLOCK ||
	    !v->timer_stop)
		return;
	s = &x->note[v->stop];
	if (v->seen && v->seen_at > x->ev[v->stop].time)
		least = end + 1 - v->seen_at;
	else if (v->seen)
		least = end + 1 - x->ev[v->stop].time;
	s->goes_on = true;
	s->cause = 1;
	s->residual = v->timer_residual > least ? v->timer_residual : least;
	s->wakes = v->timer_wakes;
	s->wakes_lp = (uint16_t)v->lp;
}

/* 3.1 and 3.3, once all is there. */
static void link_runs(struct naive *x)
{
	for (size_t i = 0; i < x->n; i++) {
		const struct trace_event *e = &x->ev[i];
		struct note *m = &x->note[i];
		size_t next = NONE, own = NONE;

		if (e->type == TRACE_SCHED_IN) {
			m->hold = e->time - m->ready;
			m->number = 1;
			for (size_t k = 0; k < i; k++) {
				uint64_t from, to;

				if (x->ev[k].type != TRACE_SCHED_IN || x->ev[k].lp != e->lp)
					continue;
				m->number++;
				from = x->ev[k].time > m->ready ? x->ev[k].time : m->ready;
				to = x->ev[x->note[k].out].time;
				if (to > from)
					m->hold -= to - from;
			}
		}
		if (e->type != TRACE_SCHED_OUT || e->sub != TRACE_PREEMPT)
			continue;
		size_t in = i;
		while (x->note[in].out != i)
			in--;
		for (size_t k = i + 1; k < x->n; k++) {
			if (x->ev[k].type != TRACE_SCHED_IN)
				continue;
			if (next == NONE && x->ev[k].lp == x->ev[in].lp)
				next = k;
			if (own == NONE && x->ev[k].vp == e->vp)
				own = k;
		}
		if (next == NONE || (own != NONE && own <= next) || x->note[next].ready > e->time) {
			m->item = true;
		} else if (!x->fifo && x->note[next].ready > x->ev[in].time) {
			x->note[next].preempts = true;
			x->note[next].preempt_after = e->time - x->note[next].ready;
		} else {
			struct note *run = &x->note[in];

			run->sliced = true;
			run->overrun = x->note[next].ready > run->slice_time ? x->note[next].ready
									     : run->slice_time;
			run->overrun = e->time - run->overrun;
		}
	}
}

static uint64_t without_rest(uint64_t a, uint64_t b, uint64_t slack)
{
	uint64_t rest;

	if (b <= slack)
		return a;
	rest = a % b;
	return without_rest(b, b - rest <= slack ? 0 : rest, slack);
}

/* 6.10: so many units a step is, at least one; 0: none. */
static uint64_t in_units(int64_t step, uint64_t unit)
{
	if (step < (int64_t)(unit / 2))
		return 0;
	return ((uint64_t)step + unit / 2) / unit;
}

static void count_units(struct naive *x, uint32_t vp)
{
	const struct trace_event *before = NULL;
	int64_t off = 0;

	for (size_t i = 0; i < x->n; i++) {
		const struct trace_event *e = &x->ev[i];
		bool ahead;

		if (!trace_type_has_vp(e->type) || e->vp != vp)
			continue;
		if (e->type == TRACE_COUNTER) {
			off = (int64_t)(e->value - e->time);
			before = NULL;
		}
		if (e->type != TRACE_ARM)
			continue;
		ahead = !e->extra && (int64_t)e->value - (int64_t)e->time - off > 0;
		if (ahead && before)
			x->note[i].units =
			    in_units((int64_t)(e->value - before->value), x->vp[vp].unit);
		/* One that does not run writes nothing that counts. */
		if (x->note[i].item)
			before = ahead ? e : NULL;
	}
}

/* 5.2. */
static void find_grids(struct naive *x, uint32_t vp)
{
	uint64_t slack = trace_ns_to_ticks(1000, x->meta->clock_hz), unit = 0;
	bool apart = false;
	__int128 steps = 0, aheads = 0;
	int64_t off = 0, before = 0, step = 0, ahead = 0;
	unsigned chain = 0;

	for (size_t i = 0; i < x->n; i++) {
		const struct trace_event *e = &x->ev[i];
		int64_t s, a;

		if (!trace_type_has_vp(e->type) || e->vp != vp)
			continue;
		if (e->type == TRACE_COUNTER) {
			off = (int64_t)(e->value - e->time);
			chain = 0;
		}
		if (e->type != TRACE_ARM)
			continue;
		a = (int64_t)e->value - (int64_t)e->time - off;
		if (e->extra || a <= 0) {
			chain = 0;
			continue;
		}
		s = (int64_t)e->value - before;
		if (chain && s && !apart) {
			unit = without_rest((uint64_t)(s < 0 ? -s : s), unit, slack);
			apart = unit < 100 * slack + 100;
		}
		if (chain >= 2) {
			steps += s > step ? (__int128)s - step : (__int128)step - s;
			aheads += a > ahead ? (__int128)a - ahead : (__int128)ahead - a;
		}
		chain++;
		before = (int64_t)e->value;
		step = s;
		ahead = a;
	}
	x->vp[vp].unit = unit && !apart ? unit : steps < aheads ? NEVER : 0;
	if (unit && !apart)
		count_units(x, vp);
}

static void lay_tapes(struct naive *x)
{
	for (uint32_t vp = 0; vp < x->meta->vps; vp++) {
		struct vp *v = &x->vp[vp];
		uint64_t item_ran = 0;

		v->item = calloc(x->n + 1, sizeof(*v->item));
		v->run = calloc(x->n + 1, sizeof(*v->run));
		for (size_t i = 0; i < x->n; i++) {
			struct note *m = &x->note[i];

			if (!trace_type_has_vp(x->ev[i].type) || x->ev[i].vp != vp)
				continue;
			if (x->ev[i].type == TRACE_SCHED_IN) {
				m->before_items = v->items;
				m->before_work = m->ran - item_ran;
				v->run[v->runs++] = i;
				x->c->residuals += m->hold != 0;
				x->c->residual_ticks += m->hold;
			}
			x->c->events += x->ev[i].type == TRACE_SCHED_IN ||
					x->ev[i].type == TRACE_SCHED_OUT ||
					(x->ev[i].type == TRACE_WAKE && !m->stray) ||
					(m->item && x->ev[i].type != TRACE_SCHED_OUT);
			if (!m->item)
				continue;
			/* From here on `hold` of an item is its work. */
			m->hold = m->ran - item_ran;
			if (is_timer_act(x->ev[i].type) && m->taken > m->act_taken &&
			    m->tick_ran > item_ran) {
				m->hold = m->ran - m->tick_ran;
				m->before = m->tick_ran - item_ran;
			}
			item_ran = m->ran;
			x->c->compared += x->ev[i].type == TRACE_ARM;
			v->item[v->items++] = i;
			x->c->all_items++;
		}
		v->rest = ran_at(v, x->meta->end) - item_ran;
		find_grids(x, vp);
	}
}

/* ---- the loop: section 6 ---- */

static void feed(struct naive *x, struct trace_event e, bool is, uint64_t time, uint64_t value,
		 uint16_t lp)
{
	e.time = x->now;
	x->c->same += is && time == x->now && value == e.value && lp == e.lp;
	engine_events(x->e, &e, 1);
}

/* 6.9: the event that is item @n of @v; NONE: its tape is over. */
static size_t item_of(const struct vp *v, size_t n)
{
	size_t again = v->items < 256 ? v->items : 256;

	if (n < v->items)
		return v->item[n];
	if (!again || n - v->items > v->items)
		return NONE;
	return v->item[v->items - again + (n - v->items) % again];
}

/* 7.4: what is kept of a hold or residual. */
static uint64_t left_of(const struct naive *x, uint64_t delay)
{
	return (uint64_t)((unsigned __int128)delay * x->residuals / 100);
}

/* 7.1. */
static void compare(struct naive *x, uint64_t recorded)
{
	uint64_t off = x->now > recorded ? x->now - recorded : recorded - x->now;

	x->c->near += off <= x->near;
}

/* 6.4. */
static void be_ready(struct naive *x, uint32_t vp)
{
	struct vp *v = &x->vp[vp];

	v->state = READY;
	v->ready = x->now;
	v->extra = true;
	v->impatient_done = false;
	while (v->next_run < v->runs) {
		const struct note *m = &x->note[v->run[v->next_run]];

		if (m->before_items > v->next ||
		    (m->before_items == v->next && m->before_work > v->ran - v->item_ran))
			break;
		v->record = v->run[v->next_run++];
		v->extra = false;
		v->ran_once = true;
		if (m->before_items == v->next && m->before_work == v->ran - v->item_ran)
			break;
	}
	v->absent =
	    v->extra && v->next == v->items && v->ran - v->item_ran == v->rest && v->last_wait;
	v->left = v->extra ? 0 : left_of(x, x->note[v->record].hold);
	v->preempts = !v->extra && x->note[v->record].preempts;
	if (!v->extra)
		v->lp = x->ev[v->record].lp;
}

static void leave(struct naive *x, uint32_t vp)
{
	struct vp *v = &x->vp[vp];

	v->ran = ran_at(v, x->now);
	v->on_lps += x->now - v->stop_time; /* here: when the run began */
	x->on[v->lp] = UINT32_MAX;
}

static void start(struct naive *x, uint32_t vp)
{
	struct vp *v = &x->vp[vp];
	const struct trace_event *rec = &x->ev[v->record];
	const struct note *m = &x->note[v->record];
	uint64_t length = m->out == NONE ? 0 : x->ev[m->out].time - rec->time;
	struct trace_event e = { .type = TRACE_SCHED_IN, .vp = vp, .lp = (uint16_t)v->lp };

	e.extra = v->ran_once ? rec->extra : 0;
	v->slice_over = false;
	v->switched = x->switched && x->quantum == NAIVE_SLICES;
	if (v->switched)
		v->overrun = x->switch_time;
	if (!v->extra && m->sliced && m->timed)
		v->overrun = m->overrun;
	if (!v->extra && m->sliced)
		v->slice_at = m->timed ? NEVER : x->now + length;
	else if (x->quantum == NAIVE_SLICES)
		v->slice_at = NEVER;
	else
		v->slice_at = !x->quantum		? NEVER
			      : v->extra		? x->now + x->quantum
			      : length + 1 > x->quantum ? x->now + length + 1
							: x->now + x->quantum;
	v->state = RUNNING;
	v->in = v->stop_time = x->now;
	v->busy_to = &x->busy_to[v->lp];
	if (*v->busy_to > x->now)
		v->in = *v->busy_to;
	x->on[v->lp] = vp;
	x->c->runs++;
	x->c->kept += !v->extra && rec->lp == v->lp && m->number == x->last[v->lp] + 1;
	x->last[v->lp] = !v->extra && rec->lp == v->lp ? m->number : NEVER;
	feed(x, e, !v->extra, rec->time, 0, rec->lp);
}

/* 6.5: whether @w waits for longer than its run did; an extra run, for any time. */
static bool overdue(const struct naive *x, const struct vp *w)
{
	uint64_t waits = x->now - w->ready;

	return w->extra ? waits > 0 : waits > x->ev[w->record].time - x->note[w->record].ready;
}

static bool is_before(const struct naive *x, uint32_t a, uint32_t b)
{
	const struct vp *v = &x->vp[a], *w = &x->vp[b];
	uint64_t starts = v->ready, other = w->ready;

	if (x->fifo && v->ready != w->ready)
		return v->ready < w->ready;
	if (x->fifo && (v->extra || w->extra))
		return v->extra && w->extra ? a < b : w->extra;
	if (x->fifo)
		return v->record < w->record;
	if (overdue(x, v) != overdue(x, w))
		return overdue(x, v);
	if (overdue(x, v) && v->on_lps != w->on_lps)
		return v->on_lps < w->on_lps;
	starts += v->extra ? 0 : x->ev[v->record].time - x->note[v->record].ready;
	other += w->extra ? 0 : x->ev[w->record].time - x->note[w->record].ready;
	if (!overdue(x, v) && v->extra != w->extra)
		return w->extra;
	if (starts != other)
		return starts < other;
	if (v->extra != w->extra)
		return w->extra;
	return v->extra ? a < b : v->record < w->record;
}

/* 6.5: of all that may take @lp now. */
static void take_free(struct naive *x, uint32_t lp)
{
	uint32_t first = UINT32_MAX;

	for (uint32_t i = 0; i < x->meta->vps; i++) {
		const struct vp *w = &x->vp[i];

		if (w->state != READY || w->absent || w->lp != lp || w->left)
			continue;
		if (first == UINT32_MAX || is_before(x, i, first))
			first = i;
	}
	start(x, first);
}

/* 6.10. */
static void owe(struct vp *v, __int128 work)
{
	__int128 most = (__int128)1 << 58;

	work += v->owed;
	v->owed = (int64_t)(work > most ? most : work < -most ? -most : work);
}

static __int128 unit_work(const struct vp *v)
{
	return v->units ? v->done / v->units : 0;
}

static void pass(struct naive *x, struct vp *v, size_t i)
{
	const struct note *m = &x->note[i];

	v->done += m->hold + m->before;
	v->units += x->ev[i].type == TRACE_ARM ? m->units : 0;
}

static bool is_halt(const struct naive *x, size_t i)
{
	return x->ev[i].type == TRACE_SCHED_OUT && x->ev[i].sub == TRACE_BLOCK;
}

/* 6.10: what a unit of the ARM at place @n of what the VP comes to brings. */
static __int128 unit_of(const struct naive *x, const struct vp *v, size_t n)
{
	const struct trace_event *arm = &x->ev[item_of(v, n)];
	__int128 work = 0;
	uint64_t units = 0, arms = 0;
	size_t from = n;

	for (size_t k = 0; k < n && k < v->items; k++) {
		units += x->note[v->item[k]].units;
		arms += x->note[v->item[k]].units > 0;
	}
	if (units >= 2 * arms)
		return unit_work(v);
	while (from && !is_halt(x, item_of(v, from - 1)))
		if (x->note[item_of(v, --from)].units)
			return unit_work(v);
	for (size_t k = from; from; k++) {
		size_t i = item_of(v, k);
		const struct note *m;

		if (i == NONE || (n < v->items && k >= v->items) ||
		    (k > n && x->ev[i].time > arm->time + x->round))
			break;
		m = &x->note[i];
		work += m->hold + m->before;
		if (is_halt(x, i))
			return work > 0 ? work / x->note[item_of(v, n)].units : 0;
		if (k > n)
			work -= m->units * unit_work(v);
	}
	return unit_work(v);
}

/* 2.2. */
static uint64_t ticks_of(const struct naive *x, size_t i)
{
	return is_timer_act(x->ev[i].type) ? x->note[i].taken - x->note[i].act_taken : 0;
}

/* 6.9: where the run time for the next item begins, as if it answered nothing. */
static uint64_t work_begins(const struct vp *v)
{
	return v->item_ran + (v->next == v->items ? v->rest + 1 : 0);
}

static void note_tick(const struct naive *x, struct vp *v, const struct note *s)
{
	v->ticked = s->cause == 1;
	if (!v->ticked)
		return;
	v->tick_residual = s->residual;
	v->tick_wakes = s->goes_on ? s->wakes : x->ev[s->end].type == TRACE_WAKE;
	v->tick_lp = s->goes_on ? s->wakes_lp : x->ev[s->end].lp;
}

/* 6.11: halts that are passed over. */
static void overtake(struct naive *x, struct vp *v)
{
	while (v->one_shot && v->ticked && v->next < v->items) {
		size_t i = v->item[v->next];
		const struct note *m = &x->note[i];
		uint64_t ran = ran_at(v, x->now), to = v->tick_ran < ran ? v->tick_ran : ran;

		if (!is_halt(x, i) || m->cause != 1 ||
		    v->taken - v->act_taken <= m->taken - m->act_taken)
			return;
		if (to < v->item_ran)
			to = v->item_ran;
		owe(v, (__int128)m->hold - (to - v->item_ran));
		pass(x, v, i);
		note_tick(x, v, m);
		v->item_ran = to;
		v->next++;
		x->c->items++;
	}
}

/* 6.11: at which run time a VP halts that waits for a tick; NEVER: it does not. */
static uint64_t halts_at(const struct naive *x, const struct vp *v)
{
	uint64_t work = 0, brought = 0, before;
	__int128 all;

	if (v->next >= v->items || v->put_back || !v->ticked || !v->one_shot || v->waits)
		return NEVER;
	before = x->note[v->item[v->next]].before;
	for (size_t k = v->next;; k++) {
		size_t i = k < v->items ? v->item[k] : NONE;
		const struct note *m;

		if (i == NONE || k > v->next + 8 ||
		    x->ev[i].time > x->ev[v->item[v->next]].time + x->look)
			return NEVER;
		m = &x->note[i];
		if (is_halt(x, i)) {
			work += m->hold;
			break;
		}
		if (x->ev[i].type == TRACE_SCHED_OUT)
			return NEVER;
		work += ticks_of(x, i) ? m->before : m->hold;
		if (ticks_of(x, i) && x->ev[i].type == TRACE_ARM) {
			__int128 bring = m->units * unit_work(v), most = (__int128)1 << 58;

			bring = bring > most ? most : bring;
			brought += bring > m->hold ? (uint64_t)bring - m->hold : 0;
		}
	}
	all = (__int128)work - brought;
	all = (all > before ? all : before) + v->owed;
	return v->item_ran + (uint64_t)(all > 0 ? all : 0);
}

static void put_back(struct naive *x, uint32_t vp)
{
	struct vp *v = &x->vp[vp];
	struct trace_event e = { .type = TRACE_SCHED_OUT, .sub = TRACE_BLOCK, .vp = vp };

	leave(x, vp);
	v->stop_time = x->now;
	begin_stop(v, v->stop);
	v->put_back = v->halted = true;
	v->had = v->taken - v->act_taken;
	feed(x, e, false, 0, 0, 0);
}

static void put_back_ends(struct naive *x, uint32_t vp)
{
	struct vp *v = &x->vp[vp];
	struct trace_event e = { .type = TRACE_WAKE, .vp = vp, .lp = v->tick_lp };

	v->halted = false;
	x->c->wakes[1]++;
	v->state = READY;
	if (v->tick_wakes)
		feed(x, e, false, 0, 0, 0);
	be_ready(x, vp);
}

static void take_from(struct naive *x, uint32_t lp)
{
	uint32_t vp = x->on[lp];
	struct vp *v = &x->vp[vp];
	const struct note *m = &x->note[v->record];
	struct trace_event e = { .type = TRACE_SCHED_OUT, .sub = TRACE_PREEMPT, .vp = vp };

	for (uint32_t i = 0; i < x->meta->vps; i++) {
		struct vp *w = &x->vp[i];

		if (w->state == READY && !w->absent && w->lp == lp && w->preempts &&
		    w->ready + x->note[w->record].preempt_after <= x->now)
			w->preempts = false;
	}
	if (x->fifo && !v->extra && m->sliced && m->timed) {
		x->switched = true;
		x->switch_time = m->overrun;
	}
	leave(x, vp);
	v->state = READY;
	feed(x, e, !v->extra, m->out == NONE ? NEVER : x->ev[m->out].time, 0, 0);
	be_ready(x, vp);
}

static void send_ipi(struct naive *x, uint64_t to)
{
	struct vp *v;

	if (to >= x->meta->vps)
		return;
	v = &x->vp[to];
	v->ipis++;
	/* The one that the stop waits for is the first that is one more. */
	if (v->state == STOPPED && !v->halted &&
	    v->ipis == (v->stop == NONE ? &v->first : &x->note[v->stop])->ipis + 1) {
		v->ipi = true;
		v->ipi_at = x->now;
	}
}

/* 5.4. */
static uint64_t deadline(struct naive *x, struct vp *v, size_t i)
{
	const struct trace_event *e = &x->ev[i];
	int64_t off = 0, c = (int64_t)x->now + v->off, ahead, d;
	bool steps, stays;
	size_t arm = NONE;

	for (size_t k = 0; k < i; k++) {
		if (!trace_type_has_vp(x->ev[k].type) || x->ev[k].vp != e->vp)
			continue;
		if (x->ev[k].type == TRACE_COUNTER) {
			off = (int64_t)(x->ev[k].value - x->ev[k].time);
			arm = NONE;
		}
		if (x->ev[k].type == TRACE_ARM)
			arm = x->ev[k].extra ||
				      (int64_t)x->ev[k].value <= (int64_t)x->ev[k].time + off
				  ? NONE
				  : k;
	}
	ahead = (int64_t)e->value - (int64_t)e->time - off;
	steps = v->has_last && arm != NONE && (e->value > x->ev[arm].value || v->unit != NEVER);
	stays = v->unit != NEVER && off == v->off;
	if (!e->extra && ahead > 0 && v->unit && (steps || stays)) {
		int64_t unit = (int64_t)v->unit, least = c;

		x->c->grid++;
		if (v->unit == NEVER)
			unit = (int64_t)(e->value - x->ev[arm].value);
		else
			least = c + (ahead + unit - 1) / unit * unit - unit;
		d = (int64_t)e->value;
		if (steps)
			d = (int64_t)(v->last_deadline + e->value - x->ev[arm].value);
		if (d <= least)
			d += (least - d + unit) / unit * unit;
		if (v->unit != NEVER && d > least + unit)
			d -= (d - least - unit + unit - 1) / unit * unit;
	} else {
		x->c->write += !e->extra;
		d = c + ahead < 0 ? 0 : c + ahead;
	}
	if (x->note[i].units && v->has_last) {
		uint64_t units = in_units(d - (int64_t)v->last_deadline, v->unit);

		if (units)
			owe(v, ((__int128)units - x->note[i].units) * unit_of(x, v, v->next - 1));
	}
	v->one_shot = !e->extra;
	if (!v->one_shot)
		v->owed = 0;
	v->has_last = !e->extra && ahead > 0;
	v->last_deadline = (uint64_t)d;
	return (uint64_t)d;
}

static void do_item(struct naive *x, uint32_t vp)
{
	struct vp *v = &x->vp[vp];
	bool again = v->next >= v->items;
	uint64_t begins = work_begins(v);
	size_t i = item_of(v, v->next++);
	const struct note *m = &x->note[i];
	struct trace_event e = x->ev[i];

	*(again ? &x->c->again : &x->c->items) += 1;
	if (e.type == TRACE_SCHED_OUT) {
		leave(x, vp);
		if (is_halt(x, i))
			v->owed = v->owed + (int64_t)m->hold < 0 ? v->owed + (int64_t)m->hold : 0;
		if (!again)
			pass(x, v, i);
		v->item_ran = v->ran;
		v->stop_time = x->now;
		if (e.sub == TRACE_PREEMPT || e.sub == TRACE_YIELD || e.sub == TRACE_LOST_VP)
			v->state = READY;
		else
			begin_stop(v, i);
		v->again_stop = again;
		feed(x, e, !again, e.time, e.value, e.lp);
		if (v->state == READY)
			be_ready(x, vp);
		return;
	}
	v->put_back = false;
	if (ticks_of(x, i) && v->one_shot)
		owe(v, (__int128)m->before - (v->tick_ran > begins ? v->tick_ran - begins : 0));
	v->item_ran = ran_at(v, x->now);
	if (again && (e.type == TRACE_IPI || e.type == TRACE_COUNTER))
		return;
	if (e.type == TRACE_ARM) {
		e.value = deadline(x, v, i);
		if (!again)
			compare(x, x->ev[i].time);
	}
	if (e.type == TRACE_COUNTER) {
		v->off = (int64_t)(e.value - x->now);
		v->has_last = false;
	}
	if (is_timer_act(e.type)) {
		v->act_taken = v->taken;
		v->act_given = v->given;
	}
	if (!again)
		pass(x, v, i);
	feed(x, e, !again, x->ev[i].time, x->ev[i].value, e.lp);
	if (e.type == TRACE_IPI)
		send_ipi(x, e.extra);
}

static void wake_up(struct naive *x, uint32_t vp)
{
	struct vp *v = &x->vp[vp];
	const struct note *s = v->stop == NONE ? &v->first : &x->note[v->stop];
	struct trace_event e = { .type = TRACE_WAKE, .vp = vp, .lp = s->wakes_lp }, by = e;

	if (!s->goes_on)
		by = x->ev[s->end];
	e.lp = by.lp;
	note_tick(x, v, s);
	x->c->wakes[s->cause]++;
	if (!v->again_stop && !s->goes_on)
		compare(x, by.time);
	v->state = READY;
	if (s->goes_on ? s->wakes : by.type == TRACE_WAKE)
		feed(x, e, !v->again_stop && !s->goes_on, by.time, 0, by.lp);
	be_ready(x, vp);
}

static void be_impatient(struct naive *x, uint32_t vp)
{
	struct vp *v = &x->vp[vp], *w;

	v->impatient_done = true;
	if (v->absent) {
		v->absent = false;
		return;
	}
	if (x->on[v->lp] == UINT32_MAX)
		return;
	v->left = 0;
	for (uint32_t lp = 0; lp < x->meta->lps; lp++) {
		bool free = x->on[lp] == UINT32_MAX;

		for (uint32_t i = 0; i < x->meta->vps; i++)
			free &= !(x->vp[i].state == READY && !x->vp[i].absent && x->vp[i].lp == lp);
		if (free) {
			v->lp = lp;
			return;
		}
	}
	w = &x->vp[x->on[v->lp]];
	if (w->stop_time < x->now && v->on_lps < w->on_lps)
		take_from(x, v->lp);
}

enum what { ITEM, PUT_BACK, TAKE, START, WAKE_UP, IMPATIENT, ABSOLUTE };

struct happening {
	uint64_t time;
	size_t seq;
	uint32_t id;
	enum what what;
	uint32_t who;
};

static void offer(struct naive *x, struct happening *best, struct happening h)
{
	if (h.time == NEVER)
		return;
	if (h.time < x->now)
		h.time = x->now;
	if (best->time == NEVER || h.time < best->time ||
	    (h.time == best->time &&
	     (h.seq < best->seq || (h.seq == best->seq && h.id < best->id))))
		*best = h;
}

/* 6.6: when the slice of @v is over and @w, or who waited before it, may have the LP. */
static uint64_t slice_ends(struct naive *x, const struct vp *v, const struct vp *w)
{
	const struct note *m = &x->note[v->record];
	bool sliced = !v->extra && m->sliced;
	uint64_t at;

	if (sliced ? !m->timed : x->quantum != NAIVE_SLICES)
		return v->slice_at;
	if (!v->slice_over)
		return NEVER;
	at = (w->ready > v->slice_time ? w->ready : v->slice_time) + v->overrun;
	/* It went on in the recording. */
	if (!v->extra && !sliced && !v->switched && m->timed && m->out != NONE) {
		uint64_t length = x->ev[m->out].time - x->ev[v->record].time;

		if (at < v->stop_time + length + 1)
			at = v->stop_time + length + 1;
	}
	return at;
}

static void offer_running(struct naive *x, struct happening *best, uint32_t lp)
{
	uint32_t vp = x->on[lp];
	struct vp *v = &x->vp[vp];
	size_t out = v->extra			      ? NONE - 1
		     : x->note[v->record].out == NONE ? 0
						      : x->note[v->record].out;

	overtake(x, v);
	if (item_of(v, v->next) != NONE) {
		size_t i = item_of(v, v->next);
		const struct note *m = &x->note[i];
		uint64_t ticks = ticks_of(x, i), from = work_begins(v), target;

		if (ticks && v->tick_ran > from)
			from = v->tick_ran;
		target = from + m->hold;
		if (is_halt(x, i))
			target = from + ((int64_t)m->hold + v->owed > 0
					     ? (uint64_t)((int64_t)m->hold + v->owed)
					     : 0);
		if (!ticks || v->taken - v->act_taken >= ticks ||
		    v->given - v->act_given >= m->given - m->act_given)
			offer(x, best,
			      (struct happening){ v->in + (target > v->ran ? target - v->ran : 0),
						  v->next < v->items ? i : NONE - 1, lp, ITEM,
						  vp });
		else if ((target = halts_at(x, v)) != NEVER)
			offer(x, best,
			      (struct happening){ v->in + (target > v->ran ? target - v->ran : 0),
						  NONE - 1, lp, PUT_BACK, vp });
	}
	for (uint32_t i = 0; i < x->meta->vps; i++) {
		struct vp *w = &x->vp[i];

		if (w->state != READY || w->absent || w->lp != lp)
			continue;
		offer(x, best, (struct happening){ slice_ends(x, v, w), out, lp, TAKE, lp });
		if (w->preempts)
			offer(x, best,
			      (struct happening){ w->ready + x->note[w->record].preempt_after, out,
						  lp, TAKE, lp });
	}
}

static uint64_t stop_ends_at(struct naive *x, struct vp *v, const struct note *s, bool wait)
{
	uint64_t began = v->stop_time;

	if (v->again_stop && s->cause > 1)
		return began + (x->ev[s->end].time - x->ev[v->stop].time);
	switch (s->cause) {
	case 1:
		if (v->taken - v->act_taken > s->taken - s->act_taken)
			return began;
		if (!v->seen)
			return NEVER;
		return (v->seen_at > began ? v->seen_at : began) + left_of(x, s->residual);
	case 2:
		if (v->ipis <= s->ipis)
			return NEVER;
		return v->ipi ? v->ipi_at + left_of(x, s->residual) : began;
	case 3:
		if (wait)
			return began + (x->ev[s->end].time - x->ev[v->stop].time);
		return x->ev[s->end].time > began ? x->ev[s->end].time : began;
	default:
		return NEVER;
	}
}

static struct happening next_of(struct naive *x, size_t absolute)
{
	struct happening best = { .time = NEVER };
	uint32_t lps = x->meta->lps;

	for (uint32_t lp = 0; lp < lps; lp++)
		if (x->on[lp] != UINT32_MAX)
			offer_running(x, &best, lp);
	for (uint32_t vp = 0; vp < x->meta->vps; vp++) {
		struct vp *v = &x->vp[vp];

		if (v->state == READY && v->absent) {
			offer(x, &best,
			      (struct happening){ v->ready + v->last_wait, NONE - 1, lps + vp,
						  IMPATIENT, vp });
		} else if (v->state == READY) {
			size_t seq = v->extra ? NONE - 1 : v->record;

			if (x->on[v->lp] == UINT32_MAX)
				offer(
				    x, &best,
				    (struct happening){ x->now + v->left, seq, v->lp, START, vp });
			if (!v->extra && !v->impatient_done && !x->fifo)
				offer(x, &best,
				      (struct happening){
					  v->ready +
					      (x->ev[v->record].time - x->note[v->record].ready) +
					      1,
					  seq, lps + vp, IMPATIENT, vp });
		} else if (v->state == STOPPED && v->halted) {
			uint64_t at = v->seen_at > v->stop_time ? v->seen_at : v->stop_time;

			at = v->taken - v->act_taken > v->had ? v->stop_time
			     : v->seen			      ? at + left_of(x, v->tick_residual)
							      : NEVER;
			offer(x, &best, (struct happening){ at, NONE - 1, lps + vp, WAKE_UP, vp });
		} else if (v->state == STOPPED) {
			const struct note *s = v->stop == NONE ? &v->first : &x->note[v->stop];
			bool wait = v->stop != NONE && x->ev[v->stop].sub == TRACE_WAIT;

			if (s->cause)
				offer(x, &best,
				      (struct happening){ stop_ends_at(x, v, s, wait),
							  v->again_stop || s->goes_on ? NONE - 1
										      : s->end,
							  lps + vp, WAKE_UP, vp });
		}
	}
	if (absolute < x->n)
		offer(x, &best,
		      (struct happening){ x->ev[absolute].time, absolute, lps + x->meta->vps,
					  ABSOLUTE, 0 });
	return best;
}

/* Time goes on: who waits for a free LP has waited. */
static void go_to(struct naive *x, uint64_t time)
{
	for (uint32_t i = 0; i < x->meta->vps; i++) {
		struct vp *v = &x->vp[i];

		if (v->state == READY && !v->absent && x->on[v->lp] == UINT32_MAX)
			v->left -= v->left < time - x->now ? v->left : time - x->now;
	}
	x->now = time;
}

static void absolute_event(struct naive *x, size_t i)
{
	struct trace_event e = x->ev[i];

	if (e.type == TRACE_COUNTER) {
		x->vp[e.vp].off = (int64_t)(e.value - x->now);
		x->vp[e.vp].has_last = false;
	}
	engine_events(x->e, &e, 1);
	if (e.type == TRACE_IPI)
		send_ipi(x, e.extra);
}

static bool goes_away(const struct naive *x, size_t i)
{
	return i < x->n && x->ev[i].type == TRACE_AWAY && engine_away_recorded(x->e);
}

static void loop(struct naive *x)
{
	size_t absolute = 0;

	for (;;) {
		uint64_t due = *engine_clock(x->e).due;
		struct happening h;

		while (absolute < x->n && !x->note[absolute].absolute)
			absolute++;
		h = next_of(x, absolute);
		if ((due < h.time ? due : h.time) > x->meta->end)
			return;
		/* What is due as the machine goes away waits. */
		if (due < h.time ||
		    (due == h.time && !(goes_away(x, absolute) && h.what == ABSOLUTE))) {
			go_to(x, due > x->now ? due : x->now);
			engine_take(x->e);
			continue;
		}
		go_to(x, h.time);
		switch (h.what) {
		case ITEM:
			do_item(x, h.who);
			break;
		case TAKE:
			take_from(x, h.who);
			break;
		case START:
			take_free(x, x->vp[h.who].lp);
			break;
		case PUT_BACK:
			put_back(x, h.who);
			break;
		case WAKE_UP:
			if (x->vp[h.who].halted)
				put_back_ends(x, h.who);
			else
				wake_up(x, h.who);
			break;
		case IMPATIENT:
			be_impatient(x, h.who);
			break;
		case ABSOLUTE:
			absolute_event(x, absolute++);
			break;
		}
	}
}

void naive_loop(struct naive_counts *c, const struct trace_meta *meta, const struct trace_event *ev,
		size_t n, struct engine *base, struct engine *cell, uint64_t quantum,
		unsigned residuals)
{
	struct naive x = { .c = c,
			   .meta = meta,
			   .ev = ev,
			   .n = n,
			   .e = base,
			   .quantum = quantum,
			   .residuals = residuals,
			   .look = trace_ns_to_ticks(100000000, meta->clock_hz),
			   .round = trace_ns_to_ticks(2000000000, meta->clock_hz),
			   .near = trace_ns_to_ticks(10000, meta->clock_hz) };
	const struct engine_ear ear = { .arg = &x,
					.pends = pends,
					.delivers = delivers,
					.works = works,
					.slice_over = slice_over };
	const char *scheduler = json_string_value(
	    json_object_get(json_object_get(meta->more, "host_model"), "scheduler"));

	memset(c, 0, sizeof(*c));
	x.fifo = scheduler && !strcmp(scheduler, "fifo");
	x.note = calloc(n + 1, sizeof(*x.note));
	x.vp = calloc(meta->vps + 1, sizeof(*x.vp));
	x.on = calloc(meta->lps + 1, sizeof(*x.on));
	x.busy_to = calloc(meta->lps + 1, sizeof(*x.busy_to));
	x.last = calloc(meta->lps + 1, sizeof(*x.last));
	for (uint32_t i = 0; i < meta->vps; i++)
		x.vp[i].first.end = x.vp[i].stop = NONE;
	engine_listen(base, &ear);
	for (size_t i = 0; i < n; i++) {
		while (engine_step(base, &ev[i]))
			;
		record(&x, i);
		engine_events(base, &ev[i], 1);
	}
	while (*engine_clock(base).due <= meta->end)
		engine_take(base);
	engine_listen(base, NULL);
	for (uint32_t i = 0; i < meta->vps; i++)
		go_on(&x, &x.vp[i]);
	link_runs(&x);
	lay_tapes(&x);
	for (uint32_t i = 0; i < meta->vps; i++) {
		c->recorded += ran_at(&x.vp[i], meta->end);
		struct vp *v = &x.vp[i], fresh = { .state = STOPPED,
						   .stop = NONE,
						   .first = v->first,
						   .item = v->item,
						   .items = v->items,
						   .run = v->run,
						   .runs = v->runs,
						   .rest = v->rest,
						   .last_wait = v->last_wait,
						   .unit = v->unit };

		*v = fresh;
	}
	for (uint32_t i = 0; i < meta->lps; i++)
		x.on[i] = UINT32_MAX;
	x.e = cell;
	x.looping = true;
	engine_listen(cell, &ear);
	loop(&x);
	engine_listen(cell, NULL);
	for (uint32_t i = 0; i < meta->vps; i++) {
		c->work += ran_at(&x.vp[i], meta->end);
		c->busy += x.vp[i].on_lps;
		if (x.vp[i].state == RUNNING)
			c->busy += meta->end - x.vp[i].stop_time;
		free(x.vp[i].item);
		free(x.vp[i].run);
	}
	free(x.note);
	free(x.vp);
	free(x.on);
	free(x.busy_to);
	free(x.last);
}
