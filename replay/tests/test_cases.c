/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Named cases: what a guest writes, and when: the same value, the past, before, at and after a
 * deadline, masks. Their numbers were found with RULES.md, whose sections the comments name, and a
 * pencil.
 */
#include <criterion/criterion.h>

#include "replay/tests/reference_case.h"

/* ---- ITM equal to the previous value ---- */

Test(cases, same_value_before_it_is_due)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm(10, 0, TRACE_ITM, 100),
					  arm(20, 0, TRACE_ITM, 100), stop(200) };
	/* One deadline: the second write replaces the first (1), and it fires once. */
	const struct expected want[] = { { "arms.total", 2 },
					 { "arms.replaced", 1 },
					 { "arms.reached", 1 },
					 { "ticks.due", 1 },
					 { "ticks.delivered", 1 },
					 { "timer_interrupts.total", 1 },
					 { "firing_skew_ns.pend.sum", 0 },
					 { NULL, 0 } };

	check_case(1, 1, ev, &nearest, want);
	check_case(1, 1, ev, &current, want);
	check_case(1, 1, ev, &keep, want);
}

Test(cases, same_value_after_it_fired_itm)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm(10, 0, TRACE_ITM, 100),
					  arm(150, 0, TRACE_ITM, 100), stop(200) };
	/* An ITM in the past never matches (1): the second write stays open. */
	const struct expected want[] = {
		{ "arms.total", 2 }, { "arms.reached", 1 },	      { "arms.replaced", 0 },
		{ "ticks.due", 1 },  { "timer_interrupts.total", 1 }, { NULL, 0 }
	};
	/*
	 * scope=current keeps it armed, so that the tick at 200 finds it; but it is the deadline
	 * that was pended last (7). Interrupts: the tick at 100 (`both`, with the guest's), the one
	 * at 200.
	 */
	const struct reference_params ticking = with_tick(current, 10000000);
	const struct expected last[] = { { "ticks.due", 1 },
					 { "ticks.delivered", 1 },
					 { "timer_interrupts.total", 2 },
					 { "timer_interrupts.both", 1 },
					 { "timer_interrupts.hypervisor", 1 },
					 { NULL, 0 } };

	check_case(1, 1, ev, &nearest, want);
	check_case(1, 1, ev, &keep, want);
	check_case(1, 1, ev, &ticking, last);
}

Test(cases, same_value_after_it_fired_tsc_deadline)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm(10, 0, TRACE_TSC_DEADLINE, 100),
					  arm(150, 0, TRACE_TSC_DEADLINE, 100), stop(200) };
	/* A TSC deadline in the past fires at once, without an interrupt (1). */
	const struct expected fires[] = { { "ticks.due", 2 },
					  { "ticks.delivered", 2 },
					  { "arms.reached", 2 },
					  { "timer_interrupts.total", 1 },
					  { NULL, 0 } };
	/* Pass-through takes it for the one it pended before (domain_itm_last, 7); it stays
	 * outstanding. */
	const struct expected swallowed[] = { { "ticks.due", 2 },
					      { "ticks.delivered", 1 },
					      { "ticks.pending_at_end", 1 },
					      { "timer_interrupts.total", 1 },
					      { NULL, 0 } };

	check_case(1, 1, ev, &keep, fires);
	check_case(1, 1, ev, &nearest, swallowed);
}

/* ---- a deadline in the past, for each device class ---- */

Test(cases, past_itm)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm(100, 0, TRACE_ITM, 50), disarm(150, 0),
					  stop(200) };
	/* Dead, whatever comes (1); open until the DISARM. */
	const struct expected want[] = {
		{ "arms.total", 1 }, { "arms.cancelled", 1 },	      { "arms.reached", 0 },
		{ "ticks.due", 0 },  { "timer_interrupts.total", 0 }, { NULL, 0 }
	};

	check_case(1, 1, ev, &nearest, want);
	check_case(1, 1, ev, &current, want);
	check_case(1, 1, ev, &keep, want);
}

Test(cases, past_itm_at_the_counter)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm(100, 0, TRACE_ITM, 100), stop(200) };
	/* "At or before": the counter has just passed it. */
	const struct expected want[] = { { "ticks.due", 0 },
					 { "timer_interrupts.total", 0 },
					 { NULL, 0 } };

	check_case(1, 1, ev, &nearest, want);
	check_case(1, 1, ev, &keep, want);
}

