/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/base/plot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "traces/base/human.h"
#include "traces/base/mem.h"

/* The picture, and the frame in it that the lines lie in. */
enum { WIDTH = 720, HEIGHT = 280, LEFT = 74, RIGHT = 704, TOP = 22, BOTTOM = 236 };

#define COLOURS 8
#define DASHES 5
#define TICKS_MAX 24
#define PERCENTILE_MAX 0.999999

/* One direction of the picture: values from @low to @high, as the scale has them. */
struct axis {
	enum plot_scale scale;
	double low, high; /* scaled */
	int from, to;	  /* in the picture */
};

static double scaled(enum plot_scale s, double v)
{
	switch (s) {
	case PLOT_TIME:
		return copysign(log10(1 + fabs(v) / 1000), v);
	case PLOT_PERCENTILE:
		return -log10(1 - fmin(v, PERCENTILE_MAX));
	default:
		return v;
	}
}

static double place_of(const struct axis *a, double v)
{
	return a->from + (scaled(a->scale, v) - a->low) / (a->high - a->low) * (a->to - a->from);
}

static double coordinate(const struct plot_point *p, bool y)
{
	return y ? p->y : p->x;
}

/* False: there is no point. */
static bool span(const struct plot *p, bool y, struct axis *a)
{
	bool any = false;

	a->low = INFINITY;
	a->high = -INFINITY;
	for (size_t i = 0; i < p->lines; i++) {
		for (size_t k = 0; k < p->line[i].n; k++) {
			double v = scaled(a->scale, coordinate(&p->line[i].point[k], y));

			if (isnan(v))
				continue;
			a->low = fmin(a->low, v);
			a->high = fmax(a->high, v);
			any = true;
		}
	}
	if (a->scale == PLOT_LINEAR && a->low > 0 && a->low < a->high * 0.7)
		a->low = 0;
	if (y && a->scale == PLOT_LINEAR)
		a->high += (a->high - a->low) / 20;
	if (a->scale == PLOT_TIME || a->scale == PLOT_PERCENTILE) {
		a->low = fmin(a->low, 0);
		a->high = fmax(a->high, 1);
	}
	if (a->scale == PLOT_PLACES) {
		a->low = 0;
		a->high = (double)p->places - 1;
	}
	if (!(a->high > a->low)) {
		a->low -= fmax(fabs(a->low) * 0.1, 1);
		a->high += fmax(fabs(a->high) * 0.1, 1);
	}
	return any;
}

/* ---- what stands at an axis ---- */

struct tick {
	double v;
	char text[40];
};

static size_t linear_ticks(const struct axis *a, bool ns, struct tick *t)
{
	double step = pow(10, floor(log10((a->high - a->low) / 4)));
	size_t n = 0;

	while ((a->high - a->low) / step > 6)
		step *= (a->high - a->low) / step > 12 ? 5 : 2;
	for (double v = ceil(a->low / step) * step; v <= a->high && n < TICKS_MAX; v += step) {
		t[n].v = fabs(v) < step / 2 ? 0 : v;
		snprintf(t[n].text, sizeof(t[n].text), step < 1 ? "%.3g" : "%.0f", t[n].v);
		if (ns)
			human_time(t[n].text, sizeof(t[n].text), (int64_t)t[n].v);
		n++;
	}
	return n;
}

static size_t time_ticks(const struct axis *a, struct tick *t)
{
	size_t n = 0;

	for (int sign = -1; sign <= 1; sign++) {
		for (double ns = sign ? 1e3 : 0; ns < 1e16 && n < TICKS_MAX; ns *= 10) {
			double at = scaled(PLOT_TIME, sign * ns);

			if (at >= a->low && at <= a->high) {
				t[n].v = sign * ns;
				human_time(t[n].text, sizeof(t[n].text), (int64_t)(sign * ns));
				n++;
			}
			if (!sign)
				break;
		}
	}
	return n;
}

