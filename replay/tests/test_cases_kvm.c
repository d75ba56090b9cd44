/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Named cases: what the guest timers of KVM and of the proposals to it do differently from each
 * other. Their numbers were found with RULES.md, sections 9 to 12, and a pencil.
 */
#include <criterion/criterion.h>

#include "replay/tests/reference_case.h"

enum { CATCHUP, REBASE, DROP };

/* @params of hrtimer, preemption or native. */
static struct reference_params kvm(struct reference_params params, uint64_t advance, uint64_t late)
{
	params.value[0] = advance;
	params.value[1] = late;
	return params;
}

/* ---- where the deadline is while the VP does not run ---- */

Test(kvm, preempted)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm(10, 0, TRACE_TSC_DEADLINE, 1000),
					  out(20, 0, TRACE_PREEMPT), in(1500, 0, 0), stop(2000) };
	/* The host's timer runs on and interrupts the LP, though nobody there can take the tick. */
	const struct expected runs_on[] = { { "timer_interrupts.lp_idle", 1 },
					    { "timer_interrupts.guest", 1 },
					    { "exits.guest_timer", 0 },
					    { "ac_timer_list.fires", 1 },
					    { "firing_skew_ns.pend.max", 0 },
					    { "firing_skew_ns.delivery.max", 500 },
					    { NULL, 0 } };
	/* Nothing is armed anywhere; the entry at 1500 leaves at once, or delivers. */
	const struct expected silent[] = { { "timer_interrupts.total", 0 },
					   { "ac_timer_list.adds", 0 },
					   { "hardware_writes", 0 },
					   { "exits.arm", 1 },
					   { "exits.guest_timer", 1 },
					   { "firing_skew_ns.pend.max", 500 },
					   { "firing_skew_ns.policy.max", 0 },
					   { "firing_skew_ns.delivery.max", 500 },
					   { NULL, 0 } };
	const struct expected no_exit[] = { { "timer_interrupts.total", 0 },
					    { "exits.arm", 0 },
					    { "exits.guest_timer", 0 },
					    { "firing_skew_ns.pend.max", 500 },
					    { "firing_skew_ns.delivery.max", 500 },
					    { NULL, 0 } };

	check_case(1, 1, ev, &hrtimer, runs_on);
	check_case(1, 1, ev, &preemption, silent);
	check_case(1, 1, ev, &native, no_exit);
	check_case(1, 1, ev, &passed, runs_on);
}

Test(kvm, blocked)
{
	const struct trace_event ev[] = { in(0, 0, 0),
					  arm(10, 0, TRACE_TSC_DEADLINE, 1000),
					  out(20, 0, TRACE_BLOCK),
					  wake(1100, 0),
					  in(1200, 0, 0),
					  stop(2000) };
	/* Each has a timer of the host for it. */
	const struct expected want[] = {
		{ "timer_interrupts.total", 1 }, { "timer_interrupts.lp_idle", 1 },
		{ "wakeups.on_time", 1 },	 { "ac_timer_list.guest_len_max", 1 },
		{ "exits.guest_timer", 0 },	 { "firing_skew_ns.pend.max", 0 },
		{ "causality_breaks", 0 },	 { NULL, 0 }
	};

	check_case(1, 1, ev, &hrtimer, want);
	check_case(1, 1, ev, &preemption, want);
	check_case(1, 1, ev, &native, want);
	check_case(1, 1, ev, &passed, want);
}

