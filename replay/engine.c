/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The machine model: events in, queues and matches kept, interrupts taken, hooks called. RULES.md 2 and 3.
 */
#include "replay/engine.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "replay/state.h"
#include "traces/meta.h"

/* vtick_timer.flags, beside VTICK_TIMER_MATCH_ONLY: whose a timer is, and which queue holds it. */
#define TIMER_HV_TICK 0x100u
#define TIMER_HV_SLICE 0x200u
#define TIMER_REACHED 0x400u
#define TIMER_USED 0x800u /* it was added before, so that lp is where */

#define LOG_LINES_MAX 20u

static struct engine *engine_of(struct vtick_host *h)
{
	return (struct engine *)h;
}

static const struct engine *engine_of_const(const struct vtick_host *h)
{
	return (const struct engine *)h;
}

/* ---- the matches ---- */

static void match_set(struct engine *e, uint32_t lp, uint64_t time)
{
	e->match[lp] = time;
	for (uint32_t node = (lp + e->leaves) / 2; node; node /= 2) {
		uint32_t left = e->tree[node * 2], right = e->tree[node * 2 + 1];

		/* Ties go to the lower LP, the left side. */
		e->tree[node] = e->match[right] < e->match[left] ? right : left;
	}
}

static void hw_arm(struct engine *e, uint32_t lp, uint64_t time)
{
	e->hardware_writes++;
	match_set(e, lp, time < e->host.now ? e->host.now : time);
}

/* ---- the queues ---- */

static void mark_dirty(struct engine *e, uint32_t lp)
{
	if (e->lp[lp].dirty)
		return;
	e->lp[lp].dirty = true;
	e->dirty[lp / 64] |= UINT64_C(1) << lp % 64;
	e->dirty_count++;
}

static void clean(struct engine *e, uint32_t lp)
{
	if (!e->lp[lp].dirty)
		return;
	e->lp[lp].dirty = false;
	e->dirty[lp / 64] &= ~(UINT64_C(1) << lp % 64);
	e->dirty_count--;
}

/* Makes room for a length of @len in the sums of @l. */
static void grow_lengths(struct lp_state *l, uint32_t len)
{
	uint32_t room = len * 2 + 6;

	l->by_len = trace_realloc(l->by_len, room * sizeof(*l->by_len));
	l->by_guest_len = trace_realloc(l->by_guest_len, room * sizeof(*l->by_guest_len));
	memset(l->by_len + l->lengths, 0, (room - l->lengths) * sizeof(*l->by_len));
	memset(l->by_guest_len + l->lengths, 0, (room - l->lengths) * sizeof(*l->by_guest_len));
	l->lengths = room;
}

/* The time at the present list lengths goes into the sums, before they change. */
static inline void count_length(struct engine *e, struct lp_state *l)
{
	uint64_t ticks = e->host.now - l->counted_to;

	l->counted_to = e->host.now;
	l->by_len[l->queue.len] += ticks;
	l->by_guest_len[l->guest_len] += ticks;
}

static bool is_guest(const struct vtick_timer *t)
{
	return !(t->flags & (TIMER_HV_TICK | TIMER_HV_SLICE));
}

static void timer_del(struct engine *e, struct vtick_timer *t)
{
	struct lp_state *l = &e->lp[t->lp];

	if (!vtick_timer_active(t))
		return;
	if (t->flags & VTICK_TIMER_MATCH_ONLY) {
		queue_remove(t->flags & TIMER_REACHED ? &l->reached : &l->match_only, t);
		return;
	}
	count_length(e, l);
	l->guest_len -= is_guest(t);
	e->removes++;
	if (queue_remove(&l->queue, t))
		mark_dirty(e, t->lp);
}

static void timer_add(struct engine *e, struct vtick_timer *t, uint32_t lp, uint64_t expiry, uint32_t flags)
{
	struct lp_state *l = &e->lp[lp];

	timer_del(e, t);
	if (flags & VTICK_TIMER_MATCH_ONLY) {
		t->flags = (t->flags & TIMER_USED) | VTICK_TIMER_MATCH_ONLY;
		t->lp = lp;
		queue_add(&l->match_only, t, expiry, e->seq++);
		return;
	}
	e->moves += (t->flags & TIMER_USED) && t->lp != lp;
	t->flags = flags | TIMER_USED;
	t->lp = lp;
	count_length(e, l);
	e->adds++;
	if (queue_add(&l->queue, t, expiry, e->seq++))
		mark_dirty(e, lp);
	l->guest_len += is_guest(t);
	if (l->queue.len > l->len_max) {
		l->len_max = l->queue.len;
		if (l->len_max >= l->lengths)
			grow_lengths(l, l->len_max);
	}
	if (l->guest_len > l->guest_len_max)
		l->guest_len_max = l->guest_len;
}

