/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Timers that were armed before a capture of a KVM host began, and what it tells of them. The clock
 * is mono; time 0 of the trace is START. Thread 100 is vCPU 0, 101 is vCPU 1.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "traces/import/tests/kvm_build.h"

enum { A = 100, B = 101, IDLE = 0, OTHER = 7, TIMER_A = 0x5000, TIMER_B = 0x6000, HOST = 0x7000 };
enum { S = 1, R = 0, VECTOR = 0xec };
enum { VMX = 1, PREEMPTION_TIMER = 52 };

#define START UINT64_C(1000000000)
#define MS UINT64_C(1000000)

static void sw(struct kvm_build *b, uint64_t ts, unsigned cpu, uint32_t from, uint64_t state,
	       uint32_t to)
{
	kb(b, ts, cpu, from, KVM_SWITCH, 0, to, state);
}

static void set(struct kvm_build *b, uint64_t ts, unsigned cpu, uint32_t pid, uint64_t timer,
		uint64_t expires)
{
	kb(b, ts, cpu, pid, KVM_START, KVM_F_LAPIC, timer, expires);
}

/* The callback of a timer that is due at @due and takes the CPU's interrupt at @ts. @woken: a
 * thread, or 0. */
static void callback(struct kvm_build *b, uint64_t ts, unsigned cpu, uint32_t pid, uint64_t timer,
		     uint32_t woken)
{
	kb(b, ts + 2, cpu, pid, KVM_EXPIRE, KVM_F_LAPIC, timer, ts);
	if (woken)
		kb(b, ts + 3, cpu, pid, KVM_WAKING, 0, woken, 0);
	kb(b, ts + 4, cpu, pid, KVM_EXPIRE_EXIT, 0, timer, 0);
}

/* What a periodic timer of a kernel does. */
struct periodic {
	uint64_t period, due;
	enum { CATCH_UP, REBASE } late;
};

/* It expires at @ts at the earliest, and goes on. */
static uint64_t expire(struct kvm_build *b, struct periodic *p, uint64_t ts, unsigned cpu,
		       uint32_t pid, uint64_t timer, uint32_t woken)
{
	ts = ts > p->due ? ts : p->due + 500;
	callback(b, ts, cpu, pid, timer, woken);
	p->due += p->period;
	if (p->late == REBASE && p->due < ts + 4)
		p->due = ts + 4;
	set(b, ts + 5, cpu, pid, timer, p->due);
	return ts;
}

/* A guest that halts between its ticks, @n of them from now on; each wakes it. */
static void sleeper(struct kvm_build *b, struct periodic *p, unsigned cpu, uint32_t pid,
		    uint64_t timer, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		uint64_t ts = expire(b, p, 0, cpu, IDLE, timer, pid);

		sw(b, ts + 10, cpu, IDLE, R, pid);
		kb(b, ts + 15, cpu, pid, KVM_ACCEPT, 0, VECTOR, pid - A);
		kb(b, ts + 16, cpu, pid, KVM_ENTRY, 0, 0, 0);
		sw(b, ts + 5000, cpu, pid, S, IDLE);
	}
}

struct expected {
	uint64_t seeds, unseen;
	const char *seed[3]; /* as xen_build.h's lines */
};

/* Imports, and compares the SEEDs. The caller frees. */
static struct kvm_result import(const char *what, struct kvm_build *b, struct expected x)
{
	struct kvm_result r = kb_import(b);
	const char *line = r.events;

	cr_assert_eq(r.ret, 0, "%s: %s", what, r.err.text);
	cr_expect(r.legal, "%s", what);
	cr_expect_eq(r.tally.seeds, x.seeds, "%s: %lu seeds", what, (unsigned long)r.tally.seeds);
	cr_expect_eq(r.tally.unseen_ticks, x.unseen, "%s: %lu unseen", what,
		     (unsigned long)r.tally.unseen_ticks);
	for (unsigned i = 0; i < 3 && x.seed[i]; i++) {
		size_t n = strlen(x.seed[i]);

		cr_expect(!strncmp(line, x.seed[i], n) && line[n] == '\n', "%s: '%.60s'", what,
			  line);
		line = strchr(line, '\n') + 1;
	}
	return r;
}

