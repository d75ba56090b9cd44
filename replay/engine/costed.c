/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/engine/costed.h"

#include "replay/engine/kept_queue.h"
#include "replay/engine/machine.h"
#include "traces/trace.h"

static uint64_t the_later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static void work_until(struct lp_state *l, uint64_t time)
{
	l->free_at = time < TRACE_TICK_LIMIT ? time : TRACE_TICK_LIMIT;
}

/* RULES.md 17.2. */
void costed_work(struct engine *e, uint32_t lp, enum cost cost)
{
	struct lp_state *l = &e->lp[lp];

	if (e->uncounted)
		return;
	l->counts.hypervisor_ns += (__int128)e->costs->ns[cost];
	if (e->ear)
		e->ear->works(e->ear->arg, lp, e->cost_ticks[cost]);
	work_until(l, the_later(l->free_at, e->host.now) + e->cost_ticks[cost]);
}

void costed_spend(struct engine *e, uint32_t lp, uint64_t ticks)
{
	struct lp_state *l = &e->lp[lp];
	int64_t ns = engine_ns(e, (__int128)ticks);

	l->counts.hypervisor_ns += ns;
	e->counts.hypervisor_spend_ns += ns;
	if (e->ear)
		e->ear->works(e->ear->arg, lp, ticks);
	work_until(l, the_later(l->free_at, e->host.now) + ticks);
}

void costed_match(struct engine *e, uint32_t lp, uint64_t time)
{
	struct lp_state *l = &e->lp[lp];

	l->match_after = time;
	if (l->stage == STAGE_NONE)
		machine_match_set(e, lp, time);
}

/* What runs from here on is counted anew. */
static void start_step(struct engine *e)
{
	e->pends = e->hv_expiries = e->expiries = 0;
}

/* What ran in the step belongs to the LP's interrupt, and each timer of it costs. */
static void add_step(struct engine *e, uint32_t lp)
{
	struct irq_progress *p = &e->lp[lp].progress;

	p->pends += e->pends;
	p->hv_expiries += e->hv_expiries;
	p->expiries += e->expiries;
}

static void end_step(struct engine *e, uint32_t lp)
{
	add_step(e, lp);
	for (uint64_t i = e->expiries; i; i--)
		costed_charge(e, lp, COST_PER_EXPIRY);
}

/* RULES.md 17.7. */
static void begin(struct engine *e, uint32_t lp)
{
	struct lp_state *l = &e->lp[lp];

	l->stage = STAGE_RUNNING;
	l->progress = (struct irq_progress){ 0 };
	l->looked = false;
	machine_count_irq(e, lp);
	start_step(e);
	machine_run_hook(e, lp);
	end_step(e, lp);
}

/* RULES.md 17.10. */
static void end(struct engine *e, uint32_t lp)
{
	struct lp_state *l = &e->lp[lp];

	costed_charge(e, lp, COST_BASE);
	machine_count_class(e, lp, &l->progress);
	machine_reprogram(e, lp);
	l->stage = STAGE_NONE;
	machine_match_set(e, lp, the_later(l->match_after, e->host.now));
	machine_after_interrupt(e, lp);
	machine_owe_resume(e, lp);
}

/* The policy runs what is due, and has each charged as it tells of it. RULES.md 19.5. */
static void look_once(struct engine *e, uint32_t lp)
{
	e->lp[lp].looked = true;
	start_step(e);
	kept_run(e, lp);
	add_step(e, lp);
}

/* Runs what is due, one timer after the other as the LP gets to it; false: it is at work until
 * free_at. */
static bool look(struct engine *e, uint32_t lp)
{
	struct lp_state *l = &e->lp[lp];

	for (;;) {
		if (l->free_at > e->host.now)
			return false;
		if (e->keeps_queue && l->looked)
			return true;
		if (e->keeps_queue) {
			look_once(e, lp);
			continue;
		}
		if (queue_head_expiry(&l->queue) > e->host.now)
			return true;
		start_step(e);
		machine_run_timer(e, lp);
		end_step(e, lp);
	}
}

/* RULES.md 17.9. */
static void go_on(struct engine *e, uint32_t lp)
{
	if (look(e, lp))
		end(e, lp);
	else
		machine_match_set(e, lp, e->lp[lp].free_at);
}

/* @time, or when the machine gives @lp back. The LPs take turns. RULES.md 17.5, 17.13. */
static uint64_t when_back(const struct engine *e, uint32_t lp, uint64_t time)
{
	uint64_t every = e->cost_ticks[COST_AWAY_EVERY], away = e->cost_ticks[COST_AWAY];

	if (e->options.away_recorded) /* then it is not known before it comes */
		return time <= e->host.now ? the_later(time, e->lp[lp].away_until) : time;
	if (!away || away >= every)
		return time;
	uint64_t left = every - (time + every / e->meta->lps * lp) % every;

	return left <= away ? time + left : time;
}

/*
 * From the match to the interrupt. The numbers of a list are drawn by a hash of the LP and how many
 * interrupts it has had: the same for every replay, and no pattern that a load could be in step
 * with. RULES.md 17.15.
 */
static uint64_t latency(struct engine *e, uint32_t lp)
{
	uint64_t x;

	if (!e->costs->latencies)
		return e->cost_ticks[COST_LATENCY];
	x = ((uint64_t)lp << 32) + ++e->lp[lp].raised;
	x *= UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	x ^= x >> 31;
	return e->latency_ticks[(x >> 32) * e->costs->latencies >> 32];
}

/* RULES.md 17.6. */
void costed_step(struct engine *e, uint32_t lp)
{
	struct lp_state *l = &e->lp[lp];

	e->at_lp = lp;
	if (l->stage == STAGE_NONE) {
		l->stage = STAGE_RAISED;
		l->match_after = VTICK_NEVER;
		l->begins_at = e->host.now + latency(e, lp);
	}
	if (l->stage == STAGE_RAISED) {
		uint64_t start = when_back(e, lp, the_later(l->begins_at, l->free_at));

		if (start > e->host.now) {
			machine_match_set(e, lp, start);
			return;
		}
		begin(e, lp);
	}
	go_on(e, lp);
}

/* Whoever is at work on @lp has done it by now. */
static void all_at_once(struct engine *e, uint32_t lp)
{
	struct lp_state *l = &e->lp[lp];

	if (l->stage == STAGE_RAISED)
		begin(e, lp);
	while (l->stage == STAGE_RUNNING) {
		l->free_at = e->host.now;
		go_on(e, lp);
	}
}

/* RULES.md 17.8, 17.15. */
void costed_sign_of_life(struct engine *e, uint32_t lp, bool was_due)
{
	struct lp_state *l = &e->lp[lp];

	if (e->costs->latencies && was_due) {
		all_at_once(e, lp);
		return;
	}
	if (l->stage != STAGE_RAISED || (e->costs->latencies && l->begins_at > e->host.now))
		return;
	l->free_at = e->host.now;
	begin(e, lp);
	go_on(e, lp);
}

void costed_end(struct engine *e, uint32_t lp)
{
	struct lp_state *l = &e->lp[lp];

	if (l->stage == STAGE_RUNNING)
		machine_count_class(e, lp, &l->progress);
}
