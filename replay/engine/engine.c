/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A cell from start to end: each event changes what is true and is told to the policy. RULES.md
 * section 2.
 */
#include "replay/engine/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "replay/engine/costed.h"
#include "replay/engine/ending.h"
#include "replay/engine/host.h"
#include "replay/engine/machine.h"
#include "replay/engine/metrics.h"
#include "replay/engine/truth.h"
#include "replay/watch/witness.h"
#include "traces/base/mem.h"
#include "traces/trace.h"

/* A policy is told devices and reasons by the trace's own numbers. */
_Static_assert((int)VTICK_ITM == (int)TRACE_ITM &&
		   (int)VTICK_TSC_DEADLINE == (int)TRACE_TSC_DEADLINE &&
		   (int)VTICK_LAPIC == (int)TRACE_LAPIC && TRACE_DEVS == 3,
	       "enum vtick_dev is enum trace_dev");
_Static_assert((int)VTICK_PREEMPT == (int)TRACE_PREEMPT && (int)VTICK_YIELD == (int)TRACE_YIELD &&
		   (int)VTICK_BLOCK == (int)TRACE_BLOCK &&
		   (int)VTICK_OFFLINE == (int)TRACE_OFFLINE &&
		   (int)VTICK_LOST == (int)TRACE_LOST_VP && (int)VTICK_WAIT == (int)TRACE_WAIT &&
		   TRACE_REASONS == 6,
	       "enum vtick_reason is enum trace_reason");

/*
 * What follows is for a @plain engine (state.h) apart, where it is a constant: most engines are,
 * and what cannot be is not looked for in each event.
 */
typedef void (*arm_hook)(struct vtick_host *, uint32_t, const struct vtick_arm *);

static inline void sched_in(struct engine *e, struct vp_state *v, const struct trace_event *ev,
			    bool plain, bool uncounted)
{
	uint64_t slice = e->options.recorded_slices ? ev->extra : e->slice;
	uint32_t lp = ev->lp;
	struct lp_state *l = &e->lp[lp];

	truth_sched_in(e, v);
	if (!uncounted)
		machine_count_idle(e, l);
	v->running = true;
	v->lp = lp;
	v->in_since = e->host.now;
	l->running = ev->vp;
	if (e->options.hv_tick_idle)
		machine_tick_starts(e, lp);
	if (slice)
		machine_own_put(e, &v->slice, lp, e->host.now + slice);
	if (e->policy->sched_in) {
		at_hook(e, HOOK_SCHED_IN);
		e->policy->sched_in(shown(e), ev->vp, lp);
	}
	if (plain || !e->resumes) {
		truth_deliver(e, v);
		return;
	}
	if (v->pending.is && v->pending.opportunity == UNKNOWN_TIME)
		v->pending.opportunity = (int64_t)e->host.now;
	machine_owe_resume(e, lp);
}

static void call_disarm(struct engine *e, uint32_t vp)
{
	if (!e->policy->disarm)
		return;
	at_hook(e, HOOK_DISARM);
	e->policy->disarm(shown(e), vp);
}

/* @vp stops running where it is. */
static inline void leave(struct engine *e, struct vp_state *v, uint32_t vp, unsigned reason)
{
	struct lp_state *l = &e->lp[v->lp];

	machine_own_del(e, &v->slice);
	v->running = false;
	l->running = VTICK_NO_VP;
	l->idle_since = e->host.now;
	if (e->slots)
		machine_guest_off(e, v->lp);
	if (e->policy->sched_out) {
		at_hook(e, HOOK_SCHED_OUT);
		e->policy->sched_out(shown(e), vp, v->lp, reason);
	}
	if (reason == TRACE_BLOCK)
		truth_block(v);
}

static inline void sched_out(struct engine *e, struct vp_state *v, const struct trace_event *ev)
{
	if (ev->sub == TRACE_OFFLINE) {
		truth_disarm(e, v);
		call_disarm(e, ev->vp);
	}
	leave(e, v, ev->vp, ev->sub);
	if (e->options.hv_tick_idle)
		machine_tick_stops(e, v->lp);
}

/* A guest write of @vp that the policy heard of costs an exit, unless it said otherwise.
 * RULES.md 5.1. Of a @plain engine nothing else comes of it. */
static inline void count_exit(struct engine *e, uint32_t vp, bool plain)
{
	if (e->no_exit)
		return;
	e->counts.exits_arm++;
	if (plain)
		return;
	costed_charge(e, e->at_lp, COST_EXIT_ARM);
	if (e->resumes && e->vp[vp].running)
		machine_owe(e, e->vp[vp].lp);
}