static void expect(const char *what, struct kvm_build *b, struct expected x)
{
	struct kvm_result r = import(what, b, x);

	kb_result_free(&r);
}

Test(kvm_seeds, periodic_of_any_rate)
{
	static const struct {
		uint64_t period;
		const char *seed;
	} rate[] = {
		{ 10 * MS, "0 seed vp0 lp1 lapic 3000000 period 10000000" },
		{ 4 * MS, "0 seed vp0 lp1 lapic 3000000 period 4000000" },
		{ 4001456, "0 seed vp0 lp1 lapic 3000000 period 4001456" },
		{ MS, "0 seed vp0 lp1 lapic 3000000 period 1000000" },
		{ 200000, "0 seed vp0 lp1 lapic 3000000 period 200000" },
	};

	for (size_t i = 0; i < sizeof(rate) / sizeof(*rate); i++) {
		struct kvm_build b = { 0 };
		struct periodic p = { rate[i].period, START + 3 * MS, CATCH_UP };

		kb(&b, START, 1, IDLE, KVM_OTHER, 0, 0, 0);
		sleeper(&b, &p, 1, A, TIMER_A, 10);
		expect("rate", &b, (struct expected){ 1, 0, { rate[i].seed } });
	}
}

/* Each has its own, on one CPU: it expires while the other runs, too. */
Test(kvm_seeds, two_vcpus_on_one_cpu)
{
	struct kvm_build b = { 0 };
	struct periodic a = { 4 * MS, START + 2 * MS, CATCH_UP };
	struct periodic c = { 10 * MS, START + 3 * MS, CATCH_UP };
	uint32_t runs = A;

	sw(&b, START, 0, IDLE, R, A);
	for (unsigned i = 0; i < 40; i++) {
		bool first = a.due < c.due;
		uint32_t whose = first ? A : B;
		uint64_t ts;

		ts = expire(&b, first ? &a : &c, 0, 0, runs, first ? TIMER_A : TIMER_B, 0);
		/* The other one is preempted; its interrupt is taken when it runs. */
		if (whose == runs)
			kb(&b, ts + 10, 0, runs, KVM_ACCEPT, 0, VECTOR, runs - A);
		kb(&b, ts + 12, 0, runs, KVM_ENTRY, 0, 0, 0);
		if (i % 3 == 2) {
			sw(&b, ts + 1000, 0, runs, R, runs == A ? B : A);
			runs = runs == A ? B : A;
			kb(&b, ts + 1010, 0, runs, KVM_ENTRY, 0, 0, 0);
		}
	}
	expect("two", &b,
	       (struct expected){ 2,
				  0,
				  { "0 seed vp0 lp0 lapic 2000000 period 4000000",
				    "0 seed vp1 lp0 lapic 3000000 period 10000000" } });
}

/* The vCPU moves, and with it its timer, which is set to the time that it had. */
Test(kvm_seeds, a_timer_that_moves)
{
	struct kvm_build b = { 0 };
	struct periodic p = { 4 * MS, START + 4 * MS, CATCH_UP };

	sw(&b, START, 0, IDLE, R, A);
	for (unsigned i = 0; i < 12; i++) {
		unsigned cpu = i & 1;
		uint64_t ts = p.due - 3 * MS;

		if (i) {
			sw(&b, ts, !cpu, A, R, IDLE);
			sw(&b, ts + 10, cpu, IDLE, R, A);
		}
		set(&b, ts + 20, cpu, A, TIMER_A, p.due);
		kb(&b, ts + 30, cpu, A, KVM_ENTRY, 0, 0, 0);
		expire(&b, &p, 0, cpu, A, TIMER_A, 0);
		kb(&b, p.due - 4 * MS + 600, cpu, A, KVM_ENTRY, 0, 0, 0);
	}
	expect("moves", &b,
	       (struct expected){ 1, 0, { "0 seed vp0 lp0 lapic 4000000 period 4000000" } });
}

