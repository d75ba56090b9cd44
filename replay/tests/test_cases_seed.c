/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Named cases: timers that were armed before the recording began. Their numbers were found with
 * RULES.md, whose sections the comments name, and a pencil.
 */
#include <criterion/criterion.h>
#include <jansson.h>

#include "replay/tests/reference_case.h"

static struct trace_event seed(uint32_t vp, uint16_t lp, enum trace_dev dev, uint64_t deadline,
			       uint64_t period)
{
	return (struct trace_event){ .type = TRACE_SEED,
				     .vp = vp,
				     .lp = lp,
				     .sub = (uint8_t)dev,
				     .value = deadline,
				     .extra = period };
}

/* Whatever the policy did at time 0, nothing of it is counted, and the deadline comes. */
Test(seed, one_shot_of_a_vp_that_sleeps)
{
	const struct trace_event ev[] = { seed(0, 0, TRACE_TSC_DEADLINE, 100, 0), wake(120, 0),
					  in(150, 0, 0), stop(200) };
	/* 2.4: a block began; 6.2: the deadline in it is a wake deadline. */
	const struct expected want[] = { { "ticks.due", 1 },
					 { "ticks.inferred", 1 },
					 { "per_domain.0.ticks.inferred", 1 },
					 { "ticks.delivered", 1 },
					 { "wakeups.due", 1 },
					 { "arms.inferred", 1 },
					 { "arms.total", 0 },
					 { "arms.reached", 0 },
					 { "exits.arm", 0 },
					 { NULL, 0 } };
	/* A timer runs for who sleeps, and wakes him. */
	const struct expected woken[] = { { "timer_interrupts.guest", 1 },
					  { "timer_interrupts.lp_idle", 1 },
					  { "wakeups.on_time", 1 },
					  { "causality_breaks", 0 },
					  { "firing_skew_ns.pend.max", 0 },
					  { "firing_skew_ns.delivery.max", 50 },
					  { NULL, 0 } };

	for (size_t i = 0; i < EVERY_DESIGN; i++)
		check_case(1, 1, ev, every_design[i], want);
	check_case(1, 1, ev, &hrtimer, woken);
	check_case(1, 1, ev, &preemption, woken);
	check_case(1, 1, ev, &native, woken);
	check_case(1, 1, ev, &passed, woken);
	check_case(1, 1, ev, &keep, woken);
	check_case(1, 1, ev, &nearest, woken);
	check_case(1, 1, ev, &vpt, woken);
}

/* The add of the SEED is none, what takes the timer off is one. */
Test(seed, nothing_at_time_0_counts)
{
	const struct trace_event ev[] = { seed(0, 0, TRACE_TSC_DEADLINE, 100, 0), wake(50, 0),
					  in(60, 0, 0), stop(90) };
	const struct expected want[] = { { "ac_timer_list.adds", 0 },
					 { "ac_timer_list.removes", 1 },
					 { "ac_timer_list.guest_len_max", 1 },
					 { "exits.arm", 0 },
					 { "arms.inferred", 1 },
					 { "ticks.due", 0 },
					 { "ticks.inferred", 0 },
					 { NULL, 0 } };
	/* 10.8: off the list, and the guest-mode timer instead. The match was written for the list
	 * at the SEED, which does not count, and then as the list was emptied. */
	const struct expected writes[] = { { "hardware_writes", 1 }, { NULL, 0 } };

	check_case(1, 1, ev, &preemption, want);
	check_case(1, 1, ev, &native, want);
	check_case(1, 1, ev, &preemption, writes);
}

/* Its next event is a SCHED_IN: it waited to run, no block began, and no design that has a timer
 * for who sleeps has one for it. */
Test(seed, one_shot_of_a_vp_that_waits)
{
	const struct trace_event ev[] = { seed(0, 0, TRACE_TSC_DEADLINE, 100, 0), in(150, 0, 0),
					  wake(160, 0), stop(200) };
	const struct expected want[] = { { "ticks.due", 1 },	    { "ticks.inferred", 1 },
					 { "ticks.delivered", 1 },  { "wakeups.due", 0 },
					 { "causality_breaks", 0 }, { NULL, 0 } };
	const struct expected none[] = { { "timer_interrupts.total", 0 },
					 { "firing_skew_ns.pend.max", 50 },
					 { NULL, 0 } };

	for (size_t i = 0; i < EVERY_DESIGN; i++)
		check_case(1, 1, ev, every_design[i], want);
	check_case(1, 1, ev, &keep, none);
	check_case(1, 1, ev, &preemption, none);
	check_case(1, 1, ev, &native, none);
	check_case(1, 1, ev, &vpt, none);
}

/* It never comes again: there is nothing that says that it slept. */
Test(seed, of_a_vp_that_is_not_seen_again)
{
	const struct trace_event ev[] = { seed(0, 0, TRACE_LAPIC, 30, 50), in(10, 1, 0),
					  stop(200) };
	const struct expected want[] = { { "ticks.due", 4 },
					 { "ticks.inferred", 4 },
					 { "per_domain.1.ticks.inferred", 0 },
					 { "wakeups.due", 0 },
					 { NULL, 0 } };

	for (size_t i = 0; i < EVERY_DESIGN; i++)
		check_case(1, 2, ev, every_design[i], want);
}