/* hv-tick k is due at floor(k * clock_hz / rate). */
static void add_tick(struct engine *e, uint32_t lp)
{
	struct lp_state *l = &e->lp[lp];
	unsigned __int128 at = (unsigned __int128)++l->tick_number * e->host.clock_hz / e->options.hv_tick_hz;

	timer_add(e, &l->tick, lp, at > TRACE_TICK_LIMIT ? TRACE_TICK_LIMIT : (uint64_t)at, TIMER_HV_TICK);
}

/* Finds the match-only timers of @l that are due by now. */
static void find_reached(struct engine *e, struct lp_state *l)
{
	while (queue_head_expiry(&l->match_only) <= e->host.now) {
		uint64_t expiry = queue_head_expiry(&l->match_only), seq;
		struct vtick_timer *t = queue_pop(&l->match_only, &seq);

		t->flags |= TIMER_REACHED;
		queue_add(&l->reached, t, expiry, seq);
	}
}

static void run_match_only(struct engine *e, uint32_t lp)
{
	struct lp_state *l = &e->lp[lp];

	while (l->match_only.len | l->reached.len) {
		find_reached(e, l);
		if (!l->reached.len)
			return;
		e->expiries++;
		struct vtick_timer *t = queue_pop(&l->reached, NULL);

		if (e->policy->timer_due)
			e->policy->timer_due(e->policy_state, &e->host, t);
	}
}

static void run_timers(struct engine *e, uint32_t lp)
{
	struct lp_state *l = &e->lp[lp];

	do {
		count_length(e, l);
		struct vtick_timer *t = queue_pop(&l->queue, NULL);

		mark_dirty(e, lp);
		e->fires++;
		e->expiries++;
		if (is_guest(t)) {
			l->guest_len--;
			if (e->policy->timer_due)
				e->policy->timer_due(e->policy_state, &e->host, t);
			continue;
		}
		e->hv_expiries++;
		if (t->flags & TIMER_HV_TICK)
			add_tick(e, lp);
	} while (queue_head_expiry(&l->queue) <= e->host.now);
}

/* Mostly there is nothing to run. */
static inline void run_due_timers(struct engine *e, uint32_t lp)
{
	if (queue_head_expiry(&e->lp[lp].queue) <= e->host.now)
		run_timers(e, lp);
}

static void reprogram(struct engine *e, uint32_t lp)
{
	struct lp_state *l = &e->lp[lp];
	uint64_t head = queue_head_expiry(&l->queue), earliest = e->host.now + e->host.slop;

	l->next = head > earliest ? head : earliest;
	if (e->policy->reprogram)
		e->policy->reprogram(e->policy_state, &e->host, lp, l->next);
	else
		hw_arm(e, lp, l->next);
}

static void settle(struct engine *e)
{
	while (e->dirty_count) {
		uint32_t word = 0;

		while (!e->dirty[word])
			word++;
		uint32_t lp = word * 64 + (uint32_t)__builtin_ctzll(e->dirty[word]);

		run_due_timers(e, lp);
		clean(e, lp);
		reprogram(e, lp);
	}
}

/* ---- interrupts ---- */

static void count_idle(struct engine *e, struct lp_state *l)
{
	uint64_t ticks = e->host.now - l->idle_since;

	l->idle_since = e->host.now;
	if (!ticks)
		return;
	histogram_add(&e->idle, engine_ns(e, ticks));
	if (ticks > e->idle_longest)
		e->idle_longest = ticks;
}

