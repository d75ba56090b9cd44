/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/engine/histogram.h"

#include <stdbool.h>
#include <stdlib.h>

#include "replay/engine/json.h"
#include "traces/base/mem.h"

static unsigned bucket_of(uint64_t magnitude)
{
	if (magnitude < HISTOGRAM_EXACT)
		return (unsigned)magnitude;
	unsigned shift = 63 - 7 - (unsigned)__builtin_clzll(magnitude);

	/* The first bit of what is left counts as the 128 of the octave before. */
	return shift * 128 + (unsigned)(magnitude >> shift);
}

static uint64_t lowest_of(unsigned bucket)
{
	if (bucket < HISTOGRAM_EXACT)
		return bucket;
	unsigned octave = 8 + (bucket - 256) / 128;

	return (UINT64_C(128) + (bucket - 256) % 128) << (octave - 7);
}

/* The largest value in a bucket of samples >= 0, or of negative ones. */
static int64_t upper_of(unsigned bucket, bool negative)
{
	if (negative)
		return -(int64_t)lowest_of(bucket);
	return bucket + 1 == HISTOGRAM_BUCKETS ? RESULT_MAX : (int64_t)lowest_of(bucket + 1) - 1;
}

int64_t histogram_upper(int64_t sample)
{
	sample = result_saturate(sample);
	return sample < 0 ? upper_of(bucket_of((uint64_t)-sample), true)
			  : upper_of(bucket_of((uint64_t)sample), false);
}

static void count_among(struct histogram *h, int64_t sample)
{
	if (!h->rest++)
		h->min = h->max = sample;
	if (sample < h->min)
		h->min = sample;
	if (sample > h->max)
		h->max = sample;
	h->sum += sample;
}

static __attribute__((noinline)) void count_odd(struct histogram *h, int64_t sample)
{
	sample = result_saturate(sample);
	count_among(h, sample);
	if (sample >= 0) {
		h->bucket[bucket_of((uint64_t)sample)]++;
		return;
	}
	if (!h->negative)
		h->negative = vt_alloc(HISTOGRAM_BUCKETS * sizeof(*h->negative));
	h->negative[bucket_of((uint64_t)-sample)]++;
}

void histogram_count(struct histogram *h, int64_t sample)
{
	/* Negative ones are larger than all others. */
	if ((uint64_t)sample > RESULT_MAX || sample < HISTOGRAM_EXACT) {
		count_odd(h, sample);
		return;
	}
	count_among(h, sample);
	h->bucket[bucket_of((uint64_t)sample)]++;
}

/* Calls @visit for each bucket with samples from the smallest value up, until it returns true. */
static void each_bucket(const struct histogram *h,
			bool (*visit)(void *arg, int64_t upper, uint64_t count), void *arg)
{
	for (unsigned i = HISTOGRAM_BUCKETS; h->negative && i-- > 0;) {
		if (h->negative[i] && visit(arg, upper_of(i, true), h->negative[i]))
			return;
	}
	for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
		if (h->bucket[i] && visit(arg, upper_of(i, false), h->bucket[i]))
			return;
	}
}

static bool append_bucket(void *list, int64_t upper, uint64_t count)
{
	json_t *pair = json_array();

	json_push(pair, json_int(upper));
	json_push(pair, json_int((__int128)count));
	json_push(list, pair);
	return false;
}

json_t *histogram_buckets(const struct histogram *h)
{
	json_t *list = json_array();

	each_bucket(h, append_bucket, list);
	return list;
}

struct rank {
	uint64_t left;
	int64_t value;
};

static bool pass_bucket(void *arg, int64_t upper, uint64_t count)
{
	struct rank *rank = arg;

	rank->value = upper;
	if (count >= rank->left)
		return true;
	rank->left -= count;
	return false;
}

struct histogram_totals histogram_totals(const struct histogram *h)
{
	struct histogram_totals t = {
		.count = h->rest, .sum = h->sum, .min = h->min, .max = h->max
	};

	for (int64_t i = 0; i < HISTOGRAM_EXACT; i++) {
		if (!h->bucket[i])
			continue;
		if (!t.count || i < t.min)
			t.min = i;
		if (!t.count || i > t.max)
			t.max = i;
		t.count += h->bucket[i];
		t.sum += (__int128)h->bucket[i] * i;
	}
	return t;
}

uint64_t histogram_samples(const struct histogram *h)
{
	return histogram_totals(h).count;
}

int64_t histogram_percentile(const struct histogram *h, unsigned per_mille)
{
	const struct histogram_totals t = histogram_totals(h);
	struct rank rank = { .left = (uint64_t)(((unsigned __int128)t.count * per_mille + 999) /
						1000) };

	each_bucket(h, pass_bucket, &rank);
	return rank.value < t.max ? rank.value : t.max;
}

json_t *histogram_json(const struct histogram *h)
{
	const struct histogram_totals t = histogram_totals(h);
	json_t *o = json_object();

	json_put(o, "count", json_int((__int128)t.count));
	json_put(o, "sum", json_int(t.sum));
	json_put(o, "min", t.count ? json_int(t.min) : json_null());
	json_put(o, "p50", t.count ? json_int(histogram_percentile(h, 500)) : json_null());
	json_put(o, "p90", t.count ? json_int(histogram_percentile(h, 900)) : json_null());
	json_put(o, "p99", t.count ? json_int(histogram_percentile(h, 990)) : json_null());
	json_put(o, "p999", t.count ? json_int(histogram_percentile(h, 999)) : json_null());
	json_put(o, "max", t.count ? json_int(t.max) : json_null());
	json_put(o, "histogram", histogram_buckets(h));
	return o;
}

void histogram_free(struct histogram *h)
{
	free(h->negative);
	h->negative = NULL;
}
