/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Each kind of record of a KVM host, and what it becomes. The clock is mono, so a tick is a
 * nanosecond; time 0 is the first record's stamp, 1000 mostly. Thread 100 is vCPU 0, 101 is vCPU 1.
 */
#include <criterion/criterion.h>

#include "traces/import/tests/kvm_build.h"

enum { A = 100, B = 101, IDLE = 0, OTHER = 7, TIMER_A = 0x5000, TIMER_B = 0x6000 };
enum { S = 1, R = 0, PREEMPTED = 0x100, DEAD = 0x10 };

static void expect(struct kvm_build *b, const char *events)
{
	struct kvm_result r = kb_import(b);

	cr_expect_eq(r.ret, 0, "%s", r.err.text);
	cr_expect_str_eq(r.events, events);
	cr_expect(r.legal);
	kb_result_free(&r);
}

static void sw(struct kvm_build *b, uint64_t ts, unsigned cpu, uint32_t from, uint64_t state,
	       uint32_t to)
{
	kb(b, ts, cpu, from, KVM_SWITCH, 0, to, state);
}

static void start(struct kvm_build *b, uint64_t ts, unsigned cpu, uint32_t pid, uint64_t timer,
		  uint64_t expires)
{
	kb(b, ts, cpu, pid, KVM_START, KVM_F_LAPIC, timer, expires);
}

static void fire(struct kvm_build *b, uint64_t ts, unsigned cpu, uint32_t pid, uint64_t timer)
{
	kb(b, ts, cpu, pid, KVM_EXPIRE, KVM_F_LAPIC, timer, ts);
}

static void msr(struct kvm_build *b, uint64_t ts, uint32_t pid, uint64_t reg, uint64_t value)
{
	kb(b, ts, 0, pid, KVM_MSR, 0, reg, value);
}

static void apic(struct kvm_build *b, uint64_t ts, uint32_t pid, uint64_t reg, uint64_t value)
{
	kb(b, ts, 0, pid, KVM_APIC, 0, reg, value);
}

Test(kvm, schedule_with_all_reasons)
{
	struct kvm_build b = { 0 };

	sw(&b, 1000, 0, A, R, B); /* A ran when the capture began */
	sw(&b, 1100, 0, B, S, IDLE);
	kb(&b, 1150, 1, OTHER, KVM_WAKING, 0, B, 0);
	kb(&b, 1160, 0, IDLE, KVM_WAKEUP, 0, B, 0); /* of the same wake-up */
	sw(&b, 1200, 0, IDLE, R, B);
	sw(&b, 1300, 0, B, PREEMPTED, A);
	sw(&b, 1400, 1, OTHER, R, B);
	sw(&b, 1500, 1, B, DEAD, IDLE);
	sw(&b, 1600, 0, A, 2, IDLE);
	expect(&b, "0 sched_in vp0 lp0\n"
		   "0 sched_out vp0 preempt\n"
		   "0 sched_in vp1 lp0\n"
		   "100 sched_out vp1 block\n"
		   "150 wake vp1 lp1\n"
		   "200 sched_in vp1 lp0\n"
		   "300 sched_out vp1 preempt\n"
		   "300 sched_in vp0 lp0\n"
		   "400 sched_in vp1 lp1\n"
		   "500 sched_out vp1 offline\n"
		   "600 sched_out vp0 block\n");
}

enum { VMX = 1, SVM = 2, VMX_HLT = 12, SVM_HLT = 0x78 };

static void vm_exit(struct kvm_build *b, uint64_t ts, uint32_t pid, uint64_t reason, uint64_t isa)
{
	kb(b, ts, 0, pid, KVM_EXIT, 0, reason, isa);
}

/* A guest halts if that is what it left guest mode for; else its thread waits for something. */
Test(kvm, a_sleep_after_another_exit_than_hlt_is_a_wait)
{
	static const struct {
		uint64_t reason, isa;
		bool halts;
	} exit[] = {
		{ VMX_HLT, VMX, true },	   { SVM_HLT, SVM, true },  { VMX_HLT, 0, true },
		{ SVM_HLT, 0, true },	   { VMX_HLT, SVM, false }, { SVM_HLT, VMX, false },
		{ 48, VMX, false },	   { 0x60, SVM, false },    { 30, 0, false },
		{ 0x2000000c, VMX, true }, /* bit 29: from VMX root mode, SDM 3C 25.9.1 */
	};

	for (size_t i = 0; i < sizeof(exit) / sizeof(*exit); i++) {
		struct kvm_build b = { 0 };

		sw(&b, 1000, 0, IDLE, R, A);
		vm_exit(&b, 1010, A, 1, exit[i].isa); /* an interrupt */
		vm_exit(&b, 1050, A, exit[i].reason, exit[i].isa);
		sw(&b, 1100, 0, A, S, IDLE);
		kb(&b, 1200, 1, OTHER, KVM_WAKING, 0, A, 0);
		sw(&b, 1300, 0, IDLE, R, A);
		sw(&b, 1400, 0, A, PREEMPTED, IDLE); /* whatever it left for */
		expect(&b, exit[i].halts ? "0 sched_in vp0 lp0\n"
					   "100 sched_out vp0 block\n"
					   "200 wake vp0 lp1\n"
					   "300 sched_in vp0 lp0\n"
					   "400 sched_out vp0 preempt\n"
					 : "0 sched_in vp0 lp0\n"
					   "100 sched_out vp0 wait\n"
					   "200 wake vp0 lp1\n"
					   "300 sched_in vp0 lp0\n"
					   "400 sched_out vp0 preempt\n");
	}
}

/* A HLT that KVM hands on is the VMM's; and one thread's exits say nothing of another. */
Test(kvm, a_sleep_in_the_vmm_is_a_wait)
{
	struct kvm_build b = { 0 };

	sw(&b, 1000, 0, IDLE, R, A);
	vm_exit(&b, 1010, A, VMX_HLT, VMX);
	sw(&b, 1020, 0, A, S, B);
	vm_exit(&b, 1030, B, 30, VMX); /* I/O */
	kb(&b, 1040, 0, B, KVM_TO_USER, 0, 2, 0);
	sw(&b, 1050, 0, B, S, IDLE);
	sw(&b, 1060, 0, IDLE, R, A); /* woken before, where nobody saw it */
	vm_exit(&b, 1070, A, VMX_HLT, VMX);
	kb(&b, 1080, 0, A, KVM_TO_USER, 0, 5, 0);
	kb(&b, 1085, 1, OTHER, KVM_WAKING, 0, A, 0); /* on its way to sleep */
	sw(&b, 1090, 0, A, S, B);
	vm_exit(&b, 1100, B, VMX_HLT, VMX);
	sw(&b, 1110, 0, B, S, A);
	sw(&b, 1120, 0, A, DEAD, IDLE);
	expect(&b, "0 sched_in vp0 lp0\n"
		   "20 sched_out vp0 block\n"
		   "20 sched_in vp1 lp0\n"
		   "50 sched_out vp1 wait\n"
		   "60 sched_in vp0 lp0\n"
		   "90 sched_out vp0 wait\n"
		   "90 wake vp0 lp1\n"
		   "90 sched_in vp1 lp0\n"
		   "110 sched_out vp1 block\n"
		   "110 sched_in vp0 lp0\n"
		   "120 sched_out vp0 offline\n");
}

/* Without exits nobody can tell, and the header says so. */
Test(kvm, without_exits_a_sleep_is_a_halt)
{
	struct kvm_build b = { 0 };

	sw(&b, 1000, 0, IDLE, R, A);
	kb(&b, 1010, 0, A, KVM_TO_USER, 0, 2, 0);
	sw(&b, 1100, 0, A, S, IDLE);
	struct kvm_result r = kb_import(&b);
	bool said = false;
	const json_t *line;
	size_t i;

	cr_expect_str_eq(r.events, "0 sched_in vp0 lp0\n100 sched_out vp0 block\n");
	json_array_foreach(json_object_get(r.meta.more, "unseen"), i, line) said |= !strcmp(
	    json_string_value(line), "kvm_exit: so a vCPU thread that sleeps counts as halted");
	cr_expect(kb_has_note(
	    &r, "sleeps of vCPU threads that count as halts, as kvm_exit was not recorded: 1"));
	cr_expect(said);
	kb_result_free(&r);
}

