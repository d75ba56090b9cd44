/* SPDX-License-Identifier: GPL-2.0-only */
/* What the recording's events make of a tape: LOOP.md 1 to 4. */
#include "replay/loop/tape.h"

/* The last item of @v, which has stopped by it. */
static struct tape_item *stopped_by(const struct tape_vp *v)
{
	return v->stop + 1 == v->items.end ? ring_last(&v->items, sizeof(struct tape_item)) : NULL;
}

/* Room for an item. Of a VP that is far behind no more are kept, so that it does not matter how
 * long the recording is. */
static struct tape_item *push_item(const struct tape *t, struct tape_vp *v)
{
	ring_drop(&v->items, v->items_from);
	if (v->items.cut == RING_WHOLE && v->items.end > v->done &&
	    v->items.end - v->done >= t->limit) {
		v->items.cut = v->items.end;
		v->runs.cut = v->runs.end;
	}
	return ring_push(&v->items, sizeof(struct tape_item));
}

/* An item of @v, which has worked for it as if it answered nothing. */
static struct tape_item *add_item(struct tape *t, struct tape_vp *v, const struct trace_event *ev)
{
	struct tape_item *i = push_item(t, v);
	uint64_t ran = tape_ran_by(v, ev->time);

	i->ev = *ev;
	i->seq = t->seq;
	i->work = ran - v->item_ran;
	v->item_ran = ran;
	t->counts.items++;
	return i;
}

static struct tape_stop *add_stop(struct tape *t, struct tape_vp *v, const struct trace_event *ev)
{
	struct tape_item *i = add_item(t, v, ev);

	i->stop = (struct tape_stop){ .ipis = v->ipis, .had = v->taken - v->taken_at_act };
	return &i->stop;
}

/* One that answers what came since the last. */
static struct tape_act *add_act(struct tape *t, struct tape_vp *v, const struct trace_event *ev)
{
	uint64_t before = v->item_ran;
	struct tape_item *i = add_item(t, v, ev);

	i->act = (struct tape_act){ .ticks = v->taken - v->taken_at_act,
				    .deliveries = v->given - v->given_at_act };
	if (i->act.ticks && v->tick_ran > before) {
		i->act.before = v->tick_ran - before;
		i->work = v->item_ran - v->tick_ran;
	}
	v->taken_at_act = v->taken;
	v->given_at_act = v->given;
	t->counts.events++;
	return &i->act;
}

static void stop_begins(struct tape_vp *v)
{
	v->stop = v->items.end - 1;
	v->pend_time = v->waiting_pend ? 0 : TAPE_NEVER;
	v->ipi_time = TAPE_NEVER;
}

static void note_ended(struct tape *t, uint32_t vp)
{
	struct tape_ended *e = ring_push(&t->ended_stops, sizeof(*e));

	*e = (struct tape_ended){ .item = t->vp[vp].stop, .vp = vp };
}

/* Did the base pend for @v, which @ev makes run, only because somebody was preempted for that? */
static bool pends_for_switch(const struct tape *t, const struct tape_vp *v,
			     const struct trace_event *ev)
{
	const struct tape_lp *l = &t->lp[ev->lp];

	return ev->type == TRACE_SCHED_IN && l->left != TAPE_NOBODY && l->left_at == ev->time &&
	       v->pend_time == ev->time && v->pend_seq > l->left_seq;
}

