/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/loop/loop.h"

#include <stdlib.h>
#include <string.h>

#include "replay/loop/own.h"
#include "replay/loop/plan.h"
#include "traces/base/mem.h"

#define NEVER TAPE_NEVER
#define NOBODY UINT32_MAX
/* A place before all that happens at a time: nothing happens there, but more has to be read. */
#define LOOK 0u

enum state { RUNNING, READY, STOPPED };

struct lvp {
	enum state state;
	uint32_t lp; /* it runs or waits there, or ran last */
	/* the tape */
	uint64_t item; /* the next one's number */
	uint64_t ran, in_at,
	    stolen; /* by the start of the run, which was then, with so much stolen */
	uint64_t item_ran, tick_ran;
	struct own own;
	bool one_shot; /* its last ARM was */
	/* LOOP.md 6.11: it halted before its next item, which the recorded VP did not; and does. */
	bool put_back, halted;
	uint64_t had;
	/* The last of its stops that ended was ended by its timer, so: */
	bool ticked;
	struct tape_stop tick;
	uint64_t pended, taken, taken_at_act;
	uint64_t given, given_at_act;
	int64_t off;
	bool has_last;
	uint64_t last_deadline;
	/* stopped */
	bool pend_seen, waiting_pend;
	uint64_t ipis, pend_time, ipi_time, stop_time;
	/* ready, running */
	struct tape_run run;
	bool open; /* how the run ended has not been asked yet: it is the tape's first */
	bool extra;
	bool absent;		 /* ready, but not yet for any LP */
	uint64_t ready_at, left; /* of the hold, as of free_from of its LP */
	uint64_t slice_at;	 /* the slice is over then, if the cell's timers do not say when: */
	bool timed, slice_over;
	uint64_t slice_time, overrun;
	bool switched; /* as the run began, others had been taken from their LP, so late: */
	uint64_t switch_time;
	struct loop_vp_counts counts;
};

/* What an LP with a VP on it does next. */
enum next { NEXT_LOOK, NEXT_ITEM, NEXT_TAKEN, NEXT_HALT };

struct llp {
	uint32_t vp;
	enum next next;
	uint64_t free_from; /* holds are counted down to here */
	uint64_t stolen;
	uint64_t last; /* number of the last run that started here */
	uint32_t *wait;
	size_t waits, room;
	bool stale; /* its plan is */
};

struct loop {
	const struct trace_meta *meta;
	struct engine *e;
	struct tape *t;
	void (*pull)(void *);
	void *arg;
	uint64_t quantum, now;
	uint64_t near, look; /* ticks */
	unsigned residuals;  /* percent */
	struct lvp *vp;
	struct llp *lp;
	struct plan plan; /* of each LP, each VP that sleeps or waits, and what is absolute */
	uint32_t *stale;  /* LPs to plan anew */
	size_t stales;
	bool fresh; /* more of the tape was read */
	struct loop_counts counts;
	struct engine_ear ear;
	bool fifo;
	bool switched; /* with fifo: a slice that was over in the recording was, so late: */
	uint64_t switch_time;
	bool away; /* AWAY events count: RULES.md 17.13 */
};

/* What is not on the tape, and does not come before @least, comes no earlier than that. */
static uint64_t never_before(const struct loop *l, uint64_t least)
{
	if (tape_lost(l->t)) /* it was there */
		return l->now;
	return tape_ended(l->t) ? NEVER : least;
}

static void plan_vp(struct loop *l, uint32_t vp, uint64_t time, uint64_t seq)
{
	plan_set(&l->plan, l->meta->lps + vp, time, seq);
}

/* ---- reading ahead ---- */

static bool more(struct loop *l)
{
	if (tape_ended(l->t) && !tape_lost(l->t))
		return false;
	l->fresh = true;
	l->pull(l->arg);
	engine_enter(l->e);
	return true;
}

/* ---- work ---- */

static uint64_t ran_now(const struct loop *l, const struct lvp *v)
{
	if (v->state != RUNNING)
		return v->ran;
	uint64_t passed = l->now - v->in_at, stolen = l->lp[v->lp].stolen - v->stolen;

	return passed > stolen ? v->ran + passed - stolen : v->ran;
}

/* When the running VP will have run for so long in all, not before now. */
static uint64_t time_at(const struct loop *l, const struct lvp *v, uint64_t ran)
{
	uint64_t at = v->in_at + (l->lp[v->lp].stolen - v->stolen);

	at += ran > v->ran ? ran - v->ran : 0;
	return at > l->now ? at : l->now;
}

