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

static int start(struct vtick_host *h, const struct vtick_args *args, void **state)
{
	uint32_t i;

	(void)h;
	(void)args;
	memset(&scripted, 0, sizeof(scripted));
	for (i = 0; i < 4; i++)
		scripted.timer[i].vp = i;
	*state = &scripted;
	return 0;
}

static int refuse(struct vtick_host *h, const struct vtick_args *args, void **state)
{
	(void)h;
	(void)args;
	(void)state;
	return -1;
}

static void log_irq(void *state, struct vtick_host *h, uint32_t lp)
{
	(void)state;
	note("irq %" PRIu32 " at %" PRIu64 "; ", lp, h->now);
}

static void log_due(void *state, struct vtick_host *h, struct vtick_timer *timer)
{
	(void)state;
	note("due %" PRIu32 " at %" PRIu64 "; ", timer->vp, h->now);
}

static void log_mask(void *state, struct vtick_host *h, uint32_t vp, int masked, uint32_t vector)
{
	(void)state;
	(void)vp;
	(void)masked;
	(void)vector;
	note("mask at %" PRIu64 "; ", h->now);
}

static void log_reprogram(void *state, struct vtick_host *h, uint32_t lp, uint64_t next)
{
	(void)state;
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
	const struct vtick_args args = { 0 };
	struct trace_meta meta;
	struct engine *e;
	json_t *result;
	size_t n = 0;

	trace_meta_init(&meta);
	meta.clock_hz = 1000000000;
	meta.lps = lps;
	trace_meta_add_vp(&meta, 0, 0, NULL);
	trace_meta_add_vp(&meta, 1, 0, NULL);
	while (ev[n].type != TRACE_TYPES)
		n++;
	meta.end = ev[n].time;
	e = engine_new(&meta, policy, &args, &options, "scripted", NULL);
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

/* ---- matches ---- */

static void match_in_the_past(void *state, struct vtick_host *h, uint32_t vp,
			      const struct vtick_arm *arm)
{
	(void)state;
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

static void three_matches(void *state, struct vtick_host *h, uint32_t vp,
			  const struct vtick_arm *arm)
{
	(void)state;
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

static void timers_in_the_past(void *state, struct vtick_host *h, uint32_t vp,
			       const struct vtick_arm *arm)
{
	(void)state;
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

static void equal_timers(void *state, struct vtick_host *h, uint32_t vp,
			 const struct vtick_arm *arm)
{
	(void)state;
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

static void after_150(void *state, struct vtick_host *h, uint32_t vp, int masked, uint32_t vector)
{
	(void)state;
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

static void timer_at_the_deadline(void *state, struct vtick_host *h, uint32_t vp,
				  const struct vtick_arm *arm)
{
	(void)state;
	(void)vp;
	h->timer_add(h, &scripted.timer[0], 0, arm->deadline, 0);
}

static void wake_it(void *state, struct vtick_host *h, struct vtick_timer *timer)
{
	(void)state;
	h->wake(h, timer->vp);
}

static void pend_it(void *state, struct vtick_host *h, uint32_t vp, uint32_t lp)
{
	(void)state;
	(void)lp;
	if (h->now)
		h->pend(h, vp, 100);
}

static void wake_and_pend_it(void *state, struct vtick_host *h, uint32_t vp, uint32_t lp)
{
	h->wake(h, vp);
	pend_it(state, h, vp, lp);
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

static void free_write(void *state, struct vtick_host *h, uint32_t vp, const struct vtick_arm *arm)
{
	(void)state;
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

Test(host, policy_that_does_not_open)
{
	static const struct vtick_policy policy = { .open = refuse };
	const struct engine_options options = { 0 };
	const struct vtick_args args = { 0 };
	struct trace_meta meta;

	trace_meta_init(&meta);
	meta.clock_hz = 1000000000;
	meta.lps = 1;
	cr_assert_null(engine_new(&meta, &policy, &args, &options, "refuses", NULL));
	trace_meta_free(&meta);
}
