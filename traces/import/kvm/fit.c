/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/import/kvm/fit.h"

#include <stdlib.h>

#include "traces/base/mem.h"
#include "traces/base/sort.h"
#include "traces/trace.h"
#include "traces/tsc_deadline.h"

__extension__ typedef __int128 wide;

enum {
	PAIRS_MAX = 1 << 16,
	FIT_MIN = 8,	    /* pairs that a slope of a VP's own takes */
	FEW_MIN = 3,	    /* pairs that can show that the common slope is not theirs */
	SLOPE_SAMPLE = 200, /* pairs whose connecting lines vote for the slope */
	CHUNK = 16,	    /* pairs whose common level tells of a new offset */
	SEGMENTS_MAX = 4096,
	JUMP_NS = 200000,  /* emulated hosts stall for less, rewritten TSCs jump by more */
	WRAP_NS = 2000000, /* what an error of the slope makes of the distance of an overflow */
	SCALED_PPM = 200,  /* a guest whose TSC differs by more has a scaled one */
};

void kvm_pairs_add(struct kvm_pairs *p, const struct kvm_pair *pair)
{
	if (!p->step)
		p->step = 1;
	if (p->seen++ % p->step)
		return;
	if (p->n == PAIRS_MAX) {
		for (size_t i = 0; i < PAIRS_MAX / 2; i++)
			p->pair[i] = p->pair[2 * i];
		p->n /= 2;
		p->step *= 2;
		if ((p->seen - 1) % p->step)
			return;
	}
	if (p->n == p->room) {
		p->room = p->room ? 2 * p->room : 64;
		p->pair = vt_realloc(p->pair, p->room * sizeof(*p->pair));
	}
	p->pair[p->n++] = *pair;
}

static int64_t *sorted(int64_t *v, size_t n)
{
	sort_i64(v, n);
	return v;
}

static int64_t *numbers(size_t n)
{
	int64_t *v = vt_array(n, sizeof(*v));

	return v;
}

static int64_t distance(int64_t a, int64_t b)
{
	return a > b ? a - b : b - a;
}

/* The guest TSC relative to the fit's base; INT64_MAX: a deadline of "never". */
static int64_t relative(uint64_t base, uint64_t tsc)
{
	int64_t y = (int64_t)(tsc - base);

	/* All ones are ahead of a small TSC, not just behind it. */
	if (tsc >> 63 && !(base >> 63))
		return INT64_MAX;
	return distance(y, 0) < (int64_t)TRACE_TICK_LIMIT && y != INT64_MIN ? y : INT64_MAX;
}

/*
 * "Never": deadlines so far that KVM's arithmetic overflows, all ones, 2^62 or a day ahead. Their
 * hrtimers' times are not theirs, and mostly far ahead, too.
 */
static void drop_far(struct kvm_pairs *p, const struct kvm_clock *c)
{
	int64_t far = kvm_ns_to_ticks(c, TSC_FAR_NS);
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++)
		if (p->pair[i].ahead < far)
			p->pair[n++] = p->pair[i];
	p->n = n;
}

/* The median of the slopes between distant pairs (Theil and Sen's), or 0. */
static int64_t own_slope(const struct kvm_pairs *p, int64_t near)
{
	struct kvm_pair *s = vt_alloc(SLOPE_SAMPLE * sizeof(*s));
	int64_t *slope = numbers(SLOPE_SAMPLE * SLOPE_SAMPLE / 2), span, result = 0;
	size_t have = 0, n = 0, k = 0;

	for (size_t i = 0; i < p->n; i++)
		have += p->pair[i].ahead < near;
	for (size_t i = 0, at = 0; i < p->n; i++) {
		if (p->pair[i].ahead >= near && have >= FIT_MIN)
			continue;
		if (at++ % (p->n / SLOPE_SAMPLE + 1) == 0 && n < SLOPE_SAMPLE)
			s[n++] = p->pair[i];
	}
	span = n ? s[n - 1].expires - s[0].expires : 0;
	for (size_t i = 0; n >= 2 && i < n; i++)
		for (size_t j = i + 1; j < n; j++) {
			int64_t dx = s[j].expires - s[i].expires, dy = relative(s[i].tsc, s[j].tsc);
			wide v;

			if (dx <= 0 || dx < span / 4 || dy == INT64_MAX || dy <= 0)
				continue;
			v = (wide)dy * KVM_SLOPE_ONE / dx;
			if (v > 0 && v < INT64_MAX / 4)
				slope[k++] = (int64_t)v;
		}
	if (k)
		result = sorted(slope, k)[k / 2];
	free(slope);
	free(s);
	return result;
}

