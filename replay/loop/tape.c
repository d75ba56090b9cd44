/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/loop/tape.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "traces/base/mem.h"

/* How many runs of an LP are remembered. */
#define PAST 256u

enum state { NEW, RUNNING, READY, STOPPED };

struct list {
	char *at;
	size_t size, head, n, room;
	uint64_t first; /* number of the head */
};

static void *list_push(struct list *l)
{
	if (l->head + l->n == l->room) {
		if (l->head > l->n) {
			memmove(l->at, l->at + l->head * l->size, l->n * l->size);
			l->head = 0;
		} else {
			l->room = l->room ? 2 * l->room : 4;
			l->at = vt_realloc(l->at, l->room * l->size);
		}
	}
	void *p = l->at + (l->head + l->n++) * l->size;

	memset(p, 0, l->size);
	return p;
}

static void *list_get(const struct list *l, uint64_t number)
{
	if (number < l->first || number - l->first >= l->n)
		return NULL;
	return l->at + (l->head + (size_t)(number - l->first)) * l->size;
}

static void list_drop(struct list *l, uint64_t before)
{
	while (l->n && l->first < before) {
		l->head++;
		l->n--;
		l->first++;
	}
}

struct tape_vp {
	enum state state;
	uint32_t lp;
	uint64_t in, ran; /* of the run; before it */
	uint64_t item_ran, tick_ran;
	uint64_t taken, taken_at_act, pended;
	uint64_t given, given_at_act; /* deliveries */
	int64_t off;
	uint64_t ready_at;
	uint64_t stop;	/* number of the item that it stopped by */
	bool pend_seen; /* since it stopped, or one waited by then */
	uint64_t pend_time;
	uint64_t ipis;
	uint64_t ipi_time; /* TAPE_NEVER: none since it stopped */
	bool waiting_pend;
	bool ended_otherwise; /* its last stop, and it did not run since */
	bool has_last;
	uint64_t last_deadline;
	bool timer_stop; /* its last stop that ended was ended by its timer, with: */
	bool timer_wakes;
	uint64_t timer_residual;
	bool slice_over; /* in its last run, then: */
	uint64_t slice_time;
	struct list items, runs;
	/* survey */
	bool s_last, s_pair;
	int64_t s_off;
	uint64_t s_deadline;
	int64_t s_step, s_ahead;
	uint64_t s_unit; /* 0: no step yet */
	bool s_apart;	 /* the steps have no unit */
	unsigned __int128 s_steps, s_aheads;
};

struct past_run {
	uint64_t in, out;
};

struct tape_lp {
	uint32_t vp; /* UINT32_MAX: none */
	uint64_t runs;
	struct past_run past[PAST];
	uint64_t pasts;
	uint32_t left; /* who was preempted there, and nobody ran since; UINT32_MAX */
	uint64_t left_at;
};

struct tape {
	const struct trace_meta *meta;
	const uint64_t *unit;
	bool fifo;
	struct tape_vp *vp;
	struct tape_lp *lp;
	uint64_t now, seq;
	struct tape_counts counts;
	struct list absolute, ended_stops;
	bool ended;
};

#define NOBODY UINT32_MAX

bool tape_is_fifo(const struct trace_meta *meta)
{
	const char *scheduler = json_string_value(
	    json_object_get(json_object_get(meta->more, "host_model"), "scheduler"));

	return scheduler && !strcmp(scheduler, "fifo");
}

struct tape *tape_new(const struct trace_meta *meta, const uint64_t *unit)
{
	struct tape *t = vt_alloc(sizeof(*t));

	t->meta = meta;
	t->unit = unit;
	t->fifo = tape_is_fifo(meta);
	t->absolute.size = sizeof(struct tape_item);
	t->ended_stops.size = sizeof(uint32_t);
	t->vp = vt_array(meta->vps + 1, sizeof(*t->vp));
	t->lp = vt_array(meta->lps + 1, sizeof(*t->lp));
	for (uint32_t i = 0; i < meta->vps; i++) {
		t->vp[i].items.size = sizeof(struct tape_item);
		t->vp[i].runs.size = sizeof(struct tape_run);
		t->vp[i].lp = NOBODY;
		t->vp[i].ipi_time = TAPE_NEVER;
	}
	for (uint32_t i = 0; i < meta->lps; i++)
		t->lp[i].vp = t->lp[i].left = NOBODY;
	return t;
}