/* Of a policy that wants to hear of no ARM. */
static void no_arm(struct vtick_host *h, uint32_t vp, const struct vtick_arm *a)
{
	(void)h;
	(void)vp;
	(void)a;
}

static inline void arm(struct engine *e, struct vp_state *v, const struct trace_event *ev,
		       arm_hook hook, bool plain)
{
	const struct vtick_arm a = { .deadline = ev->value, .period = ev->extra, .dev = ev->sub };

	v->dev = ev->sub;
	if (!plain)
		witness_armed(e, v);
	truth_arm(e, v, ev);
	e->no_exit = false;
	at_hook(e, HOOK_ARM);
	hook(shown(e), ev->vp, &a);
	count_exit(e, ev->vp, plain);
}

static void counter_set(struct engine *e, const struct trace_event *ev, bool plain)
{
	truth_counter_set(e, &e->vp[ev->vp], ev->value);
	e->no_exit = false;
	if (e->policy->counter_set) {
		at_hook(e, HOOK_COUNTER_SET);
		e->policy->counter_set(shown(e), ev->vp, ev->value);
	}
	count_exit(e, ev->vp, plain);
}

/* A VP must run for it, so its LP takes interrupts. */
static bool is_guest_act(unsigned type)
{
	return type == TRACE_ARM || type == TRACE_DISARM || type == TRACE_MASK ||
	       type == TRACE_COUNTER || type == TRACE_ACK || type == TRACE_EXIT;
}

/* The hypervisor works where the VP of @ev is; for one that never ran, on LP 0. */
static void go_to_work(struct engine *e, const struct trace_event *ev)
{
	uint32_t lp = ev->type == TRACE_SCHED_IN ? ev->lp : e->vp[ev->vp].lp;

	e->at_lp = lp == VTICK_NO_LP ? 0 : lp;
	if (!e->vp[ev->vp].running || !is_guest_act(ev->type))
		return;
	machine_pull_resume(e, lp);
	costed_sign_of_life(e, lp, truth_was_due(e, &e->vp[ev->vp]));
	machine_pull_resume(e, lp);
}

static void mask(struct engine *e, const struct trace_event *ev, bool plain)
{
	e->vp[ev->vp].masked = ev->sub;
	e->no_exit = false;
	if (e->policy->mask) {
		at_hook(e, HOOK_MASK);
		e->policy->mask(shown(e), ev->vp, ev->sub, (uint32_t)ev->extra);
	}
	count_exit(e, ev->vp, plain);
}

/* An event that nothing but a hook hears of. */
static void tell(struct engine *e, enum hook which, void (*hook)(struct vtick_host *, uint32_t),
		 uint32_t vp)
{
	if (!hook)
		return;
	at_hook(e, which);
	hook(shown(e), vp);
}

/* What a policy does and does not count: RULES.md 2.4. */
struct uncounted {
	uint64_t adds, removes, fires, moves, hardware_writes;
};

static struct uncounted stop_counting(struct engine *e)
{
	const struct counts *c = &e->counts;

	e->uncounted = true;
	return (struct uncounted){ c->adds, c->removes, c->fires, c->moves, c->hardware_writes };
}

static void count_again(struct engine *e, const struct uncounted *before)
{
	struct counts *c = &e->counts;

	e->uncounted = false;
	c->adds = before->adds;
	c->removes = before->removes;
	c->fires = before->fires;
	c->moves = before->moves;
	c->hardware_writes = before->hardware_writes;
}

/* What the VP did before the trace is told to the policy as if it came about now. RULES.md 2.4. */
static __attribute__((noinline)) void seed(struct engine *e, const struct trace_event *ev)
{
	const struct vtick_arm a = { .deadline = ev->value, .period = ev->extra, .dev = ev->sub };
	struct vp_state *v = &e->vp[ev->vp];
	const struct uncounted before = stop_counting(e);

	e->at_lp = ev->lp;
	v->running = true;
	v->lp = ev->lp;
	e->lp[ev->lp].running = ev->vp;
	if (e->policy->sched_in) {
		at_hook(e, HOOK_SCHED_IN);
		e->policy->sched_in(shown(e), ev->vp, ev->lp);
	}
	v->dev = ev->sub;
	witness_armed(e, v);
	truth_seed(e, v, ev);
	if (e->policy->arm) {
		at_hook(e, HOOK_ARM);
		e->policy->arm(shown(e), ev->vp, &a);
	}
	leave(e, v, ev->vp,
	      e->seeds && seeds_blocked(e->seeds, ev->vp) ? TRACE_BLOCK : TRACE_PREEMPT);
	if (e->dirty_count)
		machine_settle(e);
	count_again(e, &before);
}

