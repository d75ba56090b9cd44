/* SPDX-License-Identifier: GPL-2.0-only */
/* The reference's hypervisor: queues as linked lists, matches, interrupts. Section 3 of RULES.md.
 */
#include <stdlib.h>

#include "replay/tests/reference_state.h"

void ref_account(struct ref *r, struct ref_lp *l)
{
	l->len_ticks[l->len] += r->now - l->len_since;
	l->guest_len_ticks[l->guest_len] += r->now - l->len_since;
	l->len_since = r->now;
}

static void becomes_dirty(struct ref_lp *l)
{
	if (l->begun)
		l->again = true;
	else
		l->dirty = true;
}

void ref_run_timers(struct ref *r, uint32_t lp)
{
	becomes_dirty(&r->lp[lp]);
}

static void take_off(struct ref *r, struct ref_timer *timer)
{
	struct ref_lp *l = &r->lp[timer->lp];
	struct ref_timer **at = &l->queue;

	ref_account(r, l);
	if (l->queue == timer)
		becomes_dirty(l);
	while (*at != timer)
		at = &(*at)->next;
	*at = timer->next;
	timer->active = false;
	l->len--;
	if (timer->kind == REF_TIMER_GUEST)
		l->guest_len--;
}

void ref_timer_del(struct ref *r, struct ref_timer *timer)
{
	if (!timer->active)
		return;
	if (r->keeps) {
		ref_kept_del(r, timer);
		return;
	}
	take_off(r, timer);
	if (!r->seeding)
		r->list_removes++;
}

void ref_timer_add(struct ref *r, struct ref_timer *timer, uint32_t lp, int64_t expiry)
{
	struct ref_lp *l = &r->lp[lp];
	struct ref_timer **at = &l->queue;

	if (r->keeps) {
		ref_kept_add(r, timer, lp, expiry);
		return;
	}
	ref_timer_del(r, timer);
	if (!r->seeding)
		r->list_adds++;
	if (!r->seeding && timer->lp != REF_NONE && timer->lp != lp)
		r->list_moves++;
	ref_account(r, l);
	timer->lp = lp;
	timer->expiry = expiry;
	timer->active = true;
	while (*at && (*at)->expiry <= expiry)
		at = &(*at)->next;
	timer->next = *at;
	*at = timer;
	if (l->queue == timer)
		becomes_dirty(l);
	l->len++;
	if (timer->kind == REF_TIMER_GUEST)
		l->guest_len++;
	if (l->len > l->len_max)
		l->len_max = l->len;
	if (l->guest_len > l->guest_len_max)
		l->guest_len_max = l->guest_len;
}

void ref_work_until(struct ref_lp *l, int64_t time)
{
	l->free = time < (int64_t)TRACE_TICK_LIMIT ? time : (int64_t)TRACE_TICK_LIMIT;
}

/* Section 17. */
void ref_charge(struct ref *r, uint32_t lp, enum reference_cost cost)
{
	struct ref_lp *l = &r->lp[lp];

	if (!r->cost_ns || r->seeding)
		return;
	l->hypervisor_ns += r->cost_ns[cost];
	ref_work_until(l, (l->free > r->now ? l->free : r->now) +
			      (int64_t)ref_ticks(r, r->cost_ns[cost]));
}

void ref_hw_arm(struct ref *r, uint32_t lp, int64_t time)
{
	if (!r->seeding)
		r->hardware_writes++;
	ref_charge(r, lp, REFERENCE_HARDWARE_WRITE);
	r->lp[lp].match = time > r->now ? time : r->now;
}

/* The second comparator: only while somebody runs there, and not without the hook. */
void ref_guest_arm(struct ref *r, uint32_t lp, int64_t time)
{
	if (r->lp[lp].vp != REF_NONE && r->hooks->guest_due)
		r->lp[lp].guest_match = time > r->now ? time : r->now;
}

