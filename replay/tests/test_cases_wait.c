/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Named cases: VPs that stop without having halted, because their VMM or the hypervisor works for
 * them. Their numbers were found with RULES.md, whose sections the comments name, and a pencil.
 */
#include <criterion/criterion.h>
#include <jansson.h>

#include "replay/tests/reference_case.h"

/* The deadline comes while it waits; it is woken, and runs again. */
Test(wait, deadline_while_it_waits)
{
	const struct trace_event ev[] = { in(0, 0, 0),
					  arm(10, 0, TRACE_TSC_DEADLINE, 100),
					  out(50, 0, TRACE_WAIT),
					  wake(120, 0),
					  in(150, 0, 0),
					  stop(200) };
	/* No block begins (6.1): no wake deadline, and no break, though no pend is before the wake.
	 */
	const struct expected stopped[] = { { "ticks.due", 1 },
					    { "ticks.delivered", 1 },
					    { "ticks.missed", 0 },
					    { "arms.reached", 1 },
					    { "timer_interrupts.total", 0 },
					    { "firing_skew_ns.pend.max", 50 },
					    { "firing_skew_ns.delivery.max", 50 },
					    { "per_domain.0.wakeups.due", 0 },
					    { "causality_breaks", 0 },
					    { NULL, 0 } };
	/* Where a timer runs on for whoever does not run, it does here: an interrupt for nobody. */
	const struct expected runs_on[] = { { "ticks.due", 1 },
					    { "ticks.delivered", 1 },
					    { "timer_interrupts.total", 1 },
					    { "timer_interrupts.lp_idle", 1 },
					    { "firing_skew_ns.pend.max", 0 },
					    { "firing_skew_ns.delivery.max", 50 },
					    { "per_domain.0.wakeups.due", 0 },
					    { "causality_breaks", 0 },
					    { NULL, 0 } };

	/* 8.9, 10.7, 13: a timer for a VP that blocks, none for one that does not. */
	check_case(1, 1, ev, &keep, stopped);
	check_case(1, 1, ev, &removed, stopped);
	check_case(1, 1, ev, &preemption, stopped);
	check_case(1, 1, ev, &native, stopped);
	check_case(1, 1, ev, &vpt, stopped);
	check_case(1, 1, ev, &kept, runs_on);
	check_case(1, 1, ev, &nearest, runs_on);
	check_case(1, 1, ev, &hrtimer, runs_on);
}

/* A deadline behind it: a timer that `offline` would have ended. */
Test(wait, timer_stays_armed)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm(10, 0, TRACE_TSC_DEADLINE, 100),
					  out(20, 0, TRACE_WAIT), in(60, 0, 0), stop(200) };
	const struct expected want[] = { { "ticks.due", 1 },
					 { "ticks.delivered", 1 },
					 { "arms.reached", 1 },
					 { "arms.cancelled", 0 },
					 { "exits.arm", 1 },
					 { "firing_skew_ns.pend.max", 0 },
					 { "firing_skew_ns.delivery.max", 0 },
					 { "per_domain.0.wakeups.due", 0 },
					 { NULL, 0 } };
	const struct reference_params *const precise[] = { &nearest, &current, &keep, &removed,
							   &kept,    &hrtimer, &vpt,  &preemption };

	for (size_t i = 0; i < sizeof(precise) / sizeof(*precise); i++)
		check_case(1, 1, ev, precise[i], want);
}

/* Two VPs on one LP: one halts, one waits, each more than once. */
Test(wait, is_to_every_design_what_a_preemption_is)
{
	struct trace_event ev[] = {
		in(0, 0, 0),
		arm(10, 0, TRACE_TSC_DEADLINE, 100),
		out(50, 0, TRACE_WAIT),
		in(60, 1, 0),
		arm_periodic(65, 1, 150, 70),
		out(80, 1, TRACE_BLOCK),
		in(150, 0, 0),
		arm(155, 0, TRACE_LAPIC, 400),
		out(160, 0, TRACE_WAIT),
		wake(170, 1),
		in(180, 1, 0),
		out(250, 1, TRACE_WAIT),
		wake(260, 0),
		in(300, 0, 0),
		out(310, 0, TRACE_BLOCK),
		in(420, 0, 0),
		out(430, 0, TRACE_WAIT),
		in(500, 1, 0),
		stop(600),
	};
	const struct expected want[] = { { NULL, 0 } };

	for (size_t i = 0; i < EVERY_DESIGN; i++) {
		json_t *waits = replay_case(1, 2, ev, every_design[i], want), *preempted;
		struct trace_event other[sizeof(ev) / sizeof(*ev)];

		for (size_t k = 0; k < sizeof(ev) / sizeof(*ev); k++) {
			other[k] = ev[k];
			if (ev[k].type == TRACE_SCHED_OUT && ev[k].sub == TRACE_WAIT)
				other[k].sub = TRACE_PREEMPT;
		}
		preempted = replay_case(1, 2, other, every_design[i], want);
		json_object_del(waits, "trace");
		json_object_del(preempted, "trace");
		cr_expect(json_equal(waits, preempted), "%s", every_design[i]->policy);
		json_decref(waits);
		json_decref(preempted);
	}
}
