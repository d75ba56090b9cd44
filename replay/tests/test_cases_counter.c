/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Named cases: guests that set their counter while they or others are armed.
 * Their numbers were found with RULES.md, whose sections the comments name, and a pencil.
 */
#include <criterion/criterion.h>

#include "replay/tests/reference_case.h"

/* ---- guests that set their counter ---- */

Test(cases, counter_forward_by_another_vp)
{
	const struct trace_event ev[] = { in(0, 0, 0),
					  arm(10, 0, TRACE_TSC_DEADLINE, 1000),
					  out(20, 0, TRACE_BLOCK),
					  in(30, 1, 0),
					  counter(30, 1, 530),
					  out(1050, 1, TRACE_PREEMPT),
					  in(1100, 0, 0),
					  stop(2000) };
	/*
	 * The machine's ITC is 500 ahead (7): VP 0's deadline matches at 500, an early tick by 500
	 * (4), and its clock is 500 off when it runs again. The wake-up is served before it is due.
	 * Writes: in, ARM, in, COUNTER, after the interrupt, in.
	 */
	const struct expected pass[] = { { "ticks.due", 1 },
					 { "ticks.delivered", 1 },
					 { "ticks.early", 1 },
					 { "firing_skew_ns.pend.max", -500 },
					 { "firing_skew_ns.policy.max", 0 },
					 { "firing_skew_ns.delivery.max", 100 },
					 { "guest_clock_error_ns", 500 },
					 { "hv_clock_error_ns", 500 },
					 { "timer_interrupts.total", 1 },
					 { "timer_interrupts.lp_busy", 1 },
					 { "wakeups.on_time", 1 },
					 { "hardware_writes", 6 },
					 { NULL, 0 } };
	/* An offset of its own: nobody else notices. */
	const struct expected virt[] = { { "ticks.delivered", 1 },
					 { "ticks.early", 0 },
					 { "firing_skew_ns.pend.max", 0 },
					 { "firing_skew_ns.delivery.max", 100 },
					 { "guest_clock_error_ns", 0 },
					 { "hv_clock_error_ns", 0 },
					 { "timer_interrupts.total", 1 },
					 { "wakeups.on_time", 1 },
					 { NULL, 0 } };

	check_case(1, 2, ev, &nearest, pass);
	check_case(1, 2, ev, &keep, virt);
}

Test(cases, counter_back_by_another_vp)
{
	const struct trace_event ev[] = { in(0, 0, 0),
					  arm(10, 0, TRACE_TSC_DEADLINE, 1000),
					  out(20, 0, TRACE_BLOCK),
					  in(30, 1, 0),
					  counter(530, 1, 130),
					  out(1500, 1, TRACE_PREEMPT),
					  in(1500, 0, 0),
					  stop(2000) };
	/* 400 behind: VP 0's deadline matches at 1400, a late wake-up. */
	const struct expected pass[] = { { "ticks.delivered", 1 },
					 { "ticks.early", 0 },
					 { "firing_skew_ns.pend.max", 400 },
					 { "firing_skew_ns.policy.max", 0 },
					 { "firing_skew_ns.delivery.max", 500 },
					 { "guest_clock_error_ns", 400 },
					 { "hv_clock_error_ns", 400 },
					 { "wakeups.late", 1 },
					 { NULL, 0 } };
	const struct expected virt[] = { { "ticks.delivered", 1 },
					 { "firing_skew_ns.pend.max", 0 },
					 { "firing_skew_ns.delivery.max", 500 },
					 { "guest_clock_error_ns", 0 },
					 { "hv_clock_error_ns", 0 },
					 { "wakeups.on_time", 1 },
					 { NULL, 0 } };

	check_case(1, 2, ev, &nearest, pass);
	check_case(1, 2, ev, &keep, virt);
}

