/* SPDX-License-Identifier: GPL-2.0-only */
#include "compare/dist.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "replay/engine/digest.h"
#include "traces/base/mem.h"
#include "traces/base/sort.h"

uint64_t dist_hash(const struct dist *d)
{
	uint64_t h = TRUTH_DIGEST_START;

	if (d->hashed)
		return d->hash;
	for (size_t i = 0; i < d->n; i++)
		h = truth_mix(truth_mix(h, d->bucket[i].upper), (int64_t)d->bucket[i].count);
	return h;
}

bool dist_equal(const struct dist *a, const struct dist *b)
{
	if (a->hashed || b->hashed)
		return dist_hash(a) == dist_hash(b);
	return a->n == b->n && (!a->n || !memcmp(a->bucket, b->bucket, a->n * sizeof(*a->bucket)));
}

/*
 * Cumulative parts are compared as fractions c1/n1 and c2/n2 by cross multiplication, so that two
 * distributions that agree do so exactly however many samples they have.
 */
static int compare_parts(uint64_t c1, uint64_t n1, uint64_t c2, uint64_t n2)
{
	unsigned __int128 x = (unsigned __int128)c1 * n2, y = (unsigned __int128)c2 * n1;

	return (x > y) - (x < y);
}

/* Walks over the quantiles of both: every stretch of them on which neither changes its value. */
static void walk_quantiles(const struct dist *b, const struct dist *c, struct shift *s)
{
	size_t i = 0, k = 0;
	uint64_t bc = b->n ? b->bucket[0].count : 0, cc = c->n ? c->bucket[0].count : 0;
	__int128 largest = -1;

	while (i < b->n && k < c->n) {
		int64_t x = b->bucket[i].upper, y = c->bucket[k].upper;
		__int128 apart = (__int128)y - x, magnitude = apart < 0 ? -apart : apart;
		int order = compare_parts(bc, b->total, cc, c->total);

		if (magnitude > largest) {
			largest = magnitude;
			s->base = x;
			s->cand = y;
			s->quantile = order <= 0 ? (double)bc / (double)b->total
						 : (double)cc / (double)c->total;
		}
		if (order <= 0 && ++i < b->n)
			bc += b->bucket[i].count;
		if (order >= 0 && ++k < c->n)
			cc += c->bucket[k].count;
	}
}

/* Walks over the values: at each the two distribution functions. */
static void walk_values(const struct dist *b, const struct dist *c, struct shift *s)
{
	size_t i = 0, k = 0;
	uint64_t bc = 0, cc = 0;
	int64_t last = 0;
	double gap = 0;

	for (bool first = true; i < b->n || k < c->n; first = false) {
		int64_t at = k >= c->n || (i < b->n && b->bucket[i].upper <= c->bucket[k].upper)
				 ? b->bucket[i].upper
				 : c->bucket[k].upper;

		if (!first)
			s->area += gap * ((double)at - (double)last);
		if (i < b->n && b->bucket[i].upper == at)
			bc += b->bucket[i++].count;
		if (k < c->n && c->bucket[k].upper == at)
			cc += c->bucket[k++].count;
		gap = compare_parts(bc, b->total, cc, c->total)
			  ? fabs((double)bc / (double)b->total - (double)cc / (double)c->total)
			  : 0;
		if (gap > s->ks) {
			s->ks = gap;
			s->ks_at = at;
		}
		last = at;
	}
}

static int by_upper(const void *a, const void *b)
{
	const struct bucket *x = a, *y = b;

	return order_i64(x->upper, y->upper);
}

/* The distribution of magnitudes. The caller frees the buckets. */
static struct dist fold(const struct dist *d)
{
	struct dist m = { .n = d->n, .total = d->total };
	size_t kept = 0;

	m.bucket = vt_alloc((d->n + 1) * sizeof(*m.bucket));
	for (size_t i = 0; i < d->n; i++) {
		m.bucket[i] = d->bucket[i];
		if (m.bucket[i].upper < 0)
			m.bucket[i].upper = -m.bucket[i].upper;
	}
	qsort(m.bucket, m.n, sizeof(*m.bucket), by_upper);
	for (size_t i = 0; i < m.n; i++) {
		if (kept && m.bucket[kept - 1].upper == m.bucket[i].upper)
			m.bucket[kept - 1].count += m.bucket[i].count;
		else
			m.bucket[kept++] = m.bucket[i];
	}
	m.n = kept;
	return m;
}

/* Whether quantiles of magnitude lie lower, higher, or some of them here and some there. */
static void find_direction(const struct dist *base, const struct dist *cand, struct shift *s)
{
	struct dist b = fold(base), c = fold(cand);
	size_t i = 0, k = 0;
	uint64_t bc = b.bucket[0].count, cc = c.bucket[0].count;

	while (i < b.n && k < c.n) {
		int order = compare_parts(bc, b.total, cc, c.total);

		s->nearer |= c.bucket[k].upper < b.bucket[i].upper;
		s->farther |= c.bucket[k].upper > b.bucket[i].upper;
		if (order <= 0 && ++i < b.n)
			bc += b.bucket[i].count;
		if (order >= 0 && ++k < c.n)
			cc += c.bucket[k].count;
	}
	free(b.bucket);
	free(c.bucket);
}

void dist_compare(const struct dist *base, const struct dist *cand, struct shift *shift)
{
	memset(shift, 0, sizeof(*shift));
	walk_quantiles(base, cand, shift);
	walk_values(base, cand, shift);
	find_direction(base, cand, shift);
}
