/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Named cases: the ac_timer list, and what went wrong in the history of Xen/ia64.
 * Their numbers were found with RULES.md, whose sections the comments name, and a pencil.
 */
#include <criterion/criterion.h>

#include "replay/tests/reference_case.h"

/* ---- the list ---- */

Test(cases, empty_list)
{
	const struct trace_event ev[] = { in(0, 0, 0), out(50, 0, TRACE_YIELD), stop(100) };
	const struct expected virt[] = {
		{ "timer_interrupts.total", 0 }, { "hardware_writes", 0 },
		{ "ac_timer_list.len_max", 0 },	 { "ac_timer_list.by_time_ns.0", 100 },
		{ "idle.longest_ns", 50 },	 { NULL, 0 }
	};
	/* The schedule-in disarms the match. */
	const struct expected pass[] = { { "timer_interrupts.total", 0 },
					 { "hardware_writes", 1 },
					 { NULL, 0 } };

	check_case(1, 1, ev, &keep, virt);
	check_case(1, 1, ev, &nearest, pass);
}

Test(cases, list_becomes_empty)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm(10, 0, TRACE_ITM, 1000), disarm(40, 0),
					  stop(100) };
	const struct expected virt[] = { { "timer_interrupts.total", 0 },
					 { "hardware_writes", 2 },
					 { "arms.cancelled", 1 },
					 { "ac_timer_list.len_max", 1 },
					 { "ac_timer_list.len_mean_milli", 300 },
					 { "ac_timer_list.guest_len_mean_milli", 300 },
					 { "ac_timer_list.by_time_ns.0", 70 },
					 { "ac_timer_list.by_time_ns.1", 30 },
					 { NULL, 0 } };

	check_case(1, 1, ev, &keep, virt);
}

Test(cases, two_vps_one_deadline_one_lp)
{
	const struct trace_event ev[] = {
		in(0, 0, 0),  arm(10, 0, TRACE_ITM, 100), out(20, 0, TRACE_BLOCK),
		in(20, 1, 0), arm(30, 1, TRACE_ITM, 100), stop(200)
	};
	/* One interrupt serves both (3). */
	const struct expected want[] = { { "timer_interrupts.total", 1 },
					 { "timer_interrupts.guest", 1 },
					 { "timer_interrupts.expiries_max", 2 },
					 { "ticks.due", 2 },
					 { "ticks.delivered", 1 },
					 { "ticks.pending_at_end", 1 },
					 { "per_domain.0.wakeups.on_time", 1 },
					 { "per_domain.1.ticks.delivered", 1 },
					 { "per_domain.1.pend_ns.max", 0 },
					 { "per_domain.0.pend_ns.max", EXPECT_NULL },
					 { NULL, 0 } };
	const struct expected list[] = { { "ac_timer_list.len_max", 2 },
					 { "ac_timer_list.guest_len_max", 2 },
					 { NULL, 0 } };

	check_case(1, 2, ev, &nearest, want);
	check_case(1, 2, ev, &keep, want);
	check_case(1, 2, ev, &keep, list);
}

Test(cases, two_vps_one_deadline_two_lps)
{
	const struct trace_event ev[] = { in(0, 0, 0), in(0, 1, 1), arm(10, 0, TRACE_ITM, 100),
					  arm(10, 1, TRACE_ITM, 100), stop(200) };
	const struct expected want[] = {
		{ "timer_interrupts.total", 2 },	  { "timer_interrupts.per_lp.0.guest", 1 },
		{ "timer_interrupts.per_lp.1.guest", 1 }, { "ticks.delivered", 2 },
		{ "timer_interrupts.expiries_max", 1 },	  { NULL, 0 }
	};

	check_case(2, 2, ev, &nearest, want);
	check_case(2, 2, ev, &keep, want);
}

/* ---- what went wrong in the history of Xen/ia64 ---- */

Test(cases, tick_does_not_overwrite_a_nearer_guest)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm(10, 0, TRACE_ITM, 150), stop(200) };
	const struct reference_params params[] = { with_tick(nearest, 10000000),
						   with_tick(current, 10000000),
						   with_tick(keep, 10000000) };
	/* Ticks at 100 and 200; after the first the match goes to the guest's 150. */
	const struct expected want[] = { { "timer_interrupts.total", 3 },
					 { "timer_interrupts.hypervisor", 2 },
					 { "timer_interrupts.guest", 1 },
					 { "firing_skew_ns.pend.max", 0 },
					 { NULL, 0 } };
	size_t i;

	for (i = 0; i < 3; i++)
		check_case(1, 1, ev, &params[i], want);
}

