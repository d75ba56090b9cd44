/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The machine: each LP's match, its queues, its interrupts. RULES.md section 3.
 */
#include "replay/engine/machine.h"

#include <string.h>

#include "replay/engine/costed.h"
#include "replay/engine/ending.h"
#include "replay/engine/kept_queue.h"
#include "replay/engine/lengths.h"
#include "replay/engine/truth.h"
#include "replay/watch/witness.h"
#include "traces/base/mem.h"
#include "traces/trace.h"

/* Where the match of @lp is among all. */
static inline uint32_t match_of(const struct engine *e, uint32_t lp)
{
	return (lp << e->slots) + e->slots;
}

/* The guest-mode timer, of a policy that has it, stands before the match; what is owed is first. */
static uint32_t guest_timer_of(const struct engine *e, uint32_t lp)
{
	return match_of(e, lp) - 1;
}

static uint32_t resume_of(const struct engine *e, uint32_t lp)
{
	return lp << e->slots;
}

static inline void match_set(struct engine *e, uint32_t i, uint64_t time)
{
	matches_set(&e->matches, i, time);
}

/* The match counts once the interrupt that the LP is in, if any, is over. */
static __attribute__((noinline)) void hw_arm_costed(struct engine *e, uint32_t lp, uint64_t time)
{
	costed_charge(e, lp, COST_HARDWARE_WRITE);
	costed_match(e, lp, time);
}

/* RULES.md 3.5. */
void machine_hw_arm(struct engine *e, uint32_t lp, uint64_t time)
{
	e->counts.hardware_writes++;
	if (time < e->host.now)
		time = e->host.now;
	if (e->costs)
		hw_arm_costed(e, lp, time);
	else
		match_set(e, match_of(e, lp), time);
}

void machine_match_set(struct engine *e, uint32_t lp, uint64_t time)
{
	match_set(e, match_of(e, lp), time);
}

/* RULES.md 3.11. */
void machine_guest_arm(struct engine *e, uint32_t lp, uint64_t time)
{
	if (e->policy->guest_due && e->lp[lp].running != VTICK_NO_VP)
		match_set(e, guest_timer_of(e, lp), time < e->host.now ? e->host.now : time);
}

/* Mostly there is nothing to turn off. */
static inline void match_off(struct engine *e, uint32_t i)
{
	if (e->matches.at[i] != VTICK_NEVER)
		match_set(e, i, VTICK_NEVER);
}

void machine_guest_off_slots(struct engine *e, uint32_t lp)
{
	match_off(e, guest_timer_of(e, lp));
	if (e->resumes)
		match_off(e, resume_of(e, lp));
}

void machine_owe(struct engine *e, uint32_t lp)
{
	const struct lp_state *l = &e->lp[lp];
	uint32_t i = resume_of(e, lp);

	/* An interrupt that is on owes one at its end. */
	if (l->running == VTICK_NO_VP || l->stage == STAGE_RUNNING ||
	    e->matches.at[i] != VTICK_NEVER)
		return;
	match_set(e, i, l->free_at > e->host.now ? l->free_at : e->host.now);
}

/* What is pended for the VP is delivered when the hypervisor's work is done. RULES.md 18. */
static void resume(struct engine *e, uint32_t lp)
{
	struct lp_state *l = &e->lp[lp];
	uint64_t now = e->host.now;

	match_set(e, resume_of(e, lp), VTICK_NEVER);
	e->at_lp = lp;
	at_hook(e, HOOK_RESUME);
	e->policy->resume(shown(e), l->running, lp);
	if (l->free_at > now)
		e->host.now = l->free_at;
	truth_deliver(e, &e->vp[l->running]);
	e->host.now = now;
	if (e->dirty_count)
		machine_settle(e);
}

void machine_pull_resume(struct engine *e, uint32_t lp)
{
	if (!e->resumes || e->matches.at[resume_of(e, lp)] == VTICK_NEVER)
		return;
	resume(e, lp);
	e->at_lp = lp; /* again: the guest's event is next */
}

/* The hypervisor may have got more to do on the LP since it was owed. */
static void take_resume(struct engine *e, uint32_t lp)
{
	e->host.now = e->matches.at[resume_of(e, lp)];
	if (e->lp[lp].free_at > e->host.now)
		match_set(e, resume_of(e, lp), e->lp[lp].free_at);
	else
		resume(e, lp);
}

