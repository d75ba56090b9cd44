/* SPDX-License-Identifier: GPL-2.0-only */
/* The services that policy.h offers, on top of the machine and the truth. */
#include "replay/engine/host.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "replay/engine/costed.h"
#include "replay/engine/ending.h"
#include "replay/engine/kept_queue.h"
#include "replay/engine/kept_told.h"
#include "replay/engine/machine.h"
#include "replay/engine/truth.h"
#include "traces/trace.h"

/*
 * No counter of a guest gets to 2^63, nor what is counted from it: a difference that went below
 * zero does.
 */
static inline bool is_below_zero(uint64_t time)
{
	return (int64_t)time < (int64_t)VTICK_NEVER;
}

/* Whose hooks are being called, for who asks without a host. */
static struct engine *at_work;

void host_enter(struct engine *e)
{
	at_work = e;
}

static struct engine *engine_of(const struct vtick_host *h)
{
	return host_view_memory(h);
}

const char *hook_name(uint32_t hook)
{
	static const char *const name[] = {
		[HOOK_OPEN] = "open",
		[HOOK_CLOSE] = "close",
		[HOOK_ARM] = "arm",
		[HOOK_DISARM] = "disarm",
		[HOOK_MASK] = "mask",
		[HOOK_COUNTER_SET] = "counter_set",
		[HOOK_SCHED_IN] = "sched_in",
		[HOOK_SCHED_OUT] = "sched_out",
		[HOOK_WAKE] = "wake",
		[HOOK_VM_ENTRY] = "vm_entry",
		[HOOK_VM_EXIT] = "vm_exit",
		[HOOK_MACHINE_IRQ] = "machine_irq",
		[HOOK_REPROGRAM] = "reprogram",
		[HOOK_TIMER_DUE] = "timer_due",
		[HOOK_GUEST_DUE] = "guest_due",
		[HOOK_RESUME] = "resume",
		[HOOK_QUEUE_RUN] = "queue_run",
		[HOOK_QUEUE_HV] = "queue_hv",
	};

	return hook < HOOKS ? name[hook] : "?";
}

/* ---- misuse: rare, so all of it is out of the services' way ---- */