/* How long it will have run in all when it has worked for so long since its last item, and for what
 * it owes; it may owe less than nothing. */
static uint64_t own_ran(const struct lvp *v, uint64_t work)
{
	uint64_t done = (uint64_t)-v->own.owed;

	if (v->own.owed >= 0)
		return v->item_ran + work + (uint64_t)v->own.owed;
	return v->item_ran + (work > done ? work - done : 0);
}

/* The same, or it does not have to do what it owes. */
static uint64_t own_least(const struct lvp *v, uint64_t work)
{
	return v->own.owed < 0 ? own_ran(v, work) : v->item_ran + work;
}

/* May it halt where the recorded VP did not? */
static bool may_put_back(const struct lvp *v)
{
	return v->one_shot && v->ticked && !v->put_back && !v->waiting_pend;
}

/* No earlier than that comes the running VP to its next item, which is not on the tape yet. */
static uint64_t not_before(const struct loop *l, uint32_t vp)
{
	const struct lvp *v = &l->vp[vp];
	const struct tape_open o = tape_open(l->t, vp);
	uint64_t ticks = v->taken - v->taken_at_act, given = v->given - v->given_at_act;
	uint64_t ran = own_least(v, o.ran), answered = v->item_ran;

	/* It may answer what came here already, and there not yet. */
	if (ticks > o.ticks || given > o.deliveries)
		return l->now;
	if (v->tick_ran > answered)
		answered = v->tick_ran;
	answered += o.ran_ticks;
	if (o.ticks && (ticks == o.ticks || given == o.deliveries))
		ran = answered < ran ? answered : ran;
	else if (o.ticks && may_put_back(v) && own_ran(v, o.ran - o.ran_ticks) < ran)
		ran = own_ran(v, o.ran - o.ran_ticks); /* it may halt, as the tick does not come */
	return time_at(l, v, ran);
}

/* ---- halts that are passed over, or put back ---- */

static bool is_halt(const struct tape_item *i)
{
	return tape_is_stop(i) && i->ev.sub == TRACE_BLOCK;
}

static bool answers(const struct tape_item *i)
{
	return !tape_is_stop(i) && i->act.ticks;
}

static bool is_behind(const struct loop *l, uint32_t vp, uint64_t item)
{
	uint64_t behind;

	return tape_is_again(l->t, vp, item, &behind);
}

/* Is @i, the running VP's next item, a halt before whose time the tick came that ended it? Nobody
 * halts then. */
static bool is_overtaken(struct loop *l, uint32_t vp, const struct tape_item *i)
{
	const struct lvp *v = &l->vp[vp];

	if (!v->one_shot || !v->ticked || !is_halt(i) ||
	    v->taken - v->taken_at_act <= i->stop.had || is_behind(l, vp, v->item))
		return false;
	while (!i->stop.known && more(l))
		i = tape_item(l->t, vp, v->item);
	return i->stop.known && i->stop.cause == CAUSE_TIMER;
}

static void note_tick(struct lvp *v, const struct tape_stop *s)
{
	v->ticked = s->cause == CAUSE_TIMER;
	v->tick = *s;
}

/* The halt ends as it begins, when the tick came. */
static void pass_over(struct loop *l, uint32_t vp)
{
	struct lvp *v = &l->vp[vp];
	const struct tape_item *i = tape_item(l->t, vp, v->item);
	uint64_t ran = ran_now(l, v), at = v->tick_ran < ran ? v->tick_ran : ran;

	at = at > v->item_ran ? at : v->item_ran;
	own_passes_over(&v->own, i, at - v->item_ran);
	own_passes(&v->own, i);
	note_tick(v, &i->stop);
	v->item_ran = at;
	v->item++;
	l->counts.items++;
	tape_drop_items(l->t, vp, v->item);
}

/* What the tape has until the halt that comes next. */
struct until_halt {
	bool known; /* there is one; or more has to be read */
	bool halts;
	uint64_t work; /* of the guest's own, and what the ticks before the halt bring of that */
	uint64_t brought;
};

static struct until_halt look_for_halt(const struct loop *l, uint32_t vp)
{
	const struct lvp *v = &l->vp[vp];
	const struct tape_item *i = tape_item(l->t, vp, v->item);
	struct until_halt u = { .known = true };
	uint64_t last = i->ev.time + l->look;

