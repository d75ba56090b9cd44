/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Named cases: Xen's policies, and what went wrong in the history of Xen's guest timers. First what
 * all four agree on, then where they part. Their numbers were found with RULES.md, whose sections
 * the comments name, and a pencil.
 */
#include <criterion/criterion.h>

#include "replay/tests/reference_case.h"

/* mode, min-period (0, so that periods may be short), align, pv=none */
static const struct reference_params vpt_mode[] = {
	{ .policy = "xen-vpt", .value = { 0, 0, 0, 0 } },
	{ .policy = "xen-vpt", .value = { 1, 0, 0, 0 } },
	{ .policy = "xen-vpt", .value = { 2, 0, 0, 0 } },
	{ .policy = "xen-vpt", .value = { 3, 0, 0, 0 } },
};

static void check_all(uint32_t lps, uint32_t vps, const struct trace_event *ev,
		      const struct expected *want)
{
	check_case(lps, vps, ev, &vpt, want);
	check_case(lps, vps, ev, &pv, want);
	check_case(lps, vps, ev, &vtm, want);
	check_case(lps, vps, ev, &drop, want);
}

/* ---- what all agree on ---- */

Test(xen, itm_equal_to_the_previous_value)
{
	const struct trace_event before[] = { in(0, 0, 0), arm(10, 0, TRACE_ITM, 100),
					      arm(20, 0, TRACE_ITM, 100), stop(200) };
	const struct trace_event after[] = { in(0, 0, 0), arm(10, 0, TRACE_ITM, 100),
					     arm(150, 0, TRACE_ITM, 100), stop(200) };
	const struct expected once[] = { { "arms.replaced", 1 },
					 { "ticks.due", 1 },
					 { "ticks.delivered", 1 },
					 { "timer_interrupts.total", 1 },
					 { NULL, 0 } };
	/* Written again after it fired it never matches: last_itc (15, 16) has passed it. */
	const struct expected never[] = {
		{ "arms.replaced", 0 },	  { "arms.reached", 1 },	   { "ticks.due", 1 },
		{ "ticks.delivered", 1 }, { "timer_interrupts.total", 1 }, { NULL, 0 }
	};

	check_all(1, 1, before, once);
	check_all(1, 1, after, never);
}

Test(xen, expiry_at_switch_out)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm(10, 0, TRACE_ITM, 100),
					  out(100, 0, TRACE_PREEMPT), stop(200) };
	const struct expected want[] = { { "ticks.delivered", 1 },
					 { "exits.fire", 1 },
					 { "timer_interrupts.lp_busy", 1 },
					 { "firing_skew_ns.delivery.max", 0 },
					 { NULL, 0 } };

	check_all(1, 1, ev, want);
}

Test(xen, tick_does_not_overwrite_a_nearer_guest)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm(10, 0, TRACE_ITM, 150), stop(200) };
	const struct reference_params params[] = { with_tick(vpt, 10000000),
						   with_tick(pv, 10000000),
						   with_tick(vtm, 10000000),
						   with_tick(drop, 10000000) };
	const struct expected want[] = { { "timer_interrupts.total", 3 },
					 { "timer_interrupts.hypervisor", 2 },
					 { "timer_interrupts.guest", 1 },
					 { "firing_skew_ns.pend.max", 0 },
					 { NULL, 0 } };
	size_t i;

	for (i = 0; i < 4; i++)
		check_case(1, 1, ev, &params[i], want);
}

Test(xen, handler_returns_without_rearm)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm(10, 0, TRACE_ITM, 50), stop(300) };
	const struct reference_params params[] = { with_tick(vpt, 10000000),
						   with_tick(pv, 10000000),
						   with_tick(vtm, 10000000),
						   with_tick(drop, 10000000) };
	/* The machine's timer goes on: 50, then the ticks at 100, 200, 300. */
	const struct expected want[] = { { "timer_interrupts.total", 4 },
					 { "timer_interrupts.guest", 1 },
					 { "timer_interrupts.hypervisor", 3 },
					 { NULL, 0 } };
	size_t i;

	for (i = 0; i < 4; i++)
		check_case(1, 1, ev, &params[i], want);
}