Test(cases, past_tsc_deadline_and_lapic)
{
	const enum trace_dev devs[] = { TRACE_TSC_DEADLINE, TRACE_LAPIC };
	/* At once, from the time of the write, without an interrupt (1, 4). */
	const struct expected want[] = { { "ticks.due", 1 },
					 { "ticks.delivered", 1 },
					 { "arms.reached", 1 },
					 { "timer_interrupts.total", 0 },
					 { "firing_skew_ns.pend.max", 0 },
					 { "firing_skew_ns.delivery.max", 0 },
					 { NULL, 0 } };
	size_t i;

	for (i = 0; i < 2; i++) {
		const struct trace_event ev[] = { in(0, 0, 0), arm(100, 0, devs[i], 50),
						  stop(200) };

		check_case(1, 1, ev, &nearest, want);
		check_case(1, 1, ev, &keep, want);
		check_case(1, 1, ev, &removed, want);
	}
}

Test(cases, past_lapic_periodic)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm_periodic(100, 0, 50, 30), stop(200) };
	/*
	 * At once, then the first 50 + 30k after 100: 110, 140, 170 and 200, which is the end and
	 * still runs (3). Pass-through writes the match at the schedule-in, the ARM and after 4
	 * interrupts.
	 */
	const struct expected pass[] = { { "ticks.due", 5 },
					 { "ticks.delivered", 5 },
					 { "timer_interrupts.total", 4 },
					 { "timer_interrupts.guest", 4 },
					 { "hardware_writes", 6 },
					 { "firing_skew_ns.pend.sum", 0 },
					 { NULL, 0 } };
	/* virtual: once for the new head, then after 4 interrupts; each puts the timer in again. */
	const struct expected virt[] = { { "ticks.due", 5 },
					 { "ticks.delivered", 5 },
					 { "hardware_writes", 5 },
					 { "timer_interrupts.total", 4 },
					 { "ac_timer_list.adds", 5 },
					 { "ac_timer_list.fires", 4 },
					 { "ac_timer_list.removes", 0 },
					 { NULL, 0 } };

	check_case(1, 1, ev, &nearest, pass);
	check_case(1, 1, ev, &keep, virt);
}

Test(cases, past_is_noticed_at_the_next_interrupt)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm(150, 0, TRACE_ITM, 50), stop(250) };
	/*
	 * The code of 2005 (scope=current, 7): the tick at 200 finds it, though it is an ITM. It is
	 * the policy's own tick, due at the time of the ARM (4).
	 */
	const struct reference_params ticking = with_tick(current, 10000000);
	const struct expected want[] = { { "ticks.due", 1 },
					 { "ticks.delivered", 1 },
					 { "arms.reached", 0 },
					 { "firing_skew_ns.pend.max", 50 },
					 { "firing_skew_ns.policy.max", 50 },
					 { "timer_interrupts.hypervisor", 1 },
					 { "timer_interrupts.both", 1 },
					 { NULL, 0 } };

	check_case(1, 1, ev, &ticking, want);
}

/* ---- re-arm before, at and after the deadline ---- */

Test(cases, rearm_before)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm(10, 0, TRACE_ITM, 100),
					  arm(50, 0, TRACE_ITM, 200), stop(300) };
	const struct expected want[] = { { "ticks.due", 1 },	    { "ticks.delivered", 1 },
					 { "arms.replaced", 1 },    { "timer_interrupts.total", 1 },
					 { "causality_breaks", 0 }, { NULL, 0 } };
	/* Replacing is one remove and one add; the match is set for 100, for 200 and after the
	 * interrupt. */
	const struct expected list[] = {
		{ "ac_timer_list.adds", 2 },  { "ac_timer_list.removes", 1 },
		{ "ac_timer_list.fires", 1 }, { "ac_timer_list.len_max", 1 },
		{ "hardware_writes", 3 },     { NULL, 0 }
	};

	check_case(1, 1, ev, &nearest, want);
	check_case(1, 1, ev, &keep, want);
	check_case(1, 1, ev, &keep, list);
}

Test(cases, rearm_at)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm(10, 0, TRACE_ITM, 100),
					  arm(100, 0, TRACE_ITM, 200), stop(400) };
	/* Interrupts come before events of their time (2): the first tick is delivered. */
	const struct expected want[] = { { "ticks.due", 2 },
					 { "ticks.delivered", 2 },
					 { "arms.replaced", 0 },
					 { "timer_interrupts.total", 2 },
					 { NULL, 0 } };
	/*
	 * With a slop of 200 the match that was set at 10 is 210: the deadline at 100 is reached,
	 * not pended, and missed by the write. The write then sets the match to max(200, 100 +
	 * 200).
	 */
	const struct reference_params late = with_slop(keep, 200);
	const struct expected missed[] = { { "ticks.due", 2 },
					   { "ticks.delivered", 1 },
					   { "ticks.missed", 1 },
					   { "causality_breaks", 1 },
					   { "arms.reached", 2 },
					   { "firing_skew_ns.pend.max", 100 },
					   { "timer_interrupts.total", 1 },
					   { NULL, 0 } };
	/* A guest's deadline knows no slop in pass-through (7). */
	const struct reference_params exact = with_slop(nearest, 200);

	check_case(1, 1, ev, &nearest, want);
	check_case(1, 1, ev, &keep, want);
	check_case(1, 1, ev, &late, missed);
	check_case(1, 1, ev, &exact, want);
}