static void take_interrupt(struct engine *e, uint32_t lp)
{
	struct lp_state *l = &e->lp[lp];
	uint64_t pends = e->pends, hv = e->hv_expiries, expiries = e->expiries;

	e->host.now = e->match[lp];
	/* Disarmed; the tournament hears of it when the match is set anew, after this interrupt. */
	e->match[lp] = VTICK_NEVER;
	l->irqs.total++;
	if (l->running == VTICK_NO_VP) {
		l->irqs.idle++;
		count_idle(e, l);
	} else {
		l->irqs.busy++;
	}
	if (e->policy->machine_irq)
		e->policy->machine_irq(e->policy_state, &e->host, lp);
	run_match_only(e, lp);
	run_due_timers(e, lp);

	if (e->pends != pends && e->hv_expiries != hv)
		l->irqs.both++;
	else if (e->pends != pends)
		l->irqs.guest++;
	else if (e->hv_expiries != hv)
		l->irqs.hypervisor++;
	else
		l->irqs.spurious++;
	if (e->expiries - expiries > e->expiries_max)
		e->expiries_max = e->expiries - expiries;
	/* Its due timers have run. Mostly no other LP is dirty, and this one is set anew without looking. */
	if (e->dirty_count == l->dirty) {
		clean(e, lp);
		reprogram(e, lp);
	} else {
		mark_dirty(e, lp);
	}
	if (e->dirty_count)
		settle(e);
	if (e->match[lp] == VTICK_NEVER)
		match_set(e, lp, VTICK_NEVER);
}

static void take_interrupts(struct engine *e, uint64_t until)
{
	while (e->match[e->tree[1]] <= until)
		take_interrupt(e, e->tree[1]);
}

/* ---- services ---- */

static uint64_t host_counter(const struct vtick_host *h, uint32_t vp)
{
	return truth_counter(&engine_of_const(h)->vp[vp], h->now);
}

static uint32_t host_running(const struct vtick_host *h, uint32_t lp)
{
	return engine_of_const(h)->lp[lp].running;
}

static uint32_t host_lp_of(const struct vtick_host *h, uint32_t vp)
{
	return engine_of_const(h)->vp[vp].lp;
}

static uint64_t host_next(const struct vtick_host *h, uint32_t lp)
{
	return engine_of_const(h)->lp[lp].next;
}

static void host_hw_arm(struct vtick_host *h, uint32_t lp, uint64_t time)
{
	hw_arm(engine_of(h), lp, time);
}

static void host_timer_add(struct vtick_host *h, struct vtick_timer *t, uint32_t lp, uint64_t expiry, uint32_t flags)
{
	timer_add(engine_of(h), t, lp, expiry, flags & VTICK_TIMER_MATCH_ONLY);
}

static void host_timer_del(struct vtick_host *h, struct vtick_timer *t)
{
	timer_del(engine_of(h), t);
}

static uint64_t host_match_next(struct vtick_host *h, uint32_t lp)
{
	struct engine *e = engine_of(h);

	find_reached(e, &e->lp[lp]);
	return queue_head_expiry(&e->lp[lp].match_only);
}

static void host_pend(struct vtick_host *h, uint32_t vp, uint64_t deadline)
{
	struct engine *e = engine_of(h);

	e->pends++;
	truth_advance(e, &e->vp[vp]);
	truth_pend(e, &e->vp[vp], deadline);
}

static void host_wake(struct vtick_host *h, uint32_t vp)
{
	struct engine *e = engine_of(h);

	truth_advance(e, &e->vp[vp]);
	truth_served(e, &e->vp[vp]);
}

static void host_no_exit(struct vtick_host *h)
{
	engine_of(h)->no_exit = true;
}

static void host_clock_error(struct vtick_host *h, uint32_t vp, int64_t ticks)
{
	struct engine *e = engine_of(h);
	uint64_t magnitude = ticks < 0 ? 0 - (uint64_t)ticks : (uint64_t)ticks;
	uint64_t *max = vp == VTICK_NO_VP ? &e->hv_clock_error : &e->guest_clock_error;

	if (magnitude > *max)
		*max = magnitude;
}

static void host_log(struct vtick_host *h, const char *format, ...)
{
	struct engine *e = engine_of(h);
	char text[300];
	va_list ap;

	if (e->log_lines++ >= LOG_LINES_MAX)
		return;
	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	fprintf(stderr, "vtick: %s: at %" PRIu64 ": %s\n", e->name, h->now, text);
}

static const struct vtick_host host_template = {
	.size = sizeof(struct vtick_host),
	.abi = VTICK_POLICY_ABI,
	.counter = host_counter,
	.running = host_running,
	.lp_of = host_lp_of,
	.next = host_next,
	.hw_arm = host_hw_arm,
	.timer_add = host_timer_add,
	.timer_del = host_timer_del,
	.match_next = host_match_next,
	.pend = host_pend,
	.wake = host_wake,
	.no_exit = host_no_exit,
	.clock_error = host_clock_error,
	.log = host_log,
};