Test(xen, empty_heap)
{
	const struct trace_event ev[] = { in(0, 0, 0), out(50, 0, TRACE_YIELD), stop(100) };
	const struct trace_event emptied[] = { in(0, 0, 0), arm(10, 0, TRACE_ITM, 1000),
					       disarm(40, 0), stop(2000) };
	const struct expected none[] = { { "timer_interrupts.total", 0 },
					 { "hardware_writes", 0 },
					 { NULL, 0 } };
	/* Set for 1000, then for never. */
	const struct expected two[] = { { "timer_interrupts.total", 0 },
					{ "hardware_writes", 2 },
					{ "arms.cancelled", 1 },
					{ NULL, 0 } };

	check_all(1, 1, ev, none);
	check_all(1, 1, emptied, two);
}

Test(xen, offline)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm(10, 0, TRACE_ITM, 100),
					  out(50, 0, TRACE_OFFLINE), in(60, 0, 0), stop(200) };
	const struct expected want[] = { { "ticks.due", 0 },
					 { "arms.cancelled", 1 },
					 { "timer_interrupts.total", 0 },
					 { NULL, 0 } };

	check_all(1, 1, ev, want);
}

/* ---- the past ---- */

Test(xen, past_deadline_fires_at_once)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm(100, 0, TRACE_TSC_DEADLINE, 50),
					  stop(200) };
	const struct expected want[] = { { "ticks.due", 1 },
					 { "ticks.delivered", 1 },
					 { "timer_interrupts.total", 0 },
					 { "firing_skew_ns.pend.max", 0 },
					 { NULL, 0 } };
	/* By way of the queue, without an interrupt (13, 15); or without the queue. */
	const struct expected queued[] = { { "ac_timer_list.adds", 1 },
					   { "ac_timer_list.fires", 1 },
					   { NULL, 0 } };
	const struct expected direct[] = { { "ac_timer_list.adds", 0 }, { NULL, 0 } };

	check_all(1, 1, ev, want);
	check_case(1, 1, ev, &vpt, queued);
	check_case(1, 1, ev, &vtm, queued);
	check_case(1, 1, ev, &pv, direct);
	check_case(1, 1, ev, &drop, direct);
}

Test(xen, itm_in_the_past)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm(100, 0, TRACE_ITM, 50), stop(200) };
	/* The device's rule. */
	const struct expected never[] = { { "ticks.due", 0 },
					  { "timer_interrupts.total", 0 },
					  { NULL, 0 } };
	/* Between last_itc, which is 0, and now: fires, though an ITM would not; a tick of the
	 * policy's own.
	 */
	const struct expected own[] = { { "ticks.due", 1 },
					{ "ticks.delivered", 1 },
					{ "arms.reached", 0 },
					{ "timer_interrupts.total", 0 },
					{ "firing_skew_ns.pend.max", 0 },
					{ NULL, 0 } };

	check_case(1, 1, ev, &vpt, never);
	check_case(1, 1, ev, &pv, never);
	check_case(1, 1, ev, &vtm, own);
	check_case(1, 1, ev, &drop, own);
}

Test(xen, itm_between_last_itc_and_now)
{
	const struct trace_event next[] = { in(0, 0, 0), arm(10, 0, TRACE_ITM, 100),
					    arm(150, 0, TRACE_ITM, 101), stop(200) };
	const struct trace_event over[] = { in(0, 0, 0), arm(10, 0, TRACE_ITM, 100),
					    arm(150, 0, TRACE_ITM, 102), stop(200) };
	const struct expected one[] = { { "ticks.due", 1 }, { NULL, 0 } };
	const struct expected two[] = { { "ticks.due", 2 },
					{ "ticks.delivered", 2 },
					{ "timer_interrupts.total", 1 },
					{ NULL, 0 } };

	/* last_itc is 101 after the expiry in 2012 (15), 100 in 2005 (16). */
	check_case(1, 1, next, &vtm, one);
	check_case(1, 1, next, &drop, two);
	check_case(1, 1, over, &vtm, two);
	check_case(1, 1, over, &drop, two);
	check_case(1, 1, over, &vpt, one);
	check_case(1, 1, over, &pv, one);
}

Test(xen, several_writes_in_one_handler)
{
	const struct trace_event ev[] = { in(0, 0, 0),
					  arm(50, 0, TRACE_ITM, 60),
					  arm(50, 0, TRACE_ITM, 40),
					  arm(50, 0, TRACE_ITM, 100),
					  arm(50, 0, TRACE_ITM, 200),
					  stop(300) };
	const struct expected last[] = { { "arms.replaced", 3 },
					 { "ticks.due", 1 },
					 { "timer_interrupts.total", 1 },
					 { NULL, 0 } };
	/* The one in the past fires at once as well: its last_itc is 0. In 2005 the first write
	 * made it 50.
	 */
	const struct expected both[] = { { "arms.replaced", 3 },
					 { "ticks.due", 2 },
					 { "ticks.delivered", 2 },
					 { "timer_interrupts.total", 1 },
					 { NULL, 0 } };

	check_case(1, 1, ev, &vpt, last);
	check_case(1, 1, ev, &pv, last);
	check_case(1, 1, ev, &drop, last);
	check_case(1, 1, ev, &vtm, both);
}

