/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Named cases: VPs that stop, block, move and start again, those that never run, and LPs without
 * any. Their numbers were found with RULES.md, whose sections the comments name, and a pencil.
 */
#include <criterion/criterion.h>

#include "replay/tests/reference_case.h"

/* ---- expiry exactly at a switch ---- */

Test(cases, expiry_at_schedule_out)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm(10, 0, TRACE_ITM, 100),
					  out(100, 0, TRACE_PREEMPT), stop(200) };
	/* The interrupt comes first and hits the running VP (2). */
	const struct expected want[] = { { "ticks.due", 1 },
					 { "ticks.delivered", 1 },
					 { "exits.fire", 1 },
					 { "timer_interrupts.lp_busy", 1 },
					 { "firing_skew_ns.delivery.max", 0 },
					 { NULL, 0 } };

	check_case(1, 1, ev, &nearest, want);
	check_case(1, 1, ev, &current, want);
	check_case(1, 1, ev, &keep, want);
}

Test(cases, expiry_at_schedule_in)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm(10, 0, TRACE_ITM, 100),
					  out(50, 0, TRACE_PREEMPT), in(100, 0, 0), stop(200) };
	/* pass-through: the idle LP's interrupt at 100 pends it, the schedule-in delivers. */
	const struct expected pass[] = { { "ticks.delivered", 1 },
					 { "timer_interrupts.total", 1 },
					 { "timer_interrupts.guest", 1 },
					 { "timer_interrupts.lp_idle", 1 },
					 { "firing_skew_ns.pend.max", 0 },
					 { "firing_skew_ns.policy.max", 0 },
					 { "firing_skew_ns.delivery.max", 0 },
					 { NULL, 0 } };
	/* scope=current: nobody runs there, so that interrupt finds nothing; the schedule-in pends.
	 */
	const struct expected spurious[] = { { "ticks.delivered", 1 },
					     { "timer_interrupts.total", 1 },
					     { "timer_interrupts.spurious", 1 },
					     { "firing_skew_ns.pend.max", 0 },
					     { NULL, 0 } };
	/* virtual: off the list at 50, due meanwhile: pended in the schedule-in. */
	const struct expected virt[] = { { "ticks.delivered", 1 },
					 { "timer_interrupts.total", 0 },
					 { "firing_skew_ns.pend.max", 0 },
					 { "firing_skew_ns.policy.max", 0 },
					 { NULL, 0 } };

	check_case(1, 1, ev, &nearest, pass);
	check_case(1, 1, ev, &current, spurious);
	check_case(1, 1, ev, &keep, virt);
}

/* ---- migrate while armed ---- */

Test(cases, migrate_while_armed)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm(10, 0, TRACE_ITM, 100),
					  out(50, 0, TRACE_PREEMPT), in(60, 0, 1), stop(200) };
	/* The LP that it left is not told: its match fires for nothing (7). */
	const struct expected pass[] = { { "timer_interrupts.total", 2 },
					 { "timer_interrupts.per_lp.0.spurious", 1 },
					 { "timer_interrupts.per_lp.0.lp_idle", 1 },
					 { "timer_interrupts.per_lp.1.guest", 1 },
					 { "ticks.delivered", 1 },
					 { "firing_skew_ns.pend.max", 0 },
					 { NULL, 0 } };
	/* switch=none: nobody sets the new LP's match, and it has no interrupt of its own. */
	const struct expected lost[] = { { "timer_interrupts.total", 1 },
					 { "timer_interrupts.per_lp.0.spurious", 1 },
					 { "ticks.delivered", 0 },
					 { "ticks.pending_at_end", 1 },
					 { NULL, 0 } };
	/* virtual: off one list, on the other. */
	const struct expected virt[] = { { "timer_interrupts.total", 1 },
					 { "timer_interrupts.per_lp.1.guest", 1 },
					 { "ac_timer_list.adds", 2 },
					 { "ac_timer_list.removes", 1 },
					 { "ac_timer_list.fires", 1 },
					 { "ac_timer_list.moves", 1 },
					 { "ac_timer_list.guest_len_max", 1 },
					 { "ticks.delivered", 1 },
					 { NULL, 0 } };

	check_case(2, 1, ev, &nearest, pass);
	check_case(2, 1, ev, &nearest_none, lost);
	check_case(2, 1, ev, &keep, virt);
	/* Kept on the list at 50 it makes the same way at 60. */
	check_case(2, 1, ev, &kept, virt);
}