Test(kvm, unblocked_before_the_deadline)
{
	const struct trace_event ev[] = { in(0, 0, 0),
					  arm(10, 0, TRACE_TSC_DEADLINE, 1000),
					  out(20, 0, TRACE_BLOCK),
					  wake(300, 0),
					  in(300, 0, 1),
					  stop(2000) };
	/* The timer moves with its VP: one more add, and the interrupt is LP 1's. */
	const struct expected moves[] = {
		{ "ac_timer_list.adds", 2 },	 { "ac_timer_list.removes", 1 },
		{ "ac_timer_list.moves", 1 },	 { "timer_interrupts.per_lp.1.guest", 1 },
		{ "timer_interrupts.total", 1 }, { NULL, 0 }
	};
	/* It is taken off, and the VP carries its deadline with it. */
	const struct expected carried[] = {
		{ "ac_timer_list.adds", 1 },  { "ac_timer_list.removes", 1 },
		{ "ac_timer_list.moves", 0 }, { "timer_interrupts.total", 0 },
		{ "exits.guest_timer", 1 },   { NULL, 0 }
	};
	const struct expected no_exit[] = { { "ac_timer_list.removes", 1 },
					    { "timer_interrupts.total", 0 },
					    { "exits.guest_timer", 0 },
					    { "ticks.delivered", 1 },
					    { NULL, 0 } };
	const struct expected match[] = { { "ac_timer_list.adds", 1 },
					  { "ac_timer_list.moves", 0 },
					  { "timer_interrupts.per_lp.1.guest", 1 },
					  { "exits.guest_timer", 0 },
					  { NULL, 0 } };

	check_case(2, 1, ev, &hrtimer, moves);
	check_case(2, 1, ev, &preemption, carried);
	check_case(2, 1, ev, &native, no_exit);
	check_case(2, 1, ev, &passed, match);
}

/* ---- early ---- */

Test(kvm, advance_of_a_tsc_deadline)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm(10, 0, TRACE_TSC_DEADLINE, 5000),
					  stop(9000) };
	const struct reference_params soft = kvm(hrtimer, 1000, CATCHUP),
				      hv = kvm(preemption, 1000, CATCHUP);
	const struct reference_params none = kvm(native, 1000, CATCHUP);
	const struct expected early[] = { { "ticks.due", 1 },
					  { "ticks.early", 1 },
					  { "ticks.delivered", 1 },
					  { "firing_skew_ns.pend.max", -1000 },
					  { NULL, 0 } };
	/* What the processor's own timer does is not early. */
	const struct expected exact[] = { { "ticks.early", 0 },
					  { "firing_skew_ns.pend.max", 0 },
					  { NULL, 0 } };

	check_case(1, 1, ev, &soft, early);
	check_case(1, 1, ev, &hv, early);
	check_case(1, 1, ev, &none, exact);
}

/* 4.2: 2 ns are what rounding does. */
Test(kvm, early_is_more_than_rounding)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm(10, 0, TRACE_TSC_DEADLINE, 5000),
					  stop(9000) };
	const struct reference_params two = kvm(hrtimer, 2, CATCHUP),
				      three = kvm(hrtimer, 3, CATCHUP);
	const struct expected rounded[] = { { "ticks.early", 0 },
					    { "ticks.due", 1 },
					    { "ticks.delivered", 1 },
					    { "firing_skew_ns.pend.max", -2 },
					    { NULL, 0 } };
	const struct expected early[] = { { "ticks.early", 1 },
					  { "firing_skew_ns.pend.max", -3 },
					  { NULL, 0 } };

	check_case(1, 1, ev, &two, rounded);
	check_case(1, 1, ev, &three, early);
}

Test(kvm, advance_of_a_lapic_one_shot)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm(10, 0, TRACE_LAPIC, 5000), stop(9000) };
	const struct reference_params soft = kvm(hrtimer, 1000, CATCHUP),
				      hv = kvm(preemption, 1000, CATCHUP);
	/* start_sw_period() knows no advance, vmx_set_hv_timer() always does. */
	const struct expected exact[] = { { "ticks.early", 0 },
					  { "timer_interrupts.guest", 1 },
					  { NULL, 0 } };
	const struct expected early[] = { { "ticks.early", 1 },
					  { "firing_skew_ns.pend.max", -1000 },
					  { "exits.guest_timer", 1 },
					  { NULL, 0 } };

	check_case(1, 1, ev, &soft, exact);
	check_case(1, 1, ev, &hv, early);
}

Test(kvm, nearer_than_the_advance)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm(10, 0, TRACE_TSC_DEADLINE, 1010),
					  stop(9000) };
	const struct reference_params soft = kvm(hrtimer, 1000, CATCHUP),
				      hv = kvm(preemption, 1000, CATCHUP);
	const struct expected want[] = { { "ticks.early", 1 },
					 { "firing_skew_ns.pend.max", -1000 },
					 { "timer_interrupts.total", 0 },
					 { "exits.guest_timer", 0 },
					 { "ac_timer_list.adds", 0 },
					 { NULL, 0 } };

	check_case(1, 1, ev, &soft, want);
	check_case(1, 1, ev, &hv, want);
}

/* A blocked VP's deadline is the host's again, and early again, also where the processor's was not.
 */
