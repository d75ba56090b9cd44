/* SPDX-License-Identifier: GPL-2.0-only */
/* Raw events as a kernel would give them, and the trace that must come of them. */
#include <criterion/criterion.h>
#include <string.h>

#include "traces/record/tests/convert_bench.h"

Test(convert, a_tick)
{
	struct bench b;
	struct raw_event out = at(20, RAW_OUT, VCPU, 1);

	begin(&b);
	meet(&b, 0, VCPU, 0, (uint64_t)-500);
	give(&b, at(5, RAW_IN, VCPU, 1));
	give(&b, arm(10, 1000, (uint64_t)-500));
	out.a = 1; /* TASK_INTERRUPTIBLE */
	out.flags = RAW_IN_RUN;
	give(&b, out);
	give(&b, at(999, RAW_TIMER_IRQ, 0, 3));
	give(&b, at(1000, RAW_FIRE, VCPU, 3));
	give(&b, at(1001, RAW_WAKING, VCPU, 3));
	give(&b, at(1002, RAW_WAKEUP, VCPU, 1));
	give(&b, at(1005, RAW_IN, VCPU, 1));
	give(&b, at(1010, RAW_PEND, VCPU, 1));
	end(&b);
	expect(&b, 0, 5, TRACE_SCHED_IN, 0);
	expect(&b, 1, 10, TRACE_ARM, TRACE_TSC_DEADLINE);
	cr_expect(b.ev[1].value == 1000000, "deadline %lu", (unsigned long)b.ev[1].value);
	expect(&b, 2, 20, TRACE_SCHED_OUT, TRACE_BLOCK);
	expect(&b, 3, 999, TRACE_OBS_HV_IRQ, 0);
	expect(&b, 4, 1000, TRACE_OBS_FIRE, 0);
	expect(&b, 5, 1001, TRACE_WAKE, 0);
	cr_expect(b.ev[5].lp == 3);
	expect(&b, 6, 1005, TRACE_SCHED_IN, 0);
	expect(&b, 7, 1010, TRACE_OBS_PEND, 0);
	cr_expect(b.n == 8);
	cr_expect(convert_tally(b.c)->fired == 1 && convert_tally(b.c)->cancelled == 0);
	cr_expect(convert_tally(b.c)->residuals == 1 && convert_tally(b.c)->residual_max == 0);
	done(&b);
}

/* KVM's offset is not what the guest sees: the timers show it. */
Test(convert, wrong_offset)
{
	struct bench b;

	begin(&b);
	meet(&b, 0, VCPU, 0, (uint64_t)-6500000000000);
	give(&b, at(5, RAW_IN, VCPU, 1));
	give(&b, arm(10, 1000, 0));
	give(&b, at(1000, RAW_FIRE, VCPU, 1));
	give(&b, arm(1010, 2000, 0));
	give(&b, at(2000, RAW_FIRE, VCPU, 1));
	end(&b);
	cr_expect(b.ev[1].value == 1000000 && b.ev[3].value == 2000000);
	done(&b);

	/* Neither KVM's nor none. */
	begin(&b);
	meet(&b, 0, VCPU, 0, (uint64_t)-6500000000000);
	give(&b, at(5, RAW_IN, VCPU, 1));
	give(&b, arm(10, 1000, 123456789012));
	give(&b, at(1000, RAW_FIRE, VCPU, 1));
	give(&b, arm(1010, 2000, 123456789012));
	end(&b);
	cr_expect(b.ev[1].value == 1000000 && b.ev[3].value == 2000000);
	done(&b);
}

Test(convert, deadlines_beyond_time)
{
	struct raw_event never = at(10, RAW_ARM_TSC, VCPU, 1), past = at(20, RAW_ARM_TSC, VCPU, 1);
	struct bench b;

	begin(&b);
	meet(&b, 0, VCPU, 0, 0);
	give(&b, at(5, RAW_IN, VCPU, 1));
	never.a = UINT64_MAX;
	give(&b, never);
	past.a = 1;
	give(&b, past);
	end(&b);
	cr_expect(b.ev[1].value == INT64_MAX / 1000 * 1000 || b.ev[1].value > 1000000000000);
	cr_expect(b.ev[2].value == 0);
	done(&b);
}