void tape_free(struct tape *t)
{
	for (uint32_t i = 0; t && i < t->meta->vps; i++) {
		free(t->vp[i].items.at);
		free(t->vp[i].runs.at);
	}
	if (t) {
		free(t->absolute.at);
		free(t->ended_stops.at);
		free(t->vp);
		free(t->lp);
	}
	free(t);
}

/* ---- anchors ---- */

static unsigned __int128 distance(int64_t a, int64_t b)
{
	return a > b ? (unsigned __int128)((__int128)a - b) : (unsigned __int128)((__int128)b - a);
}

/*
 * What all steps are multiples of, but for what clocks round: Euclid's algorithm, with @slack for
 * nothing.
 */
static uint64_t common_unit(uint64_t a, uint64_t b, uint64_t slack)
{
	while (b > slack) {
		uint64_t rest = a % b;

		a = b;
		b = b - rest <= slack ? 0 : rest;
	}
	return a;
}

static void survey_step(struct tape *t, struct tape_vp *v, int64_t step)
{
	uint64_t slack = trace_ns_to_ticks(1000, t->meta->clock_hz);

	if (!step || v->s_apart)
		return;
	v->s_unit = common_unit(step < 0 ? -(uint64_t)step : (uint64_t)step, v->s_unit, slack);
	v->s_apart = v->s_unit < 100 * (slack + 1);
}

void tape_survey(struct tape *t, const struct trace_event *ev)
{
	struct tape_vp *v;
	int64_t c, step, ahead;

	if (!trace_type_has_vp(ev->type))
		return;
	v = &t->vp[ev->vp];
	if (ev->type == TRACE_COUNTER) {
		v->s_off = (int64_t)(ev->value - ev->time);
		v->s_last = v->s_pair = false;
	}
	if (ev->type != TRACE_ARM)
		return;
	c = (int64_t)ev->time + v->s_off;
	if (ev->extra || (int64_t)ev->value <= c) {
		v->s_last = v->s_pair = false;
		return;
	}
	step = (int64_t)(ev->value - v->s_deadline);
	ahead = (int64_t)ev->value - c;
	if (v->s_last)
		survey_step(t, v, step);
	if (v->s_last && v->s_pair) {
		v->s_steps += distance(step, v->s_step);
		v->s_aheads += distance(ahead, v->s_ahead);
	}
	v->s_pair = v->s_last;
	v->s_last = true;
	v->s_step = step;
	v->s_ahead = ahead;
	v->s_deadline = ev->value;
}

uint64_t tape_vp_unit(const struct tape *t, uint32_t vp)
{
	const struct tape_vp *v = &t->vp[vp];

	if (v->s_unit && !v->s_apart)
		return v->s_unit;
	return v->s_steps < v->s_aheads ? TAPE_BY_STEPS : TAPE_NO_GRID;
}

/* ---- the base ---- */

void tape_base_pends(struct tape *t, uint32_t vp, uint64_t now, uint64_t covers)
{
	struct tape_vp *v = &t->vp[vp];

	v->pended += covers;
	v->waiting_pend |= covers > 0;
	if (v->state == READY && v->ended_otherwise) {
		v->ended_otherwise = false;
		t->counts.negative++;
	}
	if ((v->state == STOPPED || v->state == NEW) && !v->pend_seen) {
		v->pend_seen = true;
		v->pend_time = now;
	}
}

static uint64_t ran_by(const struct tape_vp *v, uint64_t now)
{
	return v->state == RUNNING ? v->ran + (now - v->in) : v->ran;
}

