/* SPDX-License-Identifier: GPL-2.0-only */
#include "compare/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "traces/base/mem.h"
#include "traces/base/sort.h"

/* An exact distribution costs at most so many steps; beyond, the normal one is as good. */
#define EXACT_STEPS 20000000.0
#define NEEDED_MAX 1000000.0

double stats_median(const int64_t *v, size_t n)
{
	const size_t half = n / 2;

	return n % 2 ? (double)v[half] : ((double)v[half - 1] + (double)v[half]) / 2;
}

/* ---- the distribution of U ---- */

/* P(Z > z). */
static double normal_tail(double z)
{
	return erfc(z / sqrt(2)) / 2;
}

/*
 * In how many ways do @m of the pooled values have a rank sum of s? Ranks are doubled midranks, so
 * that they are integers under ties too: ways[j][s] counts the choices of j values among those seen
 * so far, a value at a time (Streitberg and Roehmel's shift algorithm, 1986). As parts of all
 * choices they become the permutation distribution given the ties.
 */
static double *rank_sum_ways(const uint32_t *rank, size_t total, size_t m, size_t sums)
{
	double *ways = vt_alloc((m + 1) * sums * sizeof(*ways));

	ways[0] = 1;
	for (size_t i = 0; i < total; i++) {
		for (size_t j = i + 1 < m ? i + 1 : m; j >= 1; j--) {
			double *to = ways + j * sums + rank[i];
			const double *from = ways + (j - 1) * sums;

			for (size_t s = 0; s + rank[i] < sums; s++)
				to[s] += from[s];
		}
	}
	return ways;
}

/* Doubled midranks of the pooled samples, in order; the sum of @cand's; sum of t^3 - t over groups
 * of ties.
 */
static uint32_t *midranks(const int64_t *base, size_t m, const int64_t *cand, size_t n,
			  uint64_t *cand_sum, double *ties)
{
	uint32_t *rank = vt_alloc((m + n) * sizeof(*rank));
	size_t i = 0, k = 0;

	*cand_sum = 0;
	*ties = 0;
	while (i < m || k < n) {
		int64_t v = k >= n || (i < m && base[i] <= cand[k]) ? base[i] : cand[k];
		size_t before = i + k, group, of_cand = 0;

		for (; i < m && base[i] == v; i++)
			;
		for (; k < n && cand[k] == v; k++)
			of_cand++;
		group = i + k - before;
		for (size_t j = 0; j < group; j++)
			rank[before + j] = (uint32_t)(2 * before + group + 1);
		*cand_sum += of_cand * (uint64_t)(2 * before + group + 1);
		*ties += (double)group * (double)group * (double)group - (double)group;
	}
	return rank;
}

/* The part of all choices whose rank sum is at least as far from its mean as @sum. */
static double exact_p(const uint32_t *rank, size_t total, size_t chosen, size_t sums, uint64_t sum)
{
	double *ways = rank_sum_ways(rank, total, chosen, sums);
	const double *last = ways + chosen * sums;
	int64_t mean = (int64_t)(chosen * (total + 1)); /* doubled ranks: twice n(N+1)/2 */
	int64_t far = llabs((int64_t)sum - mean);
	double all = 0, beyond = 0;

	for (size_t s = 0; s < sums; s++) {
		all += last[s];
		if (llabs((int64_t)s - mean) >= far)
			beyond += last[s];
	}
	free(ways);
	return beyond / all;
}

void stats_mann_whitney(const int64_t *base, size_t m, const int64_t *cand, size_t n,
			struct stats_test *test)
{
	size_t total = m + n, few = m < n ? m : n;
	uint64_t sum;
	double ties, dm = (double)m, dn = (double)n, dt = (double)total;
	uint32_t *rank = midranks(base, m, cand, n, &sum, &ties);
	size_t sums =
	    few * (2 * total - few + 1) + 1; /* the largest sum of @few doubled ranks, and 0 */