/* Where others are dirty. */
static __attribute__((noinline)) void mark_one_more(struct engine *e, uint32_t lp)
{
	uint32_t i;

	for (i = e->dirty_count++; i && e->dirty[i - 1] < lp; i--)
		e->dirty[i] = e->dirty[i - 1];
	e->dirty[i] = lp;
}

/* RULES.md 3.2. */
static inline void mark_dirty(struct engine *e, struct lp_state *l, uint32_t lp)
{
	/* An interrupt that is on looks at the queue anyway, and sets the match at its end. */
	if (l->stage == STAGE_RUNNING) {
		l->again = true;
		return;
	}
	if (l->dirty)
		return;
	l->dirty = true;
	if (e->dirty_count) {
		mark_one_more(e, lp);
		return;
	}
	e->dirty[0] = lp;
	e->dirty_count = 1;
}

void machine_mark_dirty(struct engine *e, uint32_t lp)
{
	mark_dirty(e, &e->lp[lp], lp);
}

/* Mostly it is the last of the list. */
static void clean(struct engine *e, uint32_t lp)
{
	if (!e->lp[lp].dirty)
		return;
	e->lp[lp].dirty = false;

	uint32_t i = --e->dirty_count, moved = e->dirty[i];

	while (moved != lp) {
		uint32_t higher = e->dirty[--i];

		e->dirty[i] = moved;
		moved = higher;
	}
}

static inline void remove_queued(struct engine *e, struct lp_state *l, struct vtick_timer *t,
				 bool own)
{
	e->counts.removes++;
	if (queue_remove(&l->queue, t))
		mark_dirty(e, l, t->lp);
	lengths_shorter(e, l);
	if (own)
		lengths_own(e, l, -1);
}

void machine_timer_del(struct engine *e, struct vtick_timer *t)
{
	struct lp_state *l = &e->lp[t->lp];

	if (t->flags & VTICK_TIMER_MATCH_ONLY)
		queue_remove(t->flags & TIMER_REACHED ? &l->reached : &l->match_only, t);
	else
		remove_queued(e, l, t, false);
}

void machine_own_del(struct engine *e, struct vtick_timer *t)
{
	if (!vtick_timer_active(t))
		return;
	if (e->keeps_queue)
		kept_del(e, t);
	else
		remove_queued(e, &e->lp[t->lp], t, true);
}

/* A timer is added on @lp: what says so, and which add it is. RULES.md 3.1, 3.3. */
static inline uint64_t begin_put(struct engine *e, struct vtick_timer *t, uint32_t lp)
{
	uint64_t seq = e->seq;

	e->seq += TIMER_SEQ_STEP;
	if (t->lp != lp && (t->flags & TIMER_USED))
		e->counts.moves++;
	t->flags = TIMER_USED;
	t->lp = lp;
	e->counts.adds++;
	return seq;
}

/* The queue of @l is longer by one. */
static inline void count_longer(const struct engine *e, struct lp_state *l)
{
	if (lengths_is_new(l))
		lengths_longest(l);
	lengths_longer(e, l);
}

/* Anywhere in the queue. */
static __attribute__((noinline)) void put_behind(struct engine *e, struct lp_state *l,
						 struct vtick_timer *t, uint64_t expiry,
						 uint64_t seq)
{
	if (queue_insert(&l->queue, t, expiry, seq))
		mark_dirty(e, l, t->lp);
	count_longer(e, l);
}

/* At its head. */
static __attribute__((noinline)) void put_ahead(struct engine *e, struct lp_state *l,
						struct vtick_timer *t, uint64_t expiry,
						uint64_t seq)
{
	queue_add_ahead(&l->queue, t, expiry, seq);
	mark_dirty(e, l, t->lp);
	count_longer(e, l);
}

/* Mostly ahead of all others; what else can be is apart, so that this needs no stack. */
static inline void put_queued(struct engine *e, struct vtick_timer *t, uint32_t lp, uint64_t expiry)
{
	struct lp_state *l = &e->lp[lp];
	uint64_t seq = begin_put(e, t, lp);

	if (!queue_is_ahead(&l->queue, expiry) || lengths_at_longest(l)) {
		put_behind(e, l, t, expiry, seq);
		return;
	}
	queue_add_ahead(&l->queue, t, expiry, seq);
	lengths_longer(e, l);
	mark_dirty(e, l, lp);
}