static bool within_ppm(int64_t a, int64_t b, int64_t ppm)
{
	return (wide)distance(a, b) * 1000000 <= (wide)b * ppm;
}

struct vote {
	int64_t slope;
	uint64_t weight;
};

static int by_slope(const void *a, const void *b)
{
	return order_i64(((const struct vote *)a)->slope, ((const struct vote *)b)->slope);
}

/* What most pairs agree on: guests' TSCs run at the host's rate unless they are scaled. */
static int64_t common_slope(const int64_t *own, const struct kvm_pairs *pairs, size_t n)
{
	struct vote *v = vt_array(n, sizeof(*v));
	uint64_t total = 0, sum = 0;
	int64_t result = 0;
	size_t k = 0;

	for (size_t i = 0; i < n; i++)
		if (own[i]) {
			v[k++] = (struct vote){ own[i], pairs[i].n };
			total += pairs[i].n;
		}
	if (k)
		qsort(v, k, sizeof(*v), by_slope);
	for (size_t i = 0; i < k && !result; i++) {
		sum += v[i].weight;
		if (2 * sum >= total)
			result = v[i].slope;
	}
	free(v);
	return result;
}

static void add_segment(struct kvm_fit *f, int64_t from, int64_t *r, size_t n)
{
	struct kvm_segment *s;

	if (f->segments && f->segments % 16 == 0)
		f->segment = vt_realloc(f->segment, (f->segments + 16) * sizeof(*f->segment));
	else if (!f->segments)
		f->segment = vt_alloc(16 * sizeof(*f->segment));
	s = &f->segment[f->segments++];
	s->from = from;
	/* Points lie late or right, never early, but for a few: the 20th part. */
	s->offset = sorted(r, n)[n / 20];
}

/* The level of the chunk that begins at @r: a low quartile. */
static int64_t level(const int64_t *r)
{
	int64_t v[CHUNK];

	for (size_t i = 0; i < CHUNK; i++)
		v[i] = r[i];
	return sorted(v, CHUNK)[CHUNK / 4];
}

/* Cuts the VP's pairs where two chunks in a row leave the level so far: the TSC was rewritten. */
static void segments(struct kvm_fit *f, const struct kvm_pairs *p, const int64_t *r,
		     const size_t *which, size_t n, int64_t jump)
{
	int64_t *part = numbers(n), now = 0;
	size_t start = 0, cut;

	for (size_t i = 0; i + CHUNK <= n && f->segments < SEGMENTS_MAX; i += CHUNK) {
		int64_t q = level(r + i);
		bool leaves = i > start && distance(q, now) > jump;

		if (leaves && i + 2 * CHUNK <= n)
			leaves = distance(level(r + i + CHUNK), now) > jump;
		if (!leaves) {
			if (i == start)
				now = q;
			continue;
		}
		/* The chunk before may hold the first pairs of the new level. */
		cut = i > start + CHUNK / 2 ? i - CHUNK / 2 : i;

		while (cut < i + CHUNK - 1 && (distance(r[cut], q) > distance(r[cut], now) ||
					       distance(r[cut + 1], q) > distance(r[cut + 1], now)))
			cut++;
		for (size_t k = start; k < cut; k++)
			part[k - start] = r[k];
		add_segment(f, p->pair[which[start]].time, part, cut - start);
		start = cut;
		now = q;
	}
	for (size_t k = start; k < n; k++)
		part[k - start] = r[k];
	add_segment(f, p->pair[which[start]].time, part, n - start);
	free(part);
}