	test->u = (double)sum / 2 - dn * (dn + 1) / 2;
	/* C(N, few) must stay within a double's range too. */
	test->exact = dt * (double)few * (double)sums <= EXACT_STEPS && total <= 1000;
	if (test->exact) {
		uint64_t all = (uint64_t)total * (total + 1); /* doubled */

		test->p = exact_p(rank, total, few, sums, few == n ? sum : all - sum);
	} else {
		double var = dm * dn / 12 * (dt + 1 - ties / (dt * (dt - 1)));
		double far = fabs(test->u - dm * dn / 2) - 0.5;

		test->p = var > 0 && far > 0 ? 2 * normal_tail(far / sqrt(var)) : 1;
	}
	free(rank);
}

/* P(U <= c) <= tail, without ties: U's counts are those of m ranks 0 .. (Mann and Whitney's
 * recurrence). */
static int64_t exact_critical(size_t m, size_t n, double tail)
{
	size_t few = m < n ? m : n, values = m * n + 1;
	double *ways = vt_alloc((few + 1) * values * sizeof(*ways));
	double all = 0, below = 0;
	int64_t c = -1;

	/* @few of m + n ranks; the j-th chosen, counted from 0, adds its rank minus j to U. */
	ways[0] = 1;
	for (size_t r = 0; r < m + n; r++) {
		for (size_t j = r + 1 < few ? r + 1 : few; j >= 1; j--) {
			size_t add = r - (j - 1);
			double *to = ways + j * values + add;
			const double *from = ways + (j - 1) * values;

			for (size_t s = 0; s + add < values; s++)
				to[s] += from[s];
		}
	}
	for (size_t s = 0; s < values; s++)
		all += ways[few * values + s];
	/* A tail that is met exactly, as by tables, must not fail by the last bit. */
	for (size_t s = 0; s < values; s++) {
		below += ways[few * values + s];
		if (below / all > tail * (1 + 1e-12))
			break;
		c = (int64_t)s;
	}
	free(ways);
	return c;
}

int64_t stats_critical(size_t m, size_t n, double tail)
{
	double dm = (double)m, dn = (double)n, few = dm < dn ? dm : dn;
	double low = 0, high = 40;

	if (!m || !n)
		return -1;
	if ((dm + dn) * few * dm * dn <= EXACT_STEPS && m + n <= 1000)
		return exact_critical(m, n, tail);
	for (int i = 0; i < 100; i++) { /* z with P(Z > z) = tail */
		double z = (low + high) / 2;

		*(normal_tail(z) > tail ? &low : &high) = z;
	}
	double c = floor(dm * dn / 2 - high * sqrt(dm * dn * (dm + dn + 1) / 12) - 0.5);

	return c < 0 ? -1 : (int64_t)c;
}

/* ---- the shift ---- */

/* What is asked of each pair: ratio or difference; both grow with the candidate's value. */
static double pair_value(int64_t base, int64_t cand, bool ratio)
{
	return ratio ? (double)cand / (double)base : (double)cand - (double)base;
}

/* How many pairs have a value of at most @x. Both samples ascend, so the bound only moves one way.
 */
static uint64_t pairs_up_to(const int64_t *base, size_t m, const int64_t *cand, size_t n,
			    bool ratio, double x)
{
	uint64_t count = 0;
	size_t k = 0;

	for (size_t i = 0; i < m; i++) {
		while (k < n && pair_value(base[i], cand[k], ratio) <= x)
			k++;
		count += k;
	}
	return count;
}

/* Doubles in order as integers, so that a bisection ends on the value itself. */
static uint64_t order_of(double x)
{
	uint64_t bits;

	memcpy(&bits, &x, sizeof(bits));
	return bits >> 63 ? ~bits : bits | UINT64_C(1) << 63;
}

static double of_order(uint64_t order)
{
	uint64_t bits = order >> 63 ? order ^ UINT64_C(1) << 63 : ~order;
	double x;

	memcpy(&x, &bits, sizeof(x));
	return x;
}

/* The @k-th smallest of all pairs' values, k from 1; without a list of all pairs. */
static double pair_rank(const int64_t *base, size_t m, const int64_t *cand, size_t n, bool ratio,
			uint64_t k)
{
	uint64_t low = order_of(pair_value(base[m - 1], cand[0], ratio));
	uint64_t high = order_of(pair_value(base[0], cand[n - 1], ratio));

	while (low < high) {
		uint64_t mid = low + (high - low) / 2;

		if (pairs_up_to(base, m, cand, n, ratio, of_order(mid)) >= k)
			high = mid;
		else
			low = mid + 1;
	}
	return of_order(low);
}