static __attribute__((noinline)) void put_match_only(struct engine *e, struct vtick_timer *t,
						     uint32_t lp, uint64_t expiry)
{
	uint64_t seq = e->seq;

	e->seq += TIMER_SEQ_STEP;
	t->flags = (t->flags & TIMER_USED) | VTICK_TIMER_MATCH_ONLY;
	t->lp = lp;
	queue_add(&e->lp[lp].match_only, t, expiry, seq);
}

void machine_timer_put(struct engine *e, struct vtick_timer *t, uint32_t lp, uint64_t expiry,
		       uint32_t flags)
{
	if (flags & VTICK_TIMER_MATCH_ONLY)
		put_match_only(e, t, lp, expiry);
	else
		put_queued(e, t, lp, expiry);
}

void machine_own_put(struct engine *e, struct vtick_timer *t, uint32_t lp, uint64_t expiry)
{
	if (e->keeps_queue) {
		kept_put(e, t, lp, expiry);
		return;
	}
	uint64_t seq = begin_put(e, t, lp) | TIMER_HV;

	struct lp_state *l = &e->lp[lp];

	lengths_own(e, l, 1);
	if (queue_is_ahead(&l->queue, expiry))
		put_ahead(e, l, t, expiry, seq);
	else
		put_behind(e, l, t, expiry, seq);
}

/* With costs the host may have more timers on LPs that do not tick. RULES.md 17.14. */
static bool has_own(const struct engine *e)
{
	return __builtin_expect(e->own_every != 0, 0);
}

/* hv-tick k is due at floor(k * clock_hz / rate), less what its phase takes off. RULES.md 3.14. */
static uint64_t next_tick(struct engine *e, struct lp_state *l)
{
	unsigned __int128 at =
	    (unsigned __int128)++l->tick_number * e->host.clock_hz / e->options.hv_tick_hz;

	at -= e->tick_back;
	return at > TRACE_TICK_LIMIT ? TRACE_TICK_LIMIT : (uint64_t)at;
}

static void add_tick(struct engine *e, uint32_t lp)
{
	struct lp_state *l = &e->lp[lp];

	machine_own_put(e, &l->tick, lp, next_tick(e, l));
}

/* The next tick is the first k whose floor(k * clock_hz / rate) lies behind now. RULES.md 3.21. */
static uint64_t first_tick(struct engine *e, struct lp_state *l)
{
	unsigned __int128 behind = (unsigned __int128)e->host.now + e->tick_back + 1,
			  hz = e->host.clock_hz;

	l->tick_number = (uint64_t)((behind * e->options.hv_tick_hz + hz - 1) / hz) - 1;
	return next_tick(e, l);
}

/* After a tick the next one, but on an LP that has none. */
static bool tick_goes_on(const struct engine *e, const struct lp_state *l)
{
	return l->running != VTICK_NO_VP || e->options.hv_tick_idle == TICK_RUNS;
}

/* From now on the tick's timer is one of the host's own, for the time that is returned. */
static uint64_t own_begins(struct engine *e, struct lp_state *l)
{
	l->tick_is_own = true;
	return e->host.now + l->own_left;
}

/* What becomes of the tick's timer, where it may be the host's own, when it ran. RULES.md 17.14. */
static __attribute__((noinline)) uint64_t own_or_tick(struct engine *e, struct lp_state *l)
{
	bool own = l->tick_is_own;

	l->tick_is_own = false;
	if (own)
		l->own_left = e->own_every;
	if (!tick_goes_on(e, l))
		return own_begins(e, l);
	return own ? first_tick(e, l) : next_tick(e, l);
}

uint64_t machine_tick_again(struct engine *e, uint32_t lp)
{
	struct lp_state *l = &e->lp[lp];

	if (has_own(e))
		l->tick.expiry = own_or_tick(e, l);
	else if (tick_goes_on(e, l))
		l->tick.expiry = next_tick(e, l);
	else
		return VTICK_NEVER;
	l->tick.position = 1;
	return l->tick.expiry;
}

