/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Named cases: numbers of events at the format's limits, whose sums pass 64 bits. What a result
 * cannot hold stands at 2^53 - 1 (RULES.md 0.3); nothing wraps.
 */
#include <criterion/criterion.h>

#include "replay/tests/reference_case.h"

#define MOST ((INT64_C(1) << 53) - 1)
#define LAST (TRACE_TICK_LIMIT - 1)

/* 2^60 - 1 sixteen times, then 23: in 64 bits that is 7. */
#define TIMES 17

static uint64_t part(unsigned number)
{
	return number < TIMES - 1 ? LAST : 23;
}

Test(limits, records_lost)
{
	struct trace_event ev[TIMES + 1];
	const struct expected want[] = { { "lost_events", MOST }, { NULL, 0 } };

	for (unsigned i = 0; i < TIMES; i++)
		ev[i] = (struct trace_event){
			.time = i, .type = TRACE_LOST, .value = i, .extra = part(i)
		};
	ev[TIMES] = stop(100);
	check_case(1, 1, ev, &keep, want);
	check_case(1, 1, ev, &nearest, want);
}

/* Each time the counter of one of @vps, in turn, jumps over deadlines, which its next ARM
 * ends. */
static void jumps(struct trace_event ev[], uint32_t vps)
{
	size_t n = 0;

	for (uint32_t vp = 0; vp < vps; vp++)
		ev[n++] = in(0, vp, (uint16_t)vp);
	for (uint32_t i = 0; i < TIMES * vps; i++) {
		ev[n++] = counter(0, i % vps, 0);
		ev[n++] = arm_periodic(0, i % vps, 1, 1);
		ev[n++] = counter(0, i % vps, part(i / vps));
	}
	ev[n] = stop(0);
}

/* KVM's timer does not look at the guest's counter. */
static const struct reference_params blind = { .policy = "kvm-hrtimer" };

Test(limits, deadlines_jumped_over_and_missed)
{
	struct trace_event ev[3 * TIMES + 2];
	const struct expected want[] = { { "ticks.due", MOST },
					 { "ticks.missed", MOST },
					 { "causality_breaks", MOST },
					 { "arms.reached", TIMES },
					 { NULL, 0 } };

	jumps(ev, 1);
	check_case(1, 1, ev, &blind, want);
}

Test(limits, deadlines_jumped_over_and_coalesced)
{
	struct trace_event ev[3 * TIMES + 2];
	const struct expected want[] = { { "ticks.due", MOST },
					 { "ticks.coalesced", MOST },
					 { "ticks.delivered", TIMES },
					 { "ticks.pending_at_end", 0 },
					 { "per_domain.0.ticks.due", MOST },
					 { NULL, 0 } };

	jumps(ev, 1);
	check_case(1, 1, ev, &keep, want);
}

Test(limits, deadlines_of_all_domains)
{
	struct trace_event ev[6 * TIMES + 3];
	const struct expected want[] = { { "ticks.due", MOST },
					 { "ticks.missed", MOST },
					 { "per_domain.0.ticks.due", MOST },
					 { "per_domain.1.ticks.due", MOST },
					 { NULL, 0 } };

	jumps(ev, 2);
	check_case(2, 2, ev, &blind, want);
}

Test(limits, outstanding_at_the_end)
{
	const struct trace_event ev[] = { in(0, 0, 0),
					  counter(0, 0, 0),
					  arm_periodic(0, 0, 1, 1),
					  out(0, 0, TRACE_PREEMPT),
					  counter(0, 0, LAST),
					  stop(0) };
	const struct expected want[] = { { "ticks.pending_at_end", MOST }, { NULL, 0 } };

	check_case(1, 1, ev, &blind, want);
}

Test(limits, the_last_deadline_and_the_longest_period)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm_periodic(1, 0, LAST - 1, LAST),
					  stop(LAST) };
	const struct expected want[] = { { "ticks.due", 1 },
					 { "ticks.delivered", 1 },
					 { "arms.reached", 1 },
					 { "idle.wakeups", 0 },
					 { "ac_timer_list.len_max", 1 },
					 { "ac_timer_list.by_time_ns.1", MOST },
					 { NULL, 0 } };

	check_case(1, 1, ev, &keep, want);
	check_case(1, 1, ev, &removed, want);
}
