/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The named cases: tiny traces whose numbers were found with RULES.md and a pencil. Section numbers are its.
 * Without a hypervisor's tick, slice and slop, unless a case is about them.
 */
#include <criterion/criterion.h>

#include "reference_case.h"

static const struct reference_params nearest = { .policy = REFERENCE_PASSTHROUGH };
static const struct reference_params nearest_none = { .policy = REFERENCE_PASSTHROUGH, .switch_none = true };
static const struct reference_params current = { .policy = REFERENCE_PASSTHROUGH, .scope_current = true };
static const struct reference_params keep = { .policy = REFERENCE_VIRTUAL };
static const struct reference_params removed = { .policy = REFERENCE_VIRTUAL, .block_remove = true };
static const struct reference_params kept = { .policy = REFERENCE_VIRTUAL, .switch_keep = true };

static struct reference_params with_tick(struct reference_params params, uint64_t hz)
{
	params.hv_tick_hz = hz;
	return params;
}

static struct reference_params with_slop(struct reference_params params, uint64_t ns)
{
	params.slop_ns = ns;
	return params;
}

/* ---- ITM equal to the previous value ---- */

Test(cases, same_value_before_it_is_due)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm(10, 0, TRACE_ITM, 100), arm(20, 0, TRACE_ITM, 100),
					  stop(200) };
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
	 * scope=current keeps it armed, so that the tick at 200 finds it; but it is the deadline that was
	 * pended last (7). Interrupts: the tick at 100 (`both`, with the guest's), the one at 200.
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
	/* Pass-through takes it for the one it pended before (domain_itm_last, 7); it stays outstanding. */
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
	const struct expected want[] = { { "ticks.due", 0 }, { "timer_interrupts.total", 0 }, { NULL, 0 } };

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
		const struct trace_event ev[] = { in(0, 0, 0), arm(100, 0, devs[i], 50), stop(200) };

		check_case(1, 1, ev, &nearest, want);
		check_case(1, 1, ev, &keep, want);
		check_case(1, 1, ev, &removed, want);
	}
}

Test(cases, past_lapic_periodic)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm_periodic(100, 0, 50, 30), stop(200) };
	/*
	 * At once, then the first 50 + 30k after 100: 110, 140, 170 and 200, which is the end and still runs
	 * (3). Pass-through writes the match at the schedule-in, the ARM and after 4 interrupts.
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
	 * The code of 2005 (scope=current, 7): the tick at 200 finds it, though it is an ITM. It is the
	 * policy's own tick, due at the time of the ARM (4).
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
	const struct trace_event ev[] = { in(0, 0, 0), arm(10, 0, TRACE_ITM, 100), arm(50, 0, TRACE_ITM, 200),
					  stop(300) };
	const struct expected want[] = { { "ticks.due", 1 },	    { "ticks.delivered", 1 },
					 { "arms.replaced", 1 },    { "timer_interrupts.total", 1 },
					 { "causality_breaks", 0 }, { NULL, 0 } };
	/* Replacing is one remove and one add; the match is set for 100, for 200 and after the interrupt. */
	const struct expected list[] = { { "ac_timer_list.adds", 2 },  { "ac_timer_list.removes", 1 },
					 { "ac_timer_list.fires", 1 }, { "ac_timer_list.len_max", 1 },
					 { "hardware_writes", 3 },     { NULL, 0 } };

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
	 * With a slop of 200 the match that was set at 10 is 210: the deadline at 100 is reached, not pended,
	 * and missed by the write. The write then sets the match to max(200, 100 + 200).
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
	const struct trace_event ev[] = { in(0, 0, 0), arm(10, 0, TRACE_TSC_DEADLINE, 100), mask(50, 0, true),
					  mask(150, 0, false), stop(300) };
	/* Discarded, a one-shot is spent (1); the ARM was reached. ARM and two MASKs are exits (5). */
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
	const struct trace_event ev[] = { in(0, 0, 0), arm_periodic(10, 0, 100, 100), mask(50, 0, true),
					  mask(150, 0, false), stop(300) };
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
	const struct trace_event ev[] = { in(0, 0, 0), arm(10, 0, TRACE_ITM, 100), mask(50, 0, true),
					  mask(60, 0, false), stop(200) };
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
	const struct trace_event ev[] = { in(0, 0, 0), arm(10, 0, TRACE_ITM, 100), mask(50, 0, true),
					  mask(100, 0, false), stop(200) };
	/* The deadline is reached before the event (advance, 1): under mask. */
	const struct expected want[] = {
		{ "ticks.due", 0 }, { "arms.reached", 1 }, { "timer_interrupts.total", 0 }, { NULL, 0 }
	};

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
	/* A pend that was made stays made: it is delivered at the schedule-in, before the guest can mask. */
	const struct expected want[] = { { "ticks.due", 1 },
					 { "ticks.delivered", 1 },
					 { "firing_skew_ns.delivery.max", 50 },
					 { "wakeups.on_time", 1 },
					 { NULL, 0 } };

	check_case(1, 1, ev, &nearest, want);
	check_case(1, 1, ev, &keep, want);
}

