/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two samples of noisy numbers: the Mann-Whitney U test, the Hodges-Lehmann shift with its
 * interval, Holm's correction, and the answer. STATISTICS.md says what each is and how far it was
 * checked.
 *
 * Samples are positive integers (nanoseconds, bytes), sorted by sort_i64() before they are handed
 * in.
 */
#ifndef VTICK_COMPARE_STATS_H
#define VTICK_COMPARE_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stats_test {
	double u;   /* pairs in which the candidate's is larger, ties count half */
	double p;   /* two-sided */
	bool exact; /* else by the normal approximation with the corrections for ties and continuity
		     */
};

/* An interval at confidence 1 - alpha; unbounded on both sides where the runs are too few for one.
 */
struct stats_shift {
	double ratio, ratio_low, ratio_high; /* of typical candidate to typical baseline */
	double shift, shift_low, shift_high; /* of candidate minus baseline */
};

enum stats_answer { STATS_SAME, STATS_CHANGED, STATS_NOT_ENOUGH };

double stats_median(const int64_t *v, size_t n);

void stats_mann_whitney(const int64_t *base, size_t m, const int64_t *cand, size_t n,
			struct stats_test *test);
void stats_hodges_lehmann(const int64_t *base, size_t m, const int64_t *cand, size_t n,
			  double alpha, struct stats_shift *shift);

/* The largest c with P(U <= c) <= @tail for samples without ties; -1: there is none. */
int64_t stats_critical(size_t m, size_t n, double tail);

/* Adjusts @p[@k] in place. */
void stats_holm(double *p, size_t k);

/* Runs a side with which a test can reach alpha at all when it is one of @k. */
size_t stats_runs_min(double alpha, size_t k);

/*
 * Changed: @p_adjusted <= alpha and the whole interval beyond @limit (a part of 1: 0.02) and beyond
 * @floor (in the samples' unit). Same: the whole interval within one of the two. Else not enough
 * runs; *@needed is then an estimate of how many a side would do, 0 if no number of runs would (the
 * shift lies at the limit itself).
 */
enum stats_answer stats_decide(const struct stats_shift *shift, double p_adjusted, double alpha,
			       double limit, double floor, size_t m, size_t n, size_t k,
			       size_t *needed);

#endif