void tape_base_delivers(struct tape *t, uint32_t vp, uint64_t now)
{
	struct tape_vp *v = &t->vp[vp];

	v->taken += v->pended;
	v->given++;
	v->pended = 0;
	v->waiting_pend = false;
	v->tick_ran = ran_by(v, now);
}

void tape_base_slice_over(struct tape *t, uint32_t lp, uint64_t now)
{
	struct tape_vp *v = &t->vp[t->lp[lp].vp];

	v->slice_over = true;
	v->slice_time = now;
}

/* ---- events ---- */

static struct tape_item *add_item(struct tape *t, const struct trace_event *ev)
{
	struct tape_vp *v = &t->vp[ev->vp];
	struct tape_item *i = list_push(&v->items);
	uint64_t ran = ran_by(v, ev->time), from = v->item_ran;
	bool answers = ev->type == TRACE_ARM || ev->type == TRACE_DISARM ||
		       ev->type == TRACE_MASK || ev->type == TRACE_COUNTER || ev->type == TRACE_ACK;

	i->ev = *ev;
	i->seq = t->seq;
	if (answers) {
		i->ticks = v->taken - v->taken_at_act;
		i->deliveries = v->given - v->given_at_act;
	}
	i->had = v->taken - v->taken_at_act;
	i->ipis = v->ipis;
	if (i->ticks && v->tick_ran > from)
		from = v->tick_ran;
	i->work = ran - from;
	v->item_ran = ran;
	if (answers) {
		v->taken_at_act = v->taken;
		v->given_at_act = v->given;
	}
	t->counts.items++;
	t->counts.events += ev->type != TRACE_SCHED_OUT;
	return i;
}

static void stop_begins(struct tape_vp *v)
{
	v->stop = v->items.first + v->items.n - 1;
	v->pend_seen = v->waiting_pend;
	v->pend_time = 0;
	v->ipi_time = TAPE_NEVER;
}

/* What ended the stop of @v, by an event at @time. */
static void stop_ends(struct tape *t, struct tape_vp *v, const struct trace_event *ev)
{
	struct tape_item *i = list_get(&v->items, v->stop);

	if (!i || i->known)
		return;
	*(uint32_t *)list_push(&t->ended_stops) = ev->vp;
	i->known = true;
	t->counts.compared++;
	i->back = ev->time;
	i->back_seq = t->seq;
	i->wakes = ev->type == TRACE_WAKE;
	i->back_lp = ev->lp;
	if (i->ev.sub == TRACE_WAIT) {
		i->cause = CAUSE_EXTERNAL;
		v->timer_stop = false;
		return;
	}
	if (i->ev.sub == TRACE_BLOCK && v->pend_seen) {
		uint64_t from = v->pend_time > i->ev.time ? v->pend_time : i->ev.time;

		i->cause = CAUSE_TIMER;
		i->residual = ev->time - from;
	} else if (i->ev.sub == TRACE_BLOCK && v->ipi_time != TAPE_NEVER) {
		i->cause = CAUSE_IPI;
		i->residual = ev->time - v->ipi_time;
	} else {
		i->cause = CAUSE_EXTERNAL;
		v->ended_otherwise = i->ev.sub == TRACE_BLOCK;
	}
	t->counts.residuals += i->residual != 0;
	t->counts.residual_ticks += i->residual;
	v->timer_stop = i->cause == CAUSE_TIMER;
	v->timer_residual = i->residual;
	v->timer_wakes = i->wakes;
}

/* The recording ends before the halt of @v does. */
static void stop_goes_on(struct tape *t, uint32_t vp)
{
	struct tape_vp *v = &t->vp[vp];
	struct tape_item *i = list_get(&v->items, v->stop);
	uint64_t from, least;

	if (!i || i->known || i->ev.sub != TRACE_BLOCK || !v->timer_stop)
		return;
	from = v->pend_time > i->ev.time ? v->pend_time : i->ev.time;
	least = v->pend_seen ? t->meta->end + 1 - from : 0;
	*(uint32_t *)list_push(&t->ended_stops) = vp;
	i->known = true;
	i->wakes = v->timer_wakes;
	i->cause = CAUSE_TIMER;
	i->residual = v->timer_residual > least ? v->timer_residual : least;
	i->back_seq = TAPE_NEVER - 1;
	i->back_lp = (uint16_t)v->lp;
}