/* RULES.md 3.21, 17.14. */
void machine_tick_starts(struct engine *e, uint32_t lp)
{
	struct lp_state *l = &e->lp[lp];

	if (vtick_timer_active(&l->tick) && l->tick_is_own && l->tick.expiry > e->host.now) {
		l->own_left = l->tick.expiry - e->host.now;
		l->tick_is_own = false;
		machine_own_del(e, &l->tick);
	}
	if (!vtick_timer_active(&l->tick))
		machine_own_put(e, &l->tick, lp, first_tick(e, l));
}

void machine_tick_stops(struct engine *e, uint32_t lp)
{
	struct lp_state *l = &e->lp[lp];
	bool next;

	/* One of the host's own that is due, and did not run yet. */
	if (vtick_timer_active(&l->tick) && l->tick_is_own)
		return;
	next = l->queue.len && (e->keeps_queue ? l->tick.expiry <= l->queue.entry[0].expiry
					       : l->queue.entry[0].timer == &l->tick);

	if (!next || e->options.hv_tick_idle == TICK_STOPS_AT_ONCE)
		machine_own_del(e, &l->tick);
	if (has_own(e) && !vtick_timer_active(&l->tick))
		machine_own_put(e, &l->tick, lp, own_begins(e, l));
}

/* The first timer of @q, whose memory is the policy's: it may have been freed, or used anew. The
 * queue itself writes to it where it stands, and no more. */
static inline struct vtick_timer *first(struct engine *e, const struct lp_state *l,
					const struct queue *q)
{
	struct vtick_timer *t = q->entry[0].timer;

	if (t->expiry != q->entry[0].expiry)
		ending_timer_changed(e, (uint32_t)(l - e->lp));
	return t;
}

void machine_move_reached(struct engine *e, struct lp_state *l)
{
	do {
		const struct queue_entry head = l->match_only.entry[0];
		struct vtick_timer *t = first(e, l, &l->match_only);

		queue_shift(&l->match_only, t);
		t->flags |= TIMER_REACHED;
		queue_add(&l->reached, t, head.expiry, head.seq);
	} while (queue_head_expiry(&l->match_only) <= e->host.now);
}

static inline bool has_match_only(const struct lp_state *l)
{
	return l->match_only.len | l->reached.len;
}

/* RULES.md 3.7. */
static inline __attribute__((always_inline)) void run_reached(struct engine *e, struct lp_state *l,
							      enum plainness plain)
{
	do {
		struct queue *q = &l->match_only;

		if (l->reached.len) {
			machine_find_reached(e, l);
			q = &l->reached;
		} else if (queue_head_expiry(q) > e->host.now) {
			return;
		}
		e->expiries++;
		struct vtick_timer *t = first(e, l, q);

		queue_shift(q, t);
		if (plain == NOT_PLAIN)
			witness_expiry(e, t->vp);
		if (e->policy->timer_due) {
			at_hook(e, HOOK_TIMER_DUE);
			e->policy->timer_due(shown(e), t);
		}
	} while (has_match_only(l));
}

static __attribute__((noinline)) void run_match_only(struct engine *e, struct lp_state *l)
{
	run_reached(e, l, NOT_PLAIN);
}

/* Apart, as most are the policy's. */
static __attribute__((noinline)) void own_timer_ran(struct engine *e, struct lp_state *l,
						    const struct vtick_timer *t)
{
	uint32_t lp = (uint32_t)(l - e->lp);

	e->hv_expiries++;
	lengths_own(e, l, -1);
	if (e->ear && t != &l->tick)
		e->ear->slice_over(e->ear->arg, lp);
	if (t != &l->tick)
		return;
	if (has_own(e))
		machine_own_put(e, &l->tick, lp, own_or_tick(e, l));
	else if (tick_goes_on(e, l))
		add_tick(e, lp);
}

/* RULES.md 3.8. */
static inline void run_timer(struct engine *e, struct lp_state *l, enum plainness plain)
{
	struct vtick_timer *t = first(e, l, &l->queue);
	bool own = machine_is_own(&l->queue.entry[0]);

	queue_shift(&l->queue, t);
	lengths_shorter(e, l);
	e->counts.fires++;
	e->expiries++;
	if (!own) {
		if (!plain)
			witness_expiry(e, t->vp);
		if (e->policy->timer_due) {
			at_hook(e, HOOK_TIMER_DUE);
			e->policy->timer_due(shown(e), t);
		}
		return;
	}
	own_timer_ran(e, l, t);
}

