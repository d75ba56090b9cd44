/* SPDX-License-Identifier: GPL-2.0-only */
/* Two histograms against each other as distributions, not by a few percentiles. */
#ifndef VTICK_COMPARE_DIST_H
#define VTICK_COMPARE_DIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "replay/catalogue.h"

struct bucket {
	int64_t upper; /* a histogram's UPPER, a list length */
	uint64_t count;
};

/* Ascending uppers, counts above 0; the counts' sum below 2^63. */
struct dist {
	struct bucket *bucket;
	size_t n;
	uint64_t total;
	bool present;
	bool hashed; /* of a golden: there are no buckets, only this of them */
	uint64_t hash;
};

struct shift {
	/* The quantile at which the two lie farthest apart: of the samples' part @quantile. */
	double quantile;
	int64_t base, cand;
	/* Kolmogorov's distance, max |F - G|, and the value at which it is reached. */
	double ks;
	int64_t ks_at;
	/* Area between the two distribution functions (Wasserstein-1). */
	double area;
	/* Some quantile of the candidate is nearer to zero, farther from it (by magnitude). */
	bool nearer, farther;
};

/* By hash if one of the two has nothing else. */
bool dist_equal(const struct dist *a, const struct dist *b);
/* The digest's step over upper and count of each bucket. */
uint64_t dist_hash(const struct dist *d);
/* Both hold samples, in buckets. */
void dist_compare(const struct dist *base, const struct dist *cand, struct shift *shift);

#endif