/* Before its first run, a VP has stopped at the start of the trace. */
static void first_seen(struct tape *t, const struct trace_event *ev, bool block)
{
	struct trace_event out = { .type = TRACE_SCHED_OUT,
				   .sub = block ? TRACE_BLOCK : TRACE_OFFLINE,
				   .vp = ev->vp };
	struct tape_vp *v = &t->vp[ev->vp];
	struct tape_item *i = list_push(&v->items);

	i->ev = out;
	i->had = v->taken - v->taken_at_act;
	v->state = STOPPED;
	v->stop = v->items.first + v->items.n - 1;
}

static uint64_t free_since(const struct tape_lp *l, uint64_t from, uint64_t to)
{
	uint64_t idle = 0, end = to;

	for (uint64_t k = l->pasts; k && l->pasts - k < PAST; k--) {
		const struct past_run *p = &l->past[(k - 1) % PAST];

		if (p->out <= from)
			return idle + (end - from);
		idle += end - p->out;
		end = p->in;
		if (end <= from)
			return idle;
	}
	return l->pasts < PAST ? idle + (end - from) : idle;
}

static struct tape_run *last_run(struct tape_vp *v)
{
	return v->runs.n ? list_get(&v->runs, v->runs.first + v->runs.n - 1) : NULL;
}

/* Nobody of the trace took @vp's place: its stop stands on its tape. */
static void by_outsider(struct tape *t, uint32_t vp, uint32_t lp)
{
	struct tape_vp *v = &t->vp[vp];
	struct tape_run *run = last_run(v);
	struct trace_event out = { .type = TRACE_SCHED_OUT, .sub = TRACE_PREEMPT, .vp = vp };
	uint64_t seq = t->seq;

	t->lp[lp].left = NOBODY;
	if (!run)
		return;
	out.time = t->lp[lp].left_at;
	t->seq = run->out_seq;
	add_item(t, &out);
	t->seq = seq;
	run->known = true;
}

/* Who was preempted on @l at left_at has its place taken by @v, which was ready by then. */
static void place_taken(struct tape *t, struct tape_lp *l, const struct tape_vp *v,
			struct tape_run *run)
{
	const struct tape_vp *left = &t->vp[l->left];
	struct tape_run *left_run = last_run(&t->vp[l->left]);
	uint64_t from = left->slice_time > v->ready_at ? left->slice_time : v->ready_at;

	if (!left_run)
		return;
	left_run->known = true;
	if (!t->fifo && v->ready_at > left_run->time) {
		run->preempts = true;
		run->preempt_after = l->left_at - v->ready_at;
		return;
	}
	left_run->sliced = true;
	left_run->overrun = left->slice_over ? l->left_at - from : 0;
}

static void sched_in(struct tape *t, const struct trace_event *ev)
{
	struct tape_vp *v = &t->vp[ev->vp];
	struct tape_lp *l = &t->lp[ev->lp];
	struct tape_run *run;
	uint32_t left = l->left;

	if (v->state == NEW)
		first_seen(t, ev, false);
	if (v->state == STOPPED) {
		stop_ends(t, v, ev);
		v->state = READY;
		v->ready_at = ev->time;
	}
	/* It was preempted where nobody ran since. */
	if (v->lp != NOBODY && t->lp[v->lp].left == ev->vp)
		by_outsider(t, ev->vp, v->lp);
	left = l->left;
	run = list_push(&v->runs);
	run->time = ev->time;
	run->seq = t->seq;
	run->slice = ev->extra;
	run->item = v->items.first + v->items.n;
	run->work = v->ran - v->item_ran;
	run->lp = ev->lp;
	run->wait = ev->time - v->ready_at;
	run->hold = free_since(l, v->ready_at, ev->time);
	run->number = ++l->runs;
	if (left != NOBODY && left != ev->vp) {
		if (v->ready_at > l->left_at)
			by_outsider(t, left, ev->lp);
		else
			place_taken(t, l, v, run);
	}
	l->left = NOBODY;
	l->vp = ev->vp;
	v->lp = ev->lp;
	v->ended_otherwise = false;
	v->slice_over = false;
	v->slice_time = 0;
	t->counts.events++;
	t->counts.residuals += run->hold != 0;
	t->counts.residual_ticks += run->hold;
	v->state = RUNNING;
	v->in = ev->time;
}