/* ---- counters ---- */

Test(xen, itc_forward_by_another_guest)
{
	const struct trace_event ev[] = { in(0, 0, 0),
					  arm(10, 0, TRACE_TSC_DEADLINE, 1000),
					  out(20, 0, TRACE_BLOCK),
					  in(30, 1, 0),
					  counter(30, 1, 530),
					  out(1050, 1, TRACE_PREEMPT),
					  in(1100, 0, 0),
					  stop(2000) };
	const struct expected on_time[] = {
		{ "ticks.delivered", 1 },	  { "ticks.early", 0 },
		{ "firing_skew_ns.pend.max", 0 }, { "firing_skew_ns.delivery.max", 100 },
		{ "guest_clock_error_ns", 0 },	  { "timer_interrupts.total", 1 },
		{ "wakeups.on_time", 1 },	  { NULL, 0 }
	};
	const struct expected lost[] = {
		{ "ticks.delivered", 1 },      { "firing_skew_ns.pend.max", 100 },
		{ "guest_clock_error_ns", 0 }, { "timer_interrupts.total", 0 },
		{ "wakeups.lost", 1 },	       { NULL, 0 }
	};

	check_case(1, 2, ev, &vpt, on_time);
	check_case(1, 2, ev, &pv, on_time);
	check_case(1, 2, ev, &vtm, on_time);
	check_case(1, 2, ev, &drop, lost);
}

Test(xen, itc_back_by_another_guest)
{
	const struct trace_event ev[] = { in(0, 0, 0),
					  arm(10, 0, TRACE_TSC_DEADLINE, 1000),
					  out(20, 0, TRACE_BLOCK),
					  in(30, 1, 0),
					  counter(530, 1, 130),
					  out(1500, 1, TRACE_PREEMPT),
					  in(1500, 0, 0),
					  stop(2000) };
	const struct expected on_time[] = { { "ticks.delivered", 1 },
					    { "firing_skew_ns.pend.max", 0 },
					    { "guest_clock_error_ns", 0 },
					    { "wakeups.on_time", 1 },
					    { NULL, 0 } };
	const struct expected lost[] = { { "firing_skew_ns.pend.max", 500 },
					 { "guest_clock_error_ns", 0 },
					 { "wakeups.lost", 1 },
					 { NULL, 0 } };

	check_case(1, 2, ev, &vpt, on_time);
	check_case(1, 2, ev, &pv, on_time);
	check_case(1, 2, ev, &vtm, on_time);
	check_case(1, 2, ev, &drop, lost);
}

Test(xen, counter_of_its_own)
{
	const struct trace_event forward[] = { in(0, 0, 0), arm(10, 0, TRACE_TSC_DEADLINE, 1000),
					       counter(100, 0, 600), stop(2000) };
	const struct trace_event back[] = { in(0, 0, 0), arm(10, 0, TRACE_TSC_DEADLINE, 1000),
					    counter(100, 0, 50), stop(2000) };
	/* Truly due at 500 and 1050. On ia64 the timer follows; on x86 it runs on to 1000. */
	const struct expected exact[] = { { "ticks.due", 1 },
					  { "ticks.early", 0 },
					  { "firing_skew_ns.pend.max", 0 },
					  { NULL, 0 } };
	const struct expected late[] = { { "ticks.due", 1 },
					 { "firing_skew_ns.pend.max", 500 },
					 { NULL, 0 } };
	const struct expected early[] = { { "ticks.due", 1 },
					  { "ticks.early", 1 },
					  { "firing_skew_ns.pend.max", -50 },
					  { NULL, 0 } };

	check_case(1, 1, forward, &vtm, exact);
	check_case(1, 1, forward, &drop, exact);
	check_case(1, 1, forward, &vpt, late);
	check_case(1, 1, forward, &pv, late);
	check_case(1, 1, back, &vtm, exact);
	check_case(1, 1, back, &drop, exact);
	check_case(1, 1, back, &vpt, early);
	check_case(1, 1, back, &pv, early);
}