/* The sleeper was woken before it was off its CPU; one that never left it gets no WAKE. */
Test(convert, early_wakes)
{
	struct raw_event out = at(20, RAW_OUT, VCPU, 1), preempted = at(40, RAW_OUT, VCPU, 1);
	struct raw_event leaving = at(69, RAW_WAKING, VCPU, 3);
	struct bench b;

	begin(&b);
	meet(&b, 0, VCPU, 0, 0);
	give(&b, at(5, RAW_IN, VCPU, 1));
	give(&b, at(19, RAW_WAKING, VCPU, 2));
	out.a = 1;
	out.flags = RAW_IN_RUN;
	give(&b, out);
	/* What its next switch-in told. */
	give(&b, at(21, RAW_WAKEUP, VCPU, 1));
	give(&b, at(30, RAW_IN, VCPU, 1));
	give(&b, at(35, RAW_WAKING, VCPU, 2));
	preempted.a = 1;
	preempted.flags = RAW_PREEMPT;
	give(&b, preempted);
	give(&b, at(50, RAW_IN, VCPU, 0));
	/* Sure to leave. */
	leaving.flags = RAW_LEAVES;
	give(&b, leaving);
	out.ts += 50000;
	out.cpu = 0;
	give(&b, out);
	give(&b, at(80, RAW_IN, VCPU, 0));
	end(&b);
	expect(&b, 1, 20, TRACE_SCHED_OUT, TRACE_BLOCK);
	expect(&b, 2, 21, TRACE_WAKE, 0);
	cr_expect(b.ev[2].lp == 2);
	expect(&b, 3, 30, TRACE_SCHED_IN, 0);
	expect(&b, 4, 40, TRACE_SCHED_OUT, TRACE_PREEMPT);
	expect(&b, 5, 50, TRACE_SCHED_IN, 0);
	expect(&b, 6, 70, TRACE_SCHED_OUT, TRACE_BLOCK);
	expect(&b, 7, 70, TRACE_WAKE, 0);
	cr_expect(b.ev[7].lp == 3);
	expect(&b, 8, 80, TRACE_SCHED_IN, 0);
	cr_expect(b.n == 9);
	done(&b);
}

/* One that was to leave, and of which more is seen first: what was not seen may have been its
 * leave. */
Test(convert, early_wake_is_over)
{
	struct raw_event leaving = at(10, RAW_WAKING, VCPU, 3), out = at(30, RAW_OUT, VCPU, 1);
	struct bench b;

	for (int again = 0; again < 3; again++) {
		begin(&b);
		meet(&b, 0, VCPU, 0, 0);
		give(&b, at(5, RAW_IN, VCPU, 1));
		leaving.flags = RAW_LEAVES;
		give(&b, leaving);
		if (again == 0)
			give(&b, at(20, RAW_IN, VCPU, 1));
		else if (again == 1)
			give(&b, at(20, RAW_PEND, VCPU, 1));
		else
			give(&b, at(20, RAW_WAKING, VCPU, 1));
		out.a = 1;
		out.flags = RAW_IN_RUN;
		give(&b, out);
		end(&b);
		expect(&b, b.n - 1, 30, TRACE_SCHED_OUT, TRACE_BLOCK);
		done(&b);
	}
}

/* A thread that sleeps outside KVM_RUN is the VMM's: its guest did not halt. */
Test(convert, the_vmm_sleeps)
{
	struct raw_event out = at(20, RAW_OUT, VCPU, 1), halt = at(40, RAW_OUT, VCPU, 1),
			 preempted = at(60, RAW_OUT, VCPU, 1), dead = at(80, RAW_OUT, VCPU, 1);
	struct bench b;

	begin(&b);
	meet(&b, 0, VCPU, 0, 0);
	give(&b, at(5, RAW_IN, VCPU, 1));
	give(&b, arm(10, 70, 0));
	out.a = 1;
	give(&b, out);
	give(&b, at(25, RAW_WAKING, VCPU, 2));
	give(&b, at(30, RAW_IN, VCPU, 1));
	halt.a = 1;
	halt.flags = RAW_IN_RUN;
	give(&b, halt);
	give(&b, at(50, RAW_IN, VCPU, 1));
	preempted.a = 1; /* on its way to sleep */
	preempted.flags = RAW_PREEMPT;
	give(&b, preempted);
	give(&b, at(65, RAW_IN, VCPU, 1));
	give(&b, at(70, RAW_FIRE, VCPU, 1));
	dead.a = 0x80;
	give(&b, dead);
	end(&b);
	expect(&b, 2, 20, TRACE_SCHED_OUT, TRACE_WAIT);
	expect(&b, 3, 25, TRACE_WAKE, 0);
	cr_expect(b.ev[3].lp == 2);
	expect(&b, 4, 30, TRACE_SCHED_IN, 0);
	expect(&b, 5, 40, TRACE_SCHED_OUT, TRACE_BLOCK);
	expect(&b, 7, 60, TRACE_SCHED_OUT, TRACE_PREEMPT);
	expect(&b, 9, 70, TRACE_OBS_FIRE, 0);
	expect(&b, 10, 80, TRACE_SCHED_OUT, TRACE_OFFLINE);
	cr_expect(b.n == 11);
	done(&b);
}