Test(kvm, advance_of_a_blocked_vp)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm(10, 0, TRACE_TSC_DEADLINE, 5000),
					  out(4500, 0, TRACE_BLOCK), stop(9000) };
	const struct reference_params none = kvm(native, 1000, CATCHUP);
	/* 5000 - 1000 is over at 4500: it expires on the way into the block, which so is none. */
	const struct expected want[] = { { "ticks.early", 1 },
					 { "ac_timer_list.fires", 0 },
					 { "timer_interrupts.total", 0 },
					 { "wakeups.due", 0 },
					 { "ticks.pending_at_end", 1 },
					 { NULL, 0 } };

	check_case(1, 1, ev, &none, want);
}

/* ---- periods that were missed ---- */

Test(kvm, periods_of_a_late_interrupt)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm_periodic(10, 0, 100, 100), stop(600) };
	static const struct expected want[3][8] = {
		/* 100, 200 and 300 each expire at 350, and are one tick. */
		[CATCHUP] = { { "ac_timer_list.fires", 3 },
			      { "ticks.delivered", 1 },
			      { "ticks.coalesced", 2 },
			      { NULL, 0 } },
		/* 100, then what was put off from 200 to 350. */
		[REBASE] = { { "ac_timer_list.fires", 2 },
			     { "ticks.delivered", 1 },
			     { "ticks.coalesced", 2 },
			     { NULL, 0 } },
		[DROP] = { { "ac_timer_list.fires", 1 },
			   { "ticks.delivered", 1 },
			   { "ticks.coalesced", 2 },
			   { NULL, 0 } },
	};
	uint64_t late;

	for (late = CATCHUP; late <= DROP; late++) {
		/* The match of the ARM is max(100, 10 + 340). */
		struct reference_params params = with_slop(kvm(hrtimer, 0, late), 340);

		check_case(1, 1, ev, &params, want[late]);
	}
}

Test(kvm, periods_of_a_preempted_vp)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm_periodic(10, 0, 100, 100),
					  out(20, 0, TRACE_PREEMPT), in(350, 0, 0), stop(560) };
	/* 100, 200, 300 at 350, three exits, after each of which the guest has its tick. */
	static const struct expected want[3][8] = {
		[CATCHUP] = { { "exits.guest_timer", 5 },
			      { "ticks.delivered", 5 },
			      { "ticks.coalesced", 0 },
			      { "firing_skew_ns.pend.min", 0 },
			      { "firing_skew_ns.pend.max", 250 },
			      { NULL, 0 } },
		/* Two at 350, of which one is nobody's; then 450 for 400, and 550 for 500. */
		[REBASE] = { { "exits.guest_timer", 4 },
			     { "ticks.delivered", 4 },
			     { "ticks.coalesced", 2 },
			     { "firing_skew_ns.pend.min", 0 },
			     { "firing_skew_ns.pend.max", 250 },
			     { NULL, 0 } },
		[DROP] = { { "exits.guest_timer", 3 },
			   { "ticks.delivered", 3 },
			   { "ticks.coalesced", 2 },
			   { "firing_skew_ns.pend.min", 0 },
			   { "firing_skew_ns.pend.max", 250 },
			   { NULL, 0 } },
	};
	uint64_t late;

	for (late = CATCHUP; late <= DROP; late++) {
		struct reference_params params = kvm(preemption, 0, late);

		check_case(1, 1, ev, &params, want[late]);
	}
}

Test(kvm, shortest_period)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm_periodic(10, 0, 100, 100), stop(750) };
	struct reference_params soft = hrtimer, by_match = passed;
	/* 100, 400, 700; what the guest asked for in between comes with the next one. */
	const struct expected want[] = { { "ticks.due", 7 },
					 { "ticks.delivered", 3 },
					 { "ticks.coalesced", 4 },
					 { "ac_timer_list.fires", 3 },
					 { NULL, 0 } };

	soft.value[2] = 300;
	by_match.value[1] = 300;
	check_case(1, 1, ev, &soft, want);
	check_case(1, 1, ev, &by_match, want);
}

/* ---- the way back into the guest ---- */

/* @params where the end of an interrupt takes @ns. */
static struct reference_params with_base(struct reference_params params, uint64_t ns)
{
	static uint64_t costs[REFERENCE_COSTS];