/* Tick k comes at floor(k * clock_hz / rate). */
static int64_t tick_time(const struct ref *r, uint64_t k)
{
	int64_t period = (int64_t)(r->meta->clock_hz / r->params->hv_tick_hz), first = period;

	/* Earlier by what the first one is earlier than a period. */
	if (r->params->hv_tick_phase_ns &&
	    (int64_t)ref_ticks(r, r->params->hv_tick_phase_ns) < period)
		first = (int64_t)ref_ticks(r, r->params->hv_tick_phase_ns);
	return (int64_t)((unsigned __int128)k * r->meta->clock_hz / r->params->hv_tick_hz) -
	       (period - first);
}

static void add_tick(struct ref *r, uint32_t lp)
{
	struct ref_timer *tick = &r->lp[lp].tick;

	tick->k++;
	ref_timer_add(r, tick, lp, tick_time(r, tick->k));
}

/* 17.14: for how long no VP runs on an LP between two timers of the host's own; 0: it has none. */
static int64_t own_every(const struct ref *r)
{
	if (!r->cost_ns || !r->params->hv_tick_hz || !r->params->hv_tick_idle)
		return 0;
	return (int64_t)ref_ticks(r, r->cost_ns[REFERENCE_OWN_EVERY]);
}

/* If it has none and no tick either, then of its own. */
static void own_starts(struct ref *r, uint32_t lp)
{
	struct ref_lp *l = &r->lp[lp];

	if (!own_every(r) || l->tick.active || l->vp != REF_NONE)
		return;
	l->own = true;
	ref_timer_add(r, &l->tick, lp, r->now + l->own_left);
}

/* Those that passed while no VP ran are left out. */
static void next_tick_from_now(struct ref *r, struct ref_timer *tick)
{
	tick->k = 0;
	while (tick_time(r, tick->k + 1) <= r->now)
		tick->k++;
}

void ref_tick_start(struct ref *r, uint32_t lp)
{
	struct ref_lp *l = &r->lp[lp];

	if (!r->params->hv_tick_hz)
		return;
	if (l->tick.active && l->own && l->tick.expiry > r->now) {
		l->own_left = l->tick.expiry - r->now;
		l->own = false;
		ref_timer_del(r, &l->tick);
	}
	if (l->tick.active)
		return;
	next_tick_from_now(r, &l->tick);
	add_tick(r, lp);
}

/* The tick, or what stood there for it, ran: the time of what comes next, or none. */
static int64_t after_tick(struct ref *r, uint32_t lp)
{
	struct ref_lp *l = &r->lp[lp];
	bool was_own = l->own;

	l->own = false;
	if (was_own)
		l->own_left = own_every(r);
	if (r->params->hv_tick_idle && l->vp == REF_NONE) {
		l->own = own_every(r) != 0;
		return l->own ? r->now + l->own_left : REF_NEVER;
	}
	if (was_own)
		next_tick_from_now(r, &l->tick);
	return tick_time(r, ++l->tick.k);
}

int64_t ref_tick_again(struct ref *r, uint32_t lp)
{
	struct ref_timer *tick = &r->lp[lp].tick;
	int64_t next = after_tick(r, lp);

	if (next == REF_NEVER)
		return next;
	tick->active = true;
	tick->expiry = next;
	return next;
}

/* It is not in the queue unless what comes next there is the tick, if it may stay for that. */
void ref_tick_stop(struct ref *r, uint32_t lp)
{
	struct ref_lp *l = &r->lp[lp];
	bool first = r->keeps ? l->tick.expiry <= l->first : l->queue == &l->tick;

	if (l->tick.active && l->own)
		return; /* it is due, and has not run */
	if (r->params->hv_tick_idle == 2 || !first)
		ref_timer_del(r, &l->tick);
	own_starts(r, lp);
}

static bool head_due(const struct ref *r, uint32_t lp)
{
	return r->lp[lp].queue && r->lp[lp].queue->expiry <= r->now;
}

