/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/import/xen/clock.h"
#include "traces/base/mem.h"
#include "traces/base/sort.h"

#include <stdlib.h>

/* A slope over less says nothing: a record may come 100 us after what it tells of. */
#define SLOPE_NS_MIN UINT64_C(1000000)
/* Xen adjusts the rate of its NOW() once a second: between two points at most once. */
#define WINDOW_NS UINT64_C(500000000)

enum {
	LINE_POINTS = 1024,
	SLOPES_MAX = 16384,
	SLOPES_MIN = 3,
};

/* Rates that a TSC or an Arm counter may have. */
#define HZ_MIN UINT64_C(1000000)
#define HZ_MAX UINT64_C(20000000000)
/* Slopes whose quartiles are a fifth apart are no clock, not even one of a machine that stalls. */
#define SPREAD_MAX_PPM 200000

static int by_length(const void *a, const void *b)
{
	const struct clock_slope *x = a, *y = b;

	if (x->ns != y->ns)
		return order_u64(y->ns, x->ns);
	return order_u64(x->hz, y->hz);
}

static int by_rate(const void *a, const void *b)
{
	const struct clock_slope *x = a, *y = b;

	if (x->hz != y->hz)
		return order_u64(x->hz, y->hz);
	return order_u64(x->ns, y->ns);
}

void clock_slope_add(struct clock_slopes *s, uint64_t ticks, uint64_t ns)
{
	unsigned __int128 hz;

	if (ns < SLOPE_NS_MIN)
		return;
	hz = (unsigned __int128)ticks * 1000000000 / ns;
	if (hz < HZ_MIN || hz > HZ_MAX)
		return;
	if (!s->slope) {
		s->slope = vt_array(SLOPES_MAX, sizeof(*s->slope));
	}
	if (s->n == SLOPES_MAX) {
		qsort(s->slope, s->n, sizeof(*s->slope), by_length);
		s->n /= 2;
	}
	s->slope[s->n++] = (struct clock_slope){ .hz = (uint64_t)hz, .ns = ns };
}

void clock_slopes_free(struct clock_slopes *s)
{
	free(s->slope);
	*s = (struct clock_slopes){ 0 };
}

void clock_line_end(struct clock_line *l, struct clock_slopes *s)
{
	uint32_t j = 0;

	if (l->n && l->last.ns - l->first.ns >= 2 * WINDOW_NS) {
		for (uint32_t i = 0; i < l->n; i++) {
			while (j < l->n && l->point[j].ns - l->point[i].ns < WINDOW_NS)
				j++;
			if (j == l->n)
				break;
			clock_slope_add(s, l->point[j].tsc - l->point[i].tsc,
					l->point[j].ns - l->point[i].ns);
		}
	} else {
		for (uint32_t i = 0; l->n && i + l->n / 2 < l->n; i++) {
			const struct clock_point *p = &l->point[i], *q = &l->point[i + l->n / 2];

			clock_slope_add(s, q->tsc - p->tsc, q->ns - p->ns);
		}
	}
	l->n = 0;
	l->stride = 1;
	l->skip = 0;
}

void clock_line_add(struct clock_line *l, struct clock_slopes *s, uint64_t ns, uint64_t tsc)
{
	struct clock_point p = { ns, tsc };

	if (l->n && (ns <= l->last.ns || tsc <= l->last.tsc))
		clock_line_end(l, s);
	if (!l->point) {
		l->point = vt_array(LINE_POINTS, sizeof(*l->point));
		l->stride = 1;
	}
	if (!l->n)
		l->first = p;
	l->last = p;
	if (l->skip) {
		l->skip--;
		return;
	}
	if (l->n == LINE_POINTS) {
		for (uint32_t i = 0; i < LINE_POINTS / 2; i++)
			l->point[i] = l->point[i + i];
		l->n = LINE_POINTS / 2;
		l->stride *= 2;
	}
	l->point[l->n++] = p;
	l->skip = l->stride - 1;
}

