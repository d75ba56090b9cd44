/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the host offers a policy and neither passthrough nor virtual makes full use of: the order of
 * calls is logged by policies that live in this file. Section numbers are RULES.md's.
 */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "replay/engine/engine.h"
#include "replay/tests/reference_case.h"

/* What the policies below write into their log: "irq 0 at 100; due 3 at 100; ". */
struct scripted {
	char log[1000];
	struct vtick_timer timer[4];
};

static struct scripted scripted;

static void note(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void note(const char *format, ...)
{
	size_t len = strlen(scripted.log);
	va_list ap;

	va_start(ap, format);
	vsnprintf(scripted.log + len, sizeof(scripted.log) - len, format, ap);
	va_end(ap);
}

static int start(struct vtick_host *h)
{
	uint32_t i;

	(void)h;
	memset(&scripted, 0, sizeof(scripted));
	for (i = 0; i < 4; i++)
		scripted.timer[i].vp = i;
	return 0;
}

static int refuse(struct vtick_host *h)
{
	(void)h;
	return 7;
}

static int refuse_with_a_word(struct vtick_host *h)
{
	h->fail(h, "%s: not \x01 with \xc3\xa4", "no");
	return 0;
}

static void log_irq(struct vtick_host *h, uint32_t lp)
{
	note("irq %" PRIu32 " at %" PRIu64 "; ", lp, h->now);
}

static void log_due(struct vtick_host *h, struct vtick_timer *timer)
{
	note("due %" PRIu32 " at %" PRIu64 "; ", timer->vp, h->now);
}

static void log_mask(struct vtick_host *h, uint32_t vp, int masked, uint32_t vector)
{
	(void)vp;
	(void)masked;
	(void)vector;
	note("mask at %" PRIu64 "; ", h->now);
}

static void log_reprogram(struct vtick_host *h, uint32_t lp, uint64_t next)
{
	if (next == VTICK_NEVER)
		note("lp %" PRIu32 " never; ", lp);
	else
		note("lp %" PRIu32 " next %" PRIu64 "; ", lp, next);
	h->hw_arm(h, lp, next);
}

/* Runs @ev, 1 GHz, through @policy; the hypervisor around it does nothing by itself. */
static json_t *run(uint32_t lps, const struct trace_event *ev, const struct vtick_policy *policy,
		   uint64_t slop)
{
	const struct engine_options options = { .slop_ns = slop };
	struct trace_meta meta;
	struct engine *e;
	json_t *result;
	size_t n = 0;

	trace_meta_init(&meta);
	meta.clock_hz = 1000000000;
	meta.lps = lps;
	for (uint32_t vp = 0; vp < 4; vp++)
		trace_meta_add_vp(&meta, vp, 0, NULL);
	while (ev[n].type != TRACE_TYPES)
		n++;
	meta.end = ev[n].time;
	e = engine_new(&meta, policy, NULL, &options, "scripted", NULL);
	cr_assert_not_null(e);
	engine_events(e, ev, n);
	result = engine_finish(e);
	engine_free(e);
	trace_meta_free(&meta);
	return result;
}

static void check(json_t *result, const char *log, const struct expected *want)
{
	if (log)
		cr_assert_str_eq(scripted.log, log);
	cr_assert_eq(check_result("engine", result, want), 0);
	json_decref(result);
}

/* ---- ticks before their time ---- */

#define EARLY 40

/* Every deadline of the timer, one after the other, up to where 64 bits end. */
static void pend_early(struct vtick_host *h, uint32_t vp, const struct vtick_arm *a)
{
	for (uint64_t i = 0; i < EARLY; i++)
		h->pend(h, vp, a->deadline + i * a->period);
}

static const struct vtick_policy early_bird = { VTICK_POLICY_HEAD, .name = "early_bird",
						.arm = pend_early };

/* RULES.md 4.1. */
Test(host, early_ticks_beyond_all_time)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm_periodic(10, 0, 20, UINT64_C(1) << 59),
					  stop(1000) };
	const struct expected want[] = { { "ticks.due", EARLY },
					 { "ticks.delivered", EARLY },
					 { "ticks.early", EARLY },
					 { "arms.reached", 1 },
					 { NULL, 0 } };

	check(run(1, ev, &early_bird, 0), NULL, want);
}

/* ---- matches ---- */