/* Three pairs running that agree with each other and not with the solution: it is made anew. */
static void renew(struct kvm_fit *f, const struct kvm_pairs *p, const int64_t *r,
		  const size_t *which, size_t n, int64_t agree)
{
	struct kvm_segment *old = f->segment;
	struct tsc_mismatches off = { 0 };
	size_t olds = f->segments, k = 0;

	f->segment = NULL;
	f->segments = 0;
	for (size_t i = 0; i < n; i++) {
		int64_t time = p->pair[which[i]].time;

		while (k < olds && old[k].from <= time) {
			int64_t offset = old[k].offset;

			add_segment(f, old[k++].from, &offset, 1);
			off.n = 0;
		}
		if (!f->segments)
			continue; /* before the first solution */
		if (distance(r[i], f->segment[f->segments - 1].offset) <= agree) {
			off.n = 0;
			continue;
		}
		if (!tsc_mismatch(&off, r[i], agree) || f->segments >= SEGMENTS_MAX)
			continue;
		add_segment(f, p->pair[which[i - TSC_MISMATCHES + 1]].time, off.offset,
			    TSC_MISMATCHES);
		off.n = 0;
	}
	free(old);
}

static void residuals(struct kvm_fit *f, const struct kvm_pairs *p, const struct kvm_clock *c)
{
	int64_t *d = numbers(p->n), middle;
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++)
		if (relative(f->base, p->pair[i].tsc) != INT64_MAX)
			d[n++] = kvm_clock_step(c, p->pair[i].expires) -
				 kvm_fit_time(f, c, p->pair[i].time, p->pair[i].tsc);
	sorted(d, n);
	f->min_ns = kvm_ticks_to_ns(c, d[0]);
	f->median_ns = kvm_ticks_to_ns(c, d[n / 2]);
	f->max_ns = kvm_ticks_to_ns(c, d[n - 1]);
	middle = d[n / 2];
	for (size_t i = 0; i < n; i++)
		d[i] = distance(d[i], middle);
	f->p99_ns = kvm_ticks_to_ns(c, sorted(d, n)[n - 1 - n / 100]);
	free(d);
}

/* The smallest TSC of the pairs, and when it is: what overflowed has larger ones. */
static uint64_t lowest_tsc(const struct kvm_pairs *p, int64_t *expires)
{
	uint64_t least = UINT64_MAX;

	for (size_t i = 0; i < p->n; i++)
		if (p->pair[i].tsc <= least) {
			least = p->pair[i].tsc;
			*expires = p->pair[i].expires;
		}
	return least;
}

/* Whether an offset is larger by a multiple of what KVM's arithmetic wraps at. */
static bool overflowed(int64_t larger, int64_t near)
{
	int64_t rest;

	if (larger < (int64_t)(TSC_DISTANCE_MAX / 2))
		return false;
	rest = larger % (int64_t)TSC_DISTANCE_MAX;
	return rest < near || (int64_t)TSC_DISTANCE_MAX - rest < near;
}

/* How far the pairs are from a line of this slope, in ticks of the trace. */
static int64_t spread(const struct kvm_pairs *p, int64_t slope)
{
	int64_t least = INT64_MAX, most = INT64_MIN, expires = 0;
	uint64_t base = lowest_tsc(p, &expires);

	for (size_t i = 0; i < p->n; i++) {
		int64_t y = relative(base, p->pair[i].tsc), r;

		if (y == INT64_MAX)
			return INT64_MAX;
		r = p->pair[i].expires - kvm_unscale(y, slope);
		least = r < least ? r : least;
		most = r > most ? r : most;
	}
	return most - least;
}

/*
 * The slope of a VP with few pairs: the common one, unless they lie far from it and near a line of
 * their own. 0: neither explains them, or there is none.
 */
static int64_t slope_of_few(const struct kvm_pairs *p, int64_t common, const struct kvm_clock *c)
{
	int64_t near = kvm_ns_to_ticks(c, TSC_NEAR_NS), own;

	if (common && spread(p, common) <= kvm_ns_to_ticks(c, JUMP_NS))
		return common;
	own = p->n >= FEW_MIN ? own_slope(p, near) : 0;
	return own && spread(p, own) <= kvm_ns_to_ticks(c, TSC_AGREE_NS) ? own : 0;
}