	for (unsigned k = 0; k <= OWN_LOOK; k++) {
		i = tape_item(l->t, vp, v->item + k);
		if (!i && (tape_lost(l->t) || (!tape_ended(l->t) && tape_time(l->t) <= last)))
			return (struct until_halt){ .known = false };
		if (!i || is_behind(l, vp, v->item + k) || i->ev.time > last)
			return u;
		if (is_halt(i)) {
			u.work += i->work;
			u.halts = true;
			return u;
		}
		if (tape_is_stop(i))
			return u;
		u.work += answers(i) ? i->act.before : i->work;
		if (answers(i))
			u.brought += own_brought(&v->own, i);
	}
	return u;
}

/* The running VP waits for the ticks that @i, its next item, answers. When does it halt, as it has
 * nothing to do? NEVER: it does not. */
static uint64_t halts_at(struct loop *l, uint32_t vp, const struct tape_item *i, enum next *what)
{
	const struct lvp *v = &l->vp[vp];
	uint64_t before = i->act.before, at = time_at(l, v, own_ran(v, before));
	struct until_halt u;

	*what = NEXT_LOOK;
	if (!may_put_back(v) || is_behind(l, vp, v->item))
		return NEVER;
	for (;;) {
		u = look_for_halt(l, vp);
		if (u.known)
			break;
		at = never_before(l, at);
		if (at > l->now)
			return at;
		more(l);
	}
	if (!u.halts)
		return NEVER;
	*what = NEXT_HALT;
	u.work = u.work > before + u.brought ? u.work - u.brought : before;
	return time_at(l, v, own_ran(v, u.work));
}

/* When the running VP gets to its next item, or halts without one; NEVER: it waits, or there is
 * none. *@item is NULL if it is not on the tape yet: then it is no earlier. */
static uint64_t item_time(struct loop *l, uint32_t vp, const struct tape_item **item,
			  enum next *what)
{
	const struct lvp *v = &l->vp[vp];
	const struct tape_item *i;
	uint64_t from, behind;

	*what = NEXT_LOOK;
	while (!(i = *item = tape_item(l->t, vp, v->item)) || is_overtaken(l, vp, i)) {
		uint64_t least;

		if (i) {
			pass_over(l, vp);
			continue;
		}
		least = never_before(l, not_before(l, vp));
		if (least > l->now)
			return least;
		more(l);
	}
	/* A look at what ended a stop may have moved it. */
	i = *item = tape_item(l->t, vp, v->item);
	from = v->item_ran;
	if (tape_is_again(l->t, vp, v->item, &behind) && !behind)
		from += tape_rest(l->t, vp) + 1;
	if (answers(i)) {
		if (v->taken - v->taken_at_act < i->act.ticks &&
		    v->given - v->given_at_act < i->act.deliveries) {
			from = halts_at(l, vp, i, what);
			*item = tape_item(l->t, vp, v->item);
			return from;
		}
		if (v->tick_ran > from)
			from = v->tick_ran;
	}
	*what = NEXT_ITEM;
	return time_at(l, v, from + (is_halt(i) ? own_work(&v->own, i) : i->work));
}

/* ---- LPs ---- */

/* When the slice of @v, which started, is over. */
static void set_slice(const struct loop *l, struct lvp *v)
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
		v->slice_at = v->timed ? v->in_at + least : NEVER;
}

/* How the run of @vp ended in the recording. Before somebody waits for the LP, nobody asks. */
static void learn_end(struct loop *l, uint32_t vp)
{
	struct lvp *v = &l->vp[vp];
	const struct tape_run *r;

	if (!v->open)
		return;
	while (!(r = tape_run(l->t, vp, 0))->known && more(l))
		;
	v->run.overrun = r->overrun;
	v->run.length = r->length;
	v->run.out_seq = r->out_seq;
	v->run.timed = r->timed;
	v->run.sliced = r->sliced;
	v->open = false;
	tape_drop_run(l->t, vp);
	set_slice(l, v);
}

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

/* When others take the LP from who runs there. */
static uint64_t taken_at(const struct loop *l, const struct llp *p)
{
	uint64_t at = slice_ends(l, p);

	for (size_t i = 0; i < p->waits; i++) {
		const struct lvp *w = &l->vp[p->wait[i]];

		if (w->run.preempts && w->ready_at + w->run.preempt_after < at)
			at = w->ready_at + w->run.preempt_after;
	}
	return at > l->now ? at : l->now;
}