/* What was lost closes the run; whatever comes next shows who runs. */
Test(convert, holes)
{
	struct raw_event hole = at(20, RAW_LOST, 0, 1), out = at(60, RAW_OUT, VCPU2, 2);
	struct bench b;

	begin(&b);
	meet(&b, 0, VCPU, 0, 0);
	meet(&b, 0, VCPU2, 1, 0);
	give(&b, at(5, RAW_IN, VCPU, 1));
	give(&b, at(6, RAW_IN, VCPU2, 1)); /* VCPU's switch-out was not seen */
	hole.a = BEGAN + 40000;
	hole.b = 17;
	give(&b, hole);
	give(&b, arm(50, 1000, 0));
	give(&b, out);
	end(&b);
	expect(&b, 1, 6, TRACE_SCHED_OUT, TRACE_LOST_VP);
	expect(&b, 2, 6, TRACE_SCHED_IN, 0);
	expect(&b, 3, 20, TRACE_SCHED_OUT, TRACE_LOST_VP);
	expect(&b, 4, 20, TRACE_LOST, 0);
	cr_expect(b.ev[4].value == 40000 && b.ev[4].extra == 17 && b.ev[4].lp == 1);
	expect(&b, 5, 50, TRACE_SCHED_IN, 0);
	expect(&b, 6, 50, TRACE_ARM, TRACE_TSC_DEADLINE);
	expect(&b, 7, 60, TRACE_SCHED_IN, 0);
	expect(&b, 8, 60, TRACE_SCHED_OUT, TRACE_PREEMPT);
	cr_expect(convert_tally(b.c)->lost == 17 && convert_tally(b.c)->closed == 2);
	done(&b);
}

/* A switch-in and an expiry that no probe saw, and no counter either. */
Test(convert, not_seen)
{
	struct raw_event out = at(20, RAW_OUT, VCPU, 1), again = at(1020, RAW_OUT, VCPU, 1);
	struct bench b;

	begin(&b);
	meet(&b, 0, VCPU, 0, 0);
	give(&b, arm(10, 1000, 0));
	out.a = again.a = 1;
	out.flags = again.flags = RAW_IN_RUN;
	give(&b, out);
	give(&b, at(1010, RAW_PEND, VCPU, 1));
	give(&b, again);
	end(&b);
	expect(&b, 0, 10, TRACE_SCHED_IN, 0); /* first sight: nothing is missing */
	expect(&b, 1, 10, TRACE_ARM, TRACE_TSC_DEADLINE);
	expect(&b, 2, 20, TRACE_SCHED_OUT, TRACE_BLOCK);
	expect(&b, 3, 1010, TRACE_LOST, 0);
	expect(&b, 4, 1010, TRACE_SCHED_IN, 0);
	expect(&b, 5, 1010, TRACE_LOST, 0);
	expect(&b, 6, 1010, TRACE_OBS_PEND, 0);
	expect(&b, 7, 1020, TRACE_SCHED_OUT, TRACE_BLOCK);
	cr_expect(convert_tally(b.c)->unseen_switches == 1 &&
		  convert_tally(b.c)->unseen_fires == 1);
	done(&b);
}

Test(convert, lapic_modes)
{
	struct raw_event lvtt = at(6, RAW_LVTT, VCPU, 1), periodic = at(10, RAW_ARM_LAPIC, VCPU, 1),
			 mode = at(30, RAW_LVTT, VCPU, 1), zero = at(40, RAW_DISARM, VCPU, 1);
	struct bench b;

	begin(&b);
	meet(&b, 0, VCPU, 0, 0);
	give(&b, at(5, RAW_IN, VCPU, 1));
	lvtt.a = LVTT_PERIODIC | LVTT_MASKED | 0x40;
	lvtt.b = LVTT_TSCDEADLINE;
	give(&b, lvtt);
	periodic.a = BEGAN + 1010000;
	periodic.b = 1000000;
	periodic.flags = RAW_STARTED;
	give(&b, periodic);
	give(&b, at(15, RAW_IGNORED, VCPU, 1));
	mode.a = LVTT_TSCDEADLINE | 0x41;
	mode.b = LVTT_PERIODIC;
	give(&b, mode);
	give(&b, zero);
	end(&b);
	expect(&b, 1, 6, TRACE_MASK, 1);
	cr_expect(b.ev[1].extra == 0x40);
	expect(&b, 2, 10, TRACE_ARM, TRACE_LAPIC);
	cr_expect(b.ev[2].value == 1010000 && b.ev[2].extra == 1000000);
	expect(&b, 3, 30, TRACE_DISARM, 0);
	expect(&b, 4, 30, TRACE_MASK, 0);
	expect(&b, 5, 40, TRACE_DISARM, 0);
	cr_expect(b.n == 6 && convert_tally(b.c)->ignored == 1);
	done(&b);
}

