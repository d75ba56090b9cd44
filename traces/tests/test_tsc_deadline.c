/* SPDX-License-Identifier: GPL-2.0-only */
/* A deadline by the guest's TSC against the hrtimer that KVM set for it. */
#include <criterion/criterion.h>

#include "traces/tsc_deadline.h"

Test(tsc_deadline, who_is_believed)
{
	static const struct {
		int64_t tsc, hrtimer;
		uint64_t distance;
		enum tsc_says says;
	} t[] = {
		{ 1000, 1000, 500, TSC_SAYS_BOTH },
		{ 1010, 1000, 500, TSC_SAYS_BOTH },
		{ 990, 1000, 500, TSC_SAYS_BOTH },
		{ 989, 1000, 500, TSC_SAYS_HRTIMER },
		{ 1011, 1000, 500, TSC_SAYS_STALL },
		{ 1200, 1000, 500, TSC_SAYS_STALL },
		{ 1201, 1000, 500, TSC_SAYS_HRTIMER },
		{ 1000, 1000, TSC_DISTANCE_MAX - 1, TSC_SAYS_BOTH },
		{ 1000, 1000, TSC_DISTANCE_MAX, TSC_SAYS_NEVER },
		{ 9999, 1000, UINT64_MAX, TSC_SAYS_NEVER },
		{ INT64_MAX, INT64_MIN, 0, TSC_SAYS_HRTIMER },
		{ INT64_MIN, INT64_MAX, 0, TSC_SAYS_HRTIMER },
	};

	for (unsigned i = 0; i < sizeof(t) / sizeof(*t); i++)
		cr_expect_eq(tsc_deadline_says(t[i].tsc, t[i].hrtimer, 10, 200, t[i].distance),
			     t[i].says, "case %u", i);
}

Test(tsc_deadline, three_that_go_together)
{
	struct tsc_mismatches m = { 0 };

	cr_expect(!tsc_mismatch(&m, 100, 10));
	cr_expect(!tsc_mismatch(&m, 110, 10));
	cr_expect(!tsc_mismatch(&m, 111, 10));
	cr_expect(tsc_mismatch(&m, 101, 10)); /* with the two before it, not with the first */
	cr_expect(m.offset[0] == 101 && m.offset[2] == 111);
	m.n = 0;
	cr_expect(!tsc_mismatch(&m, INT64_MIN, 10));
	cr_expect(!tsc_mismatch(&m, INT64_MAX, 10));
	cr_expect(!tsc_mismatch(&m, 0, 10));
}
