/* SPDX-License-Identifier: GPL-2.0-only */
/* The statistics against published tables and against a second, naive implementation that
 * enumerates. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare/stats.h"
#include "traces/base/sort.h"

/*
 * Critical values of U, two-tailed, alpha 0.05, sizes 5 to 20 by 5 to 20: the table of R. C.
 * Milton, "An extended table of critical values for the Mann-Whitney (Wilcoxon) two-sample
 * statistic", JASA 59 (1964), as the usual textbooks reprint it. The reprints have 67 for sizes 14
 * and 17; the value is 69, as enumeration says too.
 */
static const int milton_05[16][16] = {
	{ 2, 3, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 17, 18, 19, 20 },
	{ 3, 5, 6, 8, 10, 11, 13, 14, 16, 17, 19, 21, 22, 24, 25, 27 },
	{ 5, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32, 34 },
	{ 6, 8, 10, 13, 15, 17, 19, 22, 24, 26, 29, 31, 34, 36, 38, 41 },
	{ 7, 10, 12, 15, 17, 20, 23, 26, 28, 31, 34, 37, 39, 42, 45, 48 },
	{ 8, 11, 14, 17, 20, 23, 26, 29, 33, 36, 39, 42, 45, 48, 52, 55 },
	{ 9, 13, 16, 19, 23, 26, 30, 33, 37, 40, 44, 47, 51, 55, 58, 62 },
	{ 11, 14, 18, 22, 26, 29, 33, 37, 41, 45, 49, 53, 57, 61, 65, 69 },
	{ 12, 16, 20, 24, 28, 33, 37, 41, 45, 50, 54, 59, 63, 67, 72, 76 },
	{ 13, 17, 22, 26, 31, 36, 40, 45, 50, 55, 59, 64, 69, 74, 78, 83 },
	{ 14, 19, 24, 29, 34, 39, 44, 49, 54, 59, 64, 70, 75, 80, 85, 90 },
	{ 15, 21, 26, 31, 37, 42, 47, 53, 59, 64, 70, 75, 81, 86, 92, 98 },
	{ 17, 22, 28, 34, 39, 45, 51, 57, 63, 69, 75, 81, 87, 93, 99, 105 },
	{ 18, 24, 30, 36, 42, 48, 55, 61, 67, 74, 80, 86, 93, 99, 106, 112 },
	{ 19, 25, 32, 38, 45, 52, 58, 65, 72, 78, 85, 92, 99, 106, 113, 119 },
	{ 20, 27, 34, 41, 48, 55, 62, 69, 76, 83, 90, 98, 105, 112, 119, 127 },
};

/* The same, alpha 0.01, equal sizes 5 to 20. */
static const int milton_01[16] = { 0, 2, 4, 7, 11, 16, 21, 27, 34, 42, 51, 60, 70, 81, 93, 105 };

/*
 * Lower critical rank sums of the smaller sample, two-tailed 0.10 and 0.05, sizes 4 to 10:
 * University of York, Department of Mathematics, statistical tables
 * (https://york.ac.uk/depts/maths/tables/mannwhitney.htm).
 */
static const int york[][4] = {
	{ 4, 4, 12, 11 },  { 4, 5, 13, 12 },  { 4, 6, 14, 12 },	 { 4, 7, 15, 13 },
	{ 4, 8, 16, 14 },  { 4, 9, 17, 15 },  { 4, 10, 18, 16 }, { 5, 5, 19, 18 },
	{ 5, 6, 20, 19 },  { 5, 7, 22, 20 },  { 5, 8, 23, 21 },	 { 5, 9, 25, 22 },
	{ 5, 10, 26, 24 }, { 6, 6, 28, 26 },  { 6, 7, 30, 28 },	 { 6, 8, 32, 29 },
	{ 6, 9, 33, 31 },  { 6, 10, 35, 33 }, { 7, 7, 39, 37 },	 { 7, 8, 41, 39 },
	{ 7, 9, 43, 41 },  { 7, 10, 46, 43 }, { 8, 8, 52, 49 },	 { 8, 9, 54, 51 },
	{ 8, 10, 57, 54 }, { 9, 9, 66, 63 },  { 9, 10, 69, 66 }, { 10, 10, 83, 79 },
};