/* Windows writes ITM first and ITC after. */
Test(xen, itm_before_itc)
{
	const struct trace_event ev[] = { in(100, 0, 0), arm(100, 0, TRACE_ITM, 50),
					  counter(110, 0, 0), stop(300) };
	/* At once, as last_itc is 0, and at 160, when the new ITC reaches it. */
	const struct expected twice[] = { { "ticks.due", 2 },
					  { "ticks.delivered", 2 },
					  { "timer_interrupts.total", 1 },
					  { NULL, 0 } };
	const struct expected never[] = { { "ticks.due", 0 },
					  { "timer_interrupts.total", 0 },
					  { NULL, 0 } };

	check_case(1, 1, ev, &vtm, twice);
	check_case(1, 1, ev, &drop, twice);
	check_case(1, 1, ev, &vpt, never);
	check_case(1, 1, ev, &pv, never);
}

Test(xen, itc_past_the_itm)
{
	const struct trace_event itm[] = { in(0, 0, 0), arm(10, 0, TRACE_ITM, 1000),
					   counter(100, 0, 2000), stop(3000) };
	const struct trace_event tsc[] = { in(0, 0, 0), arm(10, 0, TRACE_TSC_DEADLINE, 1000),
					   counter(100, 0, 2000), stop(3000) };
	const struct expected dead[] = { { "ticks.due", 0 },
					 { "timer_interrupts.total", 0 },
					 { NULL, 0 } };
	const struct expected fires[] = { { "ticks.due", 1 },
					  { "ticks.delivered", 1 },
					  { "firing_skew_ns.pend.max", 0 },
					  { "timer_interrupts.total", 0 },
					  { NULL, 0 } };

	check_case(1, 1, itm, &vtm, dead);
	check_case(1, 1, itm, &drop, dead);
	check_case(1, 1, tsc, &vtm, fires);
	check_case(1, 1, tsc, &drop, fires);
}

Test(xen, itc_of_a_secondary_vcpu_is_ignored)
{
	const struct trace_event ev[] = { in(0, 0, 0), in(0, 1, 1), counter(100, 1, 1100),
					  arm(200, 1, TRACE_TSC_DEADLINE, 1500), stop(2000) };
	/* Due at 500 by its own ITC; by the domain's it is 1500 at 1500 (15). */
	const struct expected want[] = { { "guest_clock_error_ns", 1000 },
					 { "ticks.due", 1 },
					 { "firing_skew_ns.pend.max", 1000 },
					 { NULL, 0 } };
	const struct expected own[] = { { "guest_clock_error_ns", 0 },
					{ "firing_skew_ns.pend.max", 0 },
					{ NULL, 0 } };

	check_domain_case(2, 2, ev, &vtm, want);
	check_domain_case(2, 2, ev, &drop, own);
	check_case(2, 2, ev, &vtm, own);
}

Test(xen, itc_of_vcpu_0_is_the_domains)
{
	const struct trace_event ev[] = { in(0, 0, 0),
					  in(0, 1, 1),
					  arm(10, 1, TRACE_ITM, 500),
					  counter(100, 0, 1100),
					  arm(600, 1, TRACE_ITM, 700),
					  stop(2000) };
	/*
	 * The other's timer is left for 500, but its clock is 1000 ahead from 100 on: its ITM of
	 * 700 is taken to have passed, and fires at once: 100 early.
	 */
	const struct expected want[] = { { "guest_clock_error_ns", 1000 },
					 { "ticks.due", 2 },
					 { "ticks.early", 1 },
					 { "firing_skew_ns.pend.max", 0 },
					 { "firing_skew_ns.pend.sum", -100 },
					 { NULL, 0 } };

	check_domain_case(2, 2, ev, &vtm, want);
}

/* ---- masks ---- */