/* The address of a vCPU is used again by another VM. */
Test(convert, address_reuse)
{
	struct raw_event dead = at(20, RAW_OUT, VCPU, 1);
	struct raw_vcpu v = {
		.ev = at(100, RAW_VCPU, VCPU, 1), .kvm = 0x9999, .tgid = 200, .vcpu_id = 3
	};
	struct bench b;

	begin(&b);
	meet(&b, 0, VCPU, 0, 0);
	/* Seen early, as sightings are; the events of the old one are still to come. */
	convert_name_vm(b.c, v.kvm, v.tgid, "other");
	convert_vcpu(b.c, &v, &v.ev.a);
	give(&b, at(5, RAW_IN, VCPU, 1));
	dead.a = 0x80;
	give(&b, dead);
	give(&b, v.ev);
	give(&b, at(110, RAW_IN, VCPU, 1));
	end(&b);
	expect(&b, 1, 20, TRACE_SCHED_OUT, TRACE_OFFLINE);
	cr_expect(b.ev[0].vp == 0 && b.ev[2].vp == 1);
	cr_expect_str_eq(convert_meta(b.c)->vp[1].name, "otherv3");
	cr_expect(convert_meta(b.c)->vp[1].domain == 1);
	done(&b);
}

/* What a flight recorder does: state moves without output, a copy of it writes. */
Test(convert, clone_goes_on)
{
	struct convert *base = convert_new(4, &tsc_clock, 0);
	struct raw_event in = at(5, RAW_IN, VCPU, 1), irq = at(90, RAW_TIMER_IRQ, 0, 0);
	struct raw_vcpu v = { .ev = at(0, RAW_VCPU, VCPU, 0), .kvm = 1, .tgid = 1 };
	struct bench b;

	begin(&b);
	convert_vcpu(base, &v, &v.ev.a);
	cr_assert(!convert_event(base, &v.ev, &b.err));
	cr_assert(!convert_event(base, &in, &b.err));
	convert_free(b.c);
	b.c = convert_clone(base);
	cr_assert(!convert_output(b.c, b.w, BEGAN + 80000, &b.err));
	give(&b, irq);
	convert_free(base);
	end(&b);
	expect(&b, 0, 0, TRACE_SCHED_IN, 0);
	expect(&b, 1, 10, TRACE_OBS_HV_IRQ, 0);
	done(&b);
}

/* All of a VM's addresses are used again at once, by a thread that was the old one's. */
Test(convert, all_addresses_reused)
{
	struct raw_event made = at(100, RAW_CREATED, VCPU, 1);
	struct raw_vcpu v;
	struct bench b;

	begin(&b);
	meet(&b, 0, VCPU, 0, 0);
	give(&b, at(5, RAW_IN, VCPU, 1));
	give(&b, arm(10, 1000, 0));
	made.a = 0x1234;
	made.c = 100;
	convert_created(b.c, &made);
	v = sighting(120, VCPU, 0, 0);
	v.ev.cpu = 1;
	sight(&b, &v);
	give(&b, made);
	give(&b, v.ev);
	give(&b, at(120, RAW_OUT, VCPU, 1));
	end(&b);
	expect(&b, 2, 100, TRACE_SCHED_OUT, TRACE_OFFLINE);
	expect(&b, 3, 120, TRACE_SCHED_IN, 0);
	cr_expect(b.ev[2].vp == 0 && b.ev[3].vp == 1);
	cr_expect_str_eq(convert_meta(b.c)->vp[1].name, "vm/2v0");
	cr_expect_eq(convert_meta(b.c)->vp[1].domain, 1);
	cr_expect_eq(convert_tally(b.c)->cancelled, 1);
	done(&b);
}