/* It is inferred until the guest writes its timer, what was due by then is in it. */
Test(seed, until_the_guest_writes)
{
	const struct trace_event ev[] = { seed(0, 0, TRACE_LAPIC, 30, 50), in(10, 0, 0),
					  arm_periodic(130, 0, 140, 20), stop(200) };
	/* Due: 30, 80, 130; then 140, 160, 180, 200. */
	const struct expected want[] = { { "ticks.due", 7 },	 { "ticks.inferred", 3 },
					 { "arms.total", 1 },	 { "arms.reached", 1 },
					 { "arms.replaced", 0 }, { "arms.inferred", 1 },
					 { "exits.arm", 1 },	 { NULL, 0 } };

	check_case(1, 1, ev, &nearest, want);
	check_case(1, 1, ev, &hrtimer, want);
	check_case(1, 1, ev, &keep, want);
}

Test(seed, until_the_guest_stops_it)
{
	const struct trace_event ev[] = { seed(0, 0, TRACE_LAPIC, 30, 50), in(10, 0, 0),
					  disarm(100, 0), stop(200) };
	const struct trace_event gone[] = { seed(0, 0, TRACE_LAPIC, 30, 50), in(10, 0, 0),
					    out(100, 0, TRACE_OFFLINE), stop(200) };
	const struct expected want[] = {
		{ "ticks.due", 2 }, { "ticks.inferred", 2 }, { "arms.cancelled", 0 }, { NULL, 0 }
	};

	for (size_t i = 0; i < EVERY_DESIGN; i++) {
		if (every_design[i] == &vpt || every_design[i] == &pv)
			continue; /* which have ticks of their own when its phase is theirs */
		check_case(1, 1, ev, every_design[i], want);
		check_case(1, 1, gone, every_design[i], want);
	}
}

/* 1.4 decides of a deadline that is past: by the guest's counter, that a COUNTER before may set. */
Test(seed, past_deadlines)
{
	const struct trace_event lapic[] = { seed(0, 0, TRACE_LAPIC, 0, 0), stop(200) };
	const struct trace_event itm[] = { seed(0, 0, TRACE_ITM, 0, 0), stop(200) };
	const struct trace_event set[] = { counter(0, 0, 1000),
					   seed(0, 0, TRACE_TSC_DEADLINE, 1100, 0), in(10, 0, 0),
					   stop(200) };
	const struct expected at_once[] = { { "ticks.due", 1 },
					    { "ticks.inferred", 1 },
					    { "ticks.delivered", 1 },
					    { "firing_skew_ns.delivery.max", 0 },
					    { "timer_interrupts.total", 0 },
					    { NULL, 0 } };
	const struct expected never[] = { { "ticks.due", 0 }, { "arms.inferred", 1 }, { NULL, 0 } };
	const struct expected by_counter[] = { { "ticks.due", 1 },
					       { "ticks.delivered", 1 },
					       { "firing_skew_ns.pend.max", 0 },
					       { "exits.arm", 1 },
					       { NULL, 0 } };

	check_case(1, 1, lapic, &nearest, at_once);
	check_case(1, 1, lapic, &keep, at_once);
	check_case(1, 1, itm, &nearest, never);
	check_case(1, 1, itm, &vtm, never);
	check_case(1, 1, set, &nearest, by_counter);
}

/* What is past may go through a list all the same: neither its add nor its expiry counts. */
Test(seed, a_past_deadline_fires_uncounted)
{
	const struct trace_event ev[] = { seed(0, 0, TRACE_LAPIC, 0, 0), stop(200) };
	const struct expected waits[] = { { "ticks.pending_at_end", 1 }, { NULL, 0 } };
	const struct expected want[] = { { "ticks.due", 1 },
					 { "ac_timer_list.adds", 0 },
					 { "ac_timer_list.removes", 0 },
					 { "ac_timer_list.fires", 0 },
					 { "hardware_writes", 0 },
					 { NULL, 0 } };

	check_case(1, 1, ev, &vtm, want);
	check_case(1, 1, ev, &keep, want);
	/* Its timer runs as the queue settles, and by then the VP does not run. */
	check_case(1, 1, ev, &vtm, waits);
}

/* Many of one LP, and one whose timer goes elsewhere: that is a move. */
Test(seed, several_of_an_lp)
{
	const struct trace_event ev[] = { seed(0, 0, TRACE_LAPIC, 100, 0),
					  seed(1, 0, TRACE_LAPIC, 110, 0),
					  wake(20, 0),
					  wake(20, 1),
					  in(30, 1, 1),
					  stop(200) };
	const struct expected want[] = { { "arms.inferred", 2 },
					 { "ticks.due", 2 },
					 { "ticks.inferred", 2 },
					 { "ac_timer_list.guest_len_max", 2 },
					 { NULL, 0 } };
	/* 8: the timer of VP 1 went to LP 1 with it. */
	const struct expected moved[] = { { "ac_timer_list.moves", 1 },
					  { "ac_timer_list.adds", 1 },
					  { "ac_timer_list.removes", 1 },
					  { "ac_timer_list.fires", 2 },
					  { NULL, 0 } };

	check_case(2, 2, ev, &keep, want);
	check_case(2, 2, ev, &keep, moved);
}

/* Nothing is charged for what was before. */
Test(seed, costs_nothing)
{
	const uint64_t cost[REFERENCE_COSTS] = {
		[REFERENCE_EXIT_ARM] = 7, [REFERENCE_HARDWARE_WRITE] = 5, [REFERENCE_INJECT] = 3
	};
	const struct trace_event ev[] = { seed(0, 0, TRACE_LAPIC, 0, 0), stop(200) };
	const struct expected want[] = { { "ticks.delivered", 1 },
					 { "hypervisor_ns.total", 0 },
					 { NULL, 0 } };

	for (size_t i = 0; i < EVERY_DESIGN; i++) {
		struct reference_params params = *every_design[i];

		params.cost_ns = cost;
		if (every_design[i] == &nearest || every_design[i] == &keep)
			check_case(1, 1, ev, &params, want);
	}
}