	costs[REFERENCE_BASE] = ns; /* until the next call */
	params.cost_ns = costs;
	return params;
}

Test(kvm, waits_for_what_is_served_early)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm(10, 0, TRACE_TSC_DEADLINE, 50000),
					  arm(60000, 0, TRACE_TSC_DEADLINE, 100000), stop(200000) };
	const struct reference_params soft = kvm(hrtimer, 4000, REBASE);
	/* There at 47000: 3000 to wait, and an eighth of it is advance too much: 3625. So at 97375
	 * the next time: 2625. */
	const struct expected waits[] = {
		{ "firing_skew_ns.pend.min", -4000 }, { "firing_skew_ns.pend.max", -3625 },
		{ "firing_skew_ns.delivery.min", 0 }, { "firing_skew_ns.delivery.max", 0 },
		{ "hypervisor_ns.spend", 5625 },      { NULL, 0 }
	};
	const struct expected early[] = { { "firing_skew_ns.delivery.min", -4000 },
					  { "firing_skew_ns.delivery.max", -4000 },
					  { NULL, 0 } };
	const struct reference_params slow = with_base(soft, 1000);

	check_case(1, 1, ev, &soft, early);
	check_case(1, 1, ev, &slow, waits);
}

Test(kvm, advance_grows_where_the_way_is_long)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm(10, 0, TRACE_TSC_DEADLINE, 50000),
					  arm(80000, 0, TRACE_TSC_DEADLINE, 100000), stop(200000) };
	/* There at 55000, an eighth of 5000 more: 1625. */
	const struct reference_params tuned = kvm(hrtimer, 1000, REBASE);
	struct reference_params slow = with_base(tuned, 6000);

	check_case(1, 1, ev, &slow,
		   (const struct expected[]){ { "firing_skew_ns.pend.min", -1625 },
					      { "firing_skew_ns.delivery.max", 5000 },
					      { "hypervisor_ns.spend", 0 },
					      { NULL, 0 } });
	/* 20000 is no error that would count. */
	slow = with_base(tuned, 21000);
	check_case(1, 1, ev, &slow,
		   (const struct expected[]){ { "firing_skew_ns.pend.min", -1000 }, { NULL, 0 } });
}

/* What a count has passed meanwhile is found by the restart on the new LP, before the entry. */
Test(kvm, comes_back_on_another_lp)
{
	const struct trace_event one_shot[] = { in(0, 0, 0), arm(10, 0, TRACE_LAPIC, 1000),
						out(20, 0, TRACE_PREEMPT), in(1500, 0, 1),
						stop(2000) };
	const struct trace_event periodic[] = { in(0, 0, 0), arm_periodic(10, 0, 1000, 1000),
						out(20, 0, TRACE_PREEMPT), in(1500, 0, 1),
						stop(1900) };

	check_case(2, 1, one_shot, &preemption,
		   (const struct expected[]){ { "exits.guest_timer", 0 },
					      { "ticks.delivered", 1 },
					      { "firing_skew_ns.pend.max", 500 },
					      { NULL, 0 } });
	check_case(2, 1, periodic, &preemption,
		   (const struct expected[]){ { "exits.guest_timer", 1 },
					      { "ticks.delivered", 1 },
					      { "firing_skew_ns.pend.max", 500 },
					      { NULL, 0 } });
}

Test(kvm, moves_before_its_interrupt_begins)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm(10, 0, TRACE_LAPIC, 1000),
					  out(20, 0, TRACE_PREEMPT), in(1500, 0, 1), stop(2000) };
	static uint64_t costs[REFERENCE_COSTS] = {
		[REFERENCE_LATENCY] = 600, [REFERENCE_IPI] = 70
	};
	struct reference_params params = hrtimer;

	/* Its interrupt on LP 0 begins at 1600, when the timer has moved to LP 1. */
	params.cost_ns = costs;
	check_case(2, 1, ev, &params,
		   (const struct expected[]){ { "timer_interrupts.per_lp.0.spurious", 1 },
					      { "timer_interrupts.total", 1 },
					      { "ac_timer_list.moves", 1 },
					      { "hypervisor_ns.total", 0 },
					      { "firing_skew_ns.pend.max", 500 },
					      { NULL, 0 } });
}

/* ---- masks and counters ---- */

