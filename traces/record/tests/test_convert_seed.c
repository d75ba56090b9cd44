/* SPDX-License-Identifier: GPL-2.0-only */
/* Timers that were armed before the recording began: from a sighting to a SEED. */
#include <criterion/criterion.h>

#include "traces/record/tests/convert_bench.h"

/* What the recording's start finds at @us: a vCPU whose timer is due at @due us. */
static struct raw_vcpu found(uint64_t us, uint32_t mode, uint64_t due)
{
	struct raw_vcpu v = sighting(us, VCPU, 0, (uint64_t)-500);

	v.ev.flags = RAW_SNAPSHOT;
	v.ev.cpu = 2;
	v.timer_mode = mode;
	v.lvtt = mode | 0x40;
	v.expires = BEGAN + due * 1000;
	v.advance = 1000;
	if (mode == LVTT_TSCDEADLINE) {
		v.tscdeadline = tsc_at(due) - 500;
		v.expires -= v.advance;
	} else {
		v.target = v.expires;
		v.period = 4000000;
	}
	return v;
}

/* Its SEED is the first event, if there is one. */
static void expect_seed(const struct bench *b, unsigned dev, uint64_t due_ns, uint64_t period)
{
	expect(b, 0, 0, TRACE_SEED, dev);
	cr_expect(b->ev[0].value == due_ns, "due %lu", (unsigned long)b->ev[0].value);
	cr_expect_eq(b->ev[0].extra, period);
	cr_expect_eq(b->ev[0].lp, 2);
	cr_expect_eq(convert_tally(b->c)->seeds, 1);
}

/* Makes a trace of a sighting alone. */
static void alone(struct bench *b, struct raw_vcpu v)
{
	open_bench(b);
	sight(b, &v);
	cr_assert(!convert_output(b->c, b->w, BEGAN, &b->err));
	give(b, v.ev);
	end(b);
}

Test(seed, each_kind_of_timer)
{
	static const struct {
		uint32_t mode;
		unsigned dev;
		uint64_t period;
	} kind[] = {
		{ LVTT_TSCDEADLINE, TRACE_TSC_DEADLINE, 0 },
		{ LVTT_ONESHOT, TRACE_LAPIC, 0 },
		{ LVTT_PERIODIC, TRACE_LAPIC, 4000000 },
	};
	struct bench b;

	for (size_t i = 0; i < 3; i++) {
		alone(&b, found(300, kind[i].mode, 1500));
		cr_expect_eq(b.n, 1);
		expect_seed(&b, kind[i].dev, 1500000, kind[i].period);
		done(&b);
	}
}

/* A timer of the CPU's has the deadline: there is no hrtimer to ask. */
Test(seed, by_hardware)
{
	struct raw_vcpu v = found(300, LVTT_TSCDEADLINE, 1500);
	struct bench b;

	v.expires = 0;
	v.hardware = 1;
	alone(&b, v);
	expect_seed(&b, TRACE_TSC_DEADLINE, 1500000, 0);
	done(&b);

	v = found(300, LVTT_PERIODIC, 1500);
	v.expires = 0;
	v.hardware = 1;
	alone(&b, v);
	expect_seed(&b, TRACE_LAPIC, 1500000, 4000000);
	done(&b);
}

/* KVM's callback is at work: the timer is on no queue, and its next time is known. */
Test(seed, in_its_callback)
{
	struct raw_vcpu v = found(300, LVTT_PERIODIC, 1500);
	struct bench b;

	v.expires = 0;
	alone(&b, v);
	expect_seed(&b, TRACE_LAPIC, 1500000, 4000000);
	done(&b);
}

Test(seed, none)
{
	struct raw_vcpu v[9];
	struct bench b;

	for (size_t i = 0; i < 9; i++)
		v[i] = found(300, i < 5 ? LVTT_TSCDEADLINE : LVTT_PERIODIC, 1500);
	v[0].expires = 0;	       /* expired, not injected yet */
	v[1].lvtt |= LVTT_MASKED;      /* its ticks reach nobody */
	v[2].ev.flags = 0;	       /* a new vCPU */
	v[3].ev.flags |= RAW_WRITTEN;  /* the write's own event follows */
	v[4].tscdeadline = UINT64_MAX; /* never */
	v[4].expires = BEGAN + 3000000000000;
	v[5].period = 0;		  /* stopped */
	v[6].target = BEGAN - 4000000000; /* given up long ago */
	v[6].expires = 0;
	v[7].timer_mode = LVTT_ONESHOT; /* came already */
	v[7].expires = 0;
	v[8].lvtt |= LVTT_MASKED;
	for (size_t i = 0; i < 9; i++) {
		alone(&b, v[i]);
		cr_expect(!b.n, "sighting %zu: %zu events", i, b.n);
		done(&b);
	}
}

Test(seed, unless_not_wanted)
{
	struct raw_vcpu v = found(300, LVTT_PERIODIC, 1500);
	struct bench b;

	open_bench(&b);
	convert_no_infer(b.c);
	sight(&b, &v);
	cr_assert(!convert_output(b.c, b.w, BEGAN, &b.err));
	give(&b, v.ev);
	give(&b, at(1500, RAW_FIRE, VCPU, 2));
	end(&b);
	cr_expect_eq(b.n, 1);
	cr_expect_eq(convert_tally(b.c)->unseen_ticks, 1);
	done(&b);
}