static void match_in_the_past(struct vtick_host *h, uint32_t vp, const struct vtick_arm *arm)
{
	(void)vp;
	h->hw_arm(h, 0, arm->deadline);
}

Test(host, match_that_is_not_in_the_future)
{
	static const struct vtick_policy policy = {
		.open = start, .arm = match_in_the_past, .mask = log_mask, .machine_irq = log_irq
	};
	const struct trace_event past[] = { in(0, 0, 0), arm(100, 0, TRACE_ITM, 60),
					    mask(100, 0, true), stop(200) };
	const struct trace_event now[] = { in(0, 0, 0), arm(100, 0, TRACE_ITM, 100),
					   mask(100, 0, true), stop(200) };
	/* The interrupt is raised at now, taken after this event and before the next (3). Then the
	 * match is set anew. */
	const struct expected want[] = { { "timer_interrupts.total", 1 },
					 { "timer_interrupts.spurious", 1 },
					 { "hardware_writes", 2 },
					 { NULL, 0 } };

	check(run(1, past, &policy, 0), "irq 0 at 100; mask at 100; ", want);
	check(run(1, now, &policy, 0), "irq 0 at 100; mask at 100; ", want);
}

static void three_matches(struct vtick_host *h, uint32_t vp, const struct vtick_arm *arm)
{
	(void)vp;
	(void)arm;
	h->hw_arm(h, 2, 50);
	h->hw_arm(h, 1, 100);
	h->hw_arm(h, 0, 100);
}

Test(host, interrupts_in_order_of_time_then_lp)
{
	static const struct vtick_policy policy = { .open = start,
						    .arm = three_matches,
						    .machine_irq = log_irq };
	const struct trace_event ev[] = { in(0, 0, 0), arm(10, 0, TRACE_ITM, 60), stop(100) };
	const struct expected want[] = { { "timer_interrupts.total", 3 },
					 { "hardware_writes", 6 },
					 { NULL, 0 } };

	check(run(3, ev, &policy, 0), "irq 2 at 50; irq 0 at 100; irq 1 at 100; ", want);
}

/* ---- timers ---- */

static void timers_in_the_past(struct vtick_host *h, uint32_t vp, const struct vtick_arm *arm)
{
	(void)vp;
	(void)arm;
	h->timer_add(h, &scripted.timer[1], 1, 50, 0);
	h->timer_add(h, &scripted.timer[0], 0, 100, 0);
	h->timer_add(h, &scripted.timer[2], 0, 300, 0);
}

Test(host, timer_that_is_due_when_it_is_added)
{
	static const struct vtick_policy policy = { .open = start,
						    .arm = timers_in_the_past,
						    .machine_irq = log_irq,
						    .timer_due = log_due,
						    .reprogram = log_reprogram };
	const struct trace_event ev[] = { in(0, 0, 0), arm(100, 0, TRACE_ITM, 60), stop(400) };
	/* Runs when the event settles, LP 0 first, without an interrupt; each LP is reprogrammed
	 * once (2). */
	const struct expected want[] = {
		{ "timer_interrupts.total", 1 }, { "timer_interrupts.expiries_max", 1 },
		{ "ac_timer_list.adds", 3 },	 { "ac_timer_list.fires", 3 },
		{ "ac_timer_list.removes", 0 },	 { "ac_timer_list.moves", 0 },
		{ "hardware_writes", 3 },	 { NULL, 0 }
	};

	check(run(2, ev, &policy, 0),
	      "due 0 at 100; lp 0 next 300; due 1 at 100; lp 1 never; irq 0 at 300; due 2 at 300; "
	      "lp 0 never; ",
	      want);
}

static void equal_timers(struct vtick_host *h, uint32_t vp, const struct vtick_arm *arm)
{
	(void)vp;
	(void)arm;
	h->timer_add(h, &scripted.timer[0], 0, 200, 0);
	h->timer_add(h, &scripted.timer[1], 0, 200, 0);
	h->timer_add(h, &scripted.timer[2], 0, 200, VTICK_TIMER_MATCH_ONLY);
	h->timer_add(h, &scripted.timer[3], 0, 150, VTICK_TIMER_MATCH_ONLY);
	/* Behind its equals by being added again (3); removed first. */
	h->timer_add(h, &scripted.timer[0], 0, 200, 0);
	cr_assert_eq(h->match_next(h, 0), 150);
	cr_assert(vtick_timer_active(&scripted.timer[3]));
}

