/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Named cases: the machine under the hypervisor was elsewhere, and the trace says when. RULES.md
 * 17.13; the numbers were found with a pencil.
 */
#include <criterion/criterion.h>
#include <jansson.h>

#include "replay/tests/reference_case.h"

static struct trace_event away(uint64_t time, uint16_t lp, uint64_t until)
{
	return (struct trace_event){ .time = time, .type = TRACE_AWAY, .lp = lp, .value = until };
}

static struct reference_params waits(struct reference_params params)
{
	params.away_recorded = true;
	return params;
}

/* One tick in the case, @late ns after its deadline. */
static void check_late(const struct trace_event *ev, const struct reference_params *params,
		       int64_t late)
{
	const struct expected want[] = { { "ticks.due", 1 },
					 { "ticks.delivered", 1 },
					 { "timer_interrupts.total", 1 },
					 { "firing_skew_ns.pend.max", late },
					 { NULL, 0 } };

	check_case(2, 2, ev, params, want);
}

/* What is due the moment it goes waits until the moment it is back. */
Test(away, an_interrupt_waits)
{
	const struct trace_event at[] = { in(0, 0, 0), arm(10, 0, TRACE_TSC_DEADLINE, 100),
					  away(100, 0, 250), stop(400) };
	const struct trace_event last[] = { in(0, 0, 0), arm(10, 0, TRACE_TSC_DEADLINE, 249),
					    away(100, 0, 250), stop(400) };
	const struct trace_event back[] = { in(0, 0, 0), arm(10, 0, TRACE_TSC_DEADLINE, 250),
					    away(100, 0, 250), stop(400) };
	const struct trace_event before[] = { in(0, 0, 0), arm(10, 0, TRACE_TSC_DEADLINE, 99),
					      away(100, 0, 250), stop(400) };
	const struct reference_params recorded = waits(nearest), list = waits(keep);

	check_late(at, &recorded, 150);
	check_late(at, &list, 150);
	check_late(last, &recorded, 1);
	check_late(back, &recorded, 0);
	check_late(before, &recorded, 0);
	check_late(at, &nearest, 0);
	check_late(at, &keep, 0);
}

Test(away, at_time_0)
{
	const struct trace_event ev[] = { away(0, 0, 50), in(0, 0, 0),
					  arm(0, 0, TRACE_TSC_DEADLINE, 10), stop(400) };
	const struct reference_params recorded = waits(nearest);

	check_late(ev, &recorded, 40);
}

/* It goes again the moment it is back. */
Test(away, two_stretches_that_touch)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm(10, 0, TRACE_TSC_DEADLINE, 100),
					  away(100, 0, 250), away(250, 0, 300), stop(400) };
	const struct trace_event apart[] = { in(0, 0, 0), arm(10, 0, TRACE_TSC_DEADLINE, 100),
					     away(100, 0, 250), away(251, 0, 300), stop(400) };
	const struct reference_params recorded = waits(nearest);

	check_late(ev, &recorded, 200);
	check_late(apart, &recorded, 150);
}

Test(away, each_lp_by_itself)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm(10, 0, TRACE_TSC_DEADLINE, 100),
					  away(50, 1, 250), stop(400) };
	const struct reference_params recorded = waits(nearest);

	check_late(ev, &recorded, 0);
}

/* 17.8: the guest that acts shows that it is not. */
Test(away, a_sign_of_life)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm(10, 0, TRACE_TSC_DEADLINE, 100),
					  away(100, 0, 250), mask(180, 0, false), stop(400) };
	const struct reference_params recorded = waits(nearest);

	check_late(ev, &recorded, 80);
}

/* 17.7: it is away when the latency is over, or not. */
Test(away, with_costs)
{
	const uint64_t cost[REFERENCE_COSTS] = {
		[REFERENCE_LATENCY] = 50, [REFERENCE_AWAY] = 99, [REFERENCE_AWAY_EVERY] = 100
	};
	const struct trace_event at[] = { in(0, 0, 0), arm(10, 0, TRACE_TSC_DEADLINE, 100),
					  away(150, 0, 250), stop(400) };
	const struct trace_event later[] = { in(0, 0, 0), arm(10, 0, TRACE_TSC_DEADLINE, 100),
					     away(151, 0, 250), stop(400) };
	const struct trace_event over[] = { in(0, 0, 0), arm(10, 0, TRACE_TSC_DEADLINE, 100),
					    away(90, 0, 140), stop(400) };
	struct reference_params recorded = waits(nearest);

	/* What the profile draws does not count then. */
	recorded.cost_ns = cost;
	check_late(at, &recorded, 150);
	check_late(later, &recorded, 50);
	check_late(over, &recorded, 50);
}

/* Timers whose times come while it is away share its first interrupt; there are no costs. */
Test(away, what_waits_is_shared)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm_periodic(10, 0, 100, 50),
					  away(90, 0, 230), stop(260) };
	const struct expected want[] = { { "ticks.due", 4 }, /* 100, 150, 200, 250 */
					 { "ticks.delivered", 2 },
					 { "ticks.coalesced", 2 },
					 { "timer_interrupts.total", 2 },
					 { "firing_skew_ns.pend.max", 130 },
					 { NULL, 0 } };
	const struct reference_params recorded = waits(nearest);

	check_case(1, 1, ev, &recorded, want);
}

/* The guest-mode timer is no interrupt of the machine's. */
Test(away, a_guest_mode_timer_does_not_wait)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm(10, 0, TRACE_TSC_DEADLINE, 100),
					  away(90, 0, 230), stop(260) };
	const struct reference_params recorded = waits(
	    (struct reference_params){ .policy = "kvm-preemption-timer", .value = { 0, 0, 0, 5 } });
	const struct expected want[] = { { "ticks.delivered", 1 },
					 { "exits.guest_timer", 1 },
					 { "firing_skew_ns.pend.max", 0 },
					 { NULL, 0 } };

	check_case(1, 1, ev, &recorded, want);
}

/* An interrupt that has not begun by the end is none. */
Test(away, beyond_the_end)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm(10, 0, TRACE_TSC_DEADLINE, 100),
					  away(90, 0, 10000), stop(260) };
	const struct reference_params recorded = waits(nearest);
	const struct expected want[] = { { "ticks.due", 1 },
					 { "ticks.pending_at_end", 1 },
					 { "timer_interrupts.total", 0 },
					 { NULL, 0 } };

	check_case(1, 1, ev, &recorded, want);
}