Test(kvm, wake_up_that_races_with_the_way_to_sleep)
{
	struct kvm_build b = { 0 };

	sw(&b, 1000, 0, IDLE, R, A);
	kb(&b, 1100, 1, OTHER, KVM_WAKING, 0, A, 0);
	sw(&b, 1110, 0, A, S, IDLE);
	kb(&b, 1120, 1, OTHER, KVM_WAKEUP, 0, A, 0);
	sw(&b, 1130, 0, IDLE, R, A);
	/* Still on its run queue: it does not sleep at all, and the next sleep is another. */
	kb(&b, 1200, 1, OTHER, KVM_WAKING, 0, A, 0);
	kb(&b, 1201, 1, OTHER, KVM_WAKEUP, 0, A, 0);
	sw(&b, 1300, 0, A, S, IDLE);
	expect(&b, "0 sched_in vp0 lp0\n"
		   "110 sched_out vp0 block\n"
		   "110 wake vp0 lp1\n"
		   "130 sched_in vp0 lp0\n"
		   "300 sched_out vp0 block\n");
}

/* Guest TSC = 2 * ns + 50000 and KVM's 1000 ns of advance: eight pairs give the line. */
static void pairs(struct kvm_build *b)
{
	sw(b, 1000, 0, IDLE, R, A);
	for (uint64_t i = 0; i < 16; i++) {
		uint64_t ts = 10000 + i * 10000, deadline = ts + 5000;

		start(b, ts, 0, A, TIMER_A, deadline - 1000);
		msr(b, ts + 10, A, MSR_IA32_TSC_DEADLINE, 2 * deadline + 50000);
		fire(b, deadline - 900, 0, A, TIMER_A);
		kb(b, deadline - 800, 0, A, KVM_ACCEPT, 0, 236, 0);
		kb(b, deadline - 700, 0, A, KVM_EOI, 0, 236, 0);
		kb(b, deadline - 600, 0, A, KVM_ENTRY, 0, 0, 0);
	}
}

/* What pairs() gives: the last of its rounds, and how many of them there are. */
static struct kvm_result after_pairs(struct kvm_build *b, const char *rest)
{
	static const char last[] = "159000 arm vp0 tsc-deadline 164000 period 0\n"
				   "163100 obs_fire vp0\n163200 obs_pend vp0\n163300 ack vp0\n";
	struct kvm_result r = kb_import(b);
	const char *at;

	cr_assert_eq(r.ret, 0, "%s", r.err.text);
	cr_expect(r.legal);
	at = strstr(r.events, last);
	cr_assert_not_null(at, "%s", r.events);
	cr_expect_str_eq(at + strlen(last), rest);
	return r;
}

Test(kvm, tsc_deadlines_by_the_fit)
{
	struct kvm_build b = { 0 };
	struct kvm_result r;
	const json_t *tsc;

	pairs(&b);
	/* Past: no hrtimer. It counts from the exit that it caused. */
	kb(&b, 200000, 0, A, KVM_EXIT, 0, 1, 0);
	msr(&b, 200100, A, MSR_IA32_TSC_DEADLINE, 2 * 199000 + 50000);
	kb(&b, 200200, 0, A, KVM_ACCEPT, 0, 236, 0);
	kb(&b, 200300, 0, A, KVM_ENTRY, 0, 0, 0);
	/* The vCPU moved: KVM starts the timer anew on the other CPU, the guest wrote nothing. */
	start(&b, 210000, 0, A, TIMER_A, 219000);
	msr(&b, 210010, A, MSR_IA32_TSC_DEADLINE, 2 * 220000 + 50000);
	kb(&b, 210020, 0, A, KVM_ENTRY, 0, 0, 0);
	sw(&b, 211000, 0, A, R, IDLE);
	sw(&b, 212000, 1, IDLE, R, A);
	start(&b, 212100, 1, A, TIMER_A, 219000);
	kb(&b, 212200, 1, A, KVM_ENTRY, 0, 0, 0);
	/* Cancelled; then never. */
	kb(&b, 213000, 1, A, KVM_MSR, 0, MSR_IA32_TSC_DEADLINE, 0);
	start(&b, 214000, 1, A, TIMER_A, INT64_MAX);
	kb(&b, 214010, 1, A, KVM_MSR, 0, MSR_IA32_TSC_DEADLINE, UINT64_C(1) << 63);
	r = after_pairs(&b, "199000 arm vp0 tsc-deadline 198000 period 0\n"
			    "199200 obs_pend vp0\n"
			    "209000 arm vp0 tsc-deadline 219000 period 0\n"
			    "210000 sched_out vp0 preempt\n"
			    "211000 sched_in vp0 lp1\n"
			    "212000 disarm vp0\n"
			    "213000 arm vp0 tsc-deadline 1152921504606846975 period 0\n");
	cr_expect_eq(r.tally.unseen_ticks, 0);
	cr_expect_eq(r.tally.arms_tsc, 19);
	cr_expect_eq(r.tally.disarms, 1);
	tsc =
	    json_array_get(json_object_get(json_object_get(r.meta.more, "source"), "guest_tsc"), 0);
	cr_expect_eq(json_integer_value(json_object_get(tsc, "hz")), 2000000000);
	cr_expect_eq(json_integer_value(json_object_get(tsc, "offset")), 50000);
	cr_expect_eq(json_integer_value(json_object_get(tsc, "rewrites")), 0);
	kb_result_free(&r);
}

/* The n-th round of a guest that asks for a tick 5 us ahead; KVM sets the hrtimer for @told. */
static void ask(struct kvm_build *b, uint64_t ts, uint64_t told, uint64_t tsc)
{
	start(b, ts, 0, A, TIMER_A, told - 1000);
	msr(b, ts + 10, A, MSR_IA32_TSC_DEADLINE, tsc);
	kb(b, ts + 20, 0, A, KVM_ENTRY, 0, 0, 0);
}

/* What KVM makes of a deadline: 2 ticks a ns, in 64 bits. */
static uint64_t kvm_expires(uint64_t now, uint64_t tsc)
{
	return now + (tsc - (2 * now + 50000)) * 1000000 / 2000000;
}

static void expect_arm(const struct kvm_result *r, uint64_t time, uint64_t deadline)
{
	char line[100];

	snprintf(line, sizeof(line), "%lu arm vp0 tsc-deadline %lu period 0\n", (unsigned long)time,
		 (unsigned long)deadline);
	cr_expect_not_null(strstr(r->events, line), "no %s in\n%s", line, r->events);
}

/* Each way to say never, first and between ordinary deadlines: these stay what they are. */
Test(kvm, deadlines_of_never)
{
	static const uint64_t never[] = { UINT64_MAX, UINT64_C(1) << 62, UINT64_C(1) << 63,
					  UINT64_C(172800000000000) + 60000,
					  UINT64_C(120000000000) + 60000 };

	for (size_t k = 0; k < sizeof(never) / sizeof(*never); k++)
		for (uint64_t n = 2; n < 40; n += 11) {
			struct kvm_build b = { 0 };
			struct kvm_result r;

			sw(&b, 1000, 0, IDLE, R, A);
			for (uint64_t i = 0; i < n; i++) {
				uint64_t ts = 10000 + 20000 * i, due = ts + 15000;

				ask(&b, ts, kvm_expires(ts, never[k]), never[k]);
				ask(&b, ts + 10000, due, 2 * due + 50000);
			}
			r = kb_import(&b);
			cr_assert_eq(r.ret, 0);
			for (uint64_t i = 0; i < n; i++)
				expect_arm(&r, 19000 + 20000 * i, 24000 + 20000 * i);
			cr_expect_eq(r.tally.arms_tsc, 2 * n);
			if (k < 4 && n > 8)
				expect_arm(&r, 9000, (UINT64_C(1) << 60) - 1);
			kb_result_free(&r);
		}
}

/* KVM's own arithmetic fires "never" within the capture: it is no deadline of the guest's. */
Test(kvm, never_that_overflows_to_soon)
{
	struct kvm_build b = { 0 };
	struct kvm_result r;
	uint64_t wrap = UINT64_MAX / 1000000;

	sw(&b, 1000, 0, IDLE, R, A);
	for (uint64_t i = 0; i < 12; i++) {
		uint64_t ts = 10000 + 20000 * i, due = ts + 15000;

		ask(&b, ts, due, 2 * due + 50000 + 3 * wrap);
		ask(&b, ts + 10000, due, 2 * due + 50000);
	}
	r = kb_import(&b);
	cr_assert_eq(r.ret, 0);
	for (uint64_t i = 0; i < 12; i++) {
		expect_arm(&r, 9000 + 20000 * i, (UINT64_C(1) << 60) - 1);
		expect_arm(&r, 19000 + 20000 * i, 24000 + 20000 * i);
	}
	cr_expect_eq(r.tally.by_hrtimer, 12);
	cr_expect_eq(r.tally.never, 12);
	kb_result_free(&r);
}

