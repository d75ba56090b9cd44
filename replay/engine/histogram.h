/* SPDX-License-Identifier: GPL-2.0-only */
/* Distributions of nanoseconds in log-linear integer buckets (RESULT.md, "A histogram"). */
#ifndef VTICK_REPLAY_ENGINE_HISTOGRAM_H
#define VTICK_REPLAY_ENGINE_HISTOGRAM_H

#include <jansson.h>
#include <stdint.h>

#include "traces/base/json.h"

/* RULES.md 0.3. */
#define RESULT_MAX JSON_EXACT_MAX

static inline int64_t result_saturate(__int128 v)
{
	return v > RESULT_MAX ? RESULT_MAX : v < -RESULT_MAX ? -RESULT_MAX : (int64_t)v;
}

/* 256 linear buckets, then 128 for each octave from 2^8 to 2^53. */
#define HISTOGRAM_BUCKETS (256 + 128 * (53 - 8))

/* How many of the buckets hold one value each, from 0 on. */
#define HISTOGRAM_EXACT 256

/* What its exact buckets hold is only summed up when it is asked for. */
struct histogram {
	uint64_t rest; /* how many have no exact bucket; the next three are theirs */
	__int128 sum;
	int64_t min, max;
	uint64_t bucket[HISTOGRAM_BUCKETS]; /* of samples >= 0 */
	uint64_t *negative; /* of samples < 0 by magnitude; NULL while there is none */
};

/* Counts a sample that has no exact bucket. */
void histogram_count(struct histogram *h, int64_t sample);

/* Adds a sample; from RESULT_MAX on it counts as that. Most are small: policies are rarely late. */
static inline void histogram_add(struct histogram *h, int64_t sample)
{
	if ((uint64_t)sample < HISTOGRAM_EXACT)
		h->bucket[sample]++;
	else
		histogram_count(h, sample);
}

/* Adds @count of one that has an exact bucket. */
static inline void histogram_add_many(struct histogram *h, uint32_t sample, uint64_t count)
{
	h->bucket[sample] += count;
}

/* What all samples add up to, those of the exact buckets too. */
struct histogram_totals {
	uint64_t count;
	__int128 sum;
	int64_t min, max; /* of count > 0 */
};

struct histogram_totals histogram_totals(const struct histogram *h);

/* How many samples there are. */
uint64_t histogram_samples(const struct histogram *h);

/* The upper bound of the bucket that @sample would be counted in. */
int64_t histogram_upper(int64_t sample);

/* The upper bound of the bucket that holds the sample of rank ceil(per_mille * count / 1000), but
 * at most the largest sample; there must be one. */
int64_t histogram_percentile(const struct histogram *h, unsigned per_mille);

/* The list of [upper, count]. */
json_t *histogram_buckets(const struct histogram *h);

/* The object of RESULT.md `firing_skew_ns`: count, sum, min, percentiles, max, histogram. */
json_t *histogram_json(const struct histogram *h);

void histogram_free(struct histogram *h);

#endif