static size_t percentile_ticks(const struct axis *a, struct tick *t)
{
	static const struct {
		double v;
		const char *text;
	} all[] = {
		{ 0, "0" },
		{ 0.5, "50 %" },
		{ 0.9, "90 %" },
		{ 0.99, "99 %" },
		{ 0.999, "99.9 %" },
		{ 0.9999, "99.99 %" },
		{ 0.99999, "99.999 %" },
	};
	size_t n = 0;

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		if (scaled(PLOT_PERCENTILE, all[i].v) > a->high + 1e-9)
			continue;
		t[n].v = all[i].v;
		snprintf(t[n++].text, sizeof(t->text), "%s", all[i].text);
	}
	return n;
}

static size_t place_ticks(const struct plot *p, struct tick *t)
{
	size_t every = (p->places + 5) / 6, n = 0;

	for (size_t i = 0; i < p->places; i += every) {
		t[n].v = (double)i;
		snprintf(t[n++].text, sizeof(t->text), "%.38s", p->place[i]);
	}
	return n;
}

static size_t ticks_of(const struct plot *p, const struct axis *a, struct tick *t)
{
	switch (a->scale) {
	case PLOT_TIME:
		return time_ticks(a, t);
	case PLOT_PERCENTILE:
		return percentile_ticks(a, t);
	case PLOT_PLACES:
		return place_ticks(p, t);
	default:
		return linear_ticks(a, p->ns && a->from > a->to, t);
	}
}

static void put_label(struct html *h, double x, double y, const char *anchor, const char *class,
		      const char *text)
{
	fprintf(h->to, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" class=\"%s\">", x, y, anchor,
		class);
	html_text(h, text);
	fputs("</text>\n", h->to);
}

static void put_axes(struct html *h, const struct plot *p, const struct axis *x,
		     const struct axis *y)
{
	struct tick tick[TICKS_MAX];
	size_t n = ticks_of(p, x, tick);

	for (size_t i = 0; i < n; i++) {
		double at = place_of(x, tick[i].v);

		fprintf(h->to, "<path class=\"grid\" d=\"M%.1f %dV%d\" />\n", at, TOP, BOTTOM);
		put_label(h, at, BOTTOM + 16, at > RIGHT - 30 ? "end" : "middle", "faint",
			  tick[i].text);
	}
	n = ticks_of(p, y, tick);
	for (size_t i = 0; i < n; i++) {
		double at = place_of(y, tick[i].v);

		fprintf(h->to, "<path class=\"grid\" d=\"M%d %.1fH%d\" />\n", LEFT, at, RIGHT);
		put_label(h, LEFT - 6, at + 4, "end", "faint", tick[i].text);
	}
	fprintf(h->to, "<path class=\"axis\" d=\"M%d %dV%dH%d\" />\n", LEFT, TOP, BOTTOM, RIGHT);
	put_label(h, (LEFT + RIGHT) / 2., BOTTOM + 36, "middle", "faint", p->x_title);
	put_label(h, LEFT, TOP - 8, "start", "faint", p->y_title);
}

static void put_marks(struct html *h, const struct plot *p, const struct axis *x)
{
	for (size_t i = 0; i < p->marks; i++) {
		double at = place_of(x, p->mark[i].x);

		fprintf(h->to, "<path class=\"mark\" d=\"M%.1f %dV%d\"><title>", at, TOP, BOTTOM);
		html_text(h, p->mark[i].text);
		fputs("</title></path>\n", h->to);
		fprintf(h->to,
			"<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\" class=\"mark-text\">", at,
			TOP - 6);
		fprintf(h->to, "%zu</text>\n", i + 1);
	}
}

static void put_style(struct html *h, size_t i)
{
	fprintf(h->to, "class=\"line s%zu", i % COLOURS);
	if (i % DASHES)
		fprintf(h->to, " d%zu", i % DASHES);
	fputc('"', h->to);
}