Test(kvm, masked)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm(10, 0, TRACE_TSC_DEADLINE, 1000),
					  mask(50, 0, true), mask(1500, 0, false), stop(2000) };
	/* The timer does not know of the mask, and what is pending is injected once it is gone. */
	const struct expected soft[] = {
		{ "timer_interrupts.spurious", 1 }, { "ticks.due", 1 }, { "ticks.delivered", 1 },
		{ "firing_skew_ns.pend.max", 500 }, { "exits.arm", 3 }, { NULL, 0 }
	};
	const struct expected hv[] = { { "timer_interrupts.total", 0 },
				       { "exits.guest_timer", 1 },
				       { "exits.arm", 3 },
				       { NULL, 0 } };
	/* Masked, it is the preemption timer's. */
	const struct expected falls_back[] = { { "timer_interrupts.total", 0 },
					       { "exits.guest_timer", 1 },
					       { "exits.arm", 2 },
					       { NULL, 0 } };
	const struct expected match[] = { { "timer_interrupts.spurious", 1 },
					  { "exits.guest_timer", 0 },
					  { "exits.arm", 2 },
					  { NULL, 0 } };

	check_case(1, 1, ev, &hrtimer, soft);
	check_case(1, 1, ev, &preemption, hv);
	check_case(1, 1, ev, &native, falls_back);
	check_case(1, 1, ev, &passed, match);
}

/* The guest wrote its timer anew before it unmasked it. */
Test(kvm, masked_and_written_again)
{
	const struct trace_event ev[] = {
		in(0, 0, 0),	      arm(10, 0, TRACE_TSC_DEADLINE, 1000),
		mask(50, 0, true),    arm(1200, 0, TRACE_TSC_DEADLINE, 1800),
		mask(1500, 0, false), stop(2000)
	};
	const struct reference_params *const params[] = { &hrtimer, &preemption, &native, &passed };
	const struct expected want[] = { { "ticks.due", 1 },
					 { "firing_skew_ns.pend.max", 0 },
					 { NULL, 0 } };
	size_t i;

	for (i = 0; i < 4; i++)
		check_case(1, 1, ev, params[i], want);
}

Test(kvm, unmasked_in_time)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm(10, 0, TRACE_TSC_DEADLINE, 5000),
					  mask(50, 0, true), mask(500, 0, false), stop(9000) };
	const struct reference_params params = kvm(native, 1000, CATCHUP);
	/* It is the processor's again: neither early nor an exit. */
	const struct expected want[] = { { "ticks.early", 0 },
					 { "ticks.delivered", 1 },
					 { "exits.guest_timer", 0 },
					 { NULL, 0 } };

	check_case(1, 1, ev, &params, want);
}

Test(kvm, counter_does_not_touch_the_timer)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm(10, 0, TRACE_TSC_DEADLINE, 1000),
					  counter(100, 0, 500), stop(2000) };
	const struct reference_params *const params[] = { &hrtimer, &preemption, &native, &passed };
	/* The guest reads 1000 at 600, the timer still comes at 1000. */
	const struct expected want[] = { { "ticks.delivered", 1 },
					 { "firing_skew_ns.pend.max", 400 },
					 { "guest_clock_error_ns", 0 },
					 { NULL, 0 } };
	size_t i;

	for (i = 0; i < 4; i++)
		check_case(1, 1, ev, params[i], want);
}

/* ---- modes, and what each costs ---- */

Test(kvm, wait_that_has_more_than_32_bits)
{
	const uint64_t far = UINT64_C(0x100000000);
	const struct trace_event fits[] = { in(0, 0, 0), arm(0, 0, TRACE_TSC_DEADLINE, far - 1),
					    stop(2 * far) };
	const struct trace_event does_not[] = { in(0, 0, 0), arm(0, 0, TRACE_TSC_DEADLINE, far),
						stop(2 * far) };
	struct reference_params params = preemption;
	const struct expected exit[] = { { "timer_interrupts.total", 0 },
					 { "exits.guest_timer", 1 },
					 { NULL, 0 } };
	const struct expected interrupt[] = { { "timer_interrupts.guest", 1 },
					      { "exits.guest_timer", 0 },
					      { NULL, 0 } };

	check_case(1, 1, does_not, &params, exit);
	params.value[3] = 0;
	check_case(1, 1, fits, &params, exit);
	check_case(1, 1, does_not, &params, interrupt);
	/* The processor's own has 64 bits. */
	params = native;
	params.value[3] = 0;
	check_case(1, 1, does_not, &params,
		   (const struct expected[]){
		       { "timer_interrupts.total", 0 }, { "exits.guest_timer", 0 }, { NULL, 0 } });
}