/* The host is away for some periods now and then: then the kernels differ. */
Test(kvm_seeds, a_host_that_goes_away)
{
	for (unsigned late = CATCH_UP; late <= REBASE; late++) {
		struct kvm_build b = { 0 };
		struct periodic p = { 4 * MS, START + MS, late };
		uint64_t back = 0;

		kb(&b, START, 0, IDLE, KVM_OTHER, 0, 0, 0);
		for (unsigned i = 0; i < 200; i++) {
			/* From the first tick on. */
			if (i % 10 == 0)
				back = p.due + 11 * MS;
			back = expire(&b, &p, back, 0, IDLE, TIMER_A, A) + 10;
		}
		expect(late == REBASE ? "rebase" : "catch up", &b,
		       (struct expected){
			   1,
			   0,
			   /* Of a period that is begun anew the phase is that of what follows. */
			   { late == REBASE ? "0 seed vp0 lp0 lapic 8000004 period 4000000"
					    : "0 seed vp0 lp0 lapic 1000000 period 4000000" } });
	}
}

/* Due before time 0, and late: the SEED stands for the deadlines that the trace has. */
Test(kvm_seeds, a_first_tick_that_was_due_before)
{
	struct kvm_build b = { 0 };
	struct periodic p = { 4 * MS, START - 1000, CATCH_UP };

	kb(&b, START, 0, IDLE, KVM_OTHER, 0, 0, 0);
	expire(&b, &p, START + 10, 0, IDLE, TIMER_A, A);
	sleeper(&b, &p, 0, A, TIMER_A, 5);
	expect("due before", &b,
	       (struct expected){ 1, 1, { "0 seed vp0 lp0 lapic 3999000 period 4000000" } });
}

static void write_count(struct kvm_build *b, uint64_t ts, uint64_t count, uint64_t expires)
{
	kb(b, ts, 0, A, KVM_APIC, 0, APIC_REG_TMICT, count);
	if (expires)
		set(b, ts + 5, 0, A, TIMER_A, expires);
	kb(b, ts + 10, 0, A, KVM_ENTRY, 0, 0, 0);
}

/* What the guest writes ends it, and what it does then is no evidence. */
Test(kvm_seeds, to_one_shot_later)
{
	struct kvm_build b = { 0 };
	struct periodic p = { 4 * MS, START + 2 * MS, CATCH_UP };
	uint64_t ts;

	kb(&b, START, 0, IDLE, KVM_OTHER, 0, 0, 0);
	sleeper(&b, &p, 0, A, TIMER_A, 5);
	ts = p.due - 2 * MS;
	sw(&b, ts, 0, IDLE, R, A);
	kb(&b, ts + 10, 0, A, KVM_APIC, 0, APIC_REG_LVTT, VECTOR);
	for (unsigned i = 0; i < 20; i++) {
		ts += MS;
		write_count(&b, ts, 700000, ts + 700000);
		callback(&b, ts + 700100, 0, A, TIMER_A, 0);
		kb(&b, ts + 700110, 0, A, KVM_ACCEPT, 0, VECTOR, 0);
		kb(&b, ts + 700120, 0, A, KVM_ENTRY, 0, 0, 0);
	}
	struct kvm_result r =
	    import("one-shot", &b,
		   (struct expected){ 1, 0, { "0 seed vp0 lp0 lapic 2000000 period 4000000" } });

	cr_expect_eq(r.tally.arms_lapic, 20);
	kb_result_free(&r);
}