static void run_head(struct ref *r, uint32_t lp)
{
	struct ref_timer *timer = r->lp[lp].queue;
	int64_t next;

	take_off(r, timer);
	if (!r->seeding)
		r->list_fires++;
	r->irq_expiries++;
	if (timer->kind == REF_TIMER_GUEST) {
		ref_hook(r)->timer_due(r, timer->vp, lp);
		return;
	}
	r->irq_hv++;
	if (timer->kind == REF_TIMER_TICK) {
		next = after_tick(r, lp);
		if (next != REF_NEVER)
			ref_timer_add(r, timer, lp, next);
	}
}

static void run_due(struct ref *r, uint32_t lp)
{
	while (head_due(r, lp))
		run_head(r, lp);
}

static void reprogram(struct ref *r, uint32_t lp)
{
	struct ref_lp *l = &r->lp[lp];

	if (!l->queue)
		l->next = REF_NEVER;
	else
		l->next = l->queue->expiry > r->now + r->slop ? l->queue->expiry : r->now + r->slop;
	if (r->hooks->reprogram)
		ref_hook(r)->reprogram(r, lp);
	else
		ref_hw_arm(r, lp, l->next);
}

void ref_settle(struct ref *r)
{
	uint32_t lp = 0;

	while (lp < r->meta->lps) {
		if (!r->lp[lp].dirty) {
			lp++;
			continue;
		}
		r->at_work = lp;
		if (r->keeps) {
			ref_kept_run(r, lp);
			lp = 0;
			continue;
		}
		/* Once: what runs here changes the head too, and the one reprogramming after it
		 * covers that.
		 */
		run_due(r, lp);
		r->lp[lp].dirty = false;
		reprogram(r, lp);
		lp = 0;
	}
}

/* A stretch of the idle LP ends now. */
void ref_idle_end(struct ref *r, uint32_t lp)
{
	struct ref_lp *l = &r->lp[lp];

	if (r->now > l->idle_since)
		ref_sample(&r->idle, ref_ns(r, r->now - l->idle_since));
	l->idle_since = r->now;
}

static void count_irq(struct ref *r, uint32_t lp)
{
	struct ref_lp *l = &r->lp[lp];

	l->irqs.total++;
	if (l->vp == REF_NONE) {
		l->irqs.lp_idle++;
		ref_idle_end(r, lp);
	} else {
		l->irqs.lp_busy++;
	}
}

static void count_class(struct ref *r, uint32_t lp, uint64_t pends, uint64_t hv, uint64_t expiries)
{
	struct ref_lp *l = &r->lp[lp];

	if (pends && hv)
		l->irqs.both++;
	else if (pends)
		l->irqs.guest++;
	else if (hv)
		l->irqs.hypervisor++;
	else
		l->irqs.spurious++;
	if (expiries > r->expiries_max)
		r->expiries_max = expiries;
}

static void interrupt(struct ref *r, uint32_t lp)
{
	struct ref_lp *l = &r->lp[lp];

	r->now = l->match;
	l->match = REF_NEVER;
	r->irq_pends = r->irq_hv = r->irq_expiries = 0;
	r->at_work = lp;
	count_irq(r, lp);
	if (r->hooks->machine_irq)
		ref_hook(r)->machine_irq(r, lp);
	if (r->keeps)
		ref_kept_run(r, lp);
	else
		run_due(r, lp);
	count_class(r, lp, r->irq_pends, r->irq_hv, r->irq_expiries);
	if (!r->keeps)
		l->dirty = true;
	ref_settle(r);
	ref_owe(r, lp);
}

/* What just ran belongs to the LP's interrupt, and each timer of it costs. */
static void add_up(struct ref *r, uint32_t lp)
{
	struct ref_lp *l = &r->lp[lp];
	uint64_t expiries = r->irq_expiries;

	l->pends += r->irq_pends;
	l->hv += r->irq_hv;
	l->expiries += expiries;
	if (r->keeps)
		return; /* charged when it said so */
	while (expiries--)
		ref_charge(r, lp, REFERENCE_PER_EXPIRY);
}

/* The machine takes the LP away at the end of each stretch of `every`, LP n being n / lps of one
 * ahead. */