static void disarm(struct engine *e, const struct trace_event *ev, bool plain)
{
	truth_disarm(e, &e->vp[ev->vp]);
	e->no_exit = false;
	call_disarm(e, ev->vp);
	count_exit(e, ev->vp, plain);
}

static inline void wake(struct engine *e, struct vp_state *v, const struct trace_event *ev)
{
	truth_wake(e, v);
	if (e->policy->wake) {
		at_hook(e, HOOK_WAKE);
		e->policy->wake(shown(e), ev->vp, ev->lp);
	}
}

/* What comes seldom. */
static void handle_other(struct engine *e, struct vp_state *v, const struct trace_event *ev,
			 bool plain)
{
	const struct vtick_policy *p = e->policy;

	/* Of the types behind COUNTER none changes what a VP's timer may do. */
	if (ev->type <= TRACE_COUNTER)
		truth_advance(e, v);
	switch ((enum trace_type)ev->type) {
	case TRACE_DISARM:
		disarm(e, ev, plain);
		break;
	case TRACE_MASK:
		mask(e, ev, plain);
		break;
	case TRACE_COUNTER:
		counter_set(e, ev, plain);
		break;
	case TRACE_EXIT:
		tell(e, HOOK_VM_EXIT, p->vm_exit, ev->vp);
		break;
	case TRACE_ENTRY:
		tell(e, HOOK_VM_ENTRY, p->vm_entry, ev->vp);
		break;
	case TRACE_OBS_FIRE:
		witness_observed(e, ev);
		e->counts.obs_fires++;
		e->observed = true;
		break;
	case TRACE_OBS_PEND:
		witness_observed(e, ev);
		e->counts.obs_pends++;
		e->observed = true;
		break;
	case TRACE_OBS_HV_IRQ:
		witness_observed(e, ev);
		e->counts.obs_hv_irqs++;
		e->observed = true;
		break;
	case TRACE_LOST:
		witness_observed(e, ev);
		count_add(&e->counts.lost_events, ev->extra);
		break;
	case TRACE_SEED:
		seed(e, ev);
		break;
	case TRACE_AWAY:
		e->lp[ev->lp].away_until = ev->value;
		break;
	default: /* the others change nothing that a replay counts */
		break;
	}
}

/* RULES.md 2.2. */
static inline __attribute__((always_inline)) void
handle(struct engine *e, const struct trace_event *ev, arm_hook hook, bool plain, bool uncounted)
{
	struct vp_state *v = &e->vp[ev->vp]; /* 0 of events that name none */

	if (!plain && e->costs && trace_type_has_vp(ev->type))
		go_to_work(e, ev);
	if (ev->type == TRACE_ARM) {
		truth_advance(e, v);
		arm(e, v, ev, hook, plain);
	} else if (ev->type == TRACE_SCHED_IN) {
		truth_advance(e, v);
		sched_in(e, v, ev, plain, uncounted);
	} else if (ev->type == TRACE_SCHED_OUT) {
		truth_advance(e, v);
		sched_out(e, v, ev);
	} else if (ev->type == TRACE_WAKE) {
		truth_advance(e, v);
		wake(e, v, ev);
	} else {
		handle_other(e, v, ev, plain);
	}
}

/* What is due before @ev. When a machine goes away, what is due just then waits already: RULES.md
 * 17.13. */
static inline void take_what_is_due(struct engine *e, const struct trace_event *ev)
{
	if (ev->type != TRACE_AWAY || !e->options.away_recorded)
		machine_take_interrupts(e, ev->time);
	else if (ev->time)
		machine_take_interrupts(e, ev->time - 1);
}

/* One copy of what is dear is quicker than one for each caller. */
#if defined(__has_attribute) && __has_attribute(noclone)
#define AS_IT_IS __attribute__((noinline, noclone))
#else
#define AS_IT_IS __attribute__((noinline))
#endif

static inline __attribute__((always_inline)) void each_event(struct engine *e,
							     const struct trace_event *ev, size_t n,
							     bool plain,
							     const struct engine_ear *ear)
{
	volatile uint64_t *at = e->event;
	uint64_t index = *at, end = index + n;
	arm_hook hook = e->policy->arm ? e->policy->arm : no_arm;

	for (; index != end; ev++) {
		if (machine_next_match(e) <= ev->time) {
			if (plain)
				machine_take_interrupts(e, ev->time);
			else
				take_what_is_due(e, ev);
		}
		if (ear && ear->event)
			ear->event(ear->arg, ev);
		e->host.now = ev->time;
		handle(e, ev, hook, plain, ear && ear->uncounted);
		if (e->dirty_count)
			machine_settle(e);
		*at = ++index;
	}
}