Test(xen, mask_during_expiry)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm(10, 0, TRACE_TSC_DEADLINE, 100),
					  mask(50, 0, true), mask(150, 0, false), stop(300) };
	/* Truly discarded (1): what is held and comes with the unmask is a tick of the policy's
	 * own. */
	const struct expected held[] = { { "ticks.due", 1 },
					 { "ticks.delivered", 1 },
					 { "firing_skew_ns.pend.max", 50 },
					 { "timer_interrupts.total", 1 },
					 { "timer_interrupts.spurious", 1 },
					 { NULL, 0 } };
	/* The timer came off the list; the look at the unmask finds it crossed (16). */
	const struct expected crossed[] = { { "ticks.due", 1 },
					    { "firing_skew_ns.pend.max", 50 },
					    { "timer_interrupts.total", 0 },
					    { NULL, 0 } };
	const struct expected spent[] = { { "ticks.due", 0 },
					  { "timer_interrupts.total", 1 },
					  { "timer_interrupts.spurious", 1 },
					  { NULL, 0 } };

	check_case(1, 1, ev, &vpt, held);
	check_case(1, 1, ev, &vtm, held);
	check_case(1, 1, ev, &drop, crossed);
	check_case(1, 1, ev, &pv, spent);
}

Test(xen, masked_lvt_with_pending)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm_periodic(10, 0, 100, 100),
					  mask(50, 0, true), mask(350, 0, false), stop(450) };
	/*
	 * 100 stays pending and nothing is set again before the unmask, which injects it, 200 and
	 * 300 (mode 1) or one for the three (mode 3). The next is 400.
	 */
	const struct expected all[] = { { "ticks.due", 4 },
					{ "ticks.delivered", 4 },
					{ "timer_interrupts.total", 2 },
					{ "firing_skew_ns.pend.max", 250 },
					{ "firing_skew_ns.pend.sum", 250 + 150 + 50 },
					{ NULL, 0 } };
	const struct expected one[] = { { "ticks.due", 2 },
					{ "ticks.delivered", 2 },
					{ "timer_interrupts.total", 2 },
					{ "firing_skew_ns.pend.sum", 250 },
					{ NULL, 0 } };
	/* Those tick on, and latch or drop. */
	const struct expected latched[] = { { "ticks.due", 2 },
					    { "timer_interrupts.total", 4 },
					    { NULL, 0 } };
	const struct expected dropped[] = { { "ticks.due", 1 },
					    { "timer_interrupts.total", 4 },
					    { NULL, 0 } };

	check_case(1, 1, ev, &vpt, all);
	check_case(1, 1, ev, &vpt_mode[3], one);
	check_case(1, 1, ev, &vtm, latched);
	check_case(1, 1, ev, &pv, dropped);
}

/* ---- switches ---- */

Test(xen, migrate_while_armed)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm(10, 0, TRACE_ITM, 100),
					  out(50, 0, TRACE_PREEMPT), in(60, 0, 1), stop(200) };
	const struct expected moved[] = {
		{ "timer_interrupts.total", 1 },      { "timer_interrupts.per_lp.1.guest", 1 },
		{ "ac_timer_list.adds", 2 },	      { "ac_timer_list.removes", 1 },
		{ "ac_timer_list.moves", 1 },	      { "ticks.delivered", 1 },
		{ "firing_skew_ns.delivery.max", 0 }, { NULL, 0 }
	};
	/* A PV one-shot fires where it was written (14). */
	const struct expected stays[] = {
		{ "timer_interrupts.total", 1 },      { "timer_interrupts.per_lp.0.guest", 1 },
		{ "timer_interrupts.lp_idle", 1 },    { "ac_timer_list.adds", 1 },
		{ "ac_timer_list.removes", 0 },	      { "ticks.delivered", 1 },
		{ "firing_skew_ns.delivery.max", 0 }, { NULL, 0 }
	};

	check_case(2, 1, ev, &vpt, moved);
	check_case(2, 1, ev, &vtm, moved);
	check_case(2, 1, ev, &drop, moved);
	check_case(2, 1, ev, &pv, stays);
}

Test(xen, preempted)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm(10, 0, TRACE_ITM, 100),
					  out(50, 0, TRACE_PREEMPT), in(150, 0, 0), stop(200) };
	/* Off the list: it runs as the queue settles, or the switch-in pends it. Left on it: an
	 * interrupt. */
	const struct expected off[] = { { "timer_interrupts.total", 0 },
					{ "ticks.delivered", 1 },
					{ "firing_skew_ns.pend.max", 50 },
					{ "firing_skew_ns.policy.max", 0 },
					{ NULL, 0 } };
	const struct expected left[] = { { "timer_interrupts.total", 1 },
					 { "timer_interrupts.lp_idle", 1 },
					 { "ticks.delivered", 1 },
					 { "firing_skew_ns.pend.max", 0 },
					 { "firing_skew_ns.delivery.max", 50 },
					 { NULL, 0 } };

	check_case(1, 1, ev, &vpt, off);
	check_case(1, 1, ev, &drop, off);
	check_case(1, 1, ev, &vtm, left);
	check_case(1, 1, ev, &pv, left);
}