Test(stats, critical_values_are_those_of_milton)
{
	for (size_t i = 0; i < 16; i++) {
		for (size_t k = 0; k < 16; k++)
			cr_expect_eq(stats_critical(i + 5, k + 5, 0.025), milton_05[i][k],
				     "%zu and %zu: %d", i + 5, k + 5,
				     (int)stats_critical(i + 5, k + 5, 0.025));
		cr_expect_eq(stats_critical(i + 5, i + 5, 0.005), milton_01[i], "%zu: %d", i + 5,
			     (int)stats_critical(i + 5, i + 5, 0.005));
	}
	cr_expect_eq(stats_critical(4, 4, 0.005), -1);
	cr_expect_eq(stats_critical(3, 3, 0.025), -1);
}

Test(stats, critical_values_are_those_of_york)
{
	for (size_t i = 0; i < sizeof(york) / sizeof(*york); i++) {
		int m = york[i][0], base = m * (m + 1) / 2;
		int64_t ten = stats_critical((size_t)m, (size_t)york[i][1], 0.05) + base;
		int64_t five = stats_critical((size_t)m, (size_t)york[i][1], 0.025) + base;

		/* Theirs are "approximate": the nearest, not the largest below, so they may be one
		 * more. */
		cr_expect(ten == york[i][2] || ten == york[i][2] - 1, "%d, %d: %d", m, york[i][1],
			  (int)ten);
		cr_expect(five == york[i][3] || five == york[i][3] - 1, "%d, %d: %d", m, york[i][1],
			  (int)five);
	}
}

/* ---- the second implementation: every way to say which of the pooled values are the candidate's
 * ---- */

static double naive_u(const int64_t *base, size_t m, const int64_t *cand, size_t n)
{
	double u = 0;

	for (size_t i = 0; i < m; i++) {
		for (size_t k = 0; k < n; k++)
			u += cand[k] > base[i] ? 1 : cand[k] == base[i] ? 0.5 : 0;
	}
	return u;
}

static double naive_p(const int64_t *base, size_t m, const int64_t *cand, size_t n)
{
	int64_t all[24], b[24], c[24];
	double mean = (double)(m * n) / 2, far = fabs(naive_u(base, m, cand, n) - mean);
	unsigned long choices = 0, beyond = 0;

	memcpy(all, base, m * sizeof(*all));
	memcpy(all + m, cand, n * sizeof(*all));
	for (unsigned long set = 0; set < 1UL << (m + n); set++) {
		size_t i = 0, k = 0;

		if ((size_t)__builtin_popcountl(set) != n)
			continue;
		for (size_t v = 0; v < m + n; v++) {
			if (set >> v & 1)
				c[k++] = all[v];
			else
				b[i++] = all[v];
		}
		choices++;
		beyond += fabs(naive_u(b, m, c, n) - mean) >= far - 1e-9;
	}
	return (double)beyond / (double)choices;
}

static int by_double(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static uint64_t seed = 42;

/* xorshift64*: any will do, as long as it is always the same. */
static uint64_t next_random(void)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return seed * UINT64_C(0x2545f4914f6cdd1d);
}

static void fill(int64_t *v, size_t n, uint64_t range)
{
	for (size_t i = 0; i < n; i++)
		v[i] = 1000 + (int64_t)(next_random() % range);
	sort_i64(v, n);
}