Test(cases, counter_forward_by_itself)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm(10, 0, TRACE_TSC_DEADLINE, 1000),
					  counter(100, 0, 600), stop(2000) };
	/* Truly due at 1000 - 500. Pass-through keeps the interval, so that it fires at 1000 (7).
	 */
	const struct expected pass[] = { { "ticks.due", 1 },
					 { "firing_skew_ns.pend.max", 500 },
					 { "guest_clock_error_ns", 0 },
					 { "hv_clock_error_ns", 500 },
					 { NULL, 0 } };
	const struct expected virt[] = { { "ticks.due", 1 },
					 { "firing_skew_ns.pend.max", 0 },
					 { "ac_timer_list.adds", 2 },
					 { "ac_timer_list.removes", 1 },
					 { "hv_clock_error_ns", 0 },
					 { "timer_interrupts.total", 1 },
					 { NULL, 0 } };

	check_case(1, 1, ev, &nearest, pass);
	check_case(1, 1, ev, &keep, virt);
}

Test(cases, counter_back_by_itself)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm(10, 0, TRACE_TSC_DEADLINE, 1000),
					  counter(100, 0, 50), stop(2000) };
	/* Truly due at 1050. */
	const struct expected pass[] = { { "ticks.due", 1 },
					 { "ticks.early", 1 },
					 { "arms.reached", 1 },
					 { "firing_skew_ns.pend.max", -50 },
					 { NULL, 0 } };
	const struct expected virt[] = { { "ticks.due", 1 },
					 { "ticks.early", 0 },
					 { "firing_skew_ns.pend.max", 0 },
					 { NULL, 0 } };

	check_case(1, 1, ev, &nearest, pass);
	check_case(1, 1, ev, &keep, virt);
}

Test(cases, counter_past_the_deadline)
{
	const struct trace_event itm[] = { in(0, 0, 0), arm(10, 0, TRACE_ITM, 1000),
					   counter(100, 0, 2000), stop(3000) };
	const struct trace_event tsc[] = { in(0, 0, 0), arm(10, 0, TRACE_TSC_DEADLINE, 1000),
					   counter(100, 0, 2000), stop(3000) };
	/* The ITM was jumped over and is dead (1). */
	const struct expected dead[] = { { "ticks.due", 0 },
					 { "timer_interrupts.total", 0 },
					 { NULL, 0 } };
	/* A TSC deadline fires at once, due at the write. */
	const struct expected fires[] = { { "ticks.due", 1 },
					  { "ticks.delivered", 1 },
					  { "firing_skew_ns.pend.max", 0 },
					  { "timer_interrupts.total", 0 },
					  { NULL, 0 } };
	/*
	 * Pass-through fires at 1000 by the old interval. Of the ITM, which is dead, that is a tick
	 * of its own, due at the ARM (4): 990 late. The TSC deadline was due at 100: 900 late.
	 */
	const struct expected own[] = { { "ticks.due", 1 },
					{ "firing_skew_ns.pend.max", 990 },
					{ NULL, 0 } };
	const struct expected late[] = { { "ticks.due", 1 },
					 { "firing_skew_ns.pend.max", 900 },
					 { NULL, 0 } };

	check_case(1, 1, itm, &keep, dead);
	check_case(1, 1, tsc, &keep, fires);
	check_case(1, 1, itm, &nearest, own);
	check_case(1, 1, tsc, &nearest, late);
}

Test(cases, counter_past_many_periods)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm_periodic(10, 0, 100, 100),
					  counter(50, 0, 450), stop(120) };
	/* 100, 200, 300, 400 are reached at once; 500 comes 50 later (1). One delivery for the four
	 * (4). */
	const struct expected virt[] = { { "ticks.due", 5 },
					 { "ticks.delivered", 2 },
					 { "ticks.coalesced", 3 },
					 { "firing_skew_ns.pend.sum", 0 },
					 { "arms.reached", 1 },
					 { "timer_interrupts.total", 1 },
					 { NULL, 0 } };

	check_case(1, 1, ev, &keep, virt);
}

Test(cases, deadline_before_counter)
{
	const struct trace_event ev[] = { in(100, 0, 0), arm(100, 0, TRACE_ITM, 50),
					  counter(110, 0, 0), stop(300) };
	/* A guest that writes ITM first and then ITC: at the write it lay in the past, and that
	 * decides (1).
	 */
	const struct expected want[] = { { "ticks.due", 0 },
					 { "arms.reached", 0 },
					 { "timer_interrupts.total", 0 },
					 { NULL, 0 } };

	check_case(1, 1, ev, &nearest, want);
	check_case(1, 1, ev, &keep, want);
}