/* ---- expiry exactly at a switch ---- */

Test(cases, expiry_at_schedule_out)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm(10, 0, TRACE_ITM, 100), out(100, 0, TRACE_PREEMPT),
					  stop(200) };
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
	const struct trace_event ev[] = { in(0, 0, 0), arm(10, 0, TRACE_ITM, 100), out(50, 0, TRACE_PREEMPT),
					  in(100, 0, 0), stop(200) };
	/* pass-through: the idle LP's interrupt at 100 pends it, the schedule-in delivers. */
	const struct expected pass[] = { { "ticks.delivered", 1 },
					 { "timer_interrupts.total", 1 },
					 { "timer_interrupts.guest", 1 },
					 { "timer_interrupts.lp_idle", 1 },
					 { "firing_skew_ns.pend.max", 0 },
					 { "firing_skew_ns.policy.max", 0 },
					 { "firing_skew_ns.delivery.max", 0 },
					 { NULL, 0 } };
	/* scope=current: nobody runs there, so that interrupt finds nothing; the schedule-in pends. */
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
	const struct trace_event ev[] = { in(0, 0, 0), arm(10, 0, TRACE_ITM, 100), out(50, 0, TRACE_PREEMPT),
					  in(60, 0, 1), stop(200) };
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
	 * The letter of the mail: without its timer nothing wakes it; only the recording's schedule-in pends,
	 * and the recorded WAKE came before that (6).
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
	const struct trace_event ev[] = { in(0, 0, 0), arm(10, 0, TRACE_ITM, 100), out(20, 0, TRACE_BLOCK),
					  stop(200) };
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
	const struct trace_event ev[] = { in(0, 0, 0), arm(10, 0, TRACE_ITM, 100), out(20, 0, TRACE_BLOCK),
					  in(50, 0, 0), stop(200) };
	/* Kept over the block, not due, the same LP: no operation at the schedule-in (8). */
	const struct expected want[] = { { "ac_timer_list.adds", 1 },  { "ac_timer_list.removes", 0 },
					 { "ac_timer_list.fires", 1 }, { "hardware_writes", 2 },
					 { "wakeups.due", 0 },	       { NULL, 0 } };

	check_case(1, 1, ev, &keep, want);
}

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
	 * The machine's ITC is 500 ahead (7): VP 0's deadline matches at 500, an early tick by 500 (4), and
	 * its clock is 500 off when it runs again. The wake-up is served before it is due. Writes: in, ARM,
	 * in, COUNTER, after the interrupt, in.
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
	/* Truly due at 1000 - 500. Pass-through keeps the interval, so that it fires at 1000 (7). */
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
	const struct expected virt[] = {
		{ "ticks.due", 1 }, { "ticks.early", 0 }, { "firing_skew_ns.pend.max", 0 }, { NULL, 0 }
	};

	check_case(1, 1, ev, &nearest, pass);
	check_case(1, 1, ev, &keep, virt);
}