static int64_t back(const struct ref *r, const struct ref_lp *l, int64_t time)
{
	int64_t away = (int64_t)ref_ticks(r, r->cost_ns[REFERENCE_AWAY]);
	int64_t every = (int64_t)ref_ticks(r, r->cost_ns[REFERENCE_AWAY_EVERY]);
	int64_t ahead, end;

	if (r->params->away_recorded)
		return time < l->away_until ? l->away_until : time;
	if (!away || away >= every)
		return time;
	ahead = every / r->meta->lps * (l - r->lp);
	end = ((time + ahead) / every + 1) * every;
	return end - (time + ahead) <= away ? end - ahead : time;
}

/* 17.15. */
static int64_t latency(const struct ref *r, uint32_t lp)
{
	const struct reference_params *p = r->params;
	uint64_t x = r->lp[lp].raises + lp * (UINT64_C(1) << 32);

	if (!p->latencies)
		return (int64_t)ref_ticks(r, r->cost_ns[REFERENCE_LATENCY]);
	x = x * UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ x / (1 << 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x / (1 << 27)) * UINT64_C(0x94d049bb133111eb);
	x = x ^ x / (UINT64_C(1) << 31);
	x = x / (UINT64_C(1) << 32);
	return (int64_t)ref_ticks(r, p->latency_ns[x * p->latencies / (UINT64_C(1) << 32)]);
}

/* When the LP's interrupt does its next step. */
static int64_t next_step(const struct ref *r, const struct ref_lp *l)
{
	int64_t start;

	if (l->begun)
		return l->step > l->free ? l->step : l->free;
	if (!l->raised)
		return l->match;
	start = l->raised_at + l->latency;
	return back(r, l, start > l->free ? start : l->free);
}

/* The four steps of section 17, one a call. */
static void step(struct ref *r, uint32_t lp)
{
	struct ref_lp *l = &r->lp[lp];

	r->at_work = lp;
	r->irq_pends = r->irq_hv = r->irq_expiries = 0;
	if (!l->raised) {
		l->raised = true;
		l->raised_at = r->now;
		l->raises++;
		l->latency = latency(r, lp);
		l->match = REF_NEVER;
		return;
	}
	if (!l->begun) {
		l->begun = true;
		l->looked = false;
		l->pends = l->hv = l->expiries = 0;
		count_irq(r, lp);
		if (r->hooks->machine_irq)
			ref_hook(r)->machine_irq(r, lp);
	} else if (r->keeps && !l->looked) {
		l->looked = true;
		ref_kept_run(r, lp);
	} else if (head_due(r, lp)) {
		run_head(r, lp);
	} else {
		ref_charge(r, lp, REFERENCE_BASE);
		count_class(r, lp, l->pends, l->hv, l->expiries);
		l->dirty = false;
		if (!r->keeps)
			reprogram(r, lp);
		else if (l->again)
			l->dirty = true;
		l->raised = l->begun = l->again = false;
		if (l->match < r->now)
			l->match = r->now;
		ref_settle(r);
		ref_owe(r, lp);
		return;
	}
	add_up(r, lp);
	l->step = r->now;
}

/* One step, and those that need no waiting: they belong to the same moment. */
static void steps(struct ref *r, uint32_t lp)
{
	struct ref_lp *l = &r->lp[lp];

	step(r, lp);
	while (l->begun && next_step(r, l) <= r->now)
		step(r, lp);
}

static void costed_interrupt(struct ref *r, uint32_t lp)
{
	r->now = next_step(r, &r->lp[lp]);
	steps(r, lp);
}

void ref_begin_raised(struct ref *r, uint32_t lp, uint32_t vp)
{
	struct ref_lp *l = &r->lp[lp];

	if (!l->raised)
		return;
	if (r->params->latencies) {
		ref_advance(r, vp);
		if (r->vp[vp].outstanding < r->vp[vp].deadlines) {
			for (; l->raised; step(r, lp))
				l->free = r->now;
			return;
		}
		if (r->now < l->raised_at + l->latency)
			return;
	}
	if (l->begun)
		return;
	l->free = r->now;
	steps(r, lp);
}