void machine_run_timer(struct engine *e, uint32_t lp)
{
	run_timer(e, &e->lp[lp], NOT_PLAIN);
}

static inline void run_due_timers(struct engine *e, struct lp_state *l, enum plainness plain)
{
	while (queue_head_expiry(&l->queue) <= e->host.now)
		run_timer(e, l, plain);
}

static inline uint64_t next_match(const struct engine *e, const struct lp_state *l)
{
	uint64_t head = queue_head_expiry(&l->queue), earliest = e->host.now + e->host.slop;

	return head > earliest ? head : earliest;
}

/* RULES.md 3.4. */
static inline void reprogram_bare(struct engine *e, struct lp_state *l, uint32_t lp)
{
	l->next = next_match(e, l);
	e->counts.hardware_writes++;
	match_set(e, lp, l->next);
}

static inline __attribute__((always_inline)) void reprogram(struct engine *e, struct lp_state *l,
							    uint32_t lp)
{
	l->next = next_match(e, l);
	if (e->policy->reprogram) {
		at_hook(e, HOOK_REPROGRAM);
		e->policy->reprogram(shown(e), lp, l->next);
		return;
	}
	e->counts.hardware_writes++;
	if (e->costs)
		hw_arm_costed(e, lp, l->next);
	else
		match_set(e, l->match, l->next);
}

/* RULES.md 2.3. */
static __attribute__((noinline)) void settle_all(struct engine *e)
{
	while (e->dirty_count) {
		uint32_t lp = e->dirty[e->dirty_count - 1];

		e->at_lp = lp;
		if (e->keeps_queue) {
			clean(e, lp);
			kept_run(e, lp);
			continue;
		}
		run_due_timers(e, &e->lp[lp], NOT_PLAIN);
		clean(e, lp);
		reprogram(e, &e->lp[lp], lp);
	}
}

/* Mostly it is one LP on which nothing is due, whose match is set anew. */
void machine_settle(struct engine *e)
{
	uint32_t lp = e->dirty[0];
	struct lp_state *l = &e->lp[lp];

	if (e->dirty_count != 1 || e->keeps_queue || queue_head_expiry(&l->queue) <= e->host.now) {
		settle_all(e);
		return;
	}
	e->dirty_count = 0;
	l->dirty = false;
	if (e->shape == BARE) {
		reprogram_bare(e, l, lp);
	} else {
		e->at_lp = lp;
		reprogram(e, l, lp);
	}
}

/* RULES.md 3.20. */
void machine_count_idle(struct engine *e, struct lp_state *l)
{
	uint64_t ticks = e->host.now - l->idle_since;

	l->idle_since = e->host.now;
	if (!ticks)
		return;
	histogram_add(&e->counts.idle, engine_ns_short(e, (int64_t)ticks));
	if (ticks > e->counts.idle_longest)
		e->counts.idle_longest = ticks;
}

static inline void count_irq(struct engine *e, struct lp_state *l)
{
	l->counts.irqs++;
	if (l->running == VTICK_NO_VP) {
		l->counts.irqs_idle++;
		machine_count_idle(e, l);
	} else {
		l->counts.irqs_busy++;
	}
}

/* RULES.md 3.6. */
static inline void call_machine_irq(struct engine *e, uint32_t lp)
{
	if (!e->policy->machine_irq)
		return;
	at_hook(e, HOOK_MACHINE_IRQ);
	e->policy->machine_irq(shown(e), lp);
}

/* RULES.md 3.17. */
static inline void count_class(struct engine *e, struct lp_state *l, uint64_t pends,
			       uint64_t hv_expiries, uint64_t expiries)
{
	if (pends && hv_expiries)
		l->counts.irqs_both++;
	else if (pends)
		l->counts.irqs_guest++;
	else if (hv_expiries)
		l->counts.irqs_hypervisor++;
	else
		l->counts.irqs_spurious++;
	if (expiries > e->counts.expiries_max)
		e->counts.expiries_max = expiries;
}

void machine_count_irq(struct engine *e, uint32_t lp)
{
	witness_irq(e, lp);
	count_irq(e, &e->lp[lp]);
}

void machine_run_hook(struct engine *e, uint32_t lp)
{
	struct lp_state *l = &e->lp[lp];

	call_machine_irq(e, lp);
	if (has_match_only(l))
		run_match_only(e, l);
}

