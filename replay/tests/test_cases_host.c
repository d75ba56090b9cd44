/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Named cases: timers that the host has on LPs without a VP, and latencies that are drawn from a
 * list. RULES.md 17.14 and 17.15; the numbers were found with a pencil.
 */
#include <criterion/criterion.h>

#include "replay/tests/reference_case.h"

enum { RUN, STOP, STOP_AT_ONCE };

static const uint64_t own_300[REFERENCE_COSTS] = { [REFERENCE_OWN_EVERY] = 300 };
static const uint64_t late_50[REFERENCE_COSTS] = { [REFERENCE_LATENCY] = 50 };
static const uint64_t nothing[REFERENCE_COSTS];

static struct reference_params idle(uint64_t how)
{
	struct reference_params params = with_tick(keep, 1000000);

	params.hv_tick_idle = how;
	params.cost_ns = own_300;
	return params;
}

/* Without a VP at 300 and 600, 200 before the next one comes; a tick at 1000; and on at 1300. */
Test(own, while_no_vp_runs)
{
	const struct trace_event ev[] = { in(700, 0, 0), out(1100, 0, TRACE_BLOCK), stop(1700) };
	const struct expected want[] = { { "timer_interrupts.total", 5 },
					 { "timer_interrupts.hypervisor", 5 },
					 { "timer_interrupts.lp_idle", 4 },
					 { "ac_timer_list.fires", 5 },
					 { NULL, 0 } };
	const struct expected tick[] = { { "timer_interrupts.total", 1 }, { NULL, 0 } };
	const struct reference_params at_once = idle(STOP_AT_ONCE), run = idle(RUN);
	struct reference_params none = at_once;

	check_case(1, 1, ev, &at_once, want);
	check_case(1, 1, ev, &run, tick);
	none.cost_ns = nothing;
	check_case(1, 1, ev, &none, tick);
}

/* The tick that is next stays, and runs at 2000; what was left of the host's own counts from there.
 */
Test(own, behind_a_tick_that_stays)
{
	const struct trace_event ev[] = { in(700, 0, 0), out(1100, 0, TRACE_BLOCK), stop(2250) };
	const struct expected want[] = { { "timer_interrupts.total", 5 }, /* 2200 is the last */
					 { "timer_interrupts.lp_idle", 4 },
					 { NULL, 0 } };
	const struct reference_params params = idle(STOP);

	check_case(1, 1, ev, &params, want);
}

/* LP 1 is half of it ahead: at 150, 450, 750; LP 0 at 300, 600. */
Test(own, lps_take_turns)
{
	const struct trace_event ev[] = { stop(800) };
	const struct expected want[] = { { "timer_interrupts.per_lp.0.total", 2 },
					 { "timer_interrupts.per_lp.1.total", 3 },
					 { NULL, 0 } };
	const struct reference_params params = idle(STOP_AT_ONCE);

	check_case(2, 1, ev, &params, want);
}

/* One that is due when the VP comes runs once; the tick is there again behind it. */
Test(own, is_due_when_the_vp_comes)
{
	const uint64_t late[REFERENCE_COSTS] = {
		[REFERENCE_OWN_EVERY] = 300, [REFERENCE_LATENCY] = 200
	};
	const struct trace_event ev[] = { in(400, 0, 0), stop(1300) };
	const struct expected want[] = { { "timer_interrupts.total", 2 }, /* at 500 and 1200 */
					 { "timer_interrupts.hypervisor", 2 },
					 { "timer_interrupts.lp_busy", 2 },
					 { NULL, 0 } };
	struct reference_params params = idle(STOP_AT_ONCE);

	params.cost_ns = late;
	check_case(1, 1, ev, &params, want);
}

/* Its only tick is pended so much after its deadline. */
static void check_late(const struct trace_event *ev, const struct reference_params *params,
		       int64_t late)
{
	const struct expected want[] = { { "timer_interrupts.total", 1 },
					 { "ticks.delivered", 1 },
					 { "firing_skew_ns.pend.max", late },
					 { NULL, 0 } };

	check_case(1, 2, ev, params, want);
}

/* Due at 100, which takes 50. Of an act at 120 a list minds whether it is of a VP that was due. */
Test(latencies, who_acts)
{
	static const uint64_t list[] = { 50 };
	const struct trace_event its_own[] = { in(0, 0, 0), arm(10, 0, TRACE_TSC_DEADLINE, 100),
					       mask(120, 0, false), stop(400) };
	const struct trace_event others[] = { in(0, 1, 0),
					      arm(10, 1, TRACE_TSC_DEADLINE, 100),
					      out(20, 1, TRACE_BLOCK),
					      in(30, 0, 0),
					      mask(120, 0, false),
					      out(200, 0, TRACE_BLOCK),
					      in(210, 1, 0),
					      stop(400) };
	struct reference_params params = keep;

	params.cost_ns = late_50;
	check_late(its_own, &params, 20);
	check_late(others, &params, 20);
	params.latency_ns = list;
	params.latencies = 1;
	check_late(its_own, &params, 20);
	check_late(others, &params, 50);
}

/* What is drawn first for LP 0: numbers 3, 1, 0 and 3 of four. */
Test(latencies, drawn)
{
	static const uint64_t list[] = { 10, 20, 30, 40 };
	const struct trace_event ev[] = { in(0, 0, 0),
					  arm(10, 0, TRACE_TSC_DEADLINE, 100),
					  arm(200, 0, TRACE_TSC_DEADLINE, 300),
					  arm(400, 0, TRACE_TSC_DEADLINE, 500),
					  arm(600, 0, TRACE_TSC_DEADLINE, 700),
					  stop(1000) };
	const struct expected want[] = { { "timer_interrupts.total", 4 },
					 { "firing_skew_ns.pend.min", 10 },
					 { "firing_skew_ns.pend.max", 40 },
					 { "firing_skew_ns.pend.sum", 110 },
					 { NULL, 0 } };
	struct reference_params params = keep;

	params.cost_ns = nothing;
	params.latency_ns = list;
	params.latencies = 4;
	check_case(1, 1, ev, &params, want);
}