static void guest_timer(struct ref *r, uint32_t lp)
{
	r->now = r->lp[lp].guest_match;
	if (r->lp[lp].free > r->now) {
		r->lp[lp].guest_match = r->lp[lp].free;
		return;
	}
	r->at_work = lp;
	r->lp[lp].guest_match = REF_NEVER;
	r->no_exit = false;
	ref_hook(r)->guest_due(r, lp, r->lp[lp].vp);
	if (!r->no_exit) {
		r->exits_guest_timer++;
		ref_charge(r, lp, REFERENCE_EXIT_GUEST_TIMER);
	}
	ref_settle(r);
	ref_owe(r, lp);
}

static int64_t earlier_match(const struct ref *r, const struct ref_lp *l)
{
	int64_t first = next_step(r, l);

	if (l->guest_match < first)
		first = l->guest_match;
	return l->resume < first ? l->resume : first;
}

void ref_interrupts(struct ref *r, int64_t time)
{
	uint32_t lp, first;

	for (;;) {
		first = 0;
		for (lp = 1; lp < r->meta->lps; lp++)
			if (earlier_match(r, &r->lp[lp]) < earlier_match(r, &r->lp[first]))
				first = lp;
		if (!r->meta->lps || earlier_match(r, &r->lp[first]) > time)
			return;
		if (r->lp[first].resume == earlier_match(r, &r->lp[first]))
			ref_take_resume(r, first);
		else if (r->lp[first].guest_match == earlier_match(r, &r->lp[first]))
			guest_timer(r, first);
		else if (r->cost_ns)
			costed_interrupt(r, first);
		else
			interrupt(r, first);
	}
}

void ref_hv_open(struct ref *r)
{
	uint32_t lp, vp;

	/* At most each timer there is: a tick, and a slice and a guest timer per VP. */
	r->len_room = 2 * (size_t)r->meta->vps + 2;
	for (vp = 0; vp < r->meta->vps; vp++) {
		r->vp[vp].slice =
		    (struct ref_timer){ .kind = REF_TIMER_SLICE, .vp = vp, .lp = REF_NONE };
		r->vp[vp].timer =
		    (struct ref_timer){ .kind = REF_TIMER_GUEST, .vp = vp, .lp = REF_NONE };
	}
	for (lp = 0; lp < r->meta->lps; lp++) {
		r->lp[lp].vp = REF_NONE;
		r->lp[lp].match = r->lp[lp].next = r->lp[lp].guest_match = r->lp[lp].resume =
		    REF_NEVER;
		r->lp[lp].len_ticks = ref_alloc(r->len_room, sizeof(int64_t));
		r->lp[lp].guest_len_ticks = ref_alloc(r->len_room, sizeof(int64_t));
		r->lp[lp].tick = (struct ref_timer){ .kind = REF_TIMER_TICK, .lp = REF_NONE };
		r->lp[lp].first = REF_NEVER;
	}
	if (!r->hooks->queue_run)
		ref_first_ticks(r);
}

void ref_first_ticks(struct ref *r)
{
	uint32_t lp;

	for (lp = 0; lp < r->meta->lps; lp++) {
		if (r->params->hv_tick_hz && !r->params->hv_tick_idle)
			add_tick(r, lp);
		r->lp[lp].own_left = own_every(r) - own_every(r) / r->meta->lps * lp;
		own_starts(r, lp);
	}
}

void ref_hv_close(struct ref *r)
{
	uint32_t lp;

	for (lp = 0; lp < r->meta->lps; lp++) {
		ref_account(r, &r->lp[lp]);
		if (r->lp[lp].begun)
			count_class(r, lp, r->lp[lp].pends, r->lp[lp].hv, r->lp[lp].expiries);
		if (r->lp[lp].vp == REF_NONE)
			ref_idle_end(r, lp);
	}
}