/* KVM stops the timer as the guest leaves its mode: nothing else would end the SEED. */
Test(kvm_seeds, to_deadlines_later)
{
	struct kvm_build b = { 0 };
	struct periodic p = { 4 * MS, START + 2 * MS, CATCH_UP };
	struct kvm_result r;
	uint64_t ts;

	kb(&b, START, 0, IDLE, KVM_OTHER, 0, 0, 0);
	sleeper(&b, &p, 0, A, TIMER_A, 5);
	ts = p.due - 2 * MS;
	sw(&b, ts, 0, IDLE, R, A);
	kb(&b, ts + 10, 0, A, KVM_APIC, 0, APIC_REG_LVTT, 0x400ec);
	for (unsigned i = 0; i < 10; i++) {
		ts += 100000;
		set(&b, ts, 0, A, TIMER_A, ts + 49000);
		kb(&b, ts + 5, 0, A, KVM_MSR, 0, MSR_IA32_TSC_DEADLINE, 2 * (ts + 50000));
		kb(&b, ts + 8, 0, A, KVM_ENTRY, 0, 0, 0);
		callback(&b, ts + 49010, 0, A, TIMER_A, 0);
	}
	r = import("deadlines", &b,
		   (struct expected){ 1, 0, { "0 seed vp0 lp0 lapic 2000000 period 4000000" } });
	cr_expect(strstr(r.events, " disarm vp0\n") != NULL);
	cr_expect_eq(r.tally.arms_tsc, 10);
	kb_result_free(&r);
}

/* The deadline of the write is not known; that it replaced what was armed before is. */
Test(kvm_seeds, an_unknown_write_ends_it)
{
	struct kvm_build b = { 0 };
	struct periodic p = { 4 * MS, START + 2 * MS, CATCH_UP };
	struct kvm_result r;

	kb(&b, START, 0, IDLE, KVM_OTHER, 0, 0, 0);
	sleeper(&b, &p, 0, A, TIMER_A, 5);
	sw(&b, p.due - 2 * MS, 0, IDLE, R, A);
	write_count(&b, p.due - MS, 900, 0);
	r = import("unknown", &b,
		   (struct expected){ 1, 0, { "0 seed vp0 lp0 lapic 2000000 period 4000000" } });
	cr_expect_eq(r.tally.unknown_writes, 1);
	cr_expect(strstr(r.events, " disarm vp0\n") != NULL);
	kb_result_free(&r);
}

Test(kvm_seeds, a_pending_one_shot)
{
	/* Moved before it expired, so that its time is known; or not. By what is written later. */
	for (unsigned moved = 0; moved < 2; moved++)
		for (unsigned msr = 0; msr < 2; msr++) {
			struct kvm_build b = { 0 };
			static const char *const seed[] = {
				"0 seed vp0 lp0 lapic 900000 period 0",
				"0 seed vp0 lp0 tsc-deadline 900000 period 0",
				"0 seed vp0 lp0 lapic 899000 period 0",
				"0 seed vp0 lp0 tsc-deadline 900000 period 0",
			};

			sw(&b, START, 0, IDLE, R, A);
			if (moved)
				set(&b, START + 100, 0, A, TIMER_A, START + 899000);
			kb(&b, START + 200, 0, A, KVM_ENTRY, 0, 0, 0);
			callback(&b, START + 900000, 0, A, TIMER_A, 0);
			kb(&b, START + 900100, 0, A, KVM_ACCEPT, 0, VECTOR, 0);
			kb(&b, START + 900200, 0, A, KVM_ENTRY, 0, 0, 0);
			if (msr) {
				set(&b, START + MS, 0, A, TIMER_A, START + 2 * MS);
				kb(&b, START + MS + 5, 0, A, KVM_MSR, 0, MSR_IA32_TSC_DEADLINE,
				   777);
			} else {
				write_count(&b, START + MS, MS, START + 2 * MS + 5);
			}
			expect("one-shot", &b,
			       (struct expected){ 1, 0, { seed[2 * moved + msr] } });
		}
}