static void fit_one(struct kvm_fit *f, const struct kvm_pairs *p, int64_t slope,
		    const struct kvm_clock *c)
{
	int64_t *r = numbers(p->n), near = kvm_ns_to_ticks(c, TSC_NEAR_NS);
	int64_t wrap = kvm_scale(kvm_ns_to_ticks(c, WRAP_NS), slope);
	size_t *which = vt_array(p->n, sizeof(*which)), n = 0;
	int64_t lowest = 0;

	f->base = lowest_tsc(p, &lowest);
	lowest = -kvm_scale(lowest, slope);
	f->slope = slope;
	for (int pass = 0; pass < 2 && n < FIT_MIN; pass++) {
		n = 0;
		for (size_t i = 0; i < p->n; i++) {
			int64_t y = relative(f->base, p->pair[i].tsc);

			if (y == INT64_MAX || (!pass && p->pair[i].ahead >= near))
				continue;
			which[n] = i;
			r[n] = y - kvm_scale(p->pair[i].expires, slope);
			n += !overflowed(r[n] - lowest, wrap);
		}
	}
	/* The base is one of them. */
	segments(f, p, r, which, n, kvm_scale(kvm_ns_to_ticks(c, JUMP_NS), slope));
	renew(f, p, r, which, n, kvm_scale(kvm_ns_to_ticks(c, TSC_AGREE_NS), slope));
	f->ok = true;
	residuals(f, p, c);
	free(which);
	free(r);
}

void kvm_fit_all(struct kvm_fit *fit, struct kvm_pairs *pairs, size_t n, const struct kvm_clock *c,
		 uint64_t guest_hz)
{
	int64_t *own = numbers(n), near = kvm_ns_to_ticks(c, TSC_NEAR_NS), common;

	for (size_t i = 0; i < n; i++)
		drop_far(&pairs[i], c);
	for (size_t i = 0; i < n; i++)
		own[i] = pairs[i].n >= FIT_MIN ? own_slope(&pairs[i], near) : 0;
	common = common_slope(own, pairs, n);
	if (c->raw_tsc && (!common || within_ppm(common, KVM_SLOPE_ONE, SCALED_PPM)))
		common = KVM_SLOPE_ONE;
	else if (!common && guest_hz)
		common = (int64_t)((wide)guest_hz * KVM_SLOPE_ONE / (wide)c->hz);
	for (size_t i = 0; i < n; i++) {
		int64_t slope =
		    own[i] && common && !within_ppm(own[i], common, SCALED_PPM) ? own[i] : common;

		if (pairs[i].n < FIT_MIN && pairs[i].n)
			slope = slope_of_few(&pairs[i], common, c);
		if (pairs[i].n && slope > 0)
			fit_one(&fit[i], &pairs[i], slope, c);
	}
	free(own);
}

void kvm_fit_free(struct kvm_fit *fit)
{
	free(fit->segment);
	fit->segment = NULL;
}

int64_t kvm_fit_time(const struct kvm_fit *f, const struct kvm_clock *c, int64_t time, uint64_t tsc)
{
	int64_t y = relative(f->base, tsc);
	size_t s = f->segments - 1;

	/* Beyond what a time can be: long ago, or never. */
	if (y == INT64_MAX)
		return (int64_t)(tsc - f->base) < 0 && tsc < f->base ? -(int64_t)TRACE_TICK_LIMIT
								     : (int64_t)TRACE_TICK_LIMIT;
	while (s && f->segment[s].from > time)
		s--;
	return kvm_clock_step(c, kvm_unscale(y - f->segment[s].offset, f->slope) +
				     kvm_ns_to_ticks(c, KVM_ADVANCE_NS));
}

uint64_t kvm_fit_offset(const struct kvm_fit *f, const struct kvm_clock *c, size_t segment)
{
	wide early = (wide)kvm_ns_to_ticks(c, KVM_ADVANCE_NS) * f->slope / KVM_SLOPE_ONE;
	wide start = (wide)c->t0 * f->slope / KVM_SLOPE_ONE;

	return f->base + (uint64_t)(wide)(f->segment[segment].offset - early - start);
}