Test(xen, blocked_with_removed_timer)
{
	const struct trace_event ev[] = { in(0, 0, 0),
					  arm(10, 0, TRACE_TSC_DEADLINE, 100),
					  out(20, 0, TRACE_BLOCK),
					  wake(110, 0),
					  in(120, 0, 0),
					  stop(200) };
	const struct expected woken[] = { { "wakeups.on_time", 1 },
					  { "causality_breaks", 0 },
					  { "timer_interrupts.total", 1 },
					  { "firing_skew_ns.pend.max", 0 },
					  { "firing_skew_ns.delivery.max", 20 },
					  { "ticks.delivered", 1 },
					  { NULL, 0 } };
	const struct expected lost[] = {
		{ "wakeups.lost", 1 },		 { "causality_breaks", 1 },
		{ "timer_interrupts.total", 0 }, { "firing_skew_ns.pend.max", 20 },
		{ "ticks.delivered", 1 },	 { NULL, 0 }
	};

	check_case(1, 1, ev, &vpt, woken);
	check_case(1, 1, ev, &pv, woken);
	check_case(1, 1, ev, &vtm, woken);
	check_case(1, 1, ev, &drop, lost);
}

Test(xen, dom0_is_a_pv_guest)
{
	const struct reference_params dom0 = { .policy = "xen-vpt", .value = { 1, 0, 0, 1 } };
	const struct trace_event ev[] = { in(0, 0, 0),
					  in(0, 1, 1),
					  arm(10, 0, TRACE_TSC_DEADLINE, 100),
					  arm(10, 1, TRACE_TSC_DEADLINE, 100),
					  out(20, 0, TRACE_PREEMPT),
					  out(20, 1, TRACE_PREEMPT),
					  in(150, 0, 0),
					  in(150, 1, 1),
					  stop(200) };
	/* The timer of VP 0, of domain 0, goes on while it is preempted (14), that of domain 1 does
	 * not. */
	const struct expected both[] = { { "timer_interrupts.total", 1 },
					 { "timer_interrupts.per_lp.0.guest", 1 },
					 { "per_domain.0.pend_ns.max", 0 },
					 { "per_domain.1.pend_ns.max", 50 },
					 { NULL, 0 } };
	const struct expected none[] = { { "timer_interrupts.total", 0 },
					 { "per_domain.0.pend_ns.max", 50 },
					 { "per_domain.1.pend_ns.max", 50 },
					 { NULL, 0 } };

	check_case(2, 2, ev, &dom0, both);
	check_case(2, 2, ev, &vpt, none);
}

/* ---- periods ---- */

Test(xen, missed_ticks_of_a_preempted_vp)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm_periodic(10, 0, 100, 100),
					  out(150, 0, TRACE_PREEMPT), in(1050, 0, 0), stop(1150) };
	/* 100 before, 1100 after, 200 to 1000 missed: nine at 1050, the oldest 850 late, the
	 * last 50. */
	const struct expected all[] = { { "ticks.due", 11 },
					{ "ticks.delivered", 11 },
					{ "timer_interrupts.total", 2 },
					{ "firing_skew_ns.pend.max", 850 },
					{ "firing_skew_ns.pend.sum", 9 * 450 },
					{ "guest_clock_error_ns", 0 },
					{ NULL, 0 } };
	/*
	 * Its clock is at 110 after the tick at 100, a period behind the write at 10; it stands
	 * still for 900. The nine ticks bring it to 1010.
	 */
	const struct expected delayed[] = { { "ticks.delivered", 11 },
					    { "guest_clock_error_ns", 890 },
					    { NULL, 0 } };
	/* None: the tick of 1100 stands for the nine. */
	const struct expected none[] = { { "ticks.delivered", 2 },
					 { "ticks.coalesced", 9 },
					 { "timer_interrupts.total", 2 },
					 { "firing_skew_ns.pend.max", 900 },
					 { NULL, 0 } };
	const struct expected one[] = { { "ticks.delivered", 3 },
					{ "ticks.coalesced", 8 },
					{ "timer_interrupts.total", 2 },
					{ "firing_skew_ns.pend.max", 850 },
					{ NULL, 0 } };

	check_case(1, 1, ev, &vpt_mode[0], delayed);
	check_case(1, 1, ev, &vpt_mode[1], all);
	check_case(1, 1, ev, &vpt_mode[2], none);
	check_case(1, 1, ev, &vpt_mode[3], one);
}