/* One sleeps in its guest, the other in its VMM; both are seen after the first event. */
Test(seed, its_ticks_are_seen)
{
	struct raw_vcpu v = found(300, LVTT_PERIODIC, 1500),
			other = found(310, LVTT_ONESHOT, 90000);
	struct raw_event stop = at(9700, RAW_DISARM, VCPU, 2);
	struct bench b;

	v.ev.flags |= RAW_ASLEEP;
	other.ev.vcpu = VCPU2;
	other.vcpu_id = 1;
	open_bench(&b);
	sight(&b, &v);
	sight(&b, &other);
	cr_assert(!convert_output(b.c, b.w, BEGAN, &b.err));
	give(&b, at(10, RAW_TIMER_IRQ, 0, 3));
	give(&b, v.ev);
	give(&b, other.ev);
	give(&b, at(1501, RAW_FIRE, VCPU, 2));
	give(&b, at(1502, RAW_WAKING, VCPU, 2));
	give(&b, at(1503, RAW_IN, VCPU, 2));
	give(&b, at(5501, RAW_FIRE, VCPU, 2));
	give(&b, at(5502, RAW_WAKING, VCPU2, 3));
	give(&b, at(5503, RAW_IN, VCPU2, 3));
	give(&b, at(9500, RAW_FIRE, VCPU, 2));
	stop.flags = RAW_LAPIC;
	give(&b, stop);
	give(&b, at(13500, RAW_FIRE, VCPU, 2)); /* of whose making nothing is known */
	give(&b, at(90001, RAW_FIRE, VCPU2, 2));
	end(&b);
	cr_expect_eq(convert_tally(b.c)->seeds, 2);
	expect(&b, 0, 0, TRACE_SEED, TRACE_LAPIC);
	expect(&b, 1, 0, TRACE_SEED, TRACE_LAPIC);
	expect(&b, 2, 10, TRACE_OBS_HV_IRQ, 0);
	expect(&b, 3, 1501, TRACE_OBS_FIRE, 0);
	expect(&b, 4, 1502, TRACE_WAKE, 0);
	expect(&b, 5, 1503, TRACE_SCHED_IN, 0);
	expect(&b, 6, 5501, TRACE_OBS_FIRE, 0);
	expect(&b, 7, 5503, TRACE_SCHED_IN, 0);
	expect(&b, 8, 9500, TRACE_OBS_FIRE, 0);
	expect(&b, 9, 9700, TRACE_DISARM, 0);
	cr_expect_eq(convert_tally(b.c)->fired_seeded, 4);
	cr_expect_eq(convert_tally(b.c)->fired_unarmed, 1);
	cr_expect_eq(convert_tally(b.c)->unseen_ticks, 0);
	done(&b);
}

/* What a flight recorder writes begins with the timers that are armed then. */
Test(seed, where_a_flight_begins)
{
	struct convert *base = convert_new(4, &tsc_clock, 0);
	struct raw_event tmict = at(40, RAW_ARM_LAPIC, VCPU2, 3),
			 fire = at(4041, RAW_FIRE, VCPU2, 3);
	struct raw_vcpu v = found(0, LVTT_TSCDEADLINE, 90000), other = sighting(5, VCPU2, 1, 0);
	const struct raw_event early[] = { at(10, RAW_IN, VCPU, 1), arm(20, 8000, (uint64_t)-500),
					   at(30, RAW_IN, VCPU2, 3) };
	struct bench b;

	begin(&b);
	convert_free(b.c);
	b.c = base;
	sight(&b, &v);
	sight(&b, &other);
	give(&b, v.ev);
	give(&b, other.ev);
	tmict.a = BEGAN + 4040000;
	tmict.b = 4000000;
	tmict.flags = RAW_STARTED;
	for (size_t i = 0; i < 3; i++)
		give(&b, early[i]);
	give(&b, tmict);
	give(&b, fire);
	b.c = convert_clone(base);
	cr_assert(!convert_output(b.c, b.w, BEGAN + 5000000, &b.err));
	give(&b, at(8001, RAW_FIRE, VCPU, 1));
	give(&b, at(8042, RAW_FIRE, VCPU2, 1));
	convert_free(base);
	end(&b);
	expect(&b, 0, 0, TRACE_SEED, TRACE_TSC_DEADLINE);
	cr_expect(b.ev[0].value == 3000000 && b.ev[0].lp == 1);
	expect(&b, 1, 0, TRACE_SEED, TRACE_LAPIC);
	cr_expect(b.ev[1].value == 3040000 && b.ev[1].extra == 4000000 && b.ev[1].lp == 3);
	expect(&b, 2, 0, TRACE_SCHED_IN, 0);
	expect(&b, 3, 0, TRACE_SCHED_IN, 0);
	expect(&b, 4, 3001, TRACE_OBS_FIRE, 0);
	expect(&b, 5, 3042, TRACE_OBS_FIRE, 0);
	cr_expect_eq(convert_tally(b.c)->unseen_ticks, 0);
	done(&b);
}