/* Timers of the host's own, and of nobody. */
Test(kvm_seeds, not_of_other_timers)
{
	struct kvm_build b = { 0 };

	sw(&b, START, 0, IDLE, R, A);
	for (uint64_t ts = START + MS; ts < START + 50 * MS; ts += MS) {
		kb(&b, ts, 0, A, KVM_EXPIRE, KVM_F_TICK, HOST, ts);
		kb(&b, ts + 1, 0, A, KVM_EXPIRE_EXIT, 0, HOST, 0);
		kb(&b, ts + 2, 0, A, KVM_START, KVM_F_TICK, HOST, ts + MS);
		kb(&b, ts + 3, 0, A, KVM_EXPIRE, 0, HOST + 1, ts);
		kb(&b, ts + 4, 0, A, KVM_WAKING, 0, B, 0);
		kb(&b, ts + 5, 0, A, KVM_EXPIRE_EXIT, 0, HOST + 1, 0);
		kb(&b, ts + 6, 0, A, KVM_START, 0, HOST + 1, ts + MS);
		kb(&b, ts + 7, 0, A, KVM_ENTRY, 0, 0, 0);
	}
	expect("host's", &b, (struct expected){ 0 });
}

/* One step alone, and that of a timer that was late: it may be anything. */
Test(kvm_seeds, a_period_that_nothing_tells)
{
	struct kvm_build b = { 0 };
	struct periodic p = { 4 * MS, START + 2 * MS, REBASE };

	kb(&b, START, 0, IDLE, KVM_OTHER, 0, 0, 0);
	sleeper(&b, &p, 0, A, TIMER_A, 1);
	expect("one", &b, (struct expected){ .unseen = 1 });

	/* Every time something else. */
	memset(&b, 0, sizeof(b));
	kb(&b, START, 0, IDLE, KVM_OTHER, 0, 0, 0);
	p.due = START + 2 * MS;
	for (unsigned i = 0; i < 10; i++) {
		p.period = MS + i * i * 10000;
		sleeper(&b, &p, 0, A, TIMER_A, 1);
	}
	expect("no common step", &b, (struct expected){ .unseen = 10 });
}

Test(kvm_seeds, lost_events_between)
{
	struct kvm_build b = { 0 };
	struct periodic p = { 4 * MS, START + 2 * MS, CATCH_UP };

	kb(&b, START, 0, IDLE, KVM_OTHER, 0, 0, 0);
	for (unsigned i = 0; i < 10; i++) {
		sleeper(&b, &p, 0, A, TIMER_A, 4);
		p.due += 3 * 4 * MS;
		kb(&b, p.due - MS, 0, IDLE, KVM_GAP, 0, p.due - 12 * MS, 5);
	}
	expect("lost", &b,
	       (struct expected){ 1, 0, { "0 seed vp0 lp0 lapic 2000000 period 4000000" } });
}

/* Expiries alone, no starts: they are a little late, and lie on a line. */
Test(kvm_seeds, by_expiries)
{
	struct kvm_build b = { 0 };

	sw(&b, START, 0, IDLE, R, A);
	for (unsigned i = 0; i < 300; i++) {
		uint64_t ts = START + 2 * MS + i * 4 * MS + i * 7919 % 9000;

		callback(&b, ts, 0, A, TIMER_A, 0);
		kb(&b, ts + 10, 0, A, KVM_ACCEPT, 0, VECTOR, 0);
		kb(&b, ts + 20, 0, A, KVM_ENTRY, 0, 0, 0);
	}
	expect("expiries", &b,
	       (struct expected){ 1, 0, { "0 seed vp0 lp0 lapic 2000000 period 4000000" } });
}

/* The VMX preemption timer serves a guest that never halts: its exits are the expiries. */
Test(kvm_seeds, by_exits_of_the_preemption_timer)
{
	struct kvm_build b = { 0 };

	sw(&b, START, 0, IDLE, R, A);
	for (unsigned i = 0; i < 300; i++) {
		uint64_t ts = START + 2 * MS + i * 4 * MS;

		/* KVM makes some for itself. */
		if (i % 3 == 1) {
			kb(&b, ts - MS, 0, A, KVM_EXIT, 0, PREEMPTION_TIMER, VMX);
			kb(&b, ts - MS + 10, 0, A, KVM_ENTRY, 0, 0, 0);
		}
		kb(&b, ts, 0, A, KVM_EXIT, 0, PREEMPTION_TIMER, VMX);
		kb(&b, ts + 10, 0, A, KVM_ACCEPT, 0, VECTOR, 0);
		kb(&b, ts + 20, 0, A, KVM_ENTRY, 0, 0, 0);
	}
	expect("exits", &b,
	       (struct expected){ 1, 0, { "0 seed vp0 lp0 lapic 2000000 period 4000000" } });
}