/* What ended the stop of @v, by an event at @time. */
static void stop_ends(struct tape *t, struct tape_vp *v, const struct trace_event *ev)
{
	struct tape_item *i = stopped_by(v);
	struct tape_stop *s;
	bool block, late;

	if (!i || i->stop.known)
		return;
	s = &i->stop;
	block = i->ev.sub == TRACE_BLOCK;
	late = block && pends_for_switch(t, v, ev);
	note_ended(t, ev->vp);
	s->known = true;
	t->counts.compared++;
	s->back = ev->time;
	s->back_seq = t->seq;
	s->wakes = ev->type == TRACE_WAKE;
	s->back_lp = ev->lp;
	s->cause = CAUSE_EXTERNAL;
	if (i->ev.sub == TRACE_WAIT) {
		v->timer_stop = false;
		return;
	}
	if (block && v->pend_time != TAPE_NEVER && !late) {
		s->cause = CAUSE_TIMER;
		s->residual = ev->time - (v->pend_time > i->ev.time ? v->pend_time : i->ev.time);
	} else if (block && v->ipi_time != TAPE_NEVER) {
		s->cause = CAUSE_IPI;
		s->residual = ev->time - v->ipi_time;
	} else {
		v->ended_otherwise = block && !late;
		t->counts.negative += late;
	}
	t->counts.residuals += s->residual != 0;
	t->counts.residual_ticks += s->residual;
	v->timer_stop = s->cause == CAUSE_TIMER;
	v->timer_residual = s->residual;
	v->timer_wakes = s->wakes;
}

/* The recording ends before the halt of @v does. */
static void stop_goes_on(struct tape *t, uint32_t vp)
{
	struct tape_vp *v = &t->vp[vp];
	struct tape_item *i = stopped_by(v);
	uint64_t least = 0;

	if (!i || i->stop.known || i->ev.sub != TRACE_BLOCK || !v->timer_stop)
		return;
	if (v->pend_time != TAPE_NEVER)
		least = t->meta->end + 1 - (v->pend_time > i->ev.time ? v->pend_time : i->ev.time);
	note_ended(t, vp);
	i->stop.known = true;
	i->stop.wakes = v->timer_wakes;
	i->stop.cause = CAUSE_TIMER;
	i->stop.residual = v->timer_residual > least ? v->timer_residual : least;
	i->stop.back_seq = TAPE_NEVER - 1;
	i->stop.back_lp = (uint16_t)v->lp;
}

/* Before its first run, a VP has stopped at the start of the trace. */
static void first_seen(struct tape *t, uint32_t vp, bool block)
{
	struct tape_vp *v = &t->vp[vp];
	struct tape_item *i = push_item(t, v);

	*i = (struct tape_item){ .ev = { .type = TRACE_SCHED_OUT,
					 .sub = block ? TRACE_BLOCK : TRACE_OFFLINE,
					 .vp = vp },
				 .stop = { .had = v->taken - v->taken_at_act } };
	v->state = TAPE_STOPPED;
	v->stop = v->items.end - 1;
}

static uint64_t free_since(const struct tape_lp *l, uint64_t from, uint64_t to)
{
	uint64_t idle = 0, end = to;

	for (uint64_t k = l->pasts; k && l->pasts - k < TAPE_PAST; k--) {
		const struct tape_past *p = &l->past[(k - 1) % TAPE_PAST];

		if (p->out <= from)
			return idle + (end - from);
		idle += end - p->out;
		end = p->in;
		if (end <= from)
			return idle;
	}
	return l->pasts < TAPE_PAST ? idle + (end - from) : idle;
}

static struct tape_run *last_run(const struct tape_vp *v)
{
	return ring_last(&v->runs, sizeof(struct tape_run));
}

/* Nobody of the trace took @vp's place: its stop stands on its tape. */
static void by_outsider(struct tape *t, uint32_t vp, uint32_t lp)
{
	struct tape_vp *v = &t->vp[vp];
	struct tape_run *run = last_run(v);
	struct trace_event out = { .type = TRACE_SCHED_OUT, .sub = TRACE_PREEMPT, .vp = vp };
	uint64_t seq = t->seq;

	t->lp[lp].left = TAPE_NOBODY;
	if (!run)
		return;
	out.time = t->lp[lp].left_at;
	t->seq = run->out_seq;
	add_stop(t, v, &out);
	t->seq = seq;
	run->known = true;
}