static void sched_out(struct tape *t, const struct trace_event *ev)
{
	struct tape_vp *v = &t->vp[ev->vp];
	struct tape_lp *l = &t->lp[v->lp];
	struct tape_run *run = last_run(v);
	bool preempt = ev->sub == TRACE_PREEMPT;

	if (!preempt)
		add_item(t, ev);
	t->counts.work += ev->time - v->in;
	v->ran = ran_by(v, ev->time);
	v->state = preempt || ev->sub == TRACE_YIELD || ev->sub == TRACE_LOST_VP ? READY : STOPPED;
	v->ready_at = ev->time;
	if (v->state == STOPPED)
		stop_begins(v);
	t->counts.events++;
	l->past[l->pasts++ % PAST] = (struct past_run){ v->in, ev->time };
	l->vp = NOBODY;
	if (run) {
		run->timed = v->slice_over;
		run->length = ev->time - run->time;
		run->out_seq = t->seq;
		run->known = !preempt;
	}
	if (preempt) {
		l->left = ev->vp;
		l->left_at = ev->time;
	}
}

static void write_timer(struct tape *t, const struct trace_event *ev)
{
	struct tape_vp *v = &t->vp[ev->vp];
	struct tape_item *i = add_item(t, ev);

	if (ev->type == TRACE_COUNTER) {
		v->off = (int64_t)(ev->value - ev->time);
		v->has_last = false;
	}
	if (ev->type != TRACE_ARM)
		return;
	t->counts.compared++;
	i->ahead = (int64_t)ev->value - ((int64_t)ev->time + v->off);
	i->step = (int64_t)(ev->value - v->last_deadline);
	if (v->has_last && !ev->extra && i->ahead > 0 && t->unit &&
	    (i->step > 0 || t->unit[ev->vp] != TAPE_BY_STEPS))
		i->unit = t->unit[ev->vp];
	v->has_last = !ev->extra && i->ahead > 0;
	v->last_deadline = ev->value;
}

/* A new VP has stopped, too. */
static void note_ipi(struct tape_vp *to, uint64_t time)
{
	to->ipis++;
	if ((to->state == STOPPED || to->state == NEW) && to->ipi_time == TAPE_NEVER)
		to->ipi_time = time;
}

static void add_absolute(struct tape *t, const struct trace_event *ev)
{
	struct tape_item *i = list_push(&t->absolute);

	i->ev = *ev;
	i->seq = t->seq;
}

bool tape_ended_stop(struct tape *t, uint32_t *vp)
{
	const uint32_t *of = list_get(&t->ended_stops, t->ended_stops.first);

	if (!of)
		return false;
	*vp = *of;
	list_drop(&t->ended_stops, t->ended_stops.first + 1);
	return true;
}

struct tape_item *tape_absolute(struct tape *t)
{
	return list_get(&t->absolute, t->absolute.first);
}

void tape_drop_absolute(struct tape *t)
{
	list_drop(&t->absolute, t->absolute.first + 1);
}

