/* SPDX-License-Identifier: GPL-2.0-only */
/* Distributions by hand, and against the plain definitions on random ones. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "compare/dist.h"

static struct dist make(struct bucket *b, size_t n)
{
	struct dist d = { .bucket = b, .n = n };

	for (size_t i = 0; i < n; i++)
		d.total += b[i].count;
	return d;
}

Test(dist, one_sample_moves)
{
	struct bucket x[] = { { 0, 9 }, { 100, 1 } }, y[] = { { 0, 9 }, { 101, 1 } };
	struct dist a = make(x, 2), b = make(y, 2);
	struct shift s;

	cr_expect(dist_equal(&a, &a));
	cr_expect_not(dist_equal(&a, &b));
	dist_compare(&a, &b, &s);
	cr_expect_eq(s.base, 100);
	cr_expect_eq(s.cand, 101);
	cr_expect_float_eq(s.quantile, 1, 1e-12);
	cr_expect_float_eq(s.ks, 0.1, 1e-12);
	cr_expect_eq(s.ks_at, 100);
	cr_expect_float_eq(s.area, 0.1, 1e-12);
	cr_expect(s.farther && !s.nearer);
	dist_compare(&b, &a, &s);
	cr_expect(!s.farther && s.nearer);
}

Test(dist, percentiles_can_agree_where_distributions_do_not)
{
	/* Medians, 90th percentiles and maxima are equal; a fifth of the samples between them
	 * moved. */
	struct bucket x[] = { { 0, 60 }, { 10, 20 }, { 50, 20 } },
		      y[] = { { 0, 60 }, { 40, 20 }, { 50, 20 } };
	struct dist a = make(x, 3), b = make(y, 3);
	struct shift s;

	dist_compare(&a, &b, &s);
	cr_expect_eq(s.cand - s.base, 30);
	cr_expect_float_eq(s.quantile, 0.8, 1e-12);
	cr_expect_float_eq(s.ks, 0.2, 1e-12);
}

Test(dist, the_same_shape_of_more_samples_is_no_shift)
{
	struct bucket x[] = { { -5, 1 }, { 7, 2 } }, y[] = { { -5, 3 }, { 7, 6 } };
	struct dist a = make(x, 2), b = make(y, 2);
	struct shift s;

	dist_compare(&a, &b, &s);
	cr_expect_eq(s.ks, 0);
	cr_expect_eq(s.base, s.cand);
	cr_expect(!s.nearer && !s.farther);
}

Test(dist, early_and_late_count_alike)
{
	struct bucket x[] = { { -10, 1 }, { 10, 1 } }, y[] = { { -10, 1 }, { 5, 1 } },
		      z[] = { { -20, 1 }, { 5, 1 } };
	struct dist a = make(x, 2), b = make(y, 2), c = make(z, 2);
	struct shift s;

	dist_compare(&a, &b, &s);
	cr_expect(s.nearer && !s.farther);
	dist_compare(&a, &c, &s);
	cr_expect(s.nearer && s.farther, "crossing is neither better nor worse");
}

static uint64_t seed = 7;

static uint64_t next_random(void)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return seed * UINT64_C(0x2545f4914f6cdd1d);
}

static double part_up_to(const struct dist *d, int64_t x)
{
	uint64_t n = 0;

	for (size_t i = 0; i < d->n; i++)
		n += d->bucket[i].upper <= x ? d->bucket[i].count : 0;
	return (double)n / (double)d->total;
}

static int64_t sample(const struct dist *d, uint64_t rank)
{
	size_t i = 0;

	for (uint64_t n = d->bucket[0].count; n < rank; n += d->bucket[i].count)
		i++;
	return d->bucket[i].upper;
}

Test(dist, the_definitions)
{
	for (int round = 0; round < 500; round++) {
		struct bucket x[8], y[8];
		size_t n = 1 + next_random() % 8, m = 1 + next_random() % 8;
		int64_t at = -20, largest = 0;
		double ks = 0, area = 0;
		struct shift s;

		for (size_t i = 0; i < n; i++)
			x[i] = (struct bucket){ at += 1 + (int64_t)(next_random() % 10),
						1 + next_random() % 5 };
		at = -20;
		for (size_t i = 0; i < m; i++)
			y[i] = (struct bucket){ at += 1 + (int64_t)(next_random() % 10),
						1 + next_random() % 5 };
		struct dist a = make(x, n), b = make(y, m);

		dist_compare(&a, &b, &s);
		for (int64_t v = -30; v < 100; v++) {
			double gap = fabs(part_up_to(&a, v) - part_up_to(&b, v));

			ks = gap > ks ? gap : ks;
			area += gap;
		}
		/* Quantiles k/(n*m): both have whole ranks there. */
		for (uint64_t k = 1; k <= a.total * b.total; k++) {
			int64_t d = sample(&b, (k + a.total - 1) / a.total) -
				    sample(&a, (k + b.total - 1) / b.total);

			largest = llabs(d) > largest ? llabs(d) : largest;
		}
		cr_assert_float_eq(s.ks, ks, 1e-12);
		cr_assert_float_eq(s.area, area, 1e-9);
		cr_assert_eq(llabs(s.cand - s.base), largest);
	}
}