Test(stats, mann_whitney_is_what_enumeration_says)
{
	for (int round = 0; round < 400; round++) {
		size_t m = 1 + next_random() % 7, n = 1 + next_random() % 7;
		/* A small range makes ties, up to all being equal. */
		uint64_t range = 1 + next_random() % (round % 2 ? 5 : 1000000);
		int64_t base[8], cand[8];
		struct stats_test t;

		fill(base, m, range);
		fill(cand, n, range);
		stats_mann_whitney(base, m, cand, n, &t);
		cr_assert(t.exact);
		cr_assert_float_eq(t.u, naive_u(base, m, cand, n), 1e-9);
		cr_assert_float_eq(t.p, naive_p(base, m, cand, n), 1e-12,
				   "m %zu n %zu: %g, enumerated %g", m, n, t.p,
				   naive_p(base, m, cand, n));
	}
}

Test(stats, the_smallest_p_is_two_of_all_choices)
{
	/* benchstat's table of the smallest p by runs a side has 0.0286 for 4, 0.0079 for
	 * 5, 1.08e-5 for 10. */
	static const struct {
		size_t n;
		double p;
	} known[] = { { 1, 1 },		{ 2, 0.3333333 }, { 3, 0.1 },
		      { 4, 0.0285714 }, { 5, 0.0079365 }, { 10, 1.0825088e-5 } };

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		int64_t base[10], cand[10];
		struct stats_test t;

		for (int k = 0; k < 10; k++) {
			base[k] = 100 + k;
			cand[k] = 200 + k;
		}
		stats_mann_whitney(base, known[i].n, cand, known[i].n, &t);
		cr_expect_float_eq(t.p, known[i].p, 1e-6 * known[i].p + 1e-7, "%zu: %g", known[i].n,
				   t.p);
	}
	cr_expect_eq(stats_runs_min(0.05, 1), 4);
	cr_expect_eq(stats_runs_min(0.01, 1), 5);
	cr_expect_eq(stats_runs_min(0.01, 2), 6);
}

Test(stats, a_published_example)
{
	/* Ages at diagnosis of diabetes, men and women, of SciPy's documentation of mannwhitneyu: U
	 * 17, p 0.1111. */
	int64_t men[] = { 16, 19, 22, 24, 29 }, women[] = { 11, 12, 17, 20 };
	struct stats_test t;

	stats_mann_whitney(women, 4, men, 5, &t);
	cr_expect_float_eq(t.u, 17, 1e-9);
	cr_expect_float_eq(t.p, 1.0 / 9, 1e-12);
}

Test(stats, the_normal_approximation_is_near)
{
	static int64_t base[400], cand[400];

	for (int round = 0; round < 20; round++) {
		struct stats_test small, large;

		fill(base, 40, 200);
		fill(cand, 40, 200);
		for (int i = 0; i < 40; i++)
			cand[i] += round;
		stats_mann_whitney(base, 40, cand, 40, &small);
		cr_assert(small.exact);
		double d = fabs(small.u - 800) - 0.5, sd = sqrt(40.0 * 40 * 81 / 12);

		cr_expect_float_eq(small.p, d > 0 ? erfc(d / sd / sqrt(2)) : 1, 0.01);
		fill(base, 400, 1000000);
		fill(cand, 400, 1000000);
		stats_mann_whitney(base, 400, cand, 400, &large);
		cr_assert_not(large.exact);
		cr_assert(large.p > 0 && large.p <= 1);
	}
}