/* Apart from setjmp(), whose function keeps little in registers. */
static AS_IT_IS void plain_events(struct engine *e, const struct trace_event *ev, size_t n)
{
	each_event(e, ev, n, true, NULL);
}

/* Somebody listens, and may want to know of each before it happens. */
static AS_IT_IS void heard_events(struct engine *e, const struct trace_event *ev, size_t n)
{
	each_event(e, ev, n, true, e->ear);
}

static AS_IT_IS void all_events(struct engine *e, const struct trace_event *ev, size_t n)
{
	each_event(e, ev, n, false, e->ear);
}

static void events(struct engine *e, const struct trace_event *ev, size_t n)
{
	if (e->plain)
		plain_events(e, ev, n);
	else if (e->shape != NOT_PLAIN)
		heard_events(e, ev, n);
	else
		all_events(e, ev, n);
}

/* A service that ends the cell jumps back to the setjmp() of the call that the hook is in. */
void engine_events(struct engine *e, const struct trace_event *ev, size_t n)
{
	host_enter(e);
	if (e->end.kind != ENGINE_RUNS || setjmp(e->escape))
		return;
	events(e, ev, n);
}

bool engine_step(struct engine *e, const struct trace_event *next)
{
	uint64_t until = next ? next->time : e->meta->end;
	bool is_early = next && next->type == TRACE_AWAY && e->options.away_recorded;

	host_enter(e);
	if (e->end.kind != ENGINE_RUNS || (is_early && !until) || setjmp(e->escape))
		return false;
	if (machine_next_match(e) > until - is_early)
		return false;
	machine_take_interrupts(e, machine_next_match(e));
	return true;
}

void engine_listen(struct engine *e, const struct engine_ear *ear)
{
	e->ear = ear;
	e->plain = !ear && e->shape != NOT_PLAIN;
}

bool engine_away_recorded(const struct engine *e)
{
	return e->options.away_recorded;
}

struct engine_clock engine_clock(const struct engine *e)
{
	return (struct engine_clock){ &e->host.now, &e->matches.earliest };
}

void engine_take(struct engine *e)
{
	host_enter(e);
	if (e->end.kind == ENGINE_RUNS && !setjmp(e->escape))
		machine_take_interrupt(e);
}

void engine_take_within(struct engine *e)
{
	machine_take_interrupt(e);
}

void engine_event_within(struct engine *e, const struct trace_event *ev)
{
	/* A loop's events, one by one: here, without a call. Its ear asks for none of them. */
	if (e->shape != NOT_PLAIN)
		each_event(e, ev, 1, true, NULL);
	else
		all_events(e, ev, 1);
}

void engine_enter(struct engine *e)
{
	host_enter(e);
}

void engine_within(struct engine *e, void (*run)(void *), void *arg)
{
	host_enter(e);
	if (e->end.kind == ENGINE_RUNS && !setjmp(e->escape))
		run(arg);
}

const struct engine_end *engine_end(const struct engine *e)
{
	return &e->end;
}

static uint64_t tick_back(uint64_t clock_hz, const struct engine_options *options)
{
	uint64_t period = clock_hz / options->hv_tick_hz,
		 phase = trace_ns_to_ticks(options->hv_tick_phase_ns, clock_hz);

	return phase < period ? period - phase : 0;
}

/* What the policy finds in the host: parameters, state, room. */
static void prepare_policy(struct engine *e, const uint64_t *value)
{
	const struct vtick_policy *p = e->policy;
	struct vtick_host *h = &e->host;

	h->params = e->params = vt_alloc(p->params_size);
	for (size_t i = 0; p->params && p->params[i].name; i++) {
		uint64_t v = p->params[i].kind == VTICK_NS ? h->ticks(h, value[i]) : value[i];

		memcpy((char *)e->params + p->params[i].offset, &v, sizeof(v));
	}
	h->vp_size = p->vp_size;
	h->lp_size = p->lp_size;
	h->state = vt_alloc(p->state_size);
	h->vp_state = vt_array(h->vps, p->vp_size);
	h->lp_state = vt_array(h->lps, p->lp_size);
	for (uint32_t vp = 0; vp < h->vps; vp++) {
		struct vtick_timer *timer =
		    (struct vtick_timer *)((char *)vtick_vp(h, vp) + p->timer_offset);

		for (size_t i = 0; i < p->timers; i++)
			timer[i].vp = vp;
	}
}