static double pair_median(const int64_t *base, size_t m, const int64_t *cand, size_t n, bool ratio)
{
	uint64_t pairs = (uint64_t)m * n;
	double high = pair_rank(base, m, cand, n, ratio, pairs / 2 + 1);

	return pairs % 2 ? high : (pair_rank(base, m, cand, n, ratio, pairs / 2) + high) / 2;
}

void stats_hodges_lehmann(const int64_t *base, size_t m, const int64_t *cand, size_t n,
			  double alpha, struct stats_shift *s)
{
	int64_t c = stats_critical(m, n, alpha / 2);
	uint64_t pairs = (uint64_t)m * n;

	s->ratio = pair_median(base, m, cand, n, true);
	s->shift = pair_median(base, m, cand, n, false);
	s->ratio_low = 0;
	s->shift_low = -INFINITY;
	s->ratio_high = s->shift_high = INFINITY;
	if (c < 0)
		return;
	/* P(U <= c) <= alpha/2: the c + 1 smallest and largest pairs bound the interval (Lehmann
	 * 1975, 2.4).
	 */
	s->ratio_low = pair_rank(base, m, cand, n, true, (uint64_t)c + 1);
	s->ratio_high = pair_rank(base, m, cand, n, true, pairs - (uint64_t)c);
	s->shift_low = pair_rank(base, m, cand, n, false, (uint64_t)c + 1);
	s->shift_high = pair_rank(base, m, cand, n, false, pairs - (uint64_t)c);
}

/* ---- the answer ---- */

static int by_pointer(const void *a, const void *b)
{
	double x = **(double *const *)a, y = **(double *const *)b;

	return (x > y) - (x < y);
}

void stats_holm(double *p, size_t k)
{
	double **order = vt_alloc(k * sizeof(*order)), largest = 0;

	for (size_t i = 0; i < k; i++)
		order[i] = &p[i];
	if (k)
		qsort(order, k, sizeof(*order), by_pointer);
	for (size_t i = 0; i < k; i++) {
		double q = *order[i] * (double)(k - i);

		largest = q > largest ? q : largest;
		*order[i] = largest < 1 ? largest : 1;
	}
	free(order);
}

size_t stats_runs_min(double alpha, size_t k)
{
	double p = 1; /* 2 / C(2n, n) */
	size_t n = 1;

	for (; n < 500 && p * (double)(k ? k : 1) > alpha; n++)
		p *= (double)(n + 1) / (double)(2 * (2 * n + 1));
	return n;
}

enum stats_answer stats_decide(const struct stats_shift *s, double p_adjusted, double alpha,
			       double limit, double floor, size_t m, size_t n, size_t k,
			       size_t *needed)
{
	bool above = s->ratio_low > 1 + limit && s->shift_low > floor;
	bool below = s->ratio_high < 1 - limit && s->shift_high < -floor;
	bool within = (s->ratio_low >= 1 - limit && s->ratio_high <= 1 + limit) ||
		      (s->shift_low >= -floor && s->shift_high <= floor);
	double runs = (double)(m < n ? m : n), min = (double)stats_runs_min(alpha, k), want = min;

	*needed = 0;
	if (within)
		return STATS_SAME;
	if ((above || below) && p_adjusted <= alpha)
		return STATS_CHANGED;
	/* An interval's width falls with the square root of the runs: how many until it leaves the
	 * limit alone? */
	if (isfinite(s->ratio_high)) {
		double half = (s->ratio_high - s->ratio_low) / 2;
		double room = fabs(fabs(s->ratio - 1) - limit);

		want = room > 0 ? ceil(runs * (half / room) * (half / room)) : NEEDED_MAX + 1;
		want = want < min ? min : want;
	}
	if (want <= runs)
		want = runs + 1;
	*needed = want > NEEDED_MAX ? 0 : (size_t)want;
	return STATS_NOT_ENOUGH;
}