Test(xen, missed_ticks_of_a_woken_vp)
{
	const struct trace_event ev[] = { in(0, 0, 0),
					  arm_periodic(10, 0, 100, 100),
					  out(150, 0, TRACE_BLOCK),
					  wake(210, 0),
					  in(450, 0, 0),
					  stop(480) };
	/* 200 wakes it and is not set again; 300 and 400 pass before it runs. */
	const struct expected all[] = { { "ticks.due", 4 },
					{ "ticks.delivered", 4 },
					{ "wakeups.on_time", 1 },
					{ "timer_interrupts.total", 2 },
					{ "firing_skew_ns.delivery.max", 250 },
					{ "firing_skew_ns.delivery.sum", 250 + 150 + 50 },
					{ NULL, 0 } };
	const struct expected one[] = {
		{ "ticks.due", 4 },	  { "ticks.delivered", 2 },	   { "ticks.coalesced", 2 },
		{ "wakeups.on_time", 1 }, { "timer_interrupts.total", 2 }, { NULL, 0 }
	};

	check_case(1, 1, ev, &vpt_mode[0], all);
	check_case(1, 1, ev, &vpt_mode[1], all);
	check_case(1, 1, ev, &vpt_mode[2], one);
	check_case(1, 1, ev, &vpt_mode[3], one);
}

/* Mode 2: the timer of a VP that missed ticks goes on over its next deschedule. */
Test(xen, do_not_freeze)
{
	const struct trace_event ev[] = {
		in(0, 0, 0),   arm_periodic(10, 0, 100, 100), out(150, 0, TRACE_PREEMPT),
		in(350, 0, 0), out(360, 0, TRACE_PREEMPT),    in(450, 0, 0),
		stop(460)
	};
	const struct expected left[] = { { "timer_interrupts.total", 2 },
					 { "timer_interrupts.lp_idle", 1 },
					 { "ticks.due", 4 },
					 { "ticks.delivered", 2 },
					 { "ticks.coalesced", 2 },
					 { NULL, 0 } };
	const struct expected off[] = { { "timer_interrupts.total", 1 }, { NULL, 0 } };

	check_case(1, 1, ev, &vpt_mode[2], left);
	check_case(1, 1, ev, &vpt_mode[3], off);
}

Test(xen, periodic_alignment)
{
	const struct reference_params no = { .policy = "xen-vpt", .value = { 1, 0, 1, 0 } };
	const struct trace_event ev[] = { in(0, 0, 0), arm_periodic(10, 0, 130, 100), stop(420) };
	/* Truly 130, 230, 330. Aligned: 200, 300, 400. Else half of 120 later: 190, 290, 390. */
	const struct expected aligned[] = { { "ticks.delivered", 3 },
					    { "timer_interrupts.total", 3 },
					    { "firing_skew_ns.pend.sum", 210 },
					    { NULL, 0 } };
	const struct expected half[] = { { "ticks.delivered", 3 },
					 { "timer_interrupts.total", 3 },
					 { "firing_skew_ns.pend.sum", 180 },
					 { NULL, 0 } };

	check_case(1, 1, ev, &vpt, aligned);
	check_case(1, 1, ev, &no, half);
}

Test(xen, period_below_100_us)
{
	const struct reference_params raised = { .policy = "xen-vpt",
						 .value = { 1, 100000, 0, 0 } };
	const struct reference_params pv_raised = { .policy = "xen-pv", .value = { 1000000 } };
	const struct trace_event ev[] = { in(0, 0, 0), arm_periodic(0, 0, 1000, 1000),
					  stop(250000) };
	const struct trace_event longer[] = { in(0, 0, 0), arm_periodic(0, 0, 1000, 1000),
					      stop(1001000) };
	/* 100 us and 200 us, each for a hundred; fifty are left. */
	const struct expected vpt_want[] = {
		{ "timer_interrupts.total", 2 }, { "ticks.due", 250 },
		{ "ticks.delivered", 2 },	 { "ticks.coalesced", 198 },
		{ "ticks.pending_at_end", 50 },	 { NULL, 0 }
	};
	/* The first when it was asked for, then 1 ms. */
	const struct expected pv_want[] = { { "timer_interrupts.total", 2 },
					    { "ticks.due", 1001 },
					    { "ticks.delivered", 2 },
					    { "ticks.coalesced", 999 },
					    { NULL, 0 } };

	check_case(1, 1, ev, &raised, vpt_want);
	check_case(1, 1, longer, &pv_raised, pv_want);
}