static void after_150(struct vtick_host *h, uint32_t vp, int masked, uint32_t vector)
{
	(void)vp;
	(void)masked;
	(void)vector;
	cr_assert_eq(h->match_next(h, 0), 200, "the one at 150 is due, and not after now");
}

Test(host, order_of_timers_in_an_interrupt)
{
	static const struct vtick_policy policy = { .open = start,
						    .arm = equal_timers,
						    .mask = after_150,
						    .machine_irq = log_irq,
						    .timer_due = log_due };
	const struct trace_event ev[] = { in(0, 0, 0), arm(100, 0, TRACE_ITM, 60),
					  mask(180, 0, true), stop(400) };
	/* The hook, the match-only ones by expiry, the queue first in first out (3); match-only
	 * ones are in no list. */
	const struct expected want[] = { { "timer_interrupts.total", 1 },
					 { "timer_interrupts.expiries_max", 4 },
					 { "ac_timer_list.adds", 3 },
					 { "ac_timer_list.removes", 1 },
					 { "ac_timer_list.fires", 2 },
					 { "ac_timer_list.guest_len_max", 2 },
					 { NULL, 0 } };

	check(run(1, ev, &policy, 0),
	      "irq 0 at 200; due 3 at 200; due 2 at 200; due 1 at 200; due 0 at 200; ", want);
	check(run(1, ev, &policy, 150),
	      "irq 0 at 250; due 3 at 250; due 2 at 250; due 1 at 250; due 0 at 250; ", want);
}

/* ---- waking without pending ---- */

static void timer_at_the_deadline(struct vtick_host *h, uint32_t vp, const struct vtick_arm *arm)
{
	(void)vp;
	h->timer_add(h, &scripted.timer[0], 0, arm->deadline, 0);
}

static void wake_it(struct vtick_host *h, struct vtick_timer *timer)
{
	h->wake(h, timer->vp);
}

static void pend_it(struct vtick_host *h, uint32_t vp, uint32_t lp)
{
	(void)lp;
	if (h->now)
		h->pend(h, vp, 100);
}

static void wake_and_pend_it(struct vtick_host *h, uint32_t vp, uint32_t lp)
{
	h->wake(h, vp);
	pend_it(h, vp, lp);
}

Test(host, wake_serves_a_wake_up)
{
	static const struct vtick_policy wakes = { .open = start,
						   .arm = timer_at_the_deadline,
						   .timer_due = wake_it,
						   .sched_in = pend_it };
	static const struct vtick_policy too_late = { .open = start, .sched_in = wake_and_pend_it };
	const struct trace_event ev[] = { in(0, 0, 0),
					  arm(10, 0, TRACE_ITM, 100),
					  out(20, 0, TRACE_BLOCK),
					  wake(110, 0),
					  in(120, 0, 0),
					  stop(200) };
	/* wake() serves (6); the interrupt does not pend and is spurious; the recorded WAKE is
	 * ahead of the pend. */
	const struct expected served[] = { { "wakeups.due", 1 },
					   { "wakeups.on_time", 1 },
					   { "causality_breaks", 1 },
					   { "timer_interrupts.spurious", 1 },
					   { "ticks.due", 1 },
					   { "ticks.delivered", 1 },
					   { "firing_skew_ns.pend.max", 20 },
					   { NULL, 0 } };
	/* Inside the schedule-in it comes too late. */
	const struct expected lost[] = { { "wakeups.lost", 1 },
					 { "ticks.delivered", 1 },
					 { NULL, 0 } };

	check(run(1, ev, &wakes, 0), NULL, served);
	check(run(1, ev, &too_late, 0), NULL, lost);
}

/* ---- exits, clocks, a policy that does not open ---- */

static void free_write(struct vtick_host *h, uint32_t vp, const struct vtick_arm *arm)
{
	h->no_exit(h);
	h->clock_error(h, VTICK_NO_VP, -7);
	h->clock_error(h, VTICK_NO_VP, 3);
	h->clock_error(h, vp, (int64_t)arm->deadline);
}