/* Who was preempted on @l at left_at has its place taken by @v, which was ready by then. */
static void place_taken(struct tape *t, struct tape_lp *l, const struct tape_vp *v,
			struct tape_run *run)
{
	const struct tape_vp *left = &t->vp[l->left];
	struct tape_run *left_run = last_run(left);
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

static struct tape_run *add_run(struct tape *t, struct tape_vp *v, const struct trace_event *ev)
{
	struct tape_lp *l = &t->lp[ev->lp];
	struct tape_run *run;

	ring_drop(&v->runs, v->runs_from);
	run = ring_push(&v->runs, sizeof(*run));
	/* Each member by itself: quicker than to clear it all. */
	run->time = ev->time;
	run->seq = t->seq;
	run->slice = ev->extra;
	run->item = v->items.end;
	run->work = v->ran - v->item_ran;
	run->hold = free_since(l, v->ready_at, ev->time);
	run->wait = ev->time - v->ready_at;
	run->preempt_after = 0;
	run->number = ++l->runs;
	run->overrun = 0;
	run->length = 0;
	run->out_seq = TAPE_NOWHERE;
	run->lp = ev->lp;
	run->preempts = run->known = run->timed = run->sliced = false;
	t->counts.residuals += run->hold != 0;
	t->counts.residual_ticks += run->hold;
	return run;
}

static void sched_in(struct tape *t, const struct trace_event *ev)
{
	struct tape_vp *v = &t->vp[ev->vp];
	struct tape_lp *l = &t->lp[ev->lp];
	struct tape_run *run;

	if (v->state == TAPE_NEW)
		first_seen(t, ev->vp, false);
	if (v->state == TAPE_STOPPED) {
		stop_ends(t, v, ev);
		v->state = TAPE_IS_READY;
		v->ready_at = ev->time;
	}
	/* It was preempted where nobody ran since. */
	if (v->lp != TAPE_NOBODY && t->lp[v->lp].left == ev->vp)
		by_outsider(t, ev->vp, v->lp);
	run = add_run(t, v, ev);
	if (l->left != TAPE_NOBODY && l->left != ev->vp) {
		if (v->ready_at > l->left_at)
			by_outsider(t, l->left, ev->lp);
		else
			place_taken(t, l, v, run);
	}
	l->left = TAPE_NOBODY;
	l->vp = ev->vp;
	v->lp = ev->lp;
	v->ended_otherwise = false;
	v->slice_over = false;
	v->slice_time = 0;
	t->counts.events++;
	v->state = TAPE_RUNS;
	v->in = ev->time;
}

static void sched_out(struct tape *t, const struct trace_event *ev)
{
	struct tape_vp *v = &t->vp[ev->vp];
	struct tape_lp *l = &t->lp[v->lp];
	struct tape_run *run = last_run(v);
	bool preempt = ev->sub == TRACE_PREEMPT;

	if (!preempt)
		add_stop(t, v, ev);
	t->counts.work += ev->time - v->in;
	v->ran = tape_ran_by(v, ev->time);
	v->state = preempt || ev->sub == TRACE_YIELD || ev->sub == TRACE_LOST_VP ? TAPE_IS_READY
										 : TAPE_STOPPED;
	v->ready_at = ev->time;
	if (v->state == TAPE_STOPPED)
		stop_begins(v);
	t->counts.events++;
	l->past[l->pasts++ % TAPE_PAST] = (struct tape_past){ v->in, ev->time };
	l->vp = TAPE_NOBODY;
	if (run) {
		run->timed = v->slice_over;
		run->length = ev->time - run->time;
		run->out_seq = t->seq;
		run->known = !preempt;
	}
	if (preempt) {
		l->left = ev->vp;
		l->left_at = ev->time;
		l->left_seq = t->seq;
	}
}

static void add_absolute(struct tape *t, const struct trace_event *ev)
{
	struct tape_absolute *a;

	ring_drop(&t->absolute, t->absolute_from);
	a = ring_push(&t->absolute, sizeof(*a));
	a->ev = *ev;
	a->seq = t->seq;
}

static void counter_set(struct tape_vp *v, const struct trace_event *ev)
{
	v->off = (int64_t)(ev->value - ev->time);
	v->has_last = false;
}

static void arm(struct tape *t, struct tape_vp *v, struct tape_act *a, const struct trace_event *ev)
{
	bool ahead;

	t->counts.compared++;
	a->ahead = (int64_t)ev->value - ((int64_t)ev->time + v->off);
	ahead = !ev->extra && a->ahead > 0;
	a->step = ahead && v->has_last ? (int64_t)(ev->value - v->last_deadline) : TAPE_NO_STEP;
	if (ahead && (a->step > 0 || t->unit[ev->vp] != GRID_BY_STEPS))
		a->unit = t->unit[ev->vp];
	v->has_last = ahead;
	v->last_deadline = ev->value;
}

/* A new VP has stopped, too. */
static void note_ipi(struct tape_vp *to, uint64_t time)
{
	to->ipis++;
	if ((to->state == TAPE_STOPPED || to->state == TAPE_NEW) && to->ipi_time == TAPE_NEVER)
		to->ipi_time = time;
}

static void wake(struct tape *t, struct tape_vp *v, const struct trace_event *ev)
{
	if (v->state == TAPE_NEW)
		first_seen(t, ev->vp, true);
	if (v->state != TAPE_STOPPED)
		return;
	stop_ends(t, v, ev);
	v->state = TAPE_IS_READY;
	v->ready_at = ev->time;
	t->counts.events++;
}

/* What a running VP does that no timer hears of. */
static void other_act(struct tape *t, const struct trace_event *ev)
{
	struct tape_vp *v = &t->vp[ev->vp];

	if (v->state == TAPE_RUNS) {
		add_item(t, v, ev)->act = (struct tape_act){ 0 };
		t->counts.events++;
	} else if (ev->type == TRACE_IPI) {
		add_absolute(t, ev);
	}
	if (ev->type == TRACE_IPI && ev->extra < t->meta->vps)
		note_ipi(&t->vp[ev->extra], ev->time);
}

static void timer_act(struct tape *t, const struct trace_event *ev)
{
	struct tape_vp *v = &t->vp[ev->vp];

	if (v->state == TAPE_RUNS) {
		struct tape_act *a = add_act(t, v, ev);

		if (ev->type == TRACE_ARM)
			arm(t, v, a, ev);
	} else if (ev->type != TRACE_ACK) {
		add_absolute(t, ev);
	}
	if (ev->type == TRACE_COUNTER)
		counter_set(v, ev);
}

void tape_event(struct tape *t, const struct trace_event *ev)
{
	t->now = ev->time;
	switch (ev->type) {
	case TRACE_SCHED_IN:
		sched_in(t, ev);
		break;
	case TRACE_SCHED_OUT:
		sched_out(t, ev);
		break;
	case TRACE_WAKE:
		wake(t, &t->vp[ev->vp], ev);
		break;
	case TRACE_ARM:
	case TRACE_DISARM:
	case TRACE_MASK:
	case TRACE_COUNTER:
	case TRACE_ACK:
		timer_act(t, ev);
		break;
	case TRACE_EXIT:
	case TRACE_ENTRY:
	case TRACE_IPI:
		other_act(t, ev);
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
		if (t->vp[i].state == TAPE_RUNS)
			t->counts.work += t->meta->end - t->vp[i].in;
		if (t->vp[i].state == TAPE_STOPPED)
			stop_goes_on(t, i);
	}
	for (uint32_t lp = 0; lp < t->meta->lps; lp++) {
		if (t->lp[lp].left != TAPE_NOBODY)
			by_outsider(t, t->lp[lp].left, lp);
	}
}