Test(cases, guest_does_not_overwrite_a_nearer_tick)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm(10, 0, TRACE_ITM, 150), disarm(20, 0),
					  stop(300) };
	const struct reference_params params[] = { with_tick(nearest, 10000000),
						   with_tick(nearest_none, 10000000),
						   with_tick(keep, 10000000) };
	const struct expected want[] = { { "timer_interrupts.total", 3 },
					 { "timer_interrupts.hypervisor", 3 },
					 { NULL, 0 } };
	size_t i;

	for (i = 0; i < 3; i++)
		check_case(1, 1, ev, &params[i], want);
}

Test(cases, interrupt_without_a_write_of_the_guest)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm(10, 0, TRACE_ITM, 50), stop(300) };
	const struct reference_params params[] = { with_tick(nearest, 10000000),
						   with_tick(nearest_none, 10000000),
						   with_tick(current, 10000000) };
	/* The guest never writes again after 50, the machine's timer goes on: 100, 200, 300. */
	const struct expected want[] = { { "timer_interrupts.total", 4 },
					 { "timer_interrupts.guest", 1 },
					 { "timer_interrupts.hypervisor", 3 },
					 { NULL, 0 } };
	size_t i;

	for (i = 0; i < 3; i++)
		check_case(1, 1, ev, &params[i], want);
}

Test(cases, several_writes_in_one_handler)
{
	const struct trace_event ev[] = { in(0, 0, 0),
					  arm(50, 0, TRACE_ITM, 60),
					  arm(50, 0, TRACE_ITM, 40),
					  arm(50, 0, TRACE_ITM, 100),
					  arm(50, 0, TRACE_ITM, 200),
					  stop(300) };
	/* Only the last counts; the one in the past changes nothing. */
	const struct expected want[] = { { "arms.total", 4 },
					 { "arms.replaced", 3 },
					 { "arms.reached", 1 },
					 { "ticks.due", 1 },
					 { "timer_interrupts.total", 1 },
					 { "firing_skew_ns.pend.max", 0 },
					 { NULL, 0 } };

	check_case(1, 1, ev, &nearest, want);
	check_case(1, 1, ev, &current, want);
	check_case(1, 1, ev, &keep, want);
}

Test(cases, deadline_that_means_never)
{
	const struct trace_event ev[] = { in(0, 0, 0),
					  arm(10, 0, TRACE_TSC_DEADLINE, TRACE_TICK_LIMIT - 1),
					  out(20, 0, TRACE_BLOCK), in(30, 0, 0), stop(100) };
	/* In no counter's reach: it neither fires nor wraps around to now. */
	const struct expected want[] = { { "ticks.due", 0 },
					 { "arms.reached", 0 },
					 { "timer_interrupts.total", 0 },
					 { "wakeups.due", 0 },
					 { NULL, 0 } };

	check_case(1, 1, ev, &nearest, want);
	check_case(1, 1, ev, &keep, want);
	check_case(1, 1, ev, &removed, want);
}

Test(cases, slice_that_expires)
{
	const struct trace_event ev[] = { in(0, 0, 0), out(300, 0, TRACE_PREEMPT), in(300, 1, 0),
					  out(350, 1, TRACE_PREEMPT), stop(400) };
	struct reference_params params = keep;
	/* VP 0's slice costs its interrupt at 100 and is not there to be removed; VP 1's is removed
	 * (3). */
	const struct expected want[] = {
		{ "timer_interrupts.total", 1 }, { "timer_interrupts.hypervisor", 1 },
		{ "ac_timer_list.adds", 2 },	 { "ac_timer_list.fires", 1 },
		{ "ac_timer_list.removes", 1 },	 { "ac_timer_list.guest_len_max", 0 },
		{ "hardware_writes", 4 },	 { NULL, 0 }
	};

	params.hv_slice_ns = 100;
	check_case(1, 2, ev, &params, want);
}

Test(cases, offline_disarms)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm(10, 0, TRACE_ITM, 100),
					  out(50, 0, TRACE_OFFLINE), in(60, 0, 0), stop(200) };
	const struct expected want[] = { { "ticks.due", 0 },
					 { "arms.cancelled", 1 },
					 { "timer_interrupts.total", 0 },
					 { "exits.arm", 1 },
					 { NULL, 0 } };

	check_case(1, 1, ev, &nearest, want);
	check_case(1, 1, ev, &current, want);
	check_case(1, 1, ev, &keep, want);
	check_case(1, 1, ev, &kept, want);
}