static __attribute__((cold, noinline, noreturn)) void
misused(const struct vtick_host *h, const char *service, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void misused(const struct vtick_host *h, const char *service, const char *format, ...)
{
	struct engine *e = engine_of(h);
	char what[120];
	va_list ap;

	va_start(ap, format);
	vsnprintf(what, sizeof(what), format, ap);
	va_end(ap);
	ending_now(e, ENGINE_MISUSED, "in %s: %s(): %s", hook_name(e->call.hook), service, what);
}

ptrdiff_t host_written(const void *address)
{
	return at_work ? host_view_offset(at_work, address) : -1;
}

uint32_t host_hook(void)
{
	return at_work ? at_work->call.hook : HOOKS;
}

static __attribute__((cold, noinline, noreturn)) void no_such_vp(const struct vtick_host *h,
								 const char *service, uint32_t vp)
{
	misused(h, service, "vp %" PRIu32 ", expected below %" PRIu32, vp, h->vps);
}

static __attribute__((cold, noinline, noreturn)) void no_such_lp(const struct vtick_host *h,
								 const char *service, uint32_t lp)
{
	misused(h, service, "lp %" PRIu32 ", expected below %" PRIu32, lp, h->lps);
}

static inline void check_vp(const struct vtick_host *h, const char *service, uint32_t vp)
{
	if (vp >= h->vps)
		no_such_vp(h, service, vp);
}

static inline void check_lp(const struct vtick_host *h, const char *service, uint32_t lp)
{
	if (lp >= h->lps)
		no_such_lp(h, service, lp);
}

static __attribute__((cold, noinline, noreturn)) void
no_such_time(const struct vtick_host *h, const char *service, const char *what, uint64_t time)
{
	misused(h, service, "%s %" PRIu64 ", expected below 2^63, or VTICK_NEVER", what, time);
}

/* One that may be VTICK_NEVER. */
static inline void check_time(const struct vtick_host *h, const char *service, const char *what,
			      uint64_t time)
{
	if (is_below_zero(time))
		no_such_time(h, service, what, time);
}

static inline void check_timer(const struct vtick_host *h, const char *service,
			       const struct vtick_timer *t)
{
	if (!t)
		misused(h, service, "no timer, expected one");
}

/* @t says that it is active: is it? */
static void check_active(const struct vtick_host *h, const char *service,
			 const struct vtick_timer *t)
{
	check_lp(h, service, t->lp);
	if (!machine_has_timer(engine_of(h), t))
		misused(h, service,
			"a timer of vp %" PRIu32 " that is in no queue of lp %" PRIu32
			", expected one that timer_add() put there and that did not move",
			t->vp, t->lp);
}

/* ---- the services ---- */

static uint64_t host_counter(const struct vtick_host *h, uint32_t vp)
{
	check_vp(h, "counter", vp);
	return truth_counter(&engine_of(h)->vp[vp], h->now);
}

static uint32_t host_running(const struct vtick_host *h, uint32_t lp)
{
	check_lp(h, "running", lp);
	return engine_of(h)->lp[lp].running;
}

static int host_runs(const struct vtick_host *h, uint32_t vp)
{
	check_vp(h, "runs", vp);
	return engine_of(h)->vp[vp].running;
}

static uint32_t host_lp_of(const struct vtick_host *h, uint32_t vp)
{
	check_vp(h, "lp_of", vp);
	return engine_of(h)->vp[vp].lp;
}

static uint64_t host_next(const struct vtick_host *h, uint32_t lp)
{
	check_lp(h, "next", lp);
	return engine_of(h)->lp[lp].next;
}

static void host_hw_arm(struct vtick_host *h, uint32_t lp, uint64_t time)
{
	check_lp(h, "hw_arm", lp);
	check_time(h, "hw_arm", "time", time);
	machine_hw_arm(engine_of(h), lp, time);
}

/* Apart, so that the usual case needs no stack. */
static __attribute__((cold, noinline)) void bad_hw_arm(struct vtick_host *h, uint32_t lp,
						       uint64_t time)
{
	check_lp(h, "hw_arm", lp);
	check_time(h, "hw_arm", "time", time);
}

/* The same where interrupts take no time and no LP has another match: RULES.md 3.5. */
static void host_hw_arm_at_once(struct vtick_host *h, uint32_t lp, uint64_t time)
{
	struct engine *e = engine_of(h);

	if (lp >= h->lps || is_below_zero(time)) {
		bad_hw_arm(h, lp, time);
		return;
	}
	e->counts.hardware_writes++;
	matches_set(&e->matches, lp, time > h->now ? time : h->now);
}

/* Of a timer that is active; apart, so that the usual case needs no stack. */
static __attribute__((noinline)) void move_timer(struct vtick_host *h, struct vtick_timer *t,
						 uint32_t lp, uint64_t expiry, uint32_t flags)
{
	check_active(h, "timer_add", t);
	machine_timer_del(engine_of(h), t);
	machine_timer_put(engine_of(h), t, lp, expiry, flags);
}

static __attribute__((cold, noinline)) void
bad_add(struct vtick_host *h, const struct vtick_timer *t, uint32_t lp, uint64_t expiry)
{
	check_timer(h, "timer_add", t);
	check_vp(h, "timer_add", t->vp);
	check_lp(h, "timer_add", lp);
	check_time(h, "timer_add", "expiry", expiry);
	misused(h, "timer_add",
		"a timer for the queue, expected VTICK_TIMER_MATCH_ONLY: the policy "
		"keeps the queue itself");
}

static void host_timer_add(struct vtick_host *h, struct vtick_timer *t, uint32_t lp,
			   uint64_t expiry, uint32_t flags)
{
	flags &= VTICK_TIMER_MATCH_ONLY;
	if (!t || t->vp >= h->vps || lp >= h->lps || is_below_zero(expiry) ||
	    (!flags && engine_of(h)->keeps_queue))
		bad_add(h, t, lp, expiry);
	else if (vtick_timer_active(t))
		move_timer(h, t, lp, expiry, flags);
	else
		machine_timer_put(engine_of(h), t, lp, expiry, flags);
}

static __attribute__((noinline)) void remove_timer(struct vtick_host *h, struct vtick_timer *t)
{
	check_active(h, "timer_del", t);
	machine_timer_del(engine_of(h), t);
}

static void host_timer_del(struct vtick_host *h, struct vtick_timer *t)
{
	check_timer(h, "timer_del", t);
	if (vtick_timer_active(t))
		remove_timer(h, t);
}

static __attribute__((noinline)) uint64_t next_behind_reached(struct engine *e, struct lp_state *l)
{
	machine_move_reached(e, l);
	return queue_head_expiry(&l->match_only);
}

/* RULES.md 3.10. */
static uint64_t host_match_next(struct vtick_host *h, uint32_t lp)
{
	struct engine *e = engine_of(h);
	uint64_t next;

	check_lp(h, "match_next", lp);
	next = queue_head_expiry(&e->lp[lp].match_only);
	return next > h->now ? next : next_behind_reached(e, &e->lp[lp]);
}

/* With costs: one IPI to @vp within one hook, if it runs elsewhere. */
static __attribute__((noinline)) void send_ipi(struct engine *e, uint32_t vp)
{
	struct hook_call *call = &e->call;

	if (!e->vp[vp].running || e->vp[vp].lp == e->at_lp)
		return;
	for (uint32_t i = 0; i < call->ipis; i++) {
		if (e->ipi_to[i] == vp)
			return;
	}
	e->ipi_to[call->ipis++] = vp;
	costed_charge(e, e->at_lp, COST_IPI);
}

static __attribute__((noinline)) void pend_costed(struct engine *e, uint32_t vp, uint64_t deadline,
						  bool all)
{
	send_ipi(e, vp);
	if (all)
		truth_pend(e, &e->vp[vp], deadline);
	else
		truth_pend_one(e, &e->vp[vp], deadline);
}

static void host_pend(struct vtick_host *h, uint32_t vp, uint64_t deadline)
{
	struct engine *e = engine_of(h);

	check_vp(h, "pend", vp);
	e->pends++;
	if (e->costs)
		pend_costed(e, vp, deadline, true);
	else
		truth_pend(e, &e->vp[vp], deadline);
}

/* The same without costs. */
static void host_pend_free(struct vtick_host *h, uint32_t vp, uint64_t deadline)
{
	struct engine *e = engine_of(h);

	check_vp(h, "pend", vp);
	e->pends++;
	truth_pend(e, &e->vp[vp], deadline);
}

static void host_pend_one(struct vtick_host *h, uint32_t vp, uint64_t deadline)
{
	struct engine *e = engine_of(h);

	check_vp(h, "pend_one", vp);
	e->pends++;
	if (e->costs)
		pend_costed(e, vp, deadline, false);
	else
		truth_pend_one(e, &e->vp[vp], deadline);
}

static void host_wake(struct vtick_host *h, uint32_t vp)
{
	struct engine *e = engine_of(h);

	check_vp(h, "wake", vp);
	truth_advance(e, &e->vp[vp]);
	truth_served(e, &e->vp[vp]);
	if (e->ear)
		e->ear->pends(e->ear->arg, vp, 0);
}

static void host_kick(struct vtick_host *h, uint32_t vp)
{
	struct engine *e = engine_of(h);

	check_vp(h, "kick", vp);
	if (!e->vp[vp].running)
		return;
	if (e->costs)
		send_ipi(e, vp);
	machine_owe_resume(e, e->vp[vp].lp);
}

static void host_spend(struct vtick_host *h, uint64_t ticks)
{
	struct engine *e = engine_of(h);

	if (ticks >= TRACE_TICK_LIMIT)
		misused(h, "spend", "%" PRIu64 " ticks, expected less than 2^60", ticks);
	if (e->costs && !e->uncounted)
		costed_spend(e, e->at_lp, ticks);
}

static void host_no_exit(struct vtick_host *h)
{
	engine_of(h)->no_exit = true;
}

/* RULES.md 5.2. */
static void host_clock_error(struct vtick_host *h, uint32_t vp, int64_t ticks)
{
	struct engine *e = engine_of(h);
	uint64_t magnitude = ticks < 0 ? 0 - (uint64_t)ticks : (uint64_t)ticks;
	uint64_t *max = &e->counts.hv_clock_error;

	if (vp != VTICK_NO_VP) {
		check_vp(h, "clock_error", vp);
		max = &e->counts.guest_clock_error;
	}

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
	vt_note(e->name, "at %" PRIu64 ": %s", h->now, text);
}

static __attribute__((noreturn)) void host_fail(struct vtick_host *h, const char *format, ...)
{
	struct engine *e = engine_of(h);
	char why[101];
	va_list ap;

	va_start(ap, format);
	vsnprintf(why, sizeof(why), format, ap);
	va_end(ap);
	ending_now(e, ENGINE_ERROR, "in %s: %s", hook_name(e->call.hook), why);
}

/* floor(@n * @times / @by), below 2^60. */
static uint64_t scale(uint64_t n, uint64_t times, uint64_t by)
{
	unsigned __int128 scaled = (unsigned __int128)n * times / by;

	return scaled < TRACE_TICK_LIMIT ? (uint64_t)scaled : TRACE_TICK_LIMIT - 1;
}

static uint64_t host_ticks(const struct vtick_host *h, uint64_t ns)
{
	return scale(ns, h->clock_hz, 1000000000);
}

static uint64_t host_ns(const struct vtick_host *h, uint64_t ticks)
{
	return scale(ticks, 1000000000, h->clock_hz);
}

static uint32_t host_domain(const struct vtick_host *h, uint32_t vp)
{
	check_vp(h, "domain", vp);
	return engine_of(h)->meta->vp[vp].domain;
}

static uint32_t host_vcpu(const struct vtick_host *h, uint32_t vp)
{
	check_vp(h, "vcpu", vp);
	return engine_of(h)->meta->vp[vp].vcpu;
}

static void host_guest_arm(struct vtick_host *h, uint32_t lp, uint64_t time)
{
	check_lp(h, "guest_arm", lp);
	check_time(h, "guest_arm", "time", time);
	machine_guest_arm(engine_of(h), lp, time);
}

static void host_run_timers(struct vtick_host *h, uint32_t lp)
{
	check_lp(h, "run_timers", lp);
	machine_mark_dirty(engine_of(h), lp);
}

/* ---- of a policy that keeps the queue ---- */

static void host_keep_queue(struct vtick_host *h)
{
	struct engine *e = engine_of(h);

	if (e->call.hook != HOOK_OPEN)
		misused(h, "keep_queue", "expected in open");
	if (!e->policy->queue_run)
		misused(h, "keep_queue", "the policy has no queue_run, expected one");
	if (!e->keeps_queue)
		kept_open(e);
}

static void host_queue_report(struct vtick_host *h, uint32_t lp, const struct vtick_queue *q)
{
	check_lp(h, "queue_report", lp);
	if (!engine_of(h)->keeps_queue)
		misused(h, "queue_report",
			"the policy does not keep the queue, expected "
			"keep_queue() in open");
	if (!q)
		misused(h, "queue_report", "no queue, expected one");
	if (q->len >= KEPT_QUEUE_LIMIT)
		misused(h, "queue_report", "len %" PRIu32 ", expected less than 2^20", q->len);
	if (q->guest_len > q->len)
		misused(h, "queue_report", "guest_len %" PRIu32 ", expected at most len %" PRIu32,
			q->guest_len, q->len);
	check_time(h, "queue_report", "next", q->next);
	kept_report(engine_of(h), lp, q);
}

static uint64_t host_queue_fire(struct vtick_host *h, uint32_t kind, uint32_t number)
{
	struct engine *e = engine_of(h);

	if (e->call.hook != HOOK_QUEUE_RUN)
		misused(h, "queue_fire", "not in queue_run, expected there");
	if (kind > VTICK_GUEST_TIMER)
		misused(h, "queue_fire", "kind %" PRIu32 ", expected one of enum vtick_queued",
			kind);
	if (kind == VTICK_HV_TICK)
		check_lp(h, "queue_fire", number);
	else
		check_vp(h, "queue_fire", number);
	if (kind != VTICK_GUEST_TIMER && !kept_has(e, kind, number))
		misused(h, "queue_fire", "the %s %" PRIu32 ", which is in no queue",
			kind == VTICK_HV_TICK ? "tick of lp" : "slice of vp", number);
	return kept_fire(e, kind, number);
}

static uint64_t host_free_at(const struct vtick_host *h, uint32_t lp)
{
	uint64_t free_at;

	check_lp(h, "free_at", lp);
	free_at = engine_of(h)->lp[lp].free_at;
	return free_at > h->now ? free_at : h->now;
}

void host_shorten(struct engine *e)
{
	if (e->costs)
		return;
	e->host.pend = host_pend_free;
	if (!e->slots)
		e->host.hw_arm = host_hw_arm_at_once;
}

const struct vtick_host host_services = {
	.counter = host_counter,
	.running = host_running,
	.runs = host_runs,
	.lp_of = host_lp_of,
	.domain = host_domain,
	.vcpu = host_vcpu,
	.next = host_next,
	.ticks = host_ticks,
	.ns = host_ns,
	.hw_arm = host_hw_arm,
	.timer_add = host_timer_add,
	.timer_del = host_timer_del,
	.match_next = host_match_next,
	.guest_arm = host_guest_arm,
	.run_timers = host_run_timers,
	.pend = host_pend,
	.pend_one = host_pend_one,
	.wake = host_wake,
	.kick = host_kick,
	.no_exit = host_no_exit,
	.spend = host_spend,
	.clock_error = host_clock_error,
	.log = host_log,
	.fail = host_fail,
	.keep_queue = host_keep_queue,
	.queue_report = host_queue_report,
	.queue_fire = host_queue_fire,
	.free_at = host_free_at,
};