static void plan_busy(struct loop *l, uint32_t lp)
{
	struct llp *p = &l->lp[lp];
	const struct tape_item *item;
	uint64_t time = item_time(l, p->vp, &item, &p->next), seq = LOOK;

	if (p->next == NEXT_HALT)
		seq = NEVER - 1;
	if (p->next == NEXT_ITEM)
		seq = is_behind(l, p->vp, l->vp[p->vp].item) ? NEVER - 1 : item->seq;
	if (p->waits) {
		uint64_t taken, out;

		learn_end(l, p->vp);
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

static void plan_lp(struct loop *l, uint32_t lp)
{
	const struct llp *p = &l->lp[lp];
	uint64_t time = NEVER, seq = NEVER;

	if (p->vp != NOBODY) {
		plan_busy(l, lp);
		return;
	}
	for (size_t i = 0; i < p->waits; i++) {
		const struct lvp *w = &l->vp[p->wait[i]];

		take_best(&time, &seq, p->free_from + w->left, w->run.seq);
	}
	plan_set(&l->plan, lp, time, seq);
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

static void emit(struct loop *l, struct trace_event *ev, const struct trace_event *rec)
{
	ev->time = l->now;
	l->counts.same +=
	    rec && rec->time == ev->time && rec->value == ev->value && rec->lp == ev->lp;
	engine_event_within(l->e, ev);
}

/* The first run of @vp that begins at its place on the tape, or the last before it, is the tape's
 * first then. */
static bool find_run(struct loop *l, uint32_t vp, uint64_t work)
{
	const uint64_t item = l->vp[vp].item;
	const struct tape_run *r;
	bool found = false;

	for (;;) {
		while (!(r = tape_run(l->t, vp, found)) && !tape_is_past(l->t, vp, item, work) &&
		       more(l))
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
	struct lvp *v = &l->vp[vp];
	uint64_t work = v->ran - v->item_ran, behind = 1;

	learn_end(l, vp);
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
	v->run.number = NEVER;
	v->run.seq = v->run.out_seq = NEVER - 1;
}

static void wait_for(struct llp *p, uint32_t vp)
{
	if (p->waits == p->room) {
		p->room = p->room ? 2 * p->room : 4;
		p->wait = vt_realloc(p->wait, p->room * sizeof(*p->wait));
	}
	p->wait[p->waits++] = vp;
}

static void wait_no_more(struct llp *p, size_t i)
{
	p->waits--;
	memmove(&p->wait[i], &p->wait[i + 1], (p->waits - i) * sizeof(*p->wait));
}

/* It waits for the LP of its run. */
static void join(struct loop *l, uint32_t vp)
{
	struct lvp *v = &l->vp[vp];
	struct llp *p = &l->lp[v->run.lp];

	v->lp = v->run.lp;
	count_down(l, p);
	v->left = kept(l, v->run.hold);
	wait_for(p, vp);
	plan_later(l, v->run.lp);
}

static void get_ready(struct loop *l, uint32_t vp)
{
	struct lvp *v = &l->vp[vp];

	v->state = READY;
	v->ready_at = l->now;
	choose_run(l, vp);
	if (v->absent) {
		plan_vp(l, vp, l->now + tape_last_wait(l->t, vp), NEVER - 1);
		return;
	}
	join(l, vp);
	plan_vp(l, vp, v->extra || l->fifo ? NEVER : l->now + v->run.wait + 1, v->run.seq);
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

/* Who of those that wait for @p starts now; p->waits: nobody. */
static size_t who_starts(const struct loop *l, const struct llp *p)
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

static void start(struct loop *l, uint32_t lp)
{
	struct llp *p = &l->lp[lp];
	size_t best = who_starts(l, p);
	struct lvp *v;
	uint32_t vp;

	if (best == p->waits) {
		plan_later(l, lp);
		return;
	}
	vp = p->wait[best];
	plan_vp(l, vp, NEVER, 0);
	v = &l->vp[vp];
	count_down(l, p);
	wait_no_more(p, best);
	p->vp = vp;
	v->state = RUNNING;
	v->in_at = l->now;
	v->stolen = p->stolen;
	v->slice_over = false;
	v->switched = l->switched;
	v->switch_time = l->switch_time;
	if (!v->open)
		set_slice(l, v);
	l->counts.runs++;
	l->counts.kept += v->run.lp == lp && v->run.number == p->last + 1;
	p->last = v->run.lp == lp && !v->extra ? v->run.number : NEVER;
	const struct trace_event rec = { .time = v->run.time, .lp = v->run.lp };
	struct trace_event ev = {
		.type = TRACE_SCHED_IN, .vp = vp, .lp = (uint16_t)lp, .extra = v->run.slice
	};

	emit(l, &ev, v->extra ? NULL : &rec);
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

/* So long after the pend that the stop of @v waits for, or after it stopped. */
static uint64_t after_pend(const struct lvp *v, uint64_t delay)
{
	return (v->pend_time > v->stop_time ? v->pend_time : v->stop_time) + delay;
}

/* By its cause, which is known; NEVER: not yet. */
static uint64_t wakes_at(const struct loop *l, const struct lvp *v, const struct tape_item *i)
{
	const struct tape_stop *s = &i->stop;

	switch (s->cause) {
	case CAUSE_TIMER:
		/* The tick came before the guest halted: it would not have. */
		if (v->taken - v->taken_at_act > s->had)
			return l->now;
		return v->pend_seen ? after_pend(v, kept(l, s->residual)) : NEVER;
	case CAUSE_IPI:
		if (v->ipis <= s->ipis)
			return NEVER;
		return v->ipi_time == NEVER ? v->stop_time : v->ipi_time + kept(l, s->residual);
	case CAUSE_EXTERNAL:
		return i->ev.sub == TRACE_WAIT ? v->stop_time + (s->back - i->ev.time) : s->back;
	default:
		return NEVER;
	}
}

/* What ends the stop of @vp is not on the tape yet; the stop is @i, or if that is NULL, not either.
 * It ends no earlier than that. */
static uint64_t wakes_not_before(const struct loop *l, uint32_t vp, const struct tape_item *i)
{
	static const struct tape_item first = { .ev = { .sub = TRACE_BLOCK } };
	const struct lvp *v = &l->vp[vp];
	uint64_t read = tape_time(l->t), pended = tape_stop_pended(l->t, vp),
		 sent = tape_stop_ipi(l->t, vp), least = NEVER;

	if (!i)
		i = &first;
	if (i->ev.sub == TRACE_WAIT)
		return v->stop_time + (read - i->ev.time);
	/* By itself, then, and that is read in time. */
	if (i->ev.sub != TRACE_BLOCK)
		return NEVER;
	if (v->taken - v->taken_at_act > i->stop.had)
		return l->now;
	if (v->pend_seen) {
		uint64_t from = pended > i->ev.time ? pended : i->ev.time;

		least = pended == NEVER ? l->now : after_pend(v, kept(l, read - from));
	}
	if (v->ipis > i->stop.ipis) {
		uint64_t by = sent == NEVER || v->ipi_time == NEVER
				  ? l->now
				  : v->ipi_time + kept(l, read - sent);

		least = by < least ? by : least;
	}
	return least;
}

/* The end of a halt that the recorded VP did not make. */
static void plan_put_back(struct loop *l, uint32_t vp)
{
	const struct lvp *v = &l->vp[vp];
	uint64_t at = NEVER;

	if (v->taken - v->taken_at_act > v->had)
		at = l->now;
	else if (v->pend_seen)
		at = after_pend(v, kept(l, v->tick.residual));
	plan_vp(l, vp, at > l->now ? at : l->now, NEVER - 1);
}

static void plan_wake(struct loop *l, uint32_t vp)
{
	const struct lvp *v = &l->vp[vp];
	const struct tape_item *i;
	uint64_t at, behind;
	bool again;

	if (v->state != STOPPED)
		return;
	if (v->halted) {
		plan_put_back(l, vp);
		return;
	}
	while (!(i = tape_item(l->t, vp, v->item - 1)) || !i->stop.known) {
		at = never_before(l, wakes_not_before(l, vp, i));
		if (at > l->now) {
			plan_vp(l, vp, at, LOOK);
			return;
		}
		more(l);
	}
	again = tape_is_again(l->t, vp, v->item - 1, &behind);
	if (again && i->stop.cause != CAUSE_TIMER)
		at = v->stop_time + (i->stop.back - i->ev.time);
	else
		at = wakes_at(l, v, i);
	if (at < l->now)
		at = l->now;
	plan_vp(l, vp, at, again ? NEVER - 1 : i->stop.back_seq);
}

/* One that the recorded VP did not make is over. */
static void put_back_ends(struct loop *l, uint32_t vp)
{
	struct lvp *v = &l->vp[vp];
	struct trace_event ev = { .type = TRACE_WAKE, .vp = vp, .lp = v->tick.back_lp };

	v->halted = false;
	l->counts.wakes[CAUSE_TIMER]++;
	v->counts.wakeups++;
	v->state = READY; /* emit() may pend */
	if (v->tick.wakes)
		emit(l, &ev, NULL);
	get_ready(l, vp);
}

static void wake_up(struct loop *l, uint32_t vp)
{
	struct lvp *v = &l->vp[vp];
	const struct tape_item *i = tape_item(l->t, vp, v->item - 1);
	struct trace_event rec, ev = { .type = TRACE_WAKE, .vp = vp };
	bool again, wakes;
	uint64_t behind;

	if (v->halted) {
		put_back_ends(l, vp);
		return;
	}
	if (!i || !i->stop.known) {
		plan_wake(l, vp);
		return;
	}
	note_tick(v, &i->stop);
	wakes = i->stop.wakes;
	rec = (struct trace_event){ .time = i->stop.back, .lp = i->stop.back_lp };
	again = tape_is_again(l->t, vp, v->item - 1, &behind) || i->stop.back_seq == NEVER - 1;
	l->counts.wakes[i->stop.cause]++;
	v->counts.wakeups++;
	if (!again)
		note_near(l, i->stop.back);
	v->state = READY; /* emit() may pend */
	if (wakes) {
		ev.lp = rec.lp;
		emit(l, &ev, again ? NULL : &rec);
	}
	get_ready(l, vp);
}

static void begin_stop(const struct loop *l, struct lvp *v)
{
	v->state = STOPPED;
	v->stop_time = l->now;
	v->pend_seen = v->waiting_pend;
	v->pend_time = 0;
	v->ipi_time = NEVER;
}

/* The VP on @lp has nothing to do, which the recorded one had. */
static void put_back(struct loop *l, uint32_t lp)
{
	uint32_t vp = l->lp[lp].vp;
	struct lvp *v = &l->vp[vp];
	struct trace_event ev = { .type = TRACE_SCHED_OUT, .sub = TRACE_BLOCK, .vp = vp };

	leave(l, vp);
	begin_stop(l, v);
	v->put_back = v->halted = true;
	v->had = v->taken - v->taken_at_act;
	emit(l, &ev, NULL);
	plan_wake(l, vp);
	plan_later(l, lp);
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
	if (is_halt(i))
		own_halts(&v->own, i);
	if (!again)
		own_passes(&v->own, i);
	v->item++;
	v->item_ran = v->ran;
	begin_stop(l, v);
	if (ev.sub == TRACE_PREEMPT || ev.sub == TRACE_YIELD || ev.sub == TRACE_LOST_VP)
		v->state = READY;
	emit(l, &ev, again ? NULL : &rec);
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

	learn_end(l, vp);
	if (l->fifo && v->run.sliced && v->run.timed) {
		l->switched = true;
		l->switch_time = v->run.overrun;
	}
	/* Who ends a run by becoming ready does so once. */
	for (size_t i = 0; i < l->lp[lp].waits; i++) {
		struct lvp *w = &l->vp[l->lp[lp].wait[i]];

		if (w->run.preempts && w->ready_at + w->run.preempt_after <= l->now)
			w->run.preempts = false;
	}
	leave(l, vp);
	v->state = READY;
	const struct trace_event rec = { .time = v->run.time + v->run.length };
	emit(l, &ev, v->extra || v->run.out_seq == TAPE_NOWHERE ? NULL : &rec);
	get_ready(l, vp);
	plan_later(l, lp);
}

/* The LP with the lowest number that is free and for which nobody waits; all LPs: there is none. */
static uint32_t free_lp(const struct loop *l)
{
	uint32_t lp = 0;

	while (lp < l->meta->lps && (l->lp[lp].vp != NOBODY || l->lp[lp].waits))
		lp++;
	return lp;
}

/* It has waited longer than it did in the recording: another LP is free, or it takes the place of
 * who runs. */
static void impatient(struct loop *l, uint32_t vp)
{
	struct lvp *v = &l->vp[vp];
	uint32_t to, from = v->lp;
	struct llp *p = &l->lp[from];

	plan_vp(l, vp, NEVER, 0);
	if (v->absent) {
		v->absent = false;
		join(l, vp);
		return;
	}
	if (p->vp == NOBODY)
		return;
	v->left = 0;
	to = free_lp(l);
	if (to == l->meta->lps) {
		if (l->now > l->vp[p->vp].in_at && v->counts.on_lps < l->vp[p->vp].counts.on_lps)
			preempt(l, from);
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
	plan_later(l, from);
	plan_later(l, to);
}

/* ---- acts ---- */

static uint64_t deadline_of(struct loop *l, const struct lvp *v, const struct trace_event *ev,
			    const struct tape_act *a)
{
	int64_t c = (int64_t)l->now + v->off, d, unit = (int64_t)a->unit;

	if (ev->extra || a->ahead <= 0 || !a->unit || !v->has_last) {
		l->counts.write += !ev->extra;
		d = c + a->ahead;
		return d < 0 ? 0 : (uint64_t)d;
	}
	l->counts.grid++;
	d = (int64_t)v->last_deadline + a->step;
	if (a->unit == GRID_BY_STEPS)
		unit = a->step;
	else
		c += (a->ahead - 1) / unit * unit; /* what is whole of ahead stays */
	if (d <= c)
		d += ((c - d) / unit + 1) * unit;
	else if (a->unit != GRID_BY_STEPS)
		d -= (d - c - 1) / unit * unit;
	return (uint64_t)d;
}

static void ipi(struct loop *l, const struct trace_event *ev)
{
	uint32_t vp = (uint32_t)ev->extra;
	const struct tape_item *i;
	struct lvp *to;

	if (ev->extra >= l->meta->vps)
		return;
	to = &l->vp[vp];
	to->ipis++;
	if (to->state != STOPPED || to->halted)
		return;
	i = tape_item(l->t, vp, to->item - 1);
	/* The one that the stop waits for. */
	if (to->ipis == (i ? i->stop.ipis : 0) + 1)
		to->ipi_time = l->now;
	plan_wake(l, vp);
}

static bool is_timer_act(unsigned type)
{
	return type == TRACE_ARM || type == TRACE_DISARM || type == TRACE_MASK ||
	       type == TRACE_COUNTER || type == TRACE_ACK;
}

/* The running VP acts by @i, @behind the end of its tape, if that is not NULL. */
static void note_own(const struct loop *l, uint32_t vp, const struct tape_item *i,
		     const uint64_t *behind)
{
	struct lvp *v = &l->vp[vp];
	uint64_t from = v->item_ran;

	v->put_back = false;
	if (behind && !*behind)
		from += tape_rest(l->t, vp) + 1;
	if (answers(i) && v->one_shot)
		own_answers(&v->own, i, v->tick_ran > from ? v->tick_ran - from : 0);
}

static void act(struct loop *l, uint32_t vp, const struct tape_item *item)
{
	struct lvp *v = &l->vp[vp];
	const struct trace_event rec = item->ev;
	const struct tape_act a = item->act;
	struct trace_event ev = rec;
	unsigned type = ev.type;
	uint64_t behind;
	bool again = tape_is_again(l->t, vp, v->item, &behind);

	note_own(l, vp, item, again ? &behind : NULL);
	v->item_ran = ran_now(l, v);
	v->item++;
	/* What others have counted, or is a time of the recording's, does not come again. */
	if (again && (type == TRACE_IPI || type == TRACE_COUNTER))
		return;
	if (type == TRACE_ARM) {
		ev.value = deadline_of(l, v, &rec, &a);
		if (v->one_shot && v->has_last)
			own_arms(&v->own, &a, (int64_t)(ev.value - v->last_deadline));
		v->one_shot = !ev.extra;
		if (ev.extra)
			v->own.owed = 0;
		v->has_last = !ev.extra && a.ahead > 0;
		v->last_deadline = ev.value;
		v->counts.writes++;
		if (!again)
			note_near(l, rec.time);
	}
	if (type == TRACE_COUNTER) {
		v->off = (int64_t)(ev.value - l->now);
		v->has_last = false;
	}
	if (is_timer_act(type)) {
		v->taken_at_act = v->taken;
		v->given_at_act = v->given;
	}
	if (!again)
		own_passes(&v->own, item);
	emit(l, &ev, again ? NULL : &rec);
	tape_drop_items(l->t, vp, v->item);
	if (type == TRACE_IPI)
		ipi(l, &rec);
}

/* The LP's time has come. */
static void lp_acts(struct loop *l, uint32_t lp)
{
	const struct llp *p = &l->lp[lp];
	const struct tape_item *i;
	uint64_t behind;
	bool again;

	if (p->vp == NOBODY) {
		start(l, lp);
		return;
	}
	plan_later(l, lp);
	if (p->next == NEXT_TAKEN)
		preempt(l, lp);
	if (p->next == NEXT_HALT)
		put_back(l, lp);
	if (p->next != NEXT_ITEM)
		return;
	i = tape_item(l->t, p->vp, l->vp[p->vp].item);
	again = tape_is_again(l->t, p->vp, l->vp[p->vp].item, &behind);
	l->counts.items += !again;
	l->counts.again += again;
	if (tape_is_stop(i))
		stop(l, p->vp, i);
	else
		act(l, p->vp, i);
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
		      void (*pull)(void *), void *arg, uint64_t quantum)
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
	l->look = trace_ns_to_ticks(OWN_LOOK_NS, meta->clock_hz);
	l->residuals = 100;
	l->away = engine_away_recorded(e);
	l->vp = vt_array(meta->vps + 1, sizeof(*l->vp));
	l->lp = vt_array(meta->lps + 1, sizeof(*l->lp));
	plan_begin(&l->plan, (size_t)meta->lps + meta->vps + 1);
	l->stale = vt_array(meta->lps + 1, sizeof(*l->stale));
	for (uint32_t i = 0; i < meta->lps; i++)
		l->lp[i].vp = NOBODY;
	for (uint32_t i = 0; i < meta->vps; i++) {
		/* The first item is the stop that its first event ends. */
		l->vp[i].state = STOPPED;
		l->vp[i].item = 1;
		l->vp[i].ipi_time = NEVER;
	}
	l->ear = (struct engine_ear){ .arg = l,
				      .pends = hear_pend,
				      .delivers = hear_delivery,
				      .works = hear_work,
				      .slice_over = hear_slice_over };
	engine_listen(e, &l->ear);
	return l;
}

/* The id of what is absolute in the plan. */
static uint32_t absolute_id(const struct loop *l)
{
	return l->meta->lps + l->meta->vps;
}

static void plan_absolute(struct loop *l)
{
	const struct tape_absolute *a = tape_absolute(l->t);

	plan_set(&l->plan, absolute_id(l), a ? a->ev.time : NEVER, a ? a->seq : 0);
}

/* What comes next comes before the interrupts of its time: who has to read on does, and of a
 * machine that goes away what is due just then waits. RULES.md 17.13. */
static bool goes_before(const struct loop *l)
{
	const struct plan_entry *next = &l->plan.heap[0];

	if (!l->plan.n)
		return false;
	return next->seq == LOOK || (l->away && next->id == absolute_id(l) &&
				     tape_absolute(l->t)->ev.type == TRACE_AWAY);
}

/* The next absolute event happens, and the one after it is planned. */
static void take_absolute(struct loop *l)
{
	const struct trace_event ev = tape_absolute(l->t)->ev;

	tape_drop_absolute(l->t);
	if (ev.type == TRACE_COUNTER) {
		l->vp[ev.vp].off = (int64_t)(ev.value - l->now);
		l->vp[ev.vp].has_last = false;
	}
	engine_event_within(l->e, &ev);
	if (ev.type == TRACE_IPI)
		ipi(l, &ev);
	plan_absolute(l);
}

void loop_residuals(struct loop *l, unsigned percent)
{
	l->residuals = percent;
}

/* What was read tells what ended stops, and what comes by itself. */
static void look_at_news(struct loop *l)
{
	struct tape_ended stop;

	while (l->fresh) {
		l->fresh = false;
		/* Mostly it has not come to that stop yet. */
		while (tape_ended_stop(l->t, &stop))
			if (l->vp[stop.vp].item == stop.item + 1)
				plan_wake(l, stop.vp);
		plan_absolute(l);
	}
}

static void take_planned(struct loop *l)
{
	uint32_t id = l->plan.heap[0].id, vp = id - l->meta->lps;

	l->now = l->plan.heap[0].time;
	if (id < l->meta->lps)
		lp_acts(l, id);
	else if (vp == l->meta->vps)
		take_absolute(l);
	else if (l->vp[vp].state == READY)
		impatient(l, vp);
	else
		wake_up(l, vp);
}

static void run(void *arg)
{
	struct loop *l = arg;
	uint64_t end = l->meta->end;

	for (;;) {
		plan_stale(l);
		look_at_news(l);
		uint64_t due = engine_due(l->e), next = plan_time(&l->plan);
		uint64_t first = due < next ? due : next;

		/* What comes from the recording by itself. */
		if (tape_time(l->t) <= first && more(l))
			continue;
		if (first > end)
			return;
		if (due < next || (due == next && !goes_before(l))) {
			l->now = due > l->now ? due : l->now;
			engine_take_within(l->e);
		} else {
			take_planned(l);
		}
	}
}

void loop_run(struct loop *l)
{
	engine_within(l->e, run, l);
	l->now = l->meta->end;
	for (uint32_t i = 0; i < l->meta->vps; i++) {
		struct lvp *v = &l->vp[i];

		v->counts.work = ran_now(l, v);
		if (v->state == RUNNING)
			v->counts.on_lps += l->now - v->in_at;
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
	plan_end(&l->plan);
	free(l->stale);
	free(l->vp);
	free(l->lp);
	free(l);
}
