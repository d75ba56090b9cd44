/* SPDX-License-Identifier: GPL-2.0-only */
/* Lines over an axis, as a picture within a page (html.h). */
#ifndef VTICK_TRACES_BASE_PLOT_H
#define VTICK_TRACES_BASE_PLOT_H

#include <jansson.h>
#include <stdint.h>

#include "traces/base/html.h"

enum plot_scale {
	PLOT_LINEAR, /* counts; the axis begins at 0 where that does not flatten the lines */
	PLOT_TIME,   /* ns, by magnitude: linear below 1 us, logarithmic above, either side of 0 */
	PLOT_PERCENTILE, /* a share from 0 to 1: 90 %, 99 %, 99.9 % lie equally far apart */
	PLOT_PLACES,	 /* 0, 1, 2...: each has a name in `place` */
};

struct plot_point {
	double x, y;
};

struct plot_line {
	const char *name;
	const struct plot_point *point; /* x ascending; where y is NAN is a gap */
	size_t n;
	bool steps; /* the value holds until the next point */
};

/* Stands upright at @x, with its number from 1; the text is the caller's to show, too. */
struct plot_mark {
	double x;
	const char *text;
};

struct plot {
	const char *title, *x_title, *y_title;
	enum plot_scale x, y;
	const struct plot_line *line;
	size_t lines;
	const struct plot_mark *mark;
	size_t marks;
	const char *const *place; /* names for PLOT_PLACES */
	size_t places;
	bool ns; /* y is a time, also where PLOT_LINEAR */
};

/* A figure with a legend; each line is told from the others by its dashes, too. Nothing if no line
 * has a point. */
void html_plot(struct html *h, const struct plot *p);
/* A part of a distribution: so many values that are no larger. */
struct plot_bucket {
	int64_t upper;
	uint64_t count;
};

/* A distribution by percentile, of ascending buckets: @to has room for 2 * @n points, and gets as
 * many. */
void plot_shares(struct plot_point *to, const struct plot_bucket *bucket, size_t n);

/* The same of a JSON list of [upper, count], as results have it: *@n points, malloc'ed. */
struct plot_point *plot_histogram(const json_t *buckets, size_t *n);

/* Plots between these stand side by side where there is room. */
void html_plots(struct html *h);
void html_plots_end(struct html *h);

#endif