void machine_count_class(struct engine *e, uint32_t lp, const struct irq_progress *p)
{
	count_class(e, &e->lp[lp], p->pends, p->hv_expiries, p->expiries);
}

void machine_reprogram(struct engine *e, uint32_t lp)
{
	clean(e, lp);
	if (!e->keeps_queue) /* who keeps it has set the match */
		reprogram(e, &e->lp[lp], lp);
}

void machine_after_interrupt(struct engine *e, uint32_t lp)
{
	if (e->keeps_queue && e->lp[lp].again)
		machine_mark_dirty(e, lp);
	machine_settle(e);
}

/* What is to be done once the due timers have run. Mostly no other LP is dirty, and this one is set
 * anew without looking. */
static inline void end_interrupt(struct engine *e, struct lp_state *l, uint32_t lp,
				 enum plainness plain)
{
	l->stage = STAGE_NONE;
	if (plain == NOT_PLAIN && e->keeps_queue) {
		machine_after_interrupt(e, lp);
	} else if (e->dirty_count) {
		mark_dirty(e, l, lp);
		machine_settle(e);
	} else if (plain == BARE) {
		reprogram_bare(e, l, lp);
	} else {
		reprogram(e, l, lp);
	}
}

/* An interrupt is a moment, the earliest match of all. What @plain says is not there is not looked
 * for. */
static inline __attribute__((always_inline)) void interrupt(struct engine *e, uint32_t lp,
							    enum plainness plain)
{
	struct lp_state *l = &e->lp[lp];

	e->host.now = machine_next_match(e);
	e->pends = e->hv_expiries = e->expiries = 0;
	l->stage = STAGE_RUNNING;
	if (plain == NOT_PLAIN)
		witness_irq(e, lp);
	count_irq(e, l);
	if (plain != BARE)
		call_machine_irq(e, lp);
	if (has_match_only(l) && plain == PLAIN)
		run_reached(e, l, plain);
	else if (has_match_only(l))
		run_match_only(e, l);
	if (plain == NOT_PLAIN && e->keeps_queue)
		kept_run(e, lp);
	else
		run_due_timers(e, l, plain);
	count_class(e, l, e->pends, e->hv_expiries, e->expiries);
	end_interrupt(e, l, lp, plain);
}

/* Of a policy that may set the match or not. */
static inline __attribute__((always_inline)) void
interrupt_disarmed(struct engine *e, uint32_t lp, uint32_t match, enum plainness plain)
{
	/* The others hear of it when the match is set anew, after this interrupt. */
	e->matches.at[match] = VTICK_NEVER;
	interrupt(e, lp, plain);
	if (e->matches.at[match] == VTICK_NEVER)
		match_set(e, match, VTICK_NEVER);
}

static void take_interrupt(struct engine *e, uint32_t lp)
{
	interrupt_disarmed(e, lp, match_of(e, lp), NOT_PLAIN);
	machine_owe_resume(e, lp);
}

static void take_plain_interrupt(struct engine *e, uint32_t lp)
{
	interrupt_disarmed(e, lp, match_of(e, lp), PLAIN);
}

/* The guest-mode timer is no interrupt of the machine. RULES.md 3.12. */
static void take_guest_timer(struct engine *e, uint32_t lp)
{
	uint32_t i = guest_timer_of(e, lp);

	e->host.now = e->matches.at[i];
	/* The guest is not in guest mode while the hypervisor is at work. */
	if (e->lp[lp].free_at > e->host.now) {
		match_set(e, i, e->lp[lp].free_at);
		return;
	}
	e->at_lp = lp;
	match_set(e, i, VTICK_NEVER);
	e->no_exit = false;
	witness_expiry(e, e->lp[lp].running);
	at_hook(e, HOOK_GUEST_DUE);
	e->policy->guest_due(shown(e), lp, e->lp[lp].running);
	if (!e->no_exit) {
		e->counts.exits_guest_timer++;
		costed_charge(e, lp, COST_EXIT_GUEST_TIMER);
	}
	if (e->dirty_count)
		machine_settle(e);
	machine_owe_resume(e, lp);
}

static void take_costed(struct engine *e, uint32_t lp)
{
	uint32_t match = match_of(e, lp);

	e->host.now = e->matches.at[match];
	match_set(e, match, VTICK_NEVER);
	costed_step(e, lp);
}

