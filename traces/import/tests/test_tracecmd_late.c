/* SPDX-License-Identifier: GPL-2.0-only */
/* What the decoder takes for late. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "traces/import/kvm/tracecmd_late.h"

enum { MS = 1000000 };

Test(tracecmd_late, a_silence_and_what_ends_it)
{
	struct late_cpu c = { 0 };

	late_lost(&c); /* the first record */
	cr_expect(!c.back && !c.n);
	late_record(&c, 5 * MS, 4 * MS);
	cr_expect(!c.back, "a millisecond to the tick is none");
	late_record(&c, 7 * MS, 5 * MS);
	cr_expect(c.back);
	cr_expect_eq(c.silence[0].before, 5 * MS);
	late_record(&c, 7 * MS + 10, 7 * MS);
	cr_expect(c.back, "the interrupt goes on");
	cr_expect_eq(c.silence[0].before, 5 * MS);
	late_record(&c, 8 * MS + 1, 7 * MS + 10);
	cr_expect(!c.back, "not for ever");
	late_record(&c, 20 * MS, 8 * MS + 1);
	cr_expect_eq(c.silence[0].before, 8 * MS + 1);
	late_over(&c);
	cr_expect(!c.back);
	cr_expect_eq(c.n, 2, "it is not forgotten");
	cr_expect_eq(c.silence[1].since, 7 * MS);
	for (uint64_t ms = 30; ms <= 100; ms += 10)
		late_record(&c, ms * MS, ms * MS - 2 * MS);
	cr_expect_eq(c.n, TRACECMD_SILENCES);
	cr_expect_eq(c.silence[0].since, 100 * MS);
	cr_expect_eq(c.silence[TRACECMD_SILENCES - 1].since, 70 * MS);
	late_lost(&c);
	cr_expect_eq(c.n, 0, "whatever came before");
}

Test(tracecmd_late, timers)
{
	struct late_timers l = { 0 };

	cr_expect_eq(late_expires(&l, 8, 90 * MS), 0);
	/* So many that the table grows, some of them again. */
	for (uint64_t i = 1; i <= 1000; i++)
		late_started(&l, 64 * i, i * MS);
	for (uint64_t i = 1; i <= 1000; i += 2)
		late_started(&l, 64 * i, (i + 1) * MS);
	cr_expect_eq(l.n, 1000);
	for (uint64_t i = 1; i <= 1000; i++) {
		uint64_t due = (i + i % 2) * MS;

		cr_expect_eq(late_expires(&l, 64 * i, due + MS), 0);
		cr_expect_eq(late_expires(&l, 64 * i, due + MS + 1), due);
		cr_expect_eq(late_expires(&l, 64 * i, due - 1), 0);
	}
	cr_expect_eq(late_expires(&l, 64 * 1001, 5000 * (uint64_t)MS), 0);
	cr_expect_eq(late_expires(&l, 0, 5000 * (uint64_t)MS), 0);
	free(l.slot);
}