Test(host, exits_and_clock_errors)
{
	static const struct vtick_policy policy = { .open = start, .arm = free_write };
	const struct trace_event ev[] = {
		in(0, 0, 0),   arm(10, 0, TRACE_ITM, 60), arm(20, 0, TRACE_ITM, 50),
		disarm(30, 0), mask(40, 0, true),	  counter(50, 0, 5),
		stop(200)
	};
	/* Two ARMs said no_exit; the other three writes cost one each, though nobody listens (5).
	 */
	const struct expected want[] = { { "exits.arm", 3 },
					 { "hv_clock_error_ns", 7 },
					 { "guest_clock_error_ns", 60 },
					 { "arms.total", 2 },
					 { NULL, 0 } };

	check(run(1, ev, &policy, 0), "", want);
}

/* A cell of an idle LP through @policy must end as @kind, because of @why. */
static void ends(const struct vtick_policy *policy, enum engine_end_kind kind, const char *why)
{
	const struct engine_options options = { .hv_tick_hz = 100 };
	const struct trace_event ev[] = { in(0, 0, 0), arm(10, 0, TRACE_ITM, 60), stop(200) };
	volatile uint64_t event = 77;
	struct trace_meta meta;
	bool opens = strncmp(why, "in open", 7) && strncmp(why, "its open", 8);
	struct engine *e;

	memset(&scripted, 0, sizeof(scripted));
	trace_meta_init(&meta);
	meta.clock_hz = 1000000000;
	meta.lps = 2;
	meta.end = 200;
	trace_meta_add_vp(&meta, 0, 0, NULL);
	e = engine_new(&meta, policy, NULL, &options, "ends", &event);
	engine_events(e, ev, 2);
	cr_assert_null(engine_finish(e));
	cr_assert_eq(engine_end(e)->kind, kind);
	cr_assert_str_eq(engine_end(e)->why, why);
	cr_assert_eq(event, opens ? 78 : 77, "the event's number stays where it ended");
	engine_free(e);
	trace_meta_free(&meta);
}

Test(host, policy_that_does_not_open)
{
	static const struct vtick_policy silent = { .open = refuse };
	static const struct vtick_policy says = { .open = refuse_with_a_word };

	ends(&silent, ENGINE_ERROR, "its open() returned 7");
	ends(&says, ENGINE_ERROR, "in open: no: not ? with ??");
}

/* ---- misuse: one service with one wrong value, in arm ---- */

static struct vtick_timer copied;

#define MISUSES(name, ...)                                                                         \
	static void name(struct vtick_host *h, uint32_t vp, const struct vtick_arm *arm)           \
	{                                                                                          \
		(void)vp;                                                                          \
		(void)arm;                                                                         \
		__VA_ARGS__;                                                                       \
		note("went on");                                                                   \
	}

MISUSES(bad_counter, h->counter(h, 1))
MISUSES(bad_runs, h->runs(h, 1))
MISUSES(bad_running, h->running(h, 2))
MISUSES(bad_lp_of, h->lp_of(h, VTICK_NO_VP))
MISUSES(bad_domain, h->domain(h, 1))
MISUSES(bad_vcpu, h->vcpu(h, 1))
MISUSES(bad_next, h->next(h, VTICK_NO_LP))
MISUSES(bad_hw_arm, h->hw_arm(h, 2, 100))
MISUSES(bad_add_lp, h->timer_add(h, &scripted.timer[0], 77, 100, 0))
MISUSES(bad_add_vp, h->timer_add(h, &scripted.timer[1], 0, 100, (scripted.timer[1].vp = 9, 0)))
MISUSES(bad_add, h->timer_add(h, NULL, 0, 100, 0))
MISUSES(bad_add_time, h->timer_add(h, &scripted.timer[0], 1, h->now - 60, 0))
MISUSES(bad_hw_arm_time, h->hw_arm(h, 1, VTICK_NEVER - 1))
MISUSES(bad_guest_arm_time, h->guest_arm(h, 1, UINT64_C(1) << 63))
MISUSES(bad_del, h->timer_del(h, NULL))
MISUSES(bad_tick, {
	/* No timer of its own: one that says to be where the hypervisor's is. */
	copied = (struct vtick_timer){ .position = 1 };
	h->timer_add(h, &copied, 0, 100, 0);
})
MISUSES(bad_reuse, {
	h->timer_add(h, &scripted.timer[0], 1, h->now, 0);
	memset(&scripted.timer[0], 0x41, sizeof(scripted.timer[0]));
})
MISUSES(bad_reuse_match, {
	h->timer_add(h, &scripted.timer[0], 1, h->now, VTICK_TIMER_MATCH_ONLY);
	memset(&scripted.timer[0], 0, sizeof(scripted.timer[0]));
	h->match_next(h, 1);
})
MISUSES(bad_copy, {
	h->timer_add(h, &scripted.timer[0], 1, 100, 0);
	copied = scripted.timer[0];
	h->timer_del(h, &copied);
})
MISUSES(bad_move, {
	h->timer_add(h, &scripted.timer[0], 1, 100, VTICK_TIMER_MATCH_ONLY);
	copied = scripted.timer[0];
	h->timer_add(h, &copied, 0, 100, 0);
})
MISUSES(bad_place, {
	copied = (struct vtick_timer){ .position = 1, .lp = 5 };
	h->timer_del(h, &copied);
})
MISUSES(bad_match_next, h->match_next(h, 2))
MISUSES(bad_guest_arm, h->guest_arm(h, 2, 100))
MISUSES(bad_run_timers, h->run_timers(h, 2))
MISUSES(bad_pend, h->pend(h, 1000, 60))
MISUSES(bad_pend_one, h->pend_one(h, 1000, 60))
MISUSES(bad_wake, h->wake(h, 1))
MISUSES(bad_kick, h->kick(h, 1))
MISUSES(bad_spend, h->spend(h, UINT64_C(1) << 60))
MISUSES(bad_clock_error, h->clock_error(h, 1, 5))
MISUSES(bad_free_at, h->free_at(h, 2))
MISUSES(bad_fire, h->queue_fire(h, VTICK_GUEST_TIMER, 0))
MISUSES(bad_keep, h->keep_queue(h))
MISUSES(bad_report, h->queue_report(h, 0, &(const struct vtick_queue){ .len = 1 }))
MISUSES(gives_up, h->fail(h, "enough of %d", 5))