Test(xen, pv_periodic_only_while_running)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm_periodic(10, 0, 100, 100),
					  out(150, 0, TRACE_PREEMPT), in(450, 0, 0), stop(600) };
	const struct trace_event blocked[] = { in(0, 0, 0), arm_periodic(10, 0, 100, 100),
					       out(150, 0, TRACE_BLOCK), in(450, 0, 0), stop(600) };
	/* 100; one at 450 for 200 to 400; the phase is lost: 550 for 500. The one of 600 would come
	 * at 650.
	 */
	const struct expected want[] = { { "timer_interrupts.total", 2 },
					 { "ticks.due", 6 },
					 { "ticks.delivered", 3 },
					 { "ticks.coalesced", 2 },
					 { "ticks.pending_at_end", 1 },
					 { "firing_skew_ns.pend.sum", 250 + 50 },
					 { NULL, 0 } };
	const struct expected lost[] = { { "wakeups.lost", 1 },
					 { "ticks.delivered", 3 },
					 { NULL, 0 } };

	check_case(1, 1, ev, &pv, want);
	check_case(1, 1, blocked, &pv, lost);
}

Test(xen, set_timer_op_beyond_2_to_the_50)
{
	const uint64_t far = UINT64_C(1) << 50;
	const struct trace_event beyond[] = { in(0, 0, 0),
					      arm(10, 0, TRACE_TSC_DEADLINE, 10 + far + 1),
					      stop(200000000) };
	const struct trace_event within[] = { in(0, 0, 0), arm(10, 0, TRACE_TSC_DEADLINE, 10 + far),
					      stop(200000000) };
	/* 100 ms after the write, far too early. */
	const struct expected soon[] = { { "ticks.early", 1 },
					 { "ticks.delivered", 1 },
					 { "timer_interrupts.total", 1 },
					 { "firing_skew_ns.pend.max",
					   100000000 - (INT64_C(1) << 50) - 1 },
					 { NULL, 0 } };
	const struct expected none[] = { { "ticks.due", 0 },
					 { "timer_interrupts.total", 0 },
					 { NULL, 0 } };

	check_case(1, 1, beyond, &pv, soon);
	check_case(1, 1, within, &pv, none);
	check_case(1, 1, beyond, &vpt, none);
	check_case(1, 1, beyond, &vtm, none);
	check_case(1, 1, beyond, &drop, none);
}

/* ---- the first drop's own ---- */

Test(xen, crossed_while_its_timer_waits_for_the_slop)
{
	const struct reference_params slop = { .policy = "virtual-2005", .value = { 50, 0, 100 } };
	const struct trace_event late[] = { in(0, 0, 0), arm(10, 0, TRACE_ITM, 100), stop(200) };
	const struct trace_event twice[] = { in(0, 0, 0), arm(10, 0, TRACE_ITM, 100),
					     arm(120, 0, TRACE_ITM, 115), stop(200) };
	const struct expected one[] = { { "ticks.delivered", 1 },
					{ "firing_skew_ns.pend.max", 50 },
					{ NULL, 0 } };
	/*
	 * 100 is reached and missed by the write at 120. 115 was crossed since 10: pended at once.
	 * The timer for 100 is left, and pends at 150 again.
	 */
	const struct expected two[] = { { "ticks.due", 3 },
					{ "ticks.missed", 1 },
					{ "ticks.delivered", 2 },
					{ "timer_interrupts.total", 1 },
					{ NULL, 0 } };

	check_case(1, 1, late, &slop, one);
	check_case(1, 1, twice, &slop, two);
}

Test(xen, polled_at_the_tick)
{
	const struct reference_params polled = { .policy = "virtual-2005",
						 .value = { 0, 1, 10000000 } };
	const struct trace_event ev[] = { in(0, 0, 0), arm(10, 0, TRACE_ITM, 130), stop(250) };
	/* 100 finds nothing, 200 finds it. */
	const struct expected want[] = { { "timer_interrupts.total", 2 },
					 { "timer_interrupts.spurious", 1 },
					 { "timer_interrupts.guest", 1 },
					 { "firing_skew_ns.pend.max", 70 },
					 { NULL, 0 } };

	check_case(1, 1, ev, &polled, want);
}