/* A vCPU that is plugged again has nothing armed. */
Test(kvm_seeds, not_of_a_thread_that_begins_later)
{
	struct kvm_build b = { 0 };
	struct periodic p = { 4 * MS, START + 20 * MS, CATCH_UP };

	kb_thread(&b, A, 0);
	kb_thread(&b, 140, 0);
	sw(&b, START, 0, IDLE, R, A);
	sw(&b, START + 1000, 0, A, 0x10, IDLE);
	sw(&b, START + 10 * MS, 0, IDLE, R, 140);
	sw(&b, START + 11 * MS, 0, 140, S, IDLE);
	for (unsigned i = 0; i < 5; i++)
		expire(&b, &p, 0, 0, IDLE, TIMER_A, 140);
	struct kvm_result r = kb_import(&b);

	cr_expect_eq(r.tally.seeds, r.meta.vps == 1 ? 0u : 1u);
	kb_result_free(&r);
}

Test(kvm_seeds, none_if_they_are_not_wanted)
{
	struct kvm_build b = { .no_infer = true };
	struct periodic p = { 4 * MS, START + 2 * MS, CATCH_UP };

	kb(&b, START, 0, IDLE, KVM_OTHER, 0, 0, 0);
	sleeper(&b, &p, 0, A, TIMER_A, 7);
	expect("no-infer", &b, (struct expected){ .unseen = 7 });
}

/* Stamps of a TSC: times and periods in its ticks. */
Test(kvm_seeds, in_ticks_of_a_tsc)
{
	struct kvm_build b = { .clock = "x86-tsc" };
	struct periodic p = { 4001456, START + 2 * MS, CATCH_UP };
	struct kvm_result r;
	unsigned long deadline, period;

	kb(&b, START, 0, IDLE, KVM_OTHER, 0, 0, 0);
	sleeper(&b, &p, 0, A, TIMER_A, 500);
	for (size_t i = 0; i < b.n; i++)
		b.record[i].ts = b.record[i].ts * 5 / 2;
	r = kb_import(&b);
	cr_expect_eq(r.ret, 0, "%s", r.err.text);
	cr_assert_eq(sscanf(r.events, "0 seed vp0 lp0 lapic %lu period %lu", &deadline, &period), 2,
		     "%.80s", r.events);
	cr_expect(labs((long)period - 10003640) <= 1, "%lu", period);
	cr_expect(labs((long)deadline - 5000000) < 2000, "%lu", deadline);
	kb_result_free(&r);
}

/* ---- Hyper-V's timers ---- */

static void hv(struct kvm_build *b, uint64_t ts, enum kvm_kind kind, uint64_t index, uint64_t value)
{
	kb(b, ts, 0, A, kind, 0, index, value);
}

/* KVM starts the hrtimer of timer 1 anew as vCPU 0 runs, for @due. */
static void hv_set(struct kvm_build *b, uint64_t ts, bool periodic, uint64_t due)
{
	kb(b, ts, 0, A, KVM_HV_START, periodic ? KVM_F_PERIODIC : 0, 1, (due - ts) / 100);
	kb(b, ts + 5, 0, A, KVM_START, KVM_F_STIMER, TIMER_A, due);
}

/* Periodic; set by a guest whose writes were not recorded; a one-shot. */
enum goes_on { GOES_ON, IS_SET, IS_OVER };