static void open_policy(struct engine *e)
{
	int failed;

	if (e->policy->open && !setjmp(e->escape)) {
		at_hook(e, HOOK_OPEN);
		failed = e->policy->open(shown(e));
		if (failed)
			ending_set(e, ENGINE_ERROR, "its open() returned %d", failed);
	}
	if (e->end.kind != ENGINE_RUNS || setjmp(e->escape))
		return;
	if (e->policy->queue_run)
		machine_first_ticks(e);
	machine_settle(e);
}

/* Interrupts that wait take the steps that those with costs take. */
static const struct costs no_costs;

struct engine *engine_new(const struct trace_meta *meta, const struct vtick_policy *policy,
			  const uint64_t *value, const struct engine_options *options,
			  const char *name, volatile uint64_t *event)
{
	struct engine *e = host_view_alloc(sizeof(*e));

	e->host = host_services;
	e->host.clock_hz = meta->clock_hz;
	e->host.slop = trace_ns_to_ticks(options->slop_ns, meta->clock_hz);
	e->host.lps = meta->lps;
	e->host.vps = meta->vps;
	e->host.costs = options->costs != NULL;
	e->policy = policy;
	e->plain = !policy->resume;
	e->shape = e->plain ? PLAIN : NOT_PLAIN;
	e->meta = meta;
	e->short_diff = engine_short_diff(meta->clock_hz);
	e->same_ns = meta->clock_hz == 1000000000 ? RESULT_MAX : 0;
	e->options = *options;
	if (!options->hv_tick_hz)
		e->options.hv_tick_idle = TICK_RUNS;
	if (options->costs || options->away_recorded) {
		engine_not_plain(e);
		e->costs = options->costs ? options->costs : &no_costs;
		for (int i = 0; i < COST_KINDS; i++)
			e->cost_ticks[i] = trace_ns_to_ticks(e->costs->ns[i], meta->clock_hz);
		for (uint32_t i = 0; i < e->costs->latencies; i++)
			e->latency_ticks[i] =
			    trace_ns_to_ticks(e->costs->latency_ns[i], meta->clock_hz);
		if (e->options.hv_tick_idle != TICK_RUNS)
			e->own_every = e->cost_ticks[COST_OWN_EVERY];
	}
	e->name = name;
	e->event = event ? event : &e->no_event;
	e->slice = trace_ns_to_ticks(options->hv_slice_ns, meta->clock_hz);
	if (options->hv_tick_hz && options->hv_tick_phase_ns)
		e->tick_back = tick_back(meta->clock_hz, options);
	e->vp = vt_alloc(meta->vps * sizeof(*e->vp));
	for (uint32_t i = 0; i < meta->vps; i++)
		truth_begin(&e->vp[i]);
	e->ipi_to = vt_alloc(meta->vps * sizeof(*e->ipi_to));
	machine_open(e);
	host_shorten(e);
	host_enter(e);
	prepare_policy(e, value);
	open_policy(e);
	return e;
}

void engine_seeds(struct engine *e, const struct seeds *seeds)
{
	e->seeds = seeds;
}

/* The end of the trace; it ends every cell that did not end before. */
static void run_out(struct engine *e)
{
	machine_take_interrupts(e, e->meta->end);
	e->host.now = e->meta->end;
	for (uint32_t i = 0; i < e->meta->vps; i++)
		truth_end(e, &e->vp[i]);
	machine_end(e);
}

json_t *engine_finish(struct engine *e)
{
	json_t *volatile metrics = NULL;

	host_enter(e);
	if (e->end.kind == ENGINE_RUNS && !setjmp(e->escape)) {
		run_out(e);
		metrics = metrics_json(e);
		at_hook(e, HOOK_CLOSE);
		if (e->policy->close)
			e->policy->close(shown(e));
	}
	if (e->log_lines > LOG_LINES_MAX)
		vt_note(e->name, "%u more lines", e->log_lines - LOG_LINES_MAX);
	if (e->end.kind == ENGINE_RUNS)
		return metrics;
	json_decref(metrics);
	return NULL;
}

void engine_free(struct engine *e)
{
	if (!e)
		return;
	host_enter(NULL);
	machine_close(e);
	witness_free(e->witness);
	histogram_free(&e->counts.pend);
	histogram_free(&e->counts.policy_skew);
	histogram_free(&e->counts.delivery);
	histogram_free(&e->counts.idle);
	free(e->host.lp_state);
	free(e->host.vp_state);
	free(e->host.state);
	free(e->params);
	free(e->ipi_to);
	free(e->vp);
	host_view_free(e, sizeof(*e));
}