/* ---- a blocked VP ---- */

Test(cases, blocked_and_woken_by_its_timer)
{
	const struct trace_event ev[] = { in(0, 0, 0),
					  arm(10, 0, TRACE_TSC_DEADLINE, 100),
					  out(20, 0, TRACE_BLOCK),
					  wake(110, 0),
					  in(120, 0, 0),
					  stop(200) };
	const struct expected on_time[] = { { "wakeups.due", 1 },
					    { "wakeups.on_time", 1 },
					    { "wakeups.lost", 0 },
					    { "causality_breaks", 0 },
					    { "timer_interrupts.total", 1 },
					    { "idle.wakeups", 1 },
					    { "firing_skew_ns.pend.max", 0 },
					    { "firing_skew_ns.policy.max", 0 },
					    { "firing_skew_ns.delivery.max", 20 },
					    { NULL, 0 } };
	/*
	 * The letter of the mail: without its timer nothing wakes it; only the recording's
	 * schedule-in pends, and the recorded WAKE came before that (6).
	 */
	const struct expected lost[] = { { "wakeups.due", 1 },
					 { "wakeups.on_time", 0 },
					 { "wakeups.lost", 1 },
					 { "causality_breaks", 1 },
					 { "timer_interrupts.total", 0 },
					 { "ticks.delivered", 1 },
					 { "firing_skew_ns.pend.max", 20 },
					 { "firing_skew_ns.policy.max", 0 },
					 { NULL, 0 } };
	/* scope=current looks at nobody on an idle LP: likewise, with an interrupt for nothing. */
	const struct expected spurious[] = { { "wakeups.lost", 1 },
					     { "causality_breaks", 1 },
					     { "timer_interrupts.spurious", 1 },
					     { NULL, 0 } };

	check_case(1, 1, ev, &nearest, on_time);
	check_case(1, 1, ev, &keep, on_time);
	check_case(1, 1, ev, &kept, on_time);
	check_case(1, 1, ev, &removed, lost);
	check_case(1, 1, ev, &current, spurious);
}

Test(cases, blocked_to_the_end)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm(10, 0, TRACE_ITM, 100),
					  out(20, 0, TRACE_BLOCK), stop(200) };
	const struct expected served[] = { { "wakeups.due", 1 },
					   { "wakeups.on_time", 1 },
					   { "ticks.pending_at_end", 1 },
					   { "firing_skew_ns.pend.count", 0 },
					   { "firing_skew_ns.pend.max", EXPECT_NULL },
					   { NULL, 0 } };
	const struct expected open[] = { { "wakeups.due", 1 },
					 { "wakeups.open", 1 },
					 { "ticks.pending_at_end", 1 },
					 { "causality_breaks", 0 },
					 { NULL, 0 } };

	check_case(1, 1, ev, &nearest, served);
	check_case(1, 1, ev, &keep, served);
	check_case(1, 1, ev, &removed, open);
}

Test(cases, blocked_timer_stays_where_it_is)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm(10, 0, TRACE_ITM, 100),
					  out(20, 0, TRACE_BLOCK), in(50, 0, 0), stop(200) };
	/* Kept over the block, not due, the same LP: no operation at the schedule-in (8). */
	const struct expected want[] = {
		{ "ac_timer_list.adds", 1 },  { "ac_timer_list.removes", 0 },
		{ "ac_timer_list.fires", 1 }, { "hardware_writes", 2 },
		{ "wakeups.due", 0 },	      { NULL, 0 }
	};

	check_case(1, 1, ev, &keep, want);
}

/* ---- periodic ---- */

Test(cases, periodic_over_a_long_deschedule)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm_periodic(10, 0, 100, 100),
					  out(150, 0, TRACE_PREEMPT), in(1050, 0, 0), stop(1150) };
	/*
	 * 100 and 1100 while it runs, 200 to 1000 while it does not: one delivery for those nine,
	 * at 1050. virtual is off the list meanwhile and pends at the schedule-in: 850 after the
	 * oldest, none of it the policy's fault.
	 */
	const struct expected virt[] = { { "ticks.due", 11 },
					 { "ticks.delivered", 3 },
					 { "ticks.coalesced", 8 },
					 { "timer_interrupts.total", 2 },
					 { "firing_skew_ns.pend.max", 850 },
					 { "firing_skew_ns.policy.max", 0 },
					 { "firing_skew_ns.delivery.sum", 850 },
					 { NULL, 0 } };
	/* The others take an interrupt for each. */
	const struct expected each[] = { { "ticks.due", 11 },
					 { "ticks.delivered", 3 },
					 { "ticks.coalesced", 8 },
					 { "timer_interrupts.total", 11 },
					 { "timer_interrupts.lp_idle", 9 },
					 { "firing_skew_ns.pend.max", 0 },
					 { "firing_skew_ns.delivery.max", 850 },
					 { "idle.longest_ns", 100 },
					 { NULL, 0 } };

	check_case(1, 1, ev, &keep, virt);
	check_case(1, 1, ev, &kept, each);
	check_case(1, 1, ev, &nearest, each);
}