/* Too few for the levels of a TSC that was rewritten: three running make the solution anew, and a
 * past one after them is past. */
Test(kvm, three_mismatches_make_the_solution_anew)
{
	struct kvm_build b = { 0 };
	struct kvm_result r;

	sw(&b, 1000, 0, IDLE, R, A);
	for (uint64_t i = 0; i < 24; i++) {
		uint64_t ts = 1000000 * (i + 1), due = ts + 500000;

		ask(&b, ts, due, 2 * due + (i < 20 ? 5000000000 : 3000000000));
	}
	kb(&b, 30000000, 0, A, KVM_EXIT, 0, 32, 0);
	msr(&b, 30000010, A, MSR_IA32_TSC_DEADLINE, 2 * 29990000 + UINT64_C(3000000000));
	r = kb_import(&b);
	cr_assert_eq(r.ret, 0);
	for (uint64_t i = 0; i < 24; i++)
		expect_arm(&r, 1000000 * (i + 1) - 1000, 1000000 * (i + 1) + 499000);
	expect_arm(&r, 29999000, 29989000);
	cr_expect_eq(r.tally.by_hrtimer, 0);
	kb_result_free(&r);
}

/* A single hrtimer that is elsewhere is believed, but for the little that a stall makes it early.
 */
Test(kvm, hrtimer_before_what_was_deduced)
{
	struct kvm_build b = { 0 };
	struct kvm_result r;

	sw(&b, 1000, 0, IDLE, R, A);
	for (uint64_t i = 0; i < 40; i++) {
		uint64_t ts = 1000000 * (i + 1), due = ts + 500000;
		int64_t off = i == 10	? 11000
			      : i == 20 ? 9000
			      : i == 25 ? -300000
			      : i == 30 ? -50000
					: 0;

		ask(&b, ts, due + (uint64_t)off, 2 * due + 50000);
	}
	r = kb_import(&b);
	cr_assert_eq(r.ret, 0);
	expect_arm(&r, 10999000, 11510000);
	expect_arm(&r, 20999000, 21499000);
	expect_arm(&r, 25999000, 26199000);
	expect_arm(&r, 30999000, 31499000);
	cr_expect_eq(r.tally.by_hrtimer, 2);
	cr_expect_eq(r.tally.early, 1);
	cr_expect_eq(r.tally.never, 0);
	kb_result_free(&r);
}

/* A second guest whose TSC is scaled, with few writes, each with its hrtimer. */
Test(kvm, few_writes_of_a_scaled_tsc)
{
	for (uint64_t n = 1; n < 8; n++) {
		struct kvm_build b = { 0 };
		struct kvm_result r;

		pairs(&b);
		sw(&b, 200000, 1, IDLE, R, B);
		for (uint64_t i = 0; i < n; i++) {
			uint64_t ts = 1000000 * (i + 1), due = ts + 500000;

			start(&b, ts, 1, B, TIMER_B, due - 1000);
			kb(&b, ts + 10, 1, B, KVM_MSR, 0, MSR_IA32_TSC_DEADLINE, 3 * due / 4 + 777);
			kb(&b, ts + 20, 1, B, KVM_ENTRY, 0, 0, 0);
		}
		r = kb_import(&b);
		cr_assert_eq(r.ret, 0);
		for (uint64_t i = 0; i < n; i++) {
			char line[100];

			snprintf(line, sizeof(line), "%lu arm vp1 tsc-deadline %lu period 0\n",
				 (unsigned long)(1000000 * (i + 1) - 1000),
				 (unsigned long)(1000000 * (i + 1) + 499000));
			cr_expect_not_null(strstr(r.events, line), "no %s in\n%s", line, r.events);
		}
		cr_expect_eq(r.tally.by_hrtimer, 0);
		kb_result_free(&r);
	}
}

/* Stamps called mono to which something was added, and stamps of the boot clock, which runs on
 * while the host is suspended: before the capture and twice within it. */
Test(kvm, stamps_that_are_not_the_hrtimers_clock)
{
	static const char *const clock[] = { "mono", "boot" };

	for (size_t k = 0; k < 2; k++) {
		struct kvm_build b = { .clock = clock[k] };
		struct kvm_result r;
		uint64_t ahead = UINT64_C(1700000000000000000);

		sw(&b, ahead + 1000, 0, IDLE, R, A);
		for (uint64_t i = 0; i < 60; i++) {
			uint64_t mono = 1000000 * (i + 1), ts, due = mono + 500000;

			if (k && (i == 20 || i == 40))
				ahead += 10000000000;
			ts = ahead + mono;
			start(&b, ts, 0, A, TIMER_A, due - 1000);
			msr(&b, ts + 10, A, MSR_IA32_TSC_DEADLINE, 2 * due + 50000);
			kb(&b, ts + 20, 0, A, KVM_ENTRY, 0, 0, 0);
			kb(&b, ahead + due, 0, A, KVM_EXPIRE, KVM_F_LAPIC, TIMER_A, due - 500);
		}
		r = kb_import(&b);
		cr_assert_eq(r.ret, 0);
		for (uint64_t i = 0; i < 60; i++) {
			uint64_t ts = 1000000 * (i + 1) - 1000 + (k ? i / 20 * 10000000000 : 0);

			expect_arm(&r, ts, ts + 500000 + 500);
		}
		cr_expect_eq(r.clock.steps, k ? 2 : 0);
		kb_result_free(&r);
	}
}

/* The same without an expiry: nobody knows how the clocks lie, so nothing is past. */
Test(kvm, stamps_of_a_clock_that_nothing_tells)
{
	struct kvm_build b = { .clock = "boot" };
	struct kvm_result r;

	sw(&b, 5000001000, 0, IDLE, R, A);
	for (uint64_t i = 0; i < 20; i++) {
		uint64_t due = 1000000 * (i + 1) + 500000, ts = 5000000000 + 1000000 * (i + 1);

		start(&b, ts, 0, A, TIMER_A, due - 1000);
		msr(&b, ts + 10, A, MSR_IA32_TSC_DEADLINE, 2 * due + 50000);
		kb(&b, ts + 20, 0, A, KVM_ENTRY, 0, 0, 0);
	}
	r = kb_import(&b);
	cr_assert_eq(r.ret, 0);
	cr_expect_eq(r.tally.arms_tsc, 0);
	cr_expect_eq(r.tally.unknown_writes, 20);
	cr_expect_not_null(strstr(r.verdict.why, "clock 'boot' is not that of their hrtimers"),
			   "%s", r.verdict.why);
	kb_result_free(&r);
}

Test(kvm, guest_tsc_that_is_rewritten)
{
	struct kvm_build b = { 0 };
	struct kvm_result r;
	const json_t *tsc;
	uint64_t last = 0;

	sw(&b, 1000, 0, IDLE, R, A);
	for (uint64_t i = 0; i < 128; i++) {
		uint64_t ts = 1000000 * (i + 1), deadline = ts + 500000;
		/* A second earlier from the 70th on. */
		uint64_t offset = i < 70 ? 5000000000 : 3000000000;

		start(&b, ts, 0, A, TIMER_A, deadline - 1000);
		msr(&b, ts + 10, A, MSR_IA32_TSC_DEADLINE, 2 * deadline + offset);
		kb(&b, ts + 20, 0, A, KVM_ENTRY, 0, 0, 0);
		last = deadline;
	}
	r = kb_import(&b);
	cr_assert_eq(r.ret, 0);
	tsc =
	    json_array_get(json_object_get(json_object_get(r.meta.more, "source"), "guest_tsc"), 0);
	cr_expect_eq(json_integer_value(json_object_get(tsc, "rewrites")), 1);
	for (uint64_t i = 0; i < 128; i++) {
		char line[100];

		snprintf(line, sizeof(line), "%lu arm vp0 tsc-deadline %lu period 0\n",
			 (unsigned long)(1000000 * (i + 1) - 1000),
			 (unsigned long)(1000000 * (i + 1) + 500000 - 1000));
		cr_expect_not_null(strstr(r.events, line), "no %s", line);
	}
	cr_expect_eq(last, 128500000);
	kb_result_free(&r);
}

/* Before any line can be fitted an hrtimer tells the deadline, and without one nothing does. */
Test(kvm, tsc_deadlines_without_a_fit)
{
	struct kvm_build b = { 0 };

	sw(&b, 1000, 0, IDLE, R, A);
	start(&b, 2000, 0, A, TIMER_A, 9000);
	msr(&b, 2010, A, MSR_IA32_TSC_DEADLINE, 777);
	msr(&b, 3000, A, MSR_IA32_TSC_DEADLINE, 778);
	expect(&b, "0 sched_in vp0 lp0\n"
		   "1000 arm vp0 tsc-deadline 9000 period 0\n");
}