/* ---- events ---- */

static void sched_in(struct engine *e, uint32_t vp, uint32_t lp)
{
	struct vp_state *v = &e->vp[vp];
	struct lp_state *l = &e->lp[lp];

	truth_sched_in(e, v);
	count_idle(e, l);
	v->running = true;
	v->lp = lp;
	v->in_since = e->host.now;
	l->running = vp;
	if (e->slice)
		timer_add(e, &v->slice, lp, e->host.now + e->slice, TIMER_HV_SLICE);
	if (e->policy->sched_in)
		e->policy->sched_in(e->policy_state, &e->host, vp, lp);
	truth_deliver(e, v);
}

static void sched_out(struct engine *e, uint32_t vp, unsigned reason)
{
	struct vp_state *v = &e->vp[vp];
	struct lp_state *l = &e->lp[v->lp];

	if (reason == TRACE_OFFLINE) {
		truth_disarm(e, v);
		if (e->policy->disarm)
			e->policy->disarm(e->policy_state, &e->host, vp);
	}
	timer_del(e, &v->slice);
	v->running = false;
	l->running = VTICK_NO_VP;
	l->idle_since = e->host.now;
	if (e->policy->sched_out)
		e->policy->sched_out(e->policy_state, &e->host, vp, v->lp, reason);
	if (reason == TRACE_BLOCK)
		truth_block(v);
}

/* A guest write that the policy heard of costs an exit, unless it says otherwise. */
static void count_exit(struct engine *e)
{
	e->exits_arm += !e->no_exit;
	e->no_exit = false;
}

static void arm(struct engine *e, const struct trace_event *ev)
{
	struct vp_state *v = &e->vp[ev->vp];
	struct vtick_arm a = { .deadline = ev->value, .period = ev->extra, .dev = ev->sub };

	v->dev = ev->sub;
	truth_arm(e, v, ev);
	if (e->policy->arm)
		e->policy->arm(e->policy_state, &e->host, ev->vp, &a);
	count_exit(e);
}

static void counter_set(struct engine *e, const struct trace_event *ev)
{
	truth_counter_set(e, &e->vp[ev->vp], ev->value);
	if (e->policy->counter_set)
		e->policy->counter_set(e->policy_state, &e->host, ev->vp, ev->value);
	count_exit(e);
}

static void handle(struct engine *e, const struct trace_event *ev)
{
	const struct vtick_policy *p = e->policy;
	void *state = e->policy_state;

	/* Of the types behind COUNTER none changes what a VP's timer may do. */
	if (ev->type <= TRACE_COUNTER)
		truth_advance(e, &e->vp[ev->vp]);
	switch ((enum trace_type)ev->type) {
	case TRACE_SCHED_IN:
		sched_in(e, ev->vp, ev->lp);
		break;
	case TRACE_SCHED_OUT:
		sched_out(e, ev->vp, ev->sub);
		break;
	case TRACE_WAKE:
		truth_wake(e, &e->vp[ev->vp]);
		if (p->wake)
			p->wake(state, &e->host, ev->vp, ev->lp);
		break;
	case TRACE_ARM:
		arm(e, ev);
		break;
	case TRACE_DISARM:
		truth_disarm(e, &e->vp[ev->vp]);
		if (p->disarm)
			p->disarm(state, &e->host, ev->vp);
		count_exit(e);
		break;
	case TRACE_MASK:
		e->vp[ev->vp].masked = ev->sub;
		if (p->mask)
			p->mask(state, &e->host, ev->vp, ev->sub, (uint32_t)ev->extra);
		count_exit(e);
		break;
	case TRACE_COUNTER:
		counter_set(e, ev);
		break;
	case TRACE_EXIT:
		if (p->vm_exit)
			p->vm_exit(state, &e->host, ev->vp);
		break;
	case TRACE_ENTRY:
		if (p->vm_entry)
			p->vm_entry(state, &e->host, ev->vp);
		break;
	case TRACE_OBS_FIRE:
		e->obs_fires++;
		e->observed = true;
		break;
	case TRACE_OBS_PEND:
		e->obs_pends++;
		e->observed = true;
		break;
	case TRACE_OBS_HV_IRQ:
		e->obs_hv_irqs++;
		e->observed = true;
		break;
	case TRACE_LOST:
		e->lost_events += ev->extra;
		break;
	case TRACE_ACK:
	case TRACE_IPI:
	case TRACE_OBS_PROG:
	case TRACE_TYPES:
		break;
	}
}