/* What lies at the same spot of the picture as the point before is left out. */
static void put_line(struct html *h, const struct plot *p, size_t i, const struct axis *x,
		     const struct axis *y)
{
	const struct plot_line *l = &p->line[i];
	double at_x = -1, at_y = -1;
	bool begins = true;

	if (!l->n)
		return;
	fputs("<path ", h->to);
	put_style(h, i);
	fputs(" d=\"", h->to);
	for (size_t k = 0; k < l->n; k++) {
		double px = place_of(x, l->point[k].x), py = place_of(y, l->point[k].y);

		if (isnan(py)) {
			if (l->steps && !begins)
				fprintf(h->to, "H%.1f", px);
			begins = true;
			continue;
		}
		if (!begins && k + 1 < l->n && fabs(px - at_x) < 0.5 && fabs(py - at_y) < 0.5)
			continue;
		if (begins)
			fprintf(h->to, "M%.1f %.1f", px, py);
		else if (l->steps)
			fprintf(h->to, "H%.1fV%.1f", px, py);
		else
			fprintf(h->to, "L%.1f %.1f", px, py);
		begins = false;
		at_x = px;
		at_y = py;
	}
	if (l->n == 1)
		fputs("h.1", h->to);
	fputs("\"><title>", h->to);
	html_text(h, l->name);
	fputs("</title></path>\n", h->to);
}

static void put_legend(struct html *h, const struct plot *p)
{
	fputs("<ul class=\"legend\">\n", h->to);
	for (size_t i = 0; i < p->lines; i++) {
		fputs("<li><svg viewBox=\"0 0 40 8\" aria-hidden=\"true\"><path ", h->to);
		put_style(h, i);
		fputs(" d=\"M0 4H40\" /></svg> ", h->to);
		html_text(h, p->line[i].name);
		fputs("</li>\n", h->to);
	}
	fputs("</ul>\n", h->to);
}

void html_plot(struct html *h, const struct plot *p)
{
	struct axis x = { .scale = p->x, .from = LEFT, .to = RIGHT };
	struct axis y = { .scale = p->y, .from = BOTTOM, .to = TOP };

	if (!span(p, false, &x) || !span(p, true, &y))
		return;
	fputs("<figure><figcaption>", h->to);
	html_text(h, p->title);
	fprintf(h->to,
		"</figcaption>\n<div class=\"wide\" tabindex=\"0\"><svg viewBox=\"0 0 %d %d\" "
		"role=\"img\""
		" aria-label=\"",
		WIDTH, HEIGHT);
	html_text(h, p->title);
	fputs("\">\n", h->to);
	put_axes(h, p, &x, &y);
	put_marks(h, p, &x);
	for (size_t i = 0; i < p->lines; i++)
		put_line(h, p, i, &x, &y);
	fputs("</svg></div>\n", h->to);
	put_legend(h, p);
	fputs("</figure>\n", h->to);
}

void html_plots(struct html *h)
{
	fputs("<div class=\"plots\">\n", h->to);
}

void html_plots_end(struct html *h)
{
	fputs("</div>\n", h->to);
}

/* Each bucket holds from the share before it to the share with it; all of n values lie at less than
 * 1, which would be nowhere. */
void plot_shares(struct plot_point *to, const struct plot_bucket *bucket, size_t n)
{
	double total = 0, sum = 0;

	for (size_t i = 0; i < n; i++)
		total += (double)bucket[i].count;
	for (size_t i = 0; i < n; i++) {
		*to++ = (struct plot_point){ sum / total, (double)bucket[i].upper };
		sum += (double)bucket[i].count;
		*to++ =
		    (struct plot_point){ fmin(sum, total - 0.5) / total, (double)bucket[i].upper };
	}
}

struct plot_point *plot_histogram(const json_t *buckets, size_t *n)
{
	size_t size = json_array_size(buckets);
	struct plot_bucket *bucket = vt_array(size, sizeof(*bucket));
	struct plot_point *point = vt_array(2 * size, sizeof(*point));

	for (size_t i = 0; i < size; i++) {
		const json_t *pair = json_array_get(buckets, i);

		bucket[i].upper = json_integer_value(json_array_get(pair, 0));
		bucket[i].count = (uint64_t)json_integer_value(json_array_get(pair, 1));
	}
	plot_shares(point, bucket, size);
	free(bucket);
	*n = 2 * size;
	return point;
}