static void exits(struct kvm_build *b, uint64_t ts, uint64_t reason)
{
	kb(b, ts, 0, A, KVM_EXIT, 0, reason, KVM_ISA_VMX);
}

/* The VMX preemption timer serves the guest: no hrtimer at all. */
Test(kvm, deadlines_from_exits)
{
	struct kvm_build b = { 0 };
	struct kvm_result r;

	sw(&b, 1000, 0, IDLE, R, A);
	exits(&b, 2000, 32);
	msr(&b, 2010, A, MSR_IA32_TSC_DEADLINE, 777);
	kb(&b, 2020, 0, A, KVM_ENTRY, 0, 0, 0);
	exits(&b, 3000, KVM_VMX_PREEMPTION_TIMER); /* for a purpose of KVM's own */
	kb(&b, 3010, 0, A, KVM_ENTRY, 0, 0, 0);
	exits(&b, 9000, KVM_VMX_PREEMPTION_TIMER);
	kb(&b, 9010, 0, A, KVM_ACCEPT, 0, 236, 0);
	kb(&b, 9020, 0, A, KVM_ENTRY, 0, 0, 0);
	exits(&b, 10000, 32); /* written over before it is due: unknown */
	msr(&b, 10010, A, MSR_IA32_TSC_DEADLINE, 800);
	kb(&b, 10020, 0, A, KVM_ENTRY, 0, 0, 0);
	exits(&b, 11000, 32); /* past: injected before the guest runs again */
	msr(&b, 11010, A, MSR_IA32_TSC_DEADLINE, 5);
	kb(&b, 11020, 0, A, KVM_ACCEPT, 0, 236, 0);
	kb(&b, 11030, 0, A, KVM_ENTRY, 0, 0, 0);
	exits(&b, 12000, 32); /* past, injected before the write is logged */
	kb(&b, 12010, 0, A, KVM_ACCEPT, 0, 236, 0);
	msr(&b, 12020, A, MSR_IA32_TSC_DEADLINE, 6);
	kb(&b, 12030, 0, A, KVM_ENTRY, 0, 0, 0);
	r = kb_import(&b);
	cr_assert_eq(r.ret, 0);
	cr_expect_str_eq(r.events, "0 sched_in vp0 lp0\n"
				   "1000 arm vp0 tsc-deadline 8000 period 0\n"
				   "8010 obs_pend vp0\n"
				   "10000 arm vp0 tsc-deadline 10000 period 0\n"
				   "10020 obs_pend vp0\n"
				   "11000 arm vp0 tsc-deadline 11000 period 0\n"
				   "11010 obs_pend vp0\n");
	cr_expect(r.legal);
	cr_expect_eq(json_integer_value(json_object_get(r.meta.more, "deadlines_from_exits")), 1);
	cr_expect_eq(json_integer_value(json_object_get(r.meta.more, "unknown_writes")), 1);
	kb_result_free(&r);
}

/* Without injections each such exit counts; of a count it tells the time of a count, too. */
Test(kvm, counts_from_exits)
{
	struct kvm_build b = { 0 };
	struct kvm_result r;

	sw(&b, 1000, 0, IDLE, R, A);
	apic(&b, 1100, A, APIC_REG_LVTT, 0x200ec);
	exits(&b, 2000, 44);
	apic(&b, 2000, A, APIC_REG_TMICT, 1000); /* 16 ns a count */
	kb(&b, 2030, 0, A, KVM_ENTRY, 0, 0, 0);
	exits(&b, 18050, KVM_VMX_PREEMPTION_TIMER);
	kb(&b, 18060, 0, A, KVM_ENTRY, 0, 0, 0);
	kb(&b, 20000, 0, A, KVM_EXIT, 0, 52, KVM_ISA_SVM); /* is another thing there */
	apic(&b, 20000, A, APIC_REG_TMICT, 70);
	kb(&b, 20010, 0, A, KVM_ENTRY, 0, 0, 0);
	kb(&b, 20500, 0, A, KVM_EXIT, 0, 52, KVM_ISA_SVM);
	r = kb_import(&b);
	cr_assert_eq(r.ret, 0);
	cr_expect_str_eq(r.events, "0 sched_in vp0 lp0\n"
				   "100 mask vp0 0 vector 236\n"
				   "1000 arm vp0 lapic 17050 period 16000\n");
	cr_expect_eq(r.tally.unknown_writes, 1);
	cr_expect_eq(r.tally.from_exits, 1);
	kb_result_free(&r);
}

/* KVM moves what the preemption timer served to an hrtimer when the vCPU goes to sleep. */
Test(kvm, preemption_timer_until_it_sleeps)
{
	struct kvm_build b = { 0 };

	sw(&b, 1000, 0, IDLE, R, A);
	apic(&b, 1100, A, APIC_REG_LVTT, 0xec);
	exits(&b, 2000, 44);
	apic(&b, 2000, A, APIC_REG_TMICT, 1000);
	kb(&b, 2030, 0, A, KVM_ENTRY, 0, 0, 0);
	exits(&b, 3000, 12);
	start(&b, 3010, 0, A, TIMER_A, 18000);
	sw(&b, 3020, 0, A, S, IDLE);
	expect(&b, "0 sched_in vp0 lp0\n"
		   "100 mask vp0 0 vector 236\n"
		   "1000 arm vp0 lapic 17000 period 0\n"
		   "2020 sched_out vp0 block\n");
}

static void hv(struct kvm_build *b, uint64_t ts, enum kvm_kind kind, uint64_t index, uint64_t value)
{
	kb(b, ts, 0, A, kind, 0, index, value);
}

static void hv_start(struct kvm_build *b, uint64_t ts, uint64_t index, uint64_t units,
		     uint64_t expires)
{
	hv(b, ts, KVM_HV_START, index, units);
	if (expires)
		kb(b, ts + 5, 0, A, KVM_START, KVM_F_STIMER, TIMER_A + index, expires);
}

/* Hyper-V's timers: the one that the guest uses most, by its own words. */
Test(kvm, stimers)
{
	struct kvm_build b = { 0 };
	struct kvm_result r;

	sw(&b, 1000, 0, IDLE, R, A);
	hv(&b, 1500, KVM_HV_CONFIG, 0, 0x1d18); /* direct, vector 209, count switches it on */
	hv(&b, 2000, KVM_HV_COUNT, 0, 5000);
	hv_start(&b, 2010, 0, 100, 12000);
	kb(&b, 12010, 0, A, KVM_EXPIRE, KVM_F_STIMER, TIMER_A, 12000);
	hv(&b, 12020, KVM_HV_FIRE, 0, 0);
	kb(&b, 12030, 0, A, KVM_EXPIRE_EXIT, 0, TIMER_A, 0);
	hv(&b, 12040, KVM_HV_EXPIRED, 0, 0);
	kb(&b, 12050, 0, A, KVM_ACCEPT, 0, 209, 0);
	kb(&b, 12060, 0, A, KVM_EOI, 0, 209, 0);
	hv(&b, 13000, KVM_HV_COUNT, 0, 5100); /* past */
	hv(&b, 13010, KVM_HV_EXPIRED, 0, 0);
	hv(&b, 14000, KVM_HV_COUNT, 0, 5200); /* without its hrtimer's start */
	hv_start(&b, 14010, 0, 100, 0);
	hv(&b, 15000, KVM_HV_COUNT, 0, 0); /* off */
	hv(&b, 15500, KVM_HV_COUNT, 1, 9); /* another timer */
	hv_start(&b, 15510, 1, 9, 16410);
	hv(&b, 16000, KVM_HV_CONFIG, 0, 3); /* periodic */
	hv(&b, 16010, KVM_HV_COUNT, 0, 20);
	hv_start(&b, 16020, 0, 20, 18020);
	hv_start(&b, 18030, 0, 20, 20020); /* goes on by itself */
	hv(&b, 19000, KVM_HV_CONFIG, 0, 0);
	msr(&b, 19500, A, MSR_IA32_TSC_DEADLINE, 77);
	r = kb_import(&b);
	cr_assert_eq(r.ret, 0);
	cr_expect_str_eq(r.events, "0 sched_in vp0 lp0\n"
				   "1010 arm vp0 lapic 11000 period 0\n"
				   "11020 obs_fire vp0\n"
				   "11050 obs_pend vp0\n"
				   "11060 ack vp0\n"
				   "12010 arm vp0 lapic 12010 period 0\n"
				   "13010 arm vp0 lapic 23010 period 0\n"
				   "14000 disarm vp0\n"
				   "15020 arm vp0 lapic 17020 period 2000\n"
				   "18000 disarm vp0\n");
	cr_expect(r.legal);
	cr_expect_eq(r.tally.arms_stimer, 4);
	cr_expect_eq(r.tally.other_timers, 2);
	cr_expect_eq(r.tally.unseen_ticks, 0);
	kb_result_free(&r);
}