Test(cases, rearm_after)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm(10, 0, TRACE_ITM, 100),
					  arm(150, 0, TRACE_ITM, 200), stop(300) };
	const struct expected want[] = { { "ticks.due", 2 },
					 { "ticks.delivered", 2 },
					 { "arms.reached", 2 },
					 { "timer_interrupts.total", 2 },
					 { "firing_skew_ns.pend.sum", 0 },
					 { NULL, 0 } };

	check_case(1, 1, ev, &nearest, want);
	check_case(1, 1, ev, &current, want);
	check_case(1, 1, ev, &keep, want);
}

/* ---- masks ---- */

Test(cases, mask_over_an_expiry)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm(10, 0, TRACE_TSC_DEADLINE, 100),
					  mask(50, 0, true), mask(150, 0, false), stop(300) };
	/* Discarded, a one-shot is spent (1); the ARM was reached. ARM and two MASKs are exits (5).
	 */
	const struct expected want[] = { { "ticks.due", 0 },
					 { "arms.reached", 1 },
					 { "timer_interrupts.total", 0 },
					 { "exits.arm", 3 },
					 { NULL, 0 } };
	/* virtual: the head comes, the head goes; nothing to unmask. */
	const struct expected virt[] = { { "hardware_writes", 2 },
					 { "ac_timer_list.removes", 1 },
					 { NULL, 0 } };
	/* pass-through: schedule-in, ARM, MASK, MASK. */
	const struct expected pass[] = { { "hardware_writes", 4 }, { NULL, 0 } };

	check_case(1, 1, ev, &nearest, want);
	check_case(1, 1, ev, &nearest, pass);
	check_case(1, 1, ev, &current, want);
	check_case(1, 1, ev, &keep, want);
	check_case(1, 1, ev, &keep, virt);
}

Test(cases, mask_over_an_expiry_periodic)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm_periodic(10, 0, 100, 100),
					  mask(50, 0, true), mask(150, 0, false), stop(300) };
	/* 100 is discarded, 200 and 300 go on. */
	const struct expected want[] = { { "ticks.due", 2 },
					 { "ticks.delivered", 2 },
					 { "timer_interrupts.total", 2 },
					 { "firing_skew_ns.pend.sum", 0 },
					 { NULL, 0 } };

	check_case(1, 1, ev, &nearest, want);
	check_case(1, 1, ev, &current, want);
	check_case(1, 1, ev, &keep, want);
}

Test(cases, unmask_before_the_expiry)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm(10, 0, TRACE_ITM, 100),
					  mask(50, 0, true), mask(60, 0, false), stop(200) };
	const struct expected want[] = { { "ticks.due", 1 },
					 { "ticks.delivered", 1 },
					 { "timer_interrupts.total", 1 },
					 { "firing_skew_ns.pend.max", 0 },
					 { NULL, 0 } };

	check_case(1, 1, ev, &nearest, want);
	check_case(1, 1, ev, &keep, want);
}

Test(cases, unmask_at_the_expiry)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm(10, 0, TRACE_ITM, 100),
					  mask(50, 0, true), mask(100, 0, false), stop(200) };
	/* The deadline is reached before the event (advance, 1): under mask. */
	const struct expected want[] = { { "ticks.due", 0 },
					 { "arms.reached", 1 },
					 { "timer_interrupts.total", 0 },
					 { NULL, 0 } };

	check_case(1, 1, ev, &nearest, want);
	check_case(1, 1, ev, &keep, want);
}

Test(cases, mask_while_one_is_pending)
{
	const struct trace_event ev[] = { in(0, 0, 0),
					  arm(10, 0, TRACE_TSC_DEADLINE, 100),
					  out(20, 0, TRACE_BLOCK),
					  in(150, 0, 0),
					  mask(150, 0, true),
					  stop(200) };
	/* A pend that was made stays made: it is delivered at the schedule-in, before the guest can
	 * mask. */
	const struct expected want[] = { { "ticks.due", 1 },
					 { "ticks.delivered", 1 },
					 { "firing_skew_ns.delivery.max", 50 },
					 { "wakeups.on_time", 1 },
					 { NULL, 0 } };

	check_case(1, 1, ev, &nearest, want);
	check_case(1, 1, ev, &keep, want);
}