Test(stats, hodges_lehmann_is_what_the_list_of_all_pairs_says)
{
	for (int round = 0; round < 300; round++) {
		size_t m = 3 + next_random() % 12, n = 3 + next_random() % 12, pairs = 0;
		int64_t base[16], cand[16], c = stats_critical(m, n, 0.025);
		double ratio[256], shift[256];
		struct stats_shift s;

		fill(base, m, round % 2 ? 20 : 100000);
		fill(cand, n, round % 2 ? 20 : 100000);
		stats_hodges_lehmann(base, m, cand, n, 0.05, &s);
		for (size_t i = 0; i < m; i++) {
			for (size_t k = 0; k < n; k++, pairs++) {
				ratio[pairs] = (double)cand[k] / (double)base[i];
				shift[pairs] = (double)(cand[k] - base[i]);
			}
		}
		qsort(ratio, pairs, sizeof(*ratio), by_double);
		qsort(shift, pairs, sizeof(*shift), by_double);
		cr_assert_float_eq(s.ratio, (ratio[(pairs - 1) / 2] + ratio[pairs / 2]) / 2, 1e-15);
		cr_assert_float_eq(s.shift, (shift[(pairs - 1) / 2] + shift[pairs / 2]) / 2, 1e-9);
		if (c < 0) {
			cr_assert(isinf(s.ratio_high) && s.ratio_low == 0);
			continue;
		}
		cr_assert_eq(s.ratio_low, ratio[c]);
		cr_assert_eq(s.ratio_high, ratio[pairs - 1 - (size_t)c]);
		cr_assert_eq(s.shift_low, shift[c]);
		cr_assert_eq(s.shift_high, shift[pairs - 1 - (size_t)c]);
	}
}

Test(stats, holm)
{
	/* S. Holm, Scand. J. Statist. 6 (1979): each p times how many are left, never less than the
	 * one before. */
	double p[] = { 0.01, 0.04, 0.03, 0.005 };

	stats_holm(p, 4);
	cr_expect_float_eq(p[3], 0.02, 1e-12);
	cr_expect_float_eq(p[0], 0.03, 1e-12);
	cr_expect_float_eq(p[2], 0.06, 1e-12);
	cr_expect_float_eq(p[1], 0.06, 1e-12);
	double one[] = { 0.7, 0.8 };

	stats_holm(one, 2);
	cr_expect_float_eq(one[0], 1, 1e-12);
	stats_holm(one, 0);
}

Test(stats, three_answers)
{
	size_t needed;
	struct stats_shift s = { .ratio = 1.1,
				 .ratio_low = 1.05,
				 .ratio_high = 1.15,
				 .shift = 100,
				 .shift_low = 50,
				 .shift_high = 150 };

	cr_expect_eq(stats_decide(&s, 0.001, 0.01, 0.02, 0, 10, 10, 1, &needed), STATS_CHANGED);
	cr_expect_eq(stats_decide(&s, 0.02, 0.01, 0.02, 0, 10, 10, 1, &needed), STATS_NOT_ENOUGH,
		     "p alone decides too");
	cr_expect_gt(needed, 10);
	cr_expect_eq(stats_decide(&s, 0.001, 0.01, 0.06, 0, 10, 10, 1, &needed), STATS_NOT_ENOUGH,
		     "the interval holds the limit");
	cr_expect_eq(stats_decide(&s, 0.001, 0.01, 0.02, 200, 10, 10, 1, &needed), STATS_SAME,
		     "within the floor");
	cr_expect_eq(stats_decide(&s, 0.001, 0.01, 0.02, 60, 10, 10, 1, &needed), STATS_NOT_ENOUGH,
		     "the interval holds the floor");
	s = (struct stats_shift){ .ratio = 0.9,
				  .ratio_low = 0.85,
				  .ratio_high = 0.95,
				  .shift = -1,
				  .shift_low = -2,
				  .shift_high = -0.5 };
	cr_expect_eq(stats_decide(&s, 0.001, 0.01, 0.02, 0, 10, 10, 1, &needed), STATS_CHANGED);
	s = (struct stats_shift){ .ratio = 1, .ratio_low = 0.99, .ratio_high = 1.01 };
	cr_expect_eq(stats_decide(&s, 1, 0.01, 0.02, 0, 10, 10, 1, &needed), STATS_SAME);
	s = (struct stats_shift){ .ratio = 1,
				  .ratio_low = 0,
				  .ratio_high = INFINITY,
				  .shift_low = -INFINITY,
				  .shift_high = INFINITY };
	cr_expect_eq(stats_decide(&s, 1, 0.01, 0.02, 0, 3, 3, 1, &needed), STATS_NOT_ENOUGH);
	cr_expect_eq(needed, 5);
}