#define LOST_TIMER                                                                                 \
	"a timer of vp 0 that is in no queue of lp 1, expected one that timer_add() put "          \
	"there and that did not move"

Test(host, misuse)
{
	static const struct {
		void (*arm)(struct vtick_host *, uint32_t, const struct vtick_arm *);
		const char *why;
	} c[] = {
		{ bad_counter, "counter(): vp 1, expected below 1" },
		{ bad_runs, "runs(): vp 1, expected below 1" },
		{ bad_running, "running(): lp 2, expected below 2" },
		{ bad_lp_of, "lp_of(): vp 4294967295, expected below 1" },
		{ bad_domain, "domain(): vp 1, expected below 1" },
		{ bad_vcpu, "vcpu(): vp 1, expected below 1" },
		{ bad_next, "next(): lp 4294967295, expected below 2" },
		{ bad_hw_arm, "hw_arm(): lp 2, expected below 2" },
		{ bad_add_lp, "timer_add(): lp 77, expected below 2" },
		{ bad_add_vp, "timer_add(): vp 9, expected below 1" },
		{ bad_add, "timer_add(): no timer, expected one" },
		{ bad_add_time,
		  "timer_add(): expiry 18446744073709551566, expected below 2^63, or VTICK_NEVER" },
		{ bad_hw_arm_time,
		  "hw_arm(): time 18446744073709551614, expected below 2^63, or VTICK_NEVER" },
		{ bad_guest_arm_time,
		  "guest_arm(): time 9223372036854775808, expected below 2^63, or VTICK_NEVER" },
		{ bad_del, "timer_del(): no timer, expected one" },
		{ bad_tick,
		  "timer_add(): a timer of vp 0 that is in no queue of lp 0, expected one "
		  "that timer_add() put there and that did not move" },
		{ bad_copy, "timer_del(): " LOST_TIMER },
		{ bad_move, "timer_add(): " LOST_TIMER },
		{ bad_place, "timer_del(): lp 5, expected below 2" },
		{ bad_match_next, "match_next(): lp 2, expected below 2" },
		{ bad_guest_arm, "guest_arm(): lp 2, expected below 2" },
		{ bad_run_timers, "run_timers(): lp 2, expected below 2" },
		{ bad_pend, "pend(): vp 1000, expected below 1" },
		{ bad_pend_one, "pend_one(): vp 1000, expected below 1" },
		{ bad_wake, "wake(): vp 1, expected below 1" },
		{ bad_kick, "kick(): vp 1, expected below 1" },
		{ bad_spend, "spend(): 1152921504606846976 ticks, expected less than 2^60" },
		{ bad_clock_error, "clock_error(): vp 1, expected below 1" },
		{ bad_free_at, "free_at(): lp 2, expected below 2" },
		{ bad_fire, "queue_fire(): not in queue_run, expected there" },
		{ bad_report, "queue_report(): the policy does not keep the queue, expected "
			      "keep_queue() in open" },
		{ bad_keep, "keep_queue(): expected in open" },
	};
	struct vtick_policy policy = { .open = start };
	char why[200];

	for (size_t i = 0; i < sizeof(c) / sizeof(*c); i++) {
		policy.arm = c[i].arm;
		snprintf(why, sizeof(why), "in arm: %s", c[i].why);
		ends(&policy, ENGINE_MISUSED, why);
		cr_assert_str_eq(scripted.log, "");
	}
	policy.arm = gives_up;
	ends(&policy, ENGINE_ERROR, "in arm: enough of 5");
}