/* Two of them at once: the busier one is the VP's timer, and of the other it is said. */
Test(kvm, two_stimers_at_once)
{
	for (unsigned fires = 0; fires < 2; fires++) {
		struct kvm_build b = { 0 };
		struct kvm_result r;
		uint64_t ts = 1000;

		sw(&b, ts, 0, IDLE, R, A);
		for (unsigned n = 0; n < 12; n++, ts += 1000) {
			unsigned index = n % 4 == 3;
			uint64_t timer = TIMER_A + 64 * index;

			hv(&b, ts + 10, KVM_HV_COUNT, index, n + 1);
			hv(&b, ts + 20, KVM_HV_START, index, 1);
			kb(&b, ts + 25, 0, A, KVM_START, KVM_F_STIMER, timer, ts + 120);
			if (index && !fires)
				continue;
			kb(&b, ts + 130, 0, A, KVM_EXPIRE, KVM_F_STIMER, timer, ts + 121);
			hv(&b, ts + 140, KVM_HV_FIRE, index, 0);
			kb(&b, ts + 150, 0, A, KVM_EXPIRE_EXIT, 0, timer, 0);
			hv(&b, ts + 160, KVM_HV_EXPIRED, index, 0);
		}
		r = kb_import(&b);
		cr_assert_eq(r.ret, 0);
		cr_expect_eq(r.tally.arms_stimer, 9);
		cr_expect_eq(r.tally.other_timers, 3);
		cr_expect_eq(r.tally.other_fires, fires ? 3 : 0);
		cr_expect_eq(r.tally.unseen_ticks, 0);
		cr_expect(kb_has_note(&r, "writes of other timers of a vCPU than the one it uses "
					  "most, without an event: 3"));
		cr_expect(
		    strstr(r.said, fires ? "warning: 3 timer writes and 3 expiries are of other "
					   "timers than the one that their vCPU uses most"
					 : "warning: 3 timer writes and 0 expiries"),
		    "%s", r.said);
		kb_result_free(&r);
	}
}

/* KVM does not start a timer that is set to the past, and says that it expired. */
Test(kvm, stimers_set_to_the_past_alone)
{
	struct kvm_build b = { 0 };

	sw(&b, 1000, 0, IDLE, R, A);
	for (uint64_t n = 0; n < 2; n++) {
		hv(&b, 2000 + 1000 * n, KVM_HV_COUNT, 3, 5000 + n);
		hv(&b, 2010 + 1000 * n, KVM_HV_EXPIRED, 3, 0);
		kb(&b, 2020 + 1000 * n, 0, A, KVM_ACCEPT, 0, 209, 0);
	}
	expect(&b, "0 sched_in vp0 lp0\n"
		   "1010 arm vp0 lapic 1010 period 0\n"
		   "1020 obs_pend vp0\n"
		   "2010 arm vp0 lapic 2010 period 0\n"
		   "2020 obs_pend vp0\n");
}

Test(kvm, counts_of_the_local_apic)
{
	struct kvm_build b = { 0 };

	sw(&b, 1000, 0, IDLE, R, A);
	apic(&b, 1100, A, APIC_REG_LVTT, 0x100ec); /* one-shot, masked */
	apic(&b, 1200, A, APIC_REG_LVTT, 0xec);	   /* unmasked */
	apic(&b, 2000, A, APIC_REG_TMICT, 1000);   /* 16 ns a count */
	start(&b, 2010, 0, A, TIMER_A, 2010 + 16000);
	msr(&b, 2020, A, MSR_X2APIC_BASE + 0x38, 1000); /* the same write */
	kb(&b, 2030, 0, A, KVM_ENTRY, 0, 0, 0);
	fire(&b, 18020, 0, A, TIMER_A);
	kb(&b, 18030, 0, A, KVM_ACCEPT, 0, 236, 0);
	kb(&b, 18040, 0, A, KVM_ACCEPT, 0, 251, 0); /* an IPI */
	kb(&b, 18050, 0, A, KVM_ACCEPT, 0, 236, 1); /* to the other vCPU */
	apic(&b, 19000, A, APIC_REG_TMICT, 10);	    /* past before KVM looked */
	kb(&b, 19010, 0, A, KVM_ENTRY, 0, 0, 0);
	apic(&b, 20000, A, APIC_REG_TMICT, 0);
	msr(&b, 21000, A, MSR_IA32_TSC_DEADLINE, 5); /* dropped in this mode */
	apic(&b, 22000, A, APIC_REG_LVTT, 0x200ec);  /* periodic */
	apic(&b, 23000, A, APIC_REG_TMICT, 500);
	start(&b, 23010, 0, A, TIMER_A, 23010 + 8000);
	kb(&b, 23020, 0, A, KVM_ENTRY, 0, 0, 0);
	fire(&b, 31020, 0, A, TIMER_A);
	start(&b, 31030, 0, A, TIMER_A, 31010 + 8000); /* inside the callback */
	kb(&b, 31040, 0, A, KVM_EXPIRE_EXIT, 0, TIMER_A, 0);
	apic(&b, 32000, A, APIC_REG_LVTT, 0x400ec); /* deadline mode stops it */
	apic(&b, 33000, A, APIC_REG_TMICT, 500);    /* dropped in this mode */
	expect(&b, "0 sched_in vp0 lp0\n"
		   "100 mask vp0 1 vector 236\n"
		   "200 mask vp0 0 vector 236\n"
		   "1010 arm vp0 lapic 17010 period 0\n"
		   "17020 obs_fire vp0\n"
		   "17030 obs_pend vp0\n"
		   "18000 arm vp0 lapic 18160 period 0\n"
		   "19000 disarm vp0\n"
		   "21000 mask vp0 0 vector 236\n"
		   "22010 arm vp0 lapic 30010 period 8000\n"
		   "30020 obs_fire vp0\n"
		   "31000 disarm vp0\n"
		   "31000 mask vp0 0 vector 236\n");
}

/* Recorded without kvm_apic: the MSR writes of x2APIC are all there is, behind the hrtimer start.
 */
Test(kvm, x2apic_writes_alone)
{
	struct kvm_build b = { 0 };

	sw(&b, 1000, 0, IDLE, R, A);
	msr(&b, 1100, A, MSR_X2APIC_BASE + 0x32, 0xec);
	start(&b, 2000, 0, A, TIMER_A, 5200);
	msr(&b, 2010, A, MSR_X2APIC_BASE + 0x38, 100);
	expect(&b, "0 sched_in vp0 lp0\n"
		   "100 mask vp0 0 vector 236\n"
		   "1000 arm vp0 lapic 4200 period 0\n");
}

/* A mode that was set before the capture began shows when the timer goes on. */
Test(kvm, periodic_timer_whose_mode_is_not_in_the_capture)
{
	struct kvm_build b = { 0 };

	sw(&b, 1000, 0, IDLE, R, A);
	apic(&b, 2000, A, APIC_REG_TMICT, 1000);
	start(&b, 2000, 0, A, TIMER_A, 4000);
	kb(&b, 2020, 0, A, KVM_ENTRY, 0, 0, 0);
	fire(&b, 4010, 0, A, TIMER_A);
	start(&b, 4020, 0, A, TIMER_A, 6000);
	expect(&b, "0 sched_in vp0 lp0\n"
		   "1000 arm vp0 lapic 3000 period 2000\n"
		   "3010 obs_fire vp0\n");
}

/* The kernel starts it again when its callback is over, in whatever thread it interrupted. */
Test(kvm, periodic_timer_that_goes_on_behind_its_callback)
{
	struct kvm_build b = { 0 };

	sw(&b, 1000, 0, IDLE, R, A);
	sw(&b, 1010, 1, IDLE, R, B);
	apic(&b, 2000, A, APIC_REG_TMICT, 1000);
	start(&b, 2000, 0, A, TIMER_A, 4000);
	kb(&b, 2020, 0, A, KVM_ENTRY, 0, 0, 0);
	kb(&b, 2030, 1, B, KVM_ENTRY, 0, 0, 0);
	for (uint64_t due = 4000; due < 8000; due += 2000) {
		unsigned cpu = due == 4000 ? 0 : 1;
		uint32_t pid = due == 4000 ? A : B;

		fire(&b, due + 10, cpu, pid, TIMER_A);
		kb(&b, due + 15, cpu, pid, KVM_EXPIRE_EXIT, 0, TIMER_A, 0);
		start(&b, due + 20, cpu, pid, TIMER_A, due + 2000);
	}
	/* Of its own write a moment later it knows nothing. */
	kb(&b, 7000, 1, B, KVM_MSR, 0, MSR_IA32_TSC_DEADLINE, 1);
	expect(&b, "0 sched_in vp0 lp0\n"
		   "10 sched_in vp1 lp1\n"
		   "1000 arm vp0 lapic 3000 period 2000\n"
		   "3010 obs_fire vp0\n"
		   "5010 obs_fire vp0\n");
}