void tape_event(struct tape *t, const struct trace_event *ev)
{
	struct tape_vp *v = trace_type_has_vp(ev->type) ? &t->vp[ev->vp] : NULL;

	t->now = ev->time;
	switch (ev->type) {
	case TRACE_SCHED_IN:
		sched_in(t, ev);
		break;
	case TRACE_SCHED_OUT:
		sched_out(t, ev);
		break;
	case TRACE_WAKE:
		if (v->state == NEW)
			first_seen(t, ev, true);
		if (v->state == STOPPED) {
			stop_ends(t, v, ev);
			v->state = READY;
			v->ready_at = ev->time;
			t->counts.events++;
		}
		break;
	case TRACE_ARM:
	case TRACE_DISARM:
	case TRACE_MASK:
	case TRACE_COUNTER:
		if (v->state == RUNNING)
			write_timer(t, ev);
		else
			add_absolute(t, ev);
		if (ev->type == TRACE_COUNTER) {
			v->off = (int64_t)(ev->value - ev->time);
			v->has_last = false;
		}
		break;
	case TRACE_ACK:
	case TRACE_EXIT:
	case TRACE_ENTRY:
	case TRACE_IPI:
		if (v->state == RUNNING)
			add_item(t, ev);
		else if (ev->type == TRACE_IPI)
			add_absolute(t, ev);
		if (ev->type == TRACE_IPI && ev->extra < t->meta->vps)
			note_ipi(&t->vp[ev->extra], ev->time);
		break;
	case TRACE_SEED:
	case TRACE_LOST:
	case TRACE_AWAY:
		add_absolute(t, ev);
		break;
	default:
		break;
	}
	t->seq++;
}

void tape_end(struct tape *t)
{
	if (t->ended)
		return;
	t->ended = true;
	for (uint32_t i = 0; i < t->meta->vps; i++) {
		if (t->vp[i].state == RUNNING)
			t->counts.work += t->meta->end - t->vp[i].in;
		if (t->vp[i].state == STOPPED)
			stop_goes_on(t, i);
	}
	for (uint32_t lp = 0; lp < t->meta->lps; lp++) {
		if (t->lp[lp].left != NOBODY)
			by_outsider(t, t->lp[lp].left, lp);
	}
}

bool tape_ended(const struct tape *t)
{
	return t->ended;
}

uint64_t tape_time(const struct tape *t)
{
	return t->now;
}

static uint64_t items_end(const struct tape *t, uint32_t vp)
{
	return t->vp[vp].items.first + t->vp[vp].items.n;
}

struct tape_item *tape_item(struct tape *t, uint32_t vp, uint64_t n)
{
	uint64_t end = items_end(t, vp), again = end > TAPE_AGAIN ? TAPE_AGAIN : end - 1;

	if (!t->ended || n < end)
		return list_get(&t->vp[vp].items, n);
	/* Item 0 is none of its own. */
	if (end < 2 || n - end >= end)
		return NULL;
	return list_get(&t->vp[vp].items, end - again + (n - end) % again);
}

bool tape_is_again(const struct tape *t, uint32_t vp, uint64_t n, uint64_t *behind)
{
	uint64_t end = items_end(t, vp);

	if (!t->ended || n < end)
		return false;
	*behind = n - end;
	return true;
}

uint64_t tape_rest(const struct tape *t, uint32_t vp)
{
	return ran_by(&t->vp[vp], t->meta->end) - t->vp[vp].item_ran;
}

uint64_t tape_last_wait(const struct tape *t, uint32_t vp)
{
	const struct tape_vp *v = &t->vp[vp];

	return v->state == READY ? t->meta->end - v->ready_at + 1 : 0;
}

void tape_drop_items(struct tape *t, uint32_t vp, uint64_t before)
{
	uint64_t end = items_end(t, vp);

	if (end < TAPE_AGAIN)
		return;
	list_drop(&t->vp[vp].items, before < end - TAPE_AGAIN ? before : end - TAPE_AGAIN);
}

struct tape_run *tape_run(struct tape *t, uint32_t vp, size_t i)
{
	return list_get(&t->vp[vp].runs, t->vp[vp].runs.first + i);
}

void tape_drop_run(struct tape *t, uint32_t vp)
{
	list_drop(&t->vp[vp].runs, t->vp[vp].runs.first + 1);
}

const struct tape_counts *tape_counts(const struct tape *t)
{
	return &t->counts;
}