Test(cases, short_period)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm_periodic(0, 0, 1, 1), stop(100) };
	/* A period of one tick of the counter: one interrupt for each. */
	const struct expected exact[] = { { "ticks.due", 100 },
					  { "timer_interrupts.total", 100 },
					  { NULL, 0 } };
	/*
	 * Under a slop of 10 the match comes every 10: at 10, the oldest of 1 to 10 is 9 late, at
	 * 20 that of 11 to 20, ... 100.
	 */
	const struct reference_params slow = with_slop(keep, 10);
	const struct expected slop[] = { { "ticks.due", 100 },
					 { "ticks.delivered", 10 },
					 { "ticks.coalesced", 90 },
					 { "timer_interrupts.total", 10 },
					 { "firing_skew_ns.pend.p50", 9 },
					 { "firing_skew_ns.pend.sum", 90 },
					 { NULL, 0 } };

	check_case(1, 1, ev, &nearest, exact);
	check_case(1, 1, ev, &keep, exact);
	check_case(1, 1, ev, &slow, slop);
}

/* ---- LPs and VPs that do nothing ---- */

Test(cases, lp_without_a_vp)
{
	const struct trace_event ev[] = { in(0, 0, 0), stop(1000) };
	const struct reference_params params[] = { with_tick(nearest, 10000000),
						   with_tick(keep, 10000000) };
	/* Ticks at 100, 200, ... 1000 on both LPs; each ends an idle stretch of LP 1. */
	const struct expected want[] = { { "timer_interrupts.total", 20 },
					 { "timer_interrupts.hypervisor", 20 },
					 { "timer_interrupts.per_lp.0.lp_busy", 10 },
					 { "timer_interrupts.per_lp.1.lp_idle", 10 },
					 { "exits.fire", 10 },
					 { "idle.wakeups", 10 },
					 { "idle.longest_ns", 100 },
					 { "idle.histogram.100", 10 },
					 { "ac_timer_list.per_lp.1.len_mean_milli", 1000 },
					 { "ac_timer_list.len_max", 1 },
					 { "ac_timer_list.guest_len_max", 0 },
					 { NULL, 0 } };

	check_case(2, 1, ev, &params[0], want);
	check_case(2, 1, ev, &params[1], want);
}

Test(cases, vp_that_never_runs)
{
	const struct trace_event ev[] = { in(0, 0, 0),		wake(10, 1),
					  counter(20, 1, 5000), arm(30, 0, TRACE_ITM, 100),
					  wake(50, 1),		stop(200) };
	/* Its counter has no machine ITC to write (7), but the write is an exit (5). */
	const struct expected want[] = { { "ticks.due", 1 },
					 { "ticks.delivered", 1 },
					 { "per_domain.1.vps", 1 },
					 { "per_domain.1.ticks.due", 0 },
					 { "per_domain.1.wakeups.due", 0 },
					 { "exits.arm", 2 },
					 { "guest_clock_error_ns", 0 },
					 { "hv_clock_error_ns", 0 },
					 { NULL, 0 } };

	check_case(1, 2, ev, &nearest, want);
	check_case(1, 2, ev, &current, want);
	check_case(1, 2, ev, &keep, want);
}

Test(cases, nothing_at_all)
{
	const struct trace_event ev[] = { stop(0) };
	const struct expected want[] = { { "timer_interrupts.total", 0 },
					 { "ac_timer_list.len_mean_milli", 0 },
					 { "idle.longest_ns", 0 },
					 { "observed", EXPECT_NULL },
					 { "firing_skew_ns.delivery.p999", EXPECT_NULL },
					 { NULL, 0 } };

	check_case(1, 1, ev, &nearest, want);
	check_case(1, 1, ev, &keep, want);
}