/* Whose a timer is that no write in the capture started. */
Test(kvm, a_timer_is_that_of_the_vcpu_that_it_wakes_or_interrupts)
{
	struct kvm_build b = { 0 };

	sw(&b, 1000, 0, IDLE, R, A);
	sw(&b, 1010, 1, IDLE, R, B);
	sw(&b, 1020, 1, B, S, IDLE);
	/* A runs where B's timer expires. */
	fire(&b, 2000, 0, A, TIMER_B);
	kb(&b, 2001, 0, A, KVM_WAKING, 0, B, 0);
	kb(&b, 2002, 0, A, KVM_EXPIRE_EXIT, 0, TIMER_B, 0);
	start(&b, 2003, 0, A, TIMER_B, 6000);
	kb(&b, 2010, 0, A, KVM_ACCEPT, 0, 0xfd, 0); /* for something else */
	kb(&b, 2020, 0, A, KVM_ENTRY, 0, 0, 0);
	/* And its own. */
	fire(&b, 3000, 0, A, TIMER_A);
	kb(&b, 3001, 0, A, KVM_EXPIRE_EXIT, 0, TIMER_A, 0);
	start(&b, 3002, 0, A, TIMER_A, 7000);
	kb(&b, 3010, 0, A, KVM_ACCEPT, 0, 0xec, 0);
	kb(&b, 3020, 0, A, KVM_ENTRY, 0, 0, 0);
	expect(&b, "0 sched_in vp0 lp0\n"
		   "10 sched_in vp1 lp1\n"
		   "20 sched_out vp1 block\n"
		   "1000 obs_fire vp1\n"
		   "1001 wake vp1 lp0\n"
		   "2000 obs_fire vp0\n");
}

Test(kvm, ticks_armed_before_the_capture)
{
	struct kvm_build b = { 0 };
	struct kvm_result r;

	sw(&b, 1000, 0, IDLE, R, A);
	fire(&b, 1500, 1, IDLE, TIMER_A);
	fire(&b, 1600, 1, IDLE, 0x9999); /* nobody's */
	start(&b, 2000, 0, A, TIMER_A, 9000);
	msr(&b, 2010, A, MSR_IA32_TSC_DEADLINE, 777);
	r = kb_import(&b);
	cr_expect_str_eq(r.events, "0 seed vp0 lp0 tsc-deadline 500 period 0\n"
				   "0 sched_in vp0 lp0\n"
				   "500 obs_fire vp0\n"
				   "1000 arm vp0 tsc-deadline 9000 period 0\n");
	cr_expect_eq(r.tally.unseen_ticks, 1);
	cr_expect_eq(r.tally.foreign_fires, 1);
	kb_result_free(&r);
}

Test(kvm, lost_events)
{
	struct kvm_build b = { 0 };

	sw(&b, 1000, 0, IDLE, R, A);
	sw(&b, 1100, 1, IDLE, R, B);
	kb(&b, 1500, 1, B, KVM_ENTRY, 0, 0, 0);
	/* CPU 0 lost 12 events between 1000 and 2000; A still runs there, or again. */
	kb(&b, 2000, 0, A, KVM_GAP, 0, 1000, 12);
	kb(&b, 2000, 0, A, KVM_ENTRY, 0, 0, 0);
	/* CPU 1 lost the switch: somebody else runs. */
	kb(&b, 3000, 1, OTHER, KVM_GAP, 0, 1500, 0);
	kb(&b, 3000, 1, OTHER, KVM_WAKING, 0, 55, 0);
	expect(&b, "0 sched_in vp0 lp0\n"
		   "0 sched_out vp0 lost\n"
		   "0 lost lp0 until 1000 count 12\n"
		   "100 sched_in vp1 lp1\n"
		   "500 sched_out vp1 lost\n"
		   "500 lost lp1 until 2000 count 0\n"
		   "1000 sched_in vp0 lp0\n");
}

static void late(struct kvm_build *b, uint64_t ts, unsigned cpu, uint64_t expires, uint64_t before)
{
	kb(b, ts, cpu, IDLE, KVM_LATE, 0, expires, before);
}

/* In front of what else happens on its tick, whoever it is known from. */
Test(kvm, a_machine_that_was_elsewhere)
{
	struct kvm_build b = { .cpus = 3 };
	struct kvm_result r;

	sw(&b, 1000, 0, IDLE, R, A);
	sw(&b, 1100, 1, IDLE, R, B);
	kb(&b, 1200, 0, A, KVM_ENTRY, 0, 0, 0);
	kb(&b, 1800, 2, OTHER, KVM_WAKING, 0, 55, 0);
	sw(&b, 2000, 2, OTHER, R, IDLE);
	sw(&b, 2500, 1, B, S, IDLE);
	late(&b, 5000, 0, 2000, 1200); /* two that wait for the same CPU, which is back */
	late(&b, 5010, 0, 1800, 1200);
	late(&b, 5020, 0, 1100, 1200); /* heard of since it was due */
	late(&b, 5030, 2, 4000, 2000);
	late(&b, 8000, 0, 5020, 5020); /* away again; heard of just then */
	late(&b, 8100, 2, 8100, 5030); /* not late at all */
	sw(&b, 9000, 0, A, PREEMPTED, IDLE);
	r = kb_import(&b);
	cr_expect_str_eq(r.events, "0 sched_in vp0 lp0\n"
				   "100 sched_in vp1 lp1\n"
				   "200 away lp0 until 4010\n"
				   "1500 sched_out vp1 block\n"
				   "1970 away lp2 until 4030\n"
				   "4020 away lp0 until 7000\n"
				   "8000 sched_out vp0 preempt\n");
	cr_expect(r.legal);
	cr_expect(kb_has_note(&r, "times of more than 1 ms in which the machine under a CPU was "
				  "elsewhere, as AWAY: 3, in all 8 us"));
	kb_result_free(&r);
}

/* The CPU goes on for a while with what it had been at, and the timer expires then. */
static void late_then(struct kvm_build *b, uint64_t ts, uint64_t expires, uint64_t before,
		      uint64_t since)
{
	late(b, ts, 0, expires, before);
	b->record[b->n - 1].link = since;
}

Test(kvm, elsewhere_and_then_busy)
{
	enum { T = 1000000000, MS = 1000000 };
	struct kvm_build b = { 0 };

	sw(&b, T, 0, IDLE, R, A);
	kb(&b, T + MS, 0, A, KVM_ENTRY, 0, 0, 0);
	kb(&b, T + 5 * MS, 0, A, KVM_EOI, 0, 236, 0);
	kb(&b, T + 6 * MS, 0, A, KVM_EOI, 0, 236, 0);
	/* Due in the silence, and within a millisecond of its end. */
	late_then(&b, T + 7 * MS, T + 2 * MS, T + MS, T + 5 * MS);
	late_then(&b, T + 7 * MS, T + 9 * MS / 2, T + MS, T + 5 * MS);
	/* Another silence; then one expires in the burst behind it, and one that was due in the
	 * first one is still to come. */
	late(&b, T + 10 * MS, 0, T + 8 * MS, T + 7 * MS);
	late_then(&b, T + 11 * MS, T + 3 * MS / 2, T + 7 * MS, T + 10 * MS);
	late_then(&b, T + 11 * MS, T + 3 * MS / 2, T + MS, T + 5 * MS);
	/* What nobody knew before the next one was over; heard of soon; nothing that can be. */
	kb(&b, T + 20 * MS, 0, A, KVM_EOI, 0, 236, 0);
	late(&b, T + 30 * MS, 0, T + 26 * MS, T + 25 * MS);
	late_then(&b, T + 31 * MS, T + 13 * MS, T + 12 * MS, T + 20 * MS);
	late_then(&b, T + 32 * MS, T + 31 * MS + MS / 2, T + 31 * MS, T + 32 * MS);
	late_then(&b, T + 33 * MS, T + 31 * MS, T + 31 * MS, UINT64_MAX);
	sw(&b, T + 40 * MS, 0, A, PREEMPTED, IDLE);
	expect(&b, "0 sched_in vp0 lp0\n"
		   "1000000 away lp0 until 5000000\n"
		   "7000000 away lp0 until 10000000\n"
		   "12000000 away lp0 until 20000000\n"
		   "25000000 away lp0 until 30000000\n"
		   "40000000 sched_out vp0 preempt\n");
}