void clock_line_free(struct clock_line *l)
{
	free(l->point);
	*l = (struct clock_line){ 0 };
}

/*
 * The ns of a SWITCH_INFPREV are the low 32 bits. Below 400 M ticks of distance nothing that
 * counts faster than 100 MHz wraps; beyond, the chain's own slope so far tells how often.
 */
static bool unwrap(const struct clock_chain *c, uint64_t ticks, uint32_t low, uint64_t *ns)
{
	uint64_t span_ns = c->line.last.ns - c->line.first.ns,
		 span = c->line.last.tsc - c->line.first.tsc;
	uint64_t guess, wraps;

	*ns = low;
	if (ticks < 400000000)
		return true;
	if (!c->line.n || span_ns < 10 * SLOPE_NS_MIN || !span)
		return false;
	guess = (uint64_t)((unsigned __int128)ticks * span_ns / span);
	wraps = (guess + (UINT64_C(1) << 31) - low) >> 32;
	if (guess + (UINT64_C(1) << 31) < low)
		wraps = 0;
	*ns += wraps << 32;
	/* Within a hundredth of what it should be, or it is no link. */
	return (*ns > guess ? *ns - guess : guess - *ns) < guess / 100;
}

void clock_chain_break(struct clock_chain *c, struct clock_slopes *s)
{
	clock_line_end(&c->line, s);
	c->linked = false;
}

void clock_chain_prev(struct clock_chain *c, struct clock_slopes *s, uint32_t vcpu, uint32_t ns,
		      uint64_t tsc)
{
	uint64_t ran;

	if (c->linked && c->next == vcpu && tsc > c->tsc && unwrap(c, tsc - c->tsc, ns, &ran)) {
		c->ns += ran;
	} else {
		clock_chain_break(c, s);
		c->ns = 0;
	}
	c->tsc = tsc;
	c->linked = false;
	clock_line_add(&c->line, s, c->ns, tsc);
}

void clock_chain_next(struct clock_chain *c, uint32_t vcpu)
{
	c->next = vcpu;
	c->linked = c->line.n != 0;
}

/* The slope at which @part / 4 of the weight is reached. */
static uint64_t quartile(const struct clock_slope *slope, size_t n, unsigned part)
{
	unsigned __int128 total = 0, sum = 0;

	for (size_t i = 0; i < n; i++)
		total += slope[i].ns;
	for (size_t i = 0; i < n; i++) {
		sum += slope[i].ns;
		if (sum * 4 >= total * part)
			return slope[i].hz;
	}
	return slope[n - 1].hz;
}

/* The narrowest eighth of the sorted slopes; *@n becomes its size. */
static const struct clock_slope *densest(const struct clock_slope *slope, size_t *n)
{
	size_t part = (*n + 7) / 8, best = 0;

	for (size_t i = 1; i + part <= *n; i++)
		if (slope[i + part - 1].hz - slope[i].hz <
		    slope[best + part - 1].hz - slope[best].hz)
			best = i;
	*n = part;
	return slope + best;
}

bool clock_slopes_rate(struct clock_slopes *s, enum clock_centre centre, struct clock_rate *out)
{
	const struct clock_slope *slope;
	size_t n = 0;
	uint64_t longest;

	if (s->n < SLOPES_MIN)
		return false;
	/* Short ones only blur it where there are long ones. */
	qsort(s->slope, s->n, sizeof(*s->slope), by_length);
	longest = s->slope[0].ns;
	while (n < s->n && (n < SLOPES_MIN || n < s->n / 4 || s->slope[n].ns >= longest / 4))
		n++;
	qsort(s->slope, n, sizeof(*s->slope), by_rate);
	out->samples = n;
	out->hz = quartile(s->slope, n, 2);
	out->spread_ppm = (quartile(s->slope, n, 3) - quartile(s->slope, n, 1)) * 1000000 / out->hz;
	if (centre == CLOCK_MODE) {
		slope = densest(s->slope, &n);
		out->hz = quartile(slope, n, 2);
	}
	return out->spread_ppm <= SPREAD_MAX_PPM;
}
