/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/import/xen/now.h"

#include <stdlib.h>

#include "traces/base/mem.h"
#include "traces/base/sort.h"
#include "traces/import/xen/scan.h"

__extension__ typedef __int128 wide;

enum {
	POINTS_MAX = 1 << 16,
	/* Of so much time the point that was stamped the soonest counts. */
	WINDOWS_A_SECOND = 100,
	WHOLE_PARTS = 10, /* a chain that lacks more than this part of a pCPU's time is not whole */
	SAMPLES = 256,	  /* at which two clocks are held against each other */
};

struct xen_curve {
	struct clock_point *point;
	size_t n;
	int64_t ahead; /* of the first whole one's */
};

void xen_now_add(struct xen_now *now, uint64_t tsc, uint64_t ns)
{
	if (!ns)
		now->n = now->seen = 0;
	if (!now->seen)
		now->step = 1;
	if (now->seen++ % now->step)
		return;
	if (now->n == POINTS_MAX) {
		for (size_t i = 0; i < POINTS_MAX / 2; i++)
			now->point[i] = now->point[2 * i];
		now->n /= 2;
		now->step *= 2;
		if ((now->seen - 1) % now->step)
			return;
	}
	if (now->n == now->room) {
		now->room = now->room ? 2 * now->room : 64;
		now->point = vt_realloc(now->point, now->room * sizeof(*now->point));
	}
	now->point[now->n++] = (struct clock_point){ ns, tsc };
}

void xen_now_free(struct xen_now *now)
{
	free(now->point);
	*now = (struct xen_now){ 0 };
}

/* How early a point was stamped, as if NOW() were even. */
static int64_t soon(const struct clock_point *p, const struct clock_point *first, uint64_t hz)
{
	return (int64_t)(p->ns - first->ns) -
	       (int64_t)((wide)(p->tsc - first->tsc) * 1000000000 / (wide)hz);
}

static struct xen_curve curve_of(const struct xen_now *now, uint64_t hz)
{
	struct xen_curve c = { .point = vt_array(now->n, sizeof(*c.point)) };
	uint64_t window = 0, width = hz / WINDOWS_A_SECOND + 1;

	for (size_t i = 0; i < now->n; i++) {
		const struct clock_point *p = &now->point[i];
		uint64_t of = (p->tsc - now->point[0].tsc) / width;

		if (c.n && of == window) {
			struct clock_point *best = &c.point[c.n - 1];

			if (soon(p, &now->point[0], hz) > soon(best, &now->point[0], hz))
				*best = *p;
			continue;
		}
		window = of;
		c.point[c.n++] = *p;
	}
	return c;
}

static bool is_whole(const struct xen_now *now, const struct xen_pcpu *p)
{
	uint64_t all = p->last_tsc - p->first_tsc;

	return now->n > 1 &&
	       now->point[now->n - 1].tsc - now->point[0].tsc >= all - all / WHOLE_PARTS;
}

/* Between two points, or as beside the nearest two. */
static int64_t curve_ns(const struct xen_curve *c, uint64_t tsc)
{
	size_t low = 0, high = c->n - 1;
	const struct clock_point *a, *b;

	while (high - low > 1) {
		size_t middle = (low + high) / 2;

		if (c->point[middle].tsc > tsc)
			high = middle;
		else
			low = middle;
	}
	a = &c->point[low];
	b = &c->point[high];
	return (int64_t)a->ns + (int64_t)((wide)((int64_t)(tsc - a->tsc)) *
					  (int64_t)(b->ns - a->ns) / (int64_t)(b->tsc - a->tsc));
}

/* The median of how far it is ahead of another, where both are known. */
static int64_t ahead_of(const struct xen_curve *c, const struct xen_curve *other)
{
	uint64_t from = c->point[0].tsc, to = c->point[c->n - 1].tsc;
	int64_t ahead[SAMPLES];

	from = other->point[0].tsc > from ? other->point[0].tsc : from;
	to = other->point[other->n - 1].tsc < to ? other->point[other->n - 1].tsc : to;
	for (unsigned i = 0; i < SAMPLES; i++) {
		uint64_t at = from + (to > from ? (to - from) / SAMPLES * i : 0);

		ahead[i] = curve_ns(c, at) - curve_ns(other, at);
	}
	sort_i64(ahead, SAMPLES);
	return ahead[SAMPLES / 2];
}

void xen_clock_find(struct xen_clock *c, const struct xen_scan *s, uint64_t hz)
{
	*c = (struct xen_clock){ .lps = s->pcpus, .whole = s->pcpus };
	c->curve = vt_array(s->pcpus, sizeof(*c->curve));
	for (uint32_t i = 0; i < s->pcpus; i++) {
		struct xen_curve *curve = &c->curve[i];

		if (is_whole(&s->pcpu[i].chain_now, &s->pcpu[i]))
			*curve = curve_of(&s->pcpu[i].chain_now, hz);
		if (curve->n < 2)
			curve->n = 0;
		else if (c->whole == c->lps)
			c->whole = i;
		else
			curve->ahead = ahead_of(curve, &c->curve[c->whole]);
	}
}

uint64_t xen_clock_stray(const struct xen_clock *c, uint64_t hz)
{
	int64_t most = 0;

	for (uint32_t i = 0; i < c->lps; i++) {
		const struct xen_curve *curve = &c->curve[i];
		int64_t low = 0, high = 0;

		for (size_t k = 0; k < curve->n; k++) {
			int64_t at = soon(&curve->point[k], &curve->point[0], hz);

			low = at < low ? at : low;
			high = at > high ? at : high;
		}
		most = high - low > most ? high - low : most;
	}
	return (uint64_t)most;
}

void xen_clock_free(struct xen_clock *c)
{
	for (uint32_t i = 0; i < c->lps; i++)
		free(c->curve[i].point);
	free(c->curve);
	*c = (struct xen_clock){ 0 };
}

int64_t xen_clock_ns(const struct xen_clock *c, uint32_t lp, uint64_t tsc)
{
	const struct xen_curve *curve = &c->curve[c->curve[lp].n ? lp : c->whole];

	return curve_ns(curve, tsc) - curve->ahead;
}