/* It expires a little after it was due, and the guest that halts takes it. */
static void hv_tick(struct kvm_build *b, uint64_t due, enum goes_on then, uint64_t period)
{
	uint64_t ts = due + 500;

	kb(b, ts + 2, 0, IDLE, KVM_EXPIRE, KVM_F_STIMER, TIMER_A, ts);
	kb(b, ts + 3, 0, IDLE, KVM_HV_FIRE, 0, 1, 0);
	kb(b, ts + 4, 0, IDLE, KVM_WAKING, 0, A, 0);
	kb(b, ts + 5, 0, IDLE, KVM_EXPIRE_EXIT, 0, TIMER_A, 0);
	sw(b, ts + 10, 0, IDLE, R, A);
	hv(b, ts + 15, KVM_HV_EXPIRED, 1, 0);
	if (then != IS_OVER)
		hv_set(b, ts + 20, then == GOES_ON, due + period);
	kb(b, ts + 30, 0, A, KVM_ENTRY, 0, 0, 0);
	sw(b, ts + 5000, 0, A, S, IDLE);
}

/* A periodic one, until the guest writes it: by the line of its expiries. */
Test(kvm_seeds, a_periodic_stimer)
{
	for (unsigned written = 0; written < 2; written++) {
		struct kvm_build b = { 0 };
		uint64_t due = START + 3 * MS;
		struct kvm_result r;

		sw(&b, START, 0, A, S, IDLE);
		for (unsigned k = 0; k < 100; k++, due += 4 * MS)
			hv_tick(&b, due, GOES_ON, 4 * MS);
		if (written) {
			sw(&b, due - MS, 0, IDLE, R, A);
			hv(&b, due - MS + 10, KVM_HV_CONFIG, 1, 0);
			sw(&b, due - MS + 100, 0, A, S, IDLE);
		}
		r = import(
		    "stimer", &b,
		    (struct expected){ 1, 0, { "0 seed vp0 lp0 lapic 3000500 period 4000000" } });
		cr_expect_eq(strstr(r.events, " disarm vp0\n") != NULL, written);
		cr_expect_null(strstr(r.events, " arm vp0"));
		cr_expect_str_empty(r.verdict.why);
		kb_result_free(&r);
	}
}

/* A pending one-shot, by its expiry; one that nobody saw written has one. */
Test(kvm_seeds, a_pending_stimer)
{
	for (unsigned n = 1; n <= 2; n++) {
		struct kvm_build b = { 0 };

		sw(&b, START, 0, A, S, IDLE);
		for (unsigned k = 0; k < n; k++)
			hv_tick(&b, START + (3 + k) * MS, IS_OVER, 0);
		sw(&b, START + 20 * MS, 0, IDLE, R, A);
		hv(&b, START + 20 * MS + 10, KVM_HV_COUNT, 1, 77);
		hv_set(&b, START + 20 * MS + 20, false, START + 30 * MS);
		sw(&b, START + 20 * MS + 100, 0, A, S, IDLE);
		if (n == 1)
			expect(
			    "one", &b,
			    (struct expected){ 1, 0, { "0 seed vp0 lp0 lapic 3000500 period 0" } });
		else
			expect("two", &b, (struct expected){ 0, 2, { 0 } });
	}
}

/* One-shots whose writes were not recorded are no period, however even. */
Test(kvm_seeds, stimers_whose_writes_were_not_recorded)
{
	struct kvm_build b = { 0 };

	sw(&b, START, 0, A, S, IDLE);
	for (unsigned k = 0; k < 100; k++)
		hv_tick(&b, START + (3 + 4 * k) * MS, IS_SET, 4 * MS);
	expect("not recorded", &b, (struct expected){ 0, 100, { 0 } });
}

/* Those of too few ticks stay unseen, and the line says why. */
Test(kvm_seeds, a_stimer_that_nothing_tells)
{
	struct kvm_build b = { 0 };
	struct kvm_result r;

	sw(&b, START, 0, A, S, IDLE);
	for (unsigned k = 0; k < 3; k++)
		hv_tick(&b, START + (3 + 4 * k) * MS, GOES_ON, 4 * MS);
	b.seen =
	    json_pack("{s:i,s:i}", "kvm_hv_stimer_callback", 3, "kvm_hv_stimer_start_periodic", 3);
	r = import("few", &b, (struct expected){ 0, 3, { 0 } });
	cr_expect(strstr(r.verdict.why, "(3 ticks are of timers that were armed before the capture "
					"began)"),
		  "%s", r.verdict.why);
	kb_result_free(&r);
}