Test(kvm, modes_without_the_processors_timer)
{
	const struct trace_event one_shot[] = { in(0, 0, 0), arm(10, 0, TRACE_LAPIC, 1000),
						disarm(1500, 0), stop(2000) };
	const struct trace_event periodic[] = { in(0, 0, 0), arm_periodic(10, 0, 1000, 400),
						disarm(1500, 0), stop(2000) };

	check_case(1, 1, one_shot, &native,
		   (const struct expected[]){
		       { "exits.arm", 2 }, { "exits.guest_timer", 1 }, { NULL, 0 } });
	check_case(1, 1, periodic, &native,
		   (const struct expected[]){
		       { "exits.arm", 2 }, { "exits.guest_timer", 2 }, { NULL, 0 } });
	/* passthrough-2021: the host's timer comes by the preemption timer. */
	check_case(1, 1, one_shot, &passed,
		   (const struct expected[]){ { "exits.arm", 2 },
					      { "exits.guest_timer", 1 },
					      { "timer_interrupts.total", 0 },
					      { "ac_timer_list.fires", 1 },
					      { NULL, 0 } });
}

Test(kvm, host_timers_of_passthrough_2021)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm(10, 0, TRACE_TSC_DEADLINE, 150),
					  out(250, 0, TRACE_PREEMPT), stop(400) };
	const struct reference_params params = with_tick(passed, 10000000);
	/*
	 * Ticks at 100 and 200 leave the guest, its deadline at 150 interrupts, the ticks at 300
	 * and 400 do. The match is written at the start, the schedule-in, the ARM, the schedule-out
	 * and after the two interrupts of the idle LP.
	 */
	const struct expected want[] = { { "exits.arm", 0 },
					 { "exits.guest_timer", 2 },
					 { "exits.fire", 1 },
					 { "timer_interrupts.total", 3 },
					 { "timer_interrupts.guest", 1 },
					 { "timer_interrupts.hypervisor", 2 },
					 { "hardware_writes", 6 },
					 { NULL, 0 } };

	check_case(1, 1, ev, &params, want);
}

Test(kvm, passthrough_2021_past_deadline)
{
	const struct trace_event tsc[] = { in(0, 0, 0), arm(100, 0, TRACE_TSC_DEADLINE, 50),
					   stop(200) };
	const struct trace_event itm[] = { in(0, 0, 0), arm(100, 0, TRACE_ITM, 50), stop(200) };

	/* The machine's register is in the past: it interrupts at once. */
	check_case(1, 1, tsc, &passed,
		   (const struct expected[]){ { "timer_interrupts.guest", 1 },
					      { "exits.arm", 0 },
					      { "ticks.delivered", 1 },
					      { "firing_skew_ns.pend.max", 0 },
					      { NULL, 0 } });
	check_case(1, 1, itm, &passed,
		   (const struct expected[]){
		       { "timer_interrupts.total", 0 }, { "ticks.due", 0 }, { NULL, 0 } });
}

Test(kvm, another_mode_takes_the_match_back)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm(10, 0, TRACE_TSC_DEADLINE, 500),
					  arm(20, 0, TRACE_LAPIC, 300), stop(1000) };
	const struct expected want[] = { { "timer_interrupts.total", 0 },
					 { "exits.guest_timer", 1 },
					 { "ticks.delivered", 1 },
					 { "arms.replaced", 1 },
					 { NULL, 0 } };

	check_case(1, 1, ev, &passed, want);
}

Test(kvm, offline)
{
	const struct trace_event ev[] = { in(0, 0, 0), arm(10, 0, TRACE_TSC_DEADLINE, 1000),
					  out(20, 0, TRACE_OFFLINE), in(1500, 0, 0), stop(2000) };
	const struct reference_params *const params[] = { &hrtimer, &preemption, &native, &passed };
	const struct expected want[] = { { "timer_interrupts.total", 0 },
					 { "ticks.due", 0 },
					 { "exits.guest_timer", 0 },
					 { NULL, 0 } };
	size_t i;

	for (i = 0; i < 4; i++)
		check_case(1, 1, ev, params[i], want);
}