Test(cases, counter_past_the_deadline)
{
	const struct trace_event itm[] = { in(0, 0, 0), arm(10, 0, TRACE_ITM, 1000), counter(100, 0, 2000),
					   stop(3000) };
	const struct trace_event tsc[] = { in(0, 0, 0), arm(10, 0, TRACE_TSC_DEADLINE, 1000),
					   counter(100, 0, 2000), stop(3000) };
	/* The ITM was jumped over and is dead (1). */
	const struct expected dead[] = { { "ticks.due", 0 }, { "timer_interrupts.total", 0 }, { NULL, 0 } };
	/* A TSC deadline fires at once, due at the write. */
	const struct expected fires[] = { { "ticks.due", 1 },
					  { "ticks.delivered", 1 },
					  { "firing_skew_ns.pend.max", 0 },
					  { "timer_interrupts.total", 0 },
					  { NULL, 0 } };
	/*
	 * Pass-through fires at 1000 by the old interval. Of the ITM, which is dead, that is a tick of its
	 * own, due at the ARM (4): 990 late. The TSC deadline was due at 100: 900 late.
	 */
	const struct expected own[] = { { "ticks.due", 1 }, { "firing_skew_ns.pend.max", 990 }, { NULL, 0 } };
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
	const struct trace_event ev[] = { in(0, 0, 0), arm_periodic(10, 0, 100, 100), counter(50, 0, 450),
					  stop(120) };
	/* 100, 200, 300, 400 are reached at once; 500 comes 50 later (1). One delivery for the four (4). */
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
	const struct trace_event ev[] = { in(100, 0, 0), arm(100, 0, TRACE_ITM, 50), counter(110, 0, 0),
					  stop(300) };
	/* A guest that writes ITM first and then ITC: at the write it lay in the past, and that decides (1).
	 */
	const struct expected want[] = {
		{ "ticks.due", 0 }, { "arms.reached", 0 }, { "timer_interrupts.total", 0 }, { NULL, 0 }
	};

	check_case(1, 1, ev, &nearest, want);
	check_case(1, 1, ev, &keep, want);
}

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
	const struct trace_event ev[] = { in(0, 0, 0),	arm(10, 0, TRACE_ITM, 100), out(20, 0, TRACE_BLOCK),
					  in(20, 1, 0), arm(30, 1, TRACE_ITM, 100), stop(200) };
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

/* ---- periodic ---- */

Test(cases, periodic_over_a_long_deschedule)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm_periodic(10, 0, 100, 100),
					  out(150, 0, TRACE_PREEMPT), in(1050, 0, 0), stop(1150) };
	/*
	 * 100 and 1100 while it runs, 200 to 1000 while it does not: one delivery for those nine, at 1050.
	 * virtual is off the list meanwhile and pends at the schedule-in: 850 after the oldest, none of it
	 * the policy's fault.
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
	 * Under a slop of 10 the match comes every 10: at 10, the oldest of 1 to 10 is 9 late, at 20 that of
	 * 11 to 20, ... 100.
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
	const struct reference_params params[] = { with_tick(nearest, 10000000), with_tick(keep, 10000000) };
	/* Ticks at 100, 200, ... 1000 on both LPs; each ends an idle stretch of LP 1. */
	const struct expected want[] = { { "timer_interrupts.total", 20 },
					 { "timer_interrupts.hypervisor", 20 },
					 { "timer_interrupts.per_lp.0.lp_busy", 10 },
					 { "timer_interrupts.per_lp.1.lp_idle", 10 },
					 { "exits.fire", 10 },
					 { "idle.wakeups", 10 },
					 { "idle.longest_ns", 100 },
					 { "idle.histogram.0.0", 100 },
					 { "idle.histogram.0.1", 10 },
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

/* ---- what went wrong in the history of Xen/ia64 ---- */

Test(cases, tick_does_not_overwrite_a_nearer_guest)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm(10, 0, TRACE_ITM, 150), stop(200) };
	const struct reference_params params[] = { with_tick(nearest, 10000000), with_tick(current, 10000000),
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
	const struct trace_event ev[] = { in(0, 0, 0), arm(10, 0, TRACE_ITM, 150), disarm(20, 0), stop(300) };
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
	const struct expected want[] = {
		{ "arms.total", 4 }, { "arms.replaced", 3 },	      { "arms.reached", 1 },
		{ "ticks.due", 1 },  { "timer_interrupts.total", 1 }, { "firing_skew_ns.pend.max", 0 },
		{ NULL, 0 }
	};

	check_case(1, 1, ev, &nearest, want);
	check_case(1, 1, ev, &current, want);
	check_case(1, 1, ev, &keep, want);
}

Test(cases, deadline_that_means_never)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm(10, 0, TRACE_TSC_DEADLINE, TRACE_TICK_LIMIT - 1),
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
	/* VP 0's slice costs its interrupt at 100 and is not there to be removed; VP 1's is removed (3). */
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
	const struct trace_event ev[] = { in(0, 0, 0), arm(10, 0, TRACE_ITM, 100), out(50, 0, TRACE_OFFLINE),
					  in(60, 0, 0), stop(200) };
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