Test(kvm, elsewhere_and_lost)
{
	struct kvm_build b = { 0 };

	sw(&b, 1000, 0, IDLE, R, A);
	kb(&b, 1500, 1, IDLE, KVM_ENTRY, 0, 0, 0);
	kb(&b, 1700, 0, A, KVM_ENTRY, 0, 0, 0);
	kb(&b, 3000, 1, IDLE, KVM_GAP, 0, 1700, 4);
	late(&b, 4000, 0, 1700, 1700);
	kb(&b, 5000, 1, IDLE, KVM_GAP, 0, 4500, 5);
	late(&b, 6000, 0, 4600, 4600);
	expect(&b, "0 sched_in vp0 lp0\n"
		   "700 away lp0 until 3000\n"
		   "700 lost lp1 until 2000 count 4\n"
		   "3500 lost lp1 until 4000 count 5\n"
		   "3600 away lp0 until 5000\n");
}

/* Without a marker: the thread that an event names is the one that runs. */
Test(kvm, switches_that_are_missing)
{
	struct kvm_build b = { 0 };
	struct kvm_result r;

	sw(&b, 1000, 0, IDLE, R, A);
	kb(&b, 1100, 0, OTHER, KVM_WAKING, 0, 55, 0);
	sw(&b, 1200, 1, IDLE, R, A);
	kb(&b, 1300, 0, A, KVM_ENTRY, 0, 0, 0);
	r = kb_import(&b);
	cr_expect_str_eq(r.events, "0 sched_in vp0 lp0\n"
				   "100 sched_out vp0 lost\n"
				   "200 sched_in vp0 lp1\n"
				   "300 sched_out vp0 lost\n"
				   "300 sched_in vp0 lp0\n");
	cr_expect(r.legal);
	cr_expect_eq(r.tally.schedule.forced_out, 2);
	cr_expect_eq(r.tally.schedule.forced_in, 1);
	kb_result_free(&r);
}

Test(kvm, end_of_a_file_that_was_cut)
{
	static const bool cut[2] = { true, false };
	struct kvm_build b = { .cpu_cut = cut };

	sw(&b, 1000, 0, IDLE, R, A);
	sw(&b, 1500, 1, IDLE, R, B);
	expect(&b, "0 sched_in vp0 lp0\n"
		   "0 sched_out vp0 lost\n"
		   "0 lost lp0 until 500 count 0\n"
		   "500 sched_in vp1 lp1\n");
}

Test(kvm, exits_and_entries_on_demand)
{
	struct kvm_build b = { .exits = true };

	sw(&b, 1000, 0, IDLE, R, A);
	kb(&b, 1100, 0, A, KVM_EXIT, 0, 32, 0);
	kb(&b, 1200, 0, A, KVM_ENTRY, 0, 0, 0);
	expect(&b, "0 sched_in vp0 lp0\n"
		   "100 exit vp0 32\n"
		   "200 entry vp0\n");
}

Test(kvm, callbacks_without_symbols)
{
	struct kvm_build b = { 0 };

	sw(&b, 1000, 0, IDLE, R, A);
	kb(&b, 1500, 0, A, KVM_START, KVM_F_UNKNOWN, 0x7777, 8000); /* the host's own */
	kb(&b, 1510, 0, A, KVM_ENTRY, 0, 0, 0);
	kb(&b, 2000, 0, A, KVM_START, KVM_F_UNKNOWN, TIMER_A, 9000);
	msr(&b, 2010, A, MSR_IA32_TSC_DEADLINE, 777);
	kb(&b, 8010, 1, IDLE, KVM_EXPIRE, KVM_F_UNKNOWN, 0x7777, 8000);
	kb(&b, 9010, 1, IDLE, KVM_EXPIRE, KVM_F_UNKNOWN, TIMER_A, 9000);
	expect(&b, "0 sched_in vp0 lp0\n"
		   "1000 arm vp0 tsc-deadline 9000 period 0\n"
		   "8010 obs_fire vp0\n");
}

/* VMs of two vCPUs: threads that started in turns are told apart by their guests' TSCs. */
Test(kvm, vms_by_their_tsc)
{
	struct kvm_build b = { .cpus = 4 };
	struct kvm_result r;

	for (unsigned i = 0; i < 4; i++) {
		kb_thread(&b, 100 + i, (int)i / 2);
		sw(&b, 1000, i, IDLE, R, 100 + i);
	}
	for (uint64_t n = 0; n < 16; n++)
		for (unsigned i = 0; i < 4; i++) {
			uint64_t ts = 10000 + n * 10000 + i * 100, deadline = ts + 5000;
			/* 100 and 103 are one VM, 101 and 102 the other, 4 us apart. */
			uint64_t tsc = 2 * deadline + (i == 0 || i == 3 ? 50000 : 58000);

			start(&b, ts, i, 100 + i, 0x5000 + 16 * i, deadline - 1000);
			kb(&b, ts + 10, i, 100 + i, KVM_MSR, 0, MSR_IA32_TSC_DEADLINE, tsc);
		}
	r = kb_import(&b);
	cr_assert_eq(r.meta.vps, 4);
	cr_expect_eq(r.meta.vp[0].domain, 100);
	cr_expect_eq(r.meta.vp[1].domain, 100);
	cr_expect_eq(r.meta.vp[2].domain, 101);
	cr_expect_eq(r.meta.vp[3].domain, 101);
	/* vCPU 1 of domain 100 is thread 103, on LP 3. */
	cr_expect_not_null(strstr(r.events, "0 sched_in vp1 lp3\n"));
	cr_expect_not_null(strstr(r.events, "0 sched_in vp3 lp2\n"));
	kb_result_free(&r);
}

/* Two clones of one snapshot: what their TSCs differ by says nothing, the order of threads does. */
Test(kvm, clones_by_the_order_of_their_threads)
{
	struct kvm_build b = { .cpus = 6 };
	struct kvm_result r;

	for (unsigned i = 0; i < 6; i++) {
		kb_thread(&b, (i < 3 ? 100 : 200) + i % 3, (int)i % 3);
		sw(&b, 1000, i, IDLE, R, (i < 3 ? 100 : 200) + i % 3);
	}
	for (uint64_t n = 0; n < 16; n++)
		for (unsigned i = 0; i < 6; i++) {
			/* 100 seems nearer to 201 and 202, 200 to 101 and 102. */
			static const int64_t off[6] = { 0, 1200, 1200, 1200, 0, 0 };
			uint64_t ts = 10000 + n * 10000 + i * 100, deadline = ts + 5000;
			uint64_t tsc = 2 * deadline + 50000 + (uint64_t)off[i];
			uint32_t tid = (i < 3 ? 100 : 200) + i % 3;

			start(&b, ts, i, tid, 0x5000 + 16 * i, deadline - 1000 + n % 2 * 300);
			kb(&b, ts + 10, i, tid, KVM_MSR, 0, MSR_IA32_TSC_DEADLINE, tsc);
		}
	r = kb_import(&b);
	cr_assert_eq(r.meta.vps, 6);
	for (unsigned i = 0; i < 6; i++) {
		char line[60];

		cr_expect_eq(r.meta.vp[i].domain, i < 3 ? 100 : 200);
		snprintf(line, sizeof(line), "0 sched_in vp%u lp%u\n", i, i);
		cr_expect_not_null(strstr(r.events, line), "%s", r.events);
	}
	kb_result_free(&r);
}

/* Thread 101 ends, 140 is vCPU 1 after it, with the same hrtimer: one VP, unarmed when it comes
 * back. */
