/* SPDX-License-Identifier: GPL-2.0-only */
/* What events of a CPU tell of times at which its machine was elsewhere. */
#include <criterion/criterion.h>

#include "traces/record/away.h"
#include "traces/record/tests/convert_bench.h"

static struct away a;
static uint32_t seq;

/* An event of CPU 1 at @us. */
static struct raw_event next(uint64_t us, unsigned type)
{
	struct raw_event e = at(us, type, type == RAW_FIRE ? VCPU : 0, 1);

	e.seq = seq++;
	return e;
}

/* An interrupt at @us, and in it a timer that was due at @due. */
static bool late(uint64_t us, uint64_t due, struct raw_event *told)
{
	struct raw_event irq = next(us, RAW_TIMER_IRQ), fire = next(us + 1, RAW_FIRE);

	fire.a = BEGAN + due * 1000;
	return !away_event(&a, &irq, told) && away_event(&a, &fire, told);
}

static void heard(uint64_t us)
{
	struct raw_event e = next(us, RAW_WAKING), told;

	cr_expect(!away_event(&a, &e, &told));
}

static void is(const struct raw_event *told, uint64_t from, uint64_t until)
{
	cr_expect(told->type == RAW_AWAY && told->cpu == 1);
	cr_expect((told->ts - BEGAN) / 1000 == from, "from %lu",
		  (unsigned long)((told->ts - BEGAN) / 1000));
	cr_expect((told->a - BEGAN) / 1000 == until);
}

Test(away, silence_and_a_late_timer)
{
	struct raw_event told, fire;

	heard(1000);
	cr_expect(late(9000, 7000, &told));
	is(&told, 5000, 9000); /* as long before it was due as it was late */
	fire = next(9010, RAW_FIRE);
	fire.a = BEGAN + 8000000;
	cr_expect(!away_event(&a, &fire, &told), "the same silence again");
	heard(10000);
	cr_expect(late(19000, 11000, &told));
	is(&told, 10000, 19000); /* but not before it was heard of */
	away_free(&a);
}

Test(away, none)
{
	struct raw_event told;

	cr_expect(!late(9000, 7000, &told), "nothing was heard of it before");
	heard(10000);
	cr_expect(!late(13000, 12001, &told), "999 us are no more than a millisecond");
	heard(14000);
	cr_expect(!late(19000, 13999, &told), "it was heard of later");
	heard(20000);
	seq++;
	cr_expect(!late(29000, 25000, &told), "an event was lost");
	heard(30000);
	cr_expect(!late(39000, 0, &told), "when it was due is not known");
	away_free(&a);
}

/* Through a conversion; what ends before the output begins is left out. */
Test(away, in_a_trace)
{
	struct bench b;
	struct raw_event e = at(5, RAW_AWAY, 0, 2), over = at(10, RAW_AWAY, 0, 2);

	begin(&b);
	e.a = BEGAN + 2005000;
	over.a = BEGAN + 10000;
	give(&b, e);
	give(&b, over);
	give(&b, at(3000, RAW_TIMER_IRQ, 0, 2));
	end(&b);
	cr_expect(b.n == 2);
	expect(&b, 0, 5, TRACE_AWAY, 0);
	cr_expect(b.ev[0].lp == 2 && b.ev[0].value == 2005000);
	cr_expect(convert_tally(b.c)->aways == 1 && convert_tally(b.c)->away_ns == 2000000);
	done(&b);
}