/* ---- of a policy that keeps the queue ---- */

#define REPORTS(name, lp, ...)                                                                     \
	MISUSES(name, h->queue_report(h, lp, &(const struct vtick_queue){ __VA_ARGS__ }))

REPORTS(report_lp, 2, .next = VTICK_NEVER)
REPORTS(report_long, 0, .len = 1 << 20)
REPORTS(report_guests, 0, .len = 1, .guest_len = 2)
REPORTS(report_past, 0, .len = 1, .next = VTICK_NEVER - 1)
static int keeps(struct vtick_host *h)
{
	h->keep_queue(h);
	return start(h);
}

MISUSES(report_none, h->queue_report(h, 0, NULL))
MISUSES(add_to_queue, h->timer_add(h, &scripted.timer[0], 0, 100, 0))
MISUSES(move_in_queue, {
	/* It says to be in the queue, of which the engine has the length only. */
	h->queue_report(h, 0, &(const struct vtick_queue){ .len = 1000, .next = 100 });
	copied = (struct vtick_timer){ .position = 900 };
	h->timer_add(h, &copied, 0, 100, VTICK_TIMER_MATCH_ONLY);
})

static void fires(struct vtick_host *h, uint32_t kind, uint32_t number)
{
	h->queue_fire(h, kind, number);
	note("went on");
}

static void fire_kind(struct vtick_host *h, uint32_t lp)
{
	(void)lp;
	fires(h, 3, 0);
}

static void fire_vp(struct vtick_host *h, uint32_t lp)
{
	(void)lp;
	fires(h, VTICK_GUEST_TIMER, 1);
}

static void fire_lp(struct vtick_host *h, uint32_t lp)
{
	(void)lp;
	fires(h, VTICK_HV_TICK, 2);
}

static void fire_slice(struct vtick_host *h, uint32_t lp)
{
	(void)lp;
	fires(h, VTICK_HV_SLICE, 0);
}

static void looks(struct vtick_host *h, uint32_t lp)
{
	h->hw_arm(h, lp, VTICK_NEVER);
}

static void has_a_look(struct vtick_host *h, uint32_t vp, const struct vtick_arm *arm)
{
	(void)vp;
	(void)arm;
	h->run_timers(h, 1);
}

Test(host, misuse_of_a_kept_queue)
{
	static const struct {
		void (*arm)(struct vtick_host *, uint32_t, const struct vtick_arm *);
		void (*queue_run)(struct vtick_host *, uint32_t);
		const char *why;
	} c[] = {
		{ report_lp, looks, "arm: queue_report(): lp 2, expected below 2" },
		{ report_long, looks, "arm: queue_report(): len 1048576, expected less than 2^20" },
		{ report_guests, looks,
		  "arm: queue_report(): guest_len 2, expected at most len 1" },
		{ report_past, looks,
		  "arm: queue_report(): next 18446744073709551614, expected below 2^63, or "
		  "VTICK_NEVER" },
		{ report_none, looks, "arm: queue_report(): no queue, expected one" },
		{ add_to_queue, looks,
		  "arm: timer_add(): a timer for the queue, expected VTICK_TIMER_MATCH_ONLY: the "
		  "policy keeps the queue itself" },
		{ move_in_queue, looks,
		  "arm: timer_add(): a timer of vp 0 that is in no queue of lp "
		  "0, expected one that timer_add() put there and that did "
		  "not move" },
		{ has_a_look, fire_kind,
		  "queue_run: queue_fire(): kind 3, expected one of enum vtick_queued" },
		{ has_a_look, fire_vp, "queue_run: queue_fire(): vp 1, expected below 1" },
		{ has_a_look, fire_lp, "queue_run: queue_fire(): lp 2, expected below 2" },
		{ has_a_look, fire_slice,
		  "queue_run: queue_fire(): the slice of vp 0, which is in no queue" },
	};
	struct vtick_policy policy = { .open = keeps };
	char why[200];

	for (size_t i = 0; i < sizeof(c) / sizeof(*c); i++) {
		policy.arm = c[i].arm;
		policy.queue_run = c[i].queue_run;
		snprintf(why, sizeof(why), "in %s", c[i].why);
		ends(&policy, ENGINE_MISUSED, why);
		cr_assert_str_eq(scripted.log, "");
	}
	policy.queue_run = NULL;
	ends(&policy, ENGINE_MISUSED,
	     "in open: keep_queue(): the policy has no queue_run, expected one");
}