Test(kvm, vcpu_that_is_plugged_again)
{
	struct kvm_build b = { .cpus = 3 };
	struct kvm_result r;
	const char *at;

	kb_thread(&b, 100, 0);
	kb_thread(&b, 101, 1);
	kb_thread(&b, 140, 1);
	sw(&b, 1000, 0, IDLE, R, A);
	sw(&b, 1000, 1, IDLE, R, B);
	for (uint64_t n = 0; n < 24; n++) {
		uint64_t ts = 10000 + n * 10000, deadline = ts + 5000;
		uint32_t tid = n < 10 ? 101 : 140;
		unsigned cpu = n < 10 ? 1 : 2;

		start(&b, ts, 0, A, TIMER_A, deadline - 1000);
		msr(&b, ts + 10, A, MSR_IA32_TSC_DEADLINE, 2 * deadline + 50000);
		start(&b, ts + 100, cpu, tid, TIMER_B, deadline - 900);
		kb(&b, ts + 110, cpu, tid, KVM_MSR, 0, MSR_IA32_TSC_DEADLINE,
		   2 * (deadline + 100) + 50000);
		fire(&b, deadline - 1000, 0, A, TIMER_A);
		if (n != 9)
			fire(&b, deadline - 900, 0, A, TIMER_B);
		if (n == 9) {
			sw(&b, 104200, 1, B, DEAD, IDLE);
			/* The first that this CPU sees is the new thread. */
			kb(&b, 105000, 2, 140, KVM_ENTRY, 0, 1, 0);
		}
	}
	r = kb_import(&b);
	cr_assert_eq(r.ret, 0, "%s", r.err.text);
	cr_expect(r.legal);
	cr_expect_eq(r.meta.vps, 2);
	cr_expect_eq(r.meta.vp[1].domain, 100);
	cr_expect_eq(r.meta.vp[1].vcpu, 1);
	cr_expect_eq(r.tally.unseen_ticks, 0);
	at = strstr(r.events, "103200 sched_out vp1 offline\n");
	cr_assert_not_null(at, "%s", r.events);
	cr_expect_not_null(strstr(at, "104000 sched_in vp1 lp2\n"), "%s", at);
	kb_result_free(&r);
}

/* A VM is gone, the next one has its memory: an hrtimer's address is that of two timers, whichever
 * of them expires more often. What either had armed before its first write is its own. */
Test(kvm, vm_with_the_memory_of_another)
{
	for (uint64_t first = 5; first <= 15; first += 5) {
		struct kvm_build b = { .cpus = 2 };
		struct kvm_result r;
		char *at[2];

		kb_thread(&b, 100, 0);
		kb_thread(&b, 200, 0);
		sw(&b, 1000, 0, IDLE, R, A);
		for (uint64_t n = 0; n < 20; n++) {
			uint64_t ts = 10000 + n * 10000, deadline = ts + 5000;
			uint32_t tid = n < first ? 100 : 200;

			if (n == first) {
				sw(&b, ts - 2000, 0, A, DEAD, IDLE);
				sw(&b, ts - 1000, 0, IDLE, R, 200);
			}
			if (n != 0 && n != first) {
				start(&b, ts, 0, tid, TIMER_A, deadline - 1000);
				msr(&b, ts + 10, tid, MSR_IA32_TSC_DEADLINE, 2 * deadline + 50000);
			}
			fire(&b, deadline - 1000, 0, tid, TIMER_A);
		}
		r = kb_import(&b);
		cr_assert_eq(r.ret, 0, "%s", r.err.text);
		cr_expect(r.legal);
		cr_assert_eq(r.meta.vps, 2);
		cr_expect_eq(r.tally.unseen_ticks, 0);
		cr_expect_eq(r.tally.seeds, 2);
		at[0] = strstr(r.events, "obs_fire vp1");
		at[1] = strstr(r.events, "offline");
		cr_assert_not_null(at[0], "%s", r.events);
		cr_assert_not_null(at[1], "%s", r.events);
		cr_expect(at[0] > at[1] && !strstr(at[1], "obs_fire vp0"), "%s", r.events);
		kb_result_free(&r);
	}
}

/* A VM that ended, and another that begins: nothing of it is the first one's. */
Test(kvm, vm_after_another)
{
	struct kvm_build b = { .cpus = 4 };
	struct kvm_result r;

	kb_thread(&b, 100, 0);
	kb_thread(&b, 101, 1);
	kb_thread(&b, 140, 1);
	sw(&b, 1000, 0, IDLE, R, A);
	sw(&b, 1000, 1, IDLE, R, B);
	sw(&b, 2000, 0, A, DEAD, IDLE);
	sw(&b, 2000, 1, B, DEAD, IDLE);
	sw(&b, 3000, 1, IDLE, R, 140);
	r = kb_import(&b);
	cr_assert_eq(r.ret, 0);
	cr_expect(r.legal);
	cr_expect_eq(r.meta.vps, 3);
	cr_expect_eq(r.meta.vp[2].domain, 140);
	kb_result_free(&r);
}

/* CPU 1 stamps 1.5 ms late: a vCPU that moves seems to run on both. Nobody can tell who ran. */
Test(kvm, cpus_whose_stamps_do_not_go_together)
{
	for (uint64_t late = 0; late < 2; late++) {
		struct kvm_build b = { .clock = "local" };
		struct kvm_result r;

		sw(&b, 1000, 0, IDLE, R, IDLE);
		for (uint64_t k = 1; k < 40; k++) {
			uint64_t ts = 2000000 * k;

			sw(&b, ts, 0, IDLE, R, A);
			if (late)
				sw(&b, ts + 500000, 1, IDLE, R, A);
			sw(&b, ts + 1000000, 0, A, PREEMPTED, IDLE);
			if (!late)
				sw(&b, ts + 1000000, 1, IDLE, R, A);
			sw(&b, ts + 1500000, 1, A, PREEMPTED, IDLE);
		}
		r = kb_import(&b);
		cr_assert_eq(r.ret, 0);
		cr_expect(r.legal);
		cr_expect_eq(strstr(r.verdict.why, "who ran is not known") != NULL, late, "%s",
			     r.verdict.why);
		cr_expect_eq(strstr(r.verdict.why, "nothing to compare") != NULL, !late);
		kb_result_free(&r);
	}
}

/* A vCPU that halts wherever it moves to is never on two CPUs: the timers tell. */
Test(kvm, cpus_whose_clocks_are_apart)
{
	for (uint64_t apart = 100000; apart <= 10000000; apart *= 100) {
		struct kvm_build b = { .clock = "local" };
		struct kvm_result r;

		sw(&b, 1000, 0, IDLE, R, A);
		for (uint64_t n = 1; n <= 64; n++)
			kb(&b, 20000000 * n + n % 2 * apart, n % 2, IDLE, KVM_EXPIRE, 0, 1,
			   20000000 * n);
		r = kb_import(&b);
		cr_assert_eq(r.ret, 0);
		cr_expect_eq(r.clock.apart_ns, apart > 1000000 ? (int64_t)apart : 0);
		cr_expect_eq(!strncmp(r.verdict.why, "who ran is not known", 20), apart > 1000000);
		kb_result_free(&r);
	}
}

Test(kvm, clocks)
{
	struct kvm_build b = { .clock = "x86-tsc" };
	struct kvm_result r;

	/* 2.5 ticks a ns from 7000 at 1 ms; stamps 40 ticks late, some more. */
	for (uint64_t ns = 1000000; ns < 3000000000; ns += 4000000)
		kb(&b, 7000 + (ns - 1000000) / 2 * 5 + 40 + (ns / 4000000 % 3) * 100, 0, IDLE,
		   KVM_EXPIRE, 0, 1, ns);
	r = kb_import(&b);
	cr_assert_eq(r.ret, 0, "%s", r.err.text);
	cr_expect_eq(r.meta.clock_hz, 2500000000, "%lu", (unsigned long)r.meta.clock_hz);
	cr_expect_str_eq(r.clock.method, "measured");
	kb_result_free(&r);

	b = (struct kvm_build){ .clock = "local" };
	/* 50 ns in a second faster than the monotonic clock, and once far behind. */
	for (uint64_t ns = 1000000; ns < 3000000000; ns += 4000000)
		kb(&b, ns + ns / 20000000 + 5000000 - (ns == 1001000000 ? 900000 : 0), 0, IDLE,
		   KVM_EXPIRE, 0, 1, ns);
	r = kb_import(&b);
	cr_assert_eq(r.ret, 0);
	cr_expect_eq(r.meta.clock_hz, 1000000000);
	cr_expect_leq(llabs(kvm_clock_at(&r.clock, 2000000000) - (2000000000 + 100 - 1000000)), 2);
	kb_result_free(&r);

	b = (struct kvm_build){ .clock = "x86-tsc" };
	sw(&b, 1000, 0, IDLE, R, A);
	r = kb_import(&b);
	cr_expect_eq(r.ret, -1);
	cr_expect_not_null(strstr(r.err.text, "--cpu-hz"));
	kb_result_free(&r);

	b = (struct kvm_build){ .clock = "counter" };
	sw(&b, 1000, 0, IDLE, R, A);
	r = kb_import(&b);
	cr_expect_eq(r.ret, -1);
	kb_result_free(&r);
}