void engine_events(struct engine *e, const struct trace_event *ev, size_t n)
{
	for (; n; n--, ev++) {
		if (e->match[e->tree[1]] <= ev->time)
			take_interrupts(e, ev->time);
		e->host.now = ev->time;
		handle(e, ev);
		if (e->dirty_count)
			settle(e);
		++*e->event;
	}
}

/* ---- from start to end ---- */

static void allocate(struct engine *e, uint32_t lps, uint32_t vps)
{
	e->lp = trace_alloc(lps * sizeof(*e->lp));
	e->vp = trace_alloc(vps * sizeof(*e->vp));
	e->dirty = trace_alloc((lps / 64 + 1) * sizeof(*e->dirty));
	for (e->leaves = 2; e->leaves < lps; e->leaves *= 2)
		;
	e->match = trace_alloc(e->leaves * sizeof(*e->match));
	e->tree = trace_alloc(2 * (size_t)e->leaves * sizeof(*e->tree));
	for (uint32_t i = 0; i < e->leaves; i++) {
		e->match[i] = VTICK_NEVER;
		e->tree[e->leaves + i] = i;
	}
	for (uint32_t i = 0; i < e->leaves; i++)
		match_set(e, i, VTICK_NEVER);
	for (uint32_t i = 0; i < lps; i++) {
		e->lp[i].running = VTICK_NO_VP;
		e->lp[i].next = VTICK_NEVER;
		grow_lengths(&e->lp[i], 1);
	}
	for (uint32_t i = 0; i < vps; i++) {
		e->vp[i].due = VTICK_NEVER;
		e->vp[i].lp = VTICK_NO_LP;
		e->vp[i].digest = UINT64_C(0xcbf29ce484222325);
	}
}

struct engine *engine_new(const struct trace_meta *meta, const struct vtick_policy *policy,
			  const struct vtick_args *args, const struct engine_options *options, const char *name,
			  volatile uint64_t *event)
{
	struct engine *e = trace_alloc(sizeof(*e));

	e->host = host_template;
	e->host.clock_hz = meta->clock_hz;
	e->host.slop = trace_ns_to_ticks(options->slop_ns, meta->clock_hz);
	e->host.lps = meta->lps;
	e->host.vps = meta->vps;
	e->policy = policy;
	e->meta = meta;
	e->options = *options;
	e->name = name;
	e->event = event ? event : &e->no_event;
	e->slice = trace_ns_to_ticks(options->hv_slice_ns, meta->clock_hz);
	allocate(e, meta->lps, meta->vps);
	for (uint32_t lp = 0; lp < meta->lps && options->hv_tick_hz; lp++)
		add_tick(e, lp);
	if (policy->open && policy->open(&e->host, args, &e->policy_state)) {
		e->policy = NULL;
		engine_free(e);
		return NULL;
	}
	settle(e);
	return e;
}

json_t *engine_finish(struct engine *e)
{
	take_interrupts(e, e->meta->end);
	e->host.now = e->meta->end;
	for (uint32_t i = 0; i < e->meta->vps; i++)
		truth_end(e, &e->vp[i]);
	for (uint32_t i = 0; i < e->meta->lps; i++) {
		count_length(e, &e->lp[i]);
		if (e->lp[i].running == VTICK_NO_VP)
			count_idle(e, &e->lp[i]);
	}
	if (e->log_lines > LOG_LINES_MAX)
		fprintf(stderr, "vtick: %s: %u more lines\n", e->name, e->log_lines - LOG_LINES_MAX);
	if (e->policy->close)
		e->policy->close(e->policy_state);
	e->policy = NULL;
	return metrics_json(e);
}

void engine_free(struct engine *e)
{
	if (!e)
		return;
	if (e->policy && e->policy->close)
		e->policy->close(e->policy_state);
	for (uint32_t i = 0; i < e->meta->lps; i++) {
		queue_free(&e->lp[i].queue);
		queue_free(&e->lp[i].match_only);
		queue_free(&e->lp[i].reached);
		free(e->lp[i].by_len);
		free(e->lp[i].by_guest_len);
	}
	histogram_free(&e->pend);
	histogram_free(&e->policy_skew);
	histogram_free(&e->delivery);
	histogram_free(&e->idle);
	free(e->dirty);
	free(e->match);
	free(e->tree);
	free(e->lp);
	free(e->vp);
	free(e);
}