static inline __attribute__((always_inline)) void take_first(struct engine *e)
{
	uint32_t first = matches_first(&e->matches), lp = first >> e->slots,
		 slot = first - (lp << e->slots);

	if (slot < e->slots && slot == 0 && e->resumes)
		take_resume(e, lp);
	else if (slot < e->slots)
		take_guest_timer(e, lp);
	else if (e->shape)
		take_plain_interrupt(e, lp);
	else if (e->costs)
		take_costed(e, lp);
	else
		take_interrupt(e, lp);
}

static __attribute__((noinline)) void take_all(struct engine *e, uint64_t until)
{
	while (machine_next_match(e) <= until)
		take_first(e);
}

/* Where each match is an LP's. */
static __attribute__((noinline)) void take_all_plain(struct engine *e, uint64_t until)
{
	while (machine_next_match(e) <= until) {
		uint32_t lp = matches_first(&e->matches);

		interrupt_disarmed(e, lp, lp, PLAIN);
	}
}

static __attribute__((noinline)) void take_all_bare(struct engine *e, uint64_t until)
{
	while (machine_next_match(e) <= until)
		interrupt(e, matches_first(&e->matches), BARE);
}

void machine_take_interrupts(struct engine *e, uint64_t until)
{
	if (e->shape == BARE)
		take_all_bare(e, until);
	else if (e->shape == ALONE)
		take_all_plain(e, until);
	else
		take_all(e, until);
}

/* As take_all_bare(), of one. */
static __attribute__((noinline)) void take_first_bare(struct engine *e)
{
	interrupt(e, matches_first(&e->matches), BARE);
}

void machine_take_interrupt(struct engine *e)
{
	if (e->shape == BARE)
		take_first_bare(e);
	else
		take_first(e);
}

/* RULES.md 3.16. */
void machine_open(struct engine *e)
{
	uint32_t lps = e->meta->lps;

	e->lp = vt_alloc(lps * sizeof(*e->lp));
	e->dirty = vt_alloc((lps + 1) * sizeof(*e->dirty));
	e->resumes = e->policy->resume != NULL;
	e->slots = (e->resumes ? 1u : 0u) + (e->policy->guest_due ? 1u : 0u);
	matches_open(&e->matches, lps << e->slots);
	if (e->shape && !e->slots)
		e->shape = e->policy->machine_irq || e->policy->reprogram ? ALONE : BARE;
	for (uint32_t lp = 0; lp < lps; lp++) {
		e->lp[lp].running = VTICK_NO_VP;
		e->lp[lp].next = VTICK_NEVER;
		e->lp[lp].match = match_of(e, lp);
		queue_init(&e->lp[lp].queue);
		queue_init(&e->lp[lp].match_only);
		queue_init(&e->lp[lp].reached);
		lengths_open(&e->lp[lp]);
	}
	if (!e->policy->queue_run)
		machine_first_ticks(e);
}

/* The LPs take turns. */
static void first_own(struct engine *e)
{
	for (uint32_t lp = 0; lp < e->meta->lps; lp++) {
		struct lp_state *l = &e->lp[lp];

		l->own_left = e->own_every - e->own_every / e->meta->lps * lp;
		machine_own_put(e, &l->tick, lp, own_begins(e, l));
	}
}

void machine_first_ticks(struct engine *e)
{
	if (has_own(e)) {
		first_own(e);
		return;
	}
	if (!e->options.hv_tick_hz || e->options.hv_tick_idle != TICK_RUNS)
		return;
	for (uint32_t lp = 0; lp < e->meta->lps; lp++)
		add_tick(e, lp);
}

void machine_end(struct engine *e)
{
	for (uint32_t lp = 0; lp < e->meta->lps; lp++) {
		struct lp_state *l = &e->lp[lp];

		lengths_end(e, l);
		if (l->running == VTICK_NO_VP)
			machine_count_idle(e, l);
		costed_end(e, lp);
	}
}

void machine_close(struct engine *e)
{
	for (uint32_t lp = 0; lp < e->meta->lps; lp++) {
		queue_free(&e->lp[lp].queue);
		queue_free(&e->lp[lp].match_only);
		queue_free(&e->lp[lp].reached);
		lengths_free(&e->lp[lp]);
	}
	free(e->dirty);
	matches_close(&e->matches);
	free(e->lp);
}