/* A timer's memory is the policy's, and must not be used for anything else while it is active. */
Test(host, a_timer_that_is_written_to)
{
	static const char why[] =
	    "a timer in the queue of lp 1 was written to, freed or moved while it was active";
	struct vtick_policy policy = { .open = start, .arm = bad_reuse };

	ends(&policy, ENGINE_MISUSED, why);
	policy.arm = bad_reuse_match;
	ends(&policy, ENGINE_MISUSED, why);
}

/* ---- state, parameters, conversions ---- */

struct cell_state {
	uint64_t first;
	struct vtick_timer timer[2];
	uint64_t last;
};

struct cell_params {
	uint64_t number, choice, time, far;
};

static const struct vtick_param cell_params[] = {
	{ "time", VTICK_NS, offsetof(struct cell_params, time), "1", NULL, NULL },
	{ "far", VTICK_NS, offsetof(struct cell_params, far), "1", NULL, NULL },
	{ "number", VTICK_NUMBER, offsetof(struct cell_params, number), "1", NULL, NULL },
	{ "choice", VTICK_CHOICE, offsetof(struct cell_params, choice), "a", "a|b", NULL },
	{ 0 },
};

static int look_at_state(struct vtick_host *h)
{
	const struct cell_params *p = vtick_params(h);
	struct cell_state *s = vtick_state(h), *vp = vtick_vp(h, 2), *lp = vtick_lp(h, 1);

	cr_assert_eq(vp->timer[0].vp, 2);
	cr_assert_eq(vp->timer[1].vp, 2);

	cr_assert_eq(s->first + s->last + vp->first + vp->last + lp->first + lp->last, 0);
	cr_assert_eq(vp - (struct cell_state *)vtick_vp(h, 0), 2);
	cr_assert_eq(p->time, 2, "2.4 ticks");
	cr_assert_eq(p->far, (UINT64_C(1) << 60) - 1);
	cr_assert_eq(p->number, UINT64_MAX);
	cr_assert_eq(p->choice, 1);
	cr_assert_eq(h->ticks(h, 10), 24);
	cr_assert_eq(h->ns(h, 25), 10);
	cr_assert_eq(h->ns(h, UINT64_MAX), (UINT64_C(1) << 60) - 1);
	s->last = vp->last = lp->last = UINT64_MAX;
	return 0;
}

Test(host, state_and_parameters)
{
	static const struct vtick_policy policy = { .open = look_at_state,
						    .params = cell_params,
						    .params_size = sizeof(struct cell_params),
						    .state_size = sizeof(struct cell_state),
						    .vp_size = sizeof(struct cell_state),
						    .timer_offset =
							offsetof(struct cell_state, timer),
						    .timers = 2,
						    .lp_size = sizeof(struct cell_state) };
	const uint64_t value[] = { 1, UINT64_MAX, UINT64_MAX, 1 };
	const struct engine_options options = { 0 };
	struct trace_meta meta;
	struct engine *e;

	trace_meta_init(&meta);
	meta.clock_hz = 2400000000;
	meta.lps = 2;
	for (uint32_t vp = 0; vp < 3; vp++)
		trace_meta_add_vp(&meta, vp, 0, NULL);
	e = engine_new(&meta, &policy, value, &options, "state", NULL);
	cr_assert_eq(engine_end(e)->kind, ENGINE_RUNS);
	engine_free(e);
	trace_meta_free(&meta);
}
