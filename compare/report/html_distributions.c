/* SPDX-License-Identifier: GPL-2.0-only */
/* How late ticks are, baseline and candidate over each other, by percentile. */
#include "compare/report/html.h"

#include <stdlib.h>
#include <string.h>

#include "traces/base/mem.h"
#include "traces/base/plot.h"

#define PLOTS_MAX 16

/* ---- the points of a distribution ---- */

struct points {
	struct plot_point *point;
	size_t n;
};

static struct points from_buckets(const struct dist *d)
{
	struct points p = { .point = vt_array(2 * d->n, sizeof(*p.point)), .n = 2 * d->n };
	struct plot_bucket *bucket = vt_array(d->n, sizeof(*bucket));

	for (size_t i = 0; i < d->n; i++)
		bucket[i] = (struct plot_bucket){ d->bucket[i].upper, d->bucket[i].count };
	plot_shares(p.point, bucket, d->n);
	free(bucket);
	return p;
}

/* Of a golden, which keeps the percentiles alone. */
static struct points from_percentiles(const struct cell *c, const char *name)
{
	static const struct {
		const char *member;
		double share;
	} all[] = { { "min", 0 },    { "p50", 0.5 },	{ "p90", 0.9 },
		    { "p99", 0.99 }, { "p999", 0.999 }, { "max", 0.9999 } };
	struct points p = { .point = vt_array(sizeof(all) / sizeof(*all), sizeof(*p.point)) };
	const char *end = strrchr(name, '.');

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		char *member = vt_format("%.*s.%s", (int)(end - name), name, all[i].member);
		size_t metric = metric_find(member);

		if (metric != METRIC_NONE && c->value[metric].state == VALUE_SET)
			p.point[p.n++] =
			    (struct plot_point){ all[i].share, (double)c->value[metric].v };
		free(member);
	}
	return p;
}

static struct points points_of(const struct row *r, int side)
{
	const struct cell *c = r->pair->cell[side];
	const struct dist *d = &c->dist[r->metric - metric_table];
	bool hashed = false;

	for (int i = 0; i < 2; i++)
		hashed |= r->pair->cell[i]->dist[r->metric - metric_table].hashed;
	if (!hashed && d->n)
		return from_buckets(d);
	return from_percentiles(c, r->metric->name);
}

/* ---- the pictures ---- */

static void put_plot(struct html *h, const struct comparison *c, const struct row *r)
{
	const char *end = strrchr(r->metric->name, '.');
	struct points p[2] = { points_of(r, 0), points_of(r, 1) };
	struct plot_line line[2];
	char *title = vt_format("%s, %s: %.*s", r->pair->trace, r->pair->policy,
				(int)(end - r->metric->name), r->metric->name);
	struct plot plot = {
		.title = title,
		.x_title = "share of the ticks that are no later",
		.y_title = "after the deadline",
		.x = PLOT_PERCENTILE,
		.y = PLOT_TIME,
		.line = line,
		.lines = 2,
	};

	for (int i = 0; i < 2; i++)
		line[i] = (struct plot_line){ c->side[i].name, p[i].point, p[i].n, false };
	html_plot(h, &plot);
	free(p[0].point);
	free(p[1].point);
	free(title);
}

static bool is_skew(const struct row *r)
{
	return r->metric->kind == DISTRIBUTION &&
	       !strncmp(r->metric->name, "firing_skew_ns.", 15) && r->pair->cell[0] &&
	       r->pair->cell[1] && r->verdict != SAME;
}

void html_distributions(struct html *h, const struct comparison *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->rows; i++) {
		const struct row *r = &c->row[c->order[i]];

		if (!is_skew(r))
			continue;
		if (!n++) {
			html_heading(h, 2, "How late ticks are");
			html_plots(h);
		}
		if (n <= PLOTS_MAX)
			put_plot(h, c, r);
	}
	if (n)
		html_plots_end(h);
	if (n > PLOTS_MAX)
		html_paragraph(h, NULL, "And %zu more distributions that differ.", n - PLOTS_MAX);
}
