/* SPDX-License-Identifier: GPL-2.0-only */
/* Series of the index as the page keeps them: those that move together are in one picture. */
#ifndef VTICK_COMPARE_HISTORY_TREND_H
#define VTICK_COMPARE_HISTORY_TREND_H

#include "compare/history/load.h"
#include "traces/base/plot.h"

/* A metric of a policy. */
struct trend_line {
	char *policy;
	struct plot_point *point; /* x: nights since the first shown; a gap is NAN */
	size_t n;
	char *last, *step; /* the last value; the last change, "12 -> 13 (+8.33 %)" */
	size_t night;	   /* of the last change; SIZE_MAX: none since the first shown */
	bool number;	   /* it can be drawn */
};

/* A metric of a trace. */
struct trend {
	char *metric, *trace;
	struct trend_line *line;
	size_t lines, moved; /* how many of them changed */
};

struct trends {
	const struct nights *nights;
	size_t from; /* the first night that is shown */
	bool chosen; /* only metrics that people are shown */
	struct trend *trend;
	size_t n;
};

/* The policy of line @i, without parameters where they tell it from no other; malloc'ed. */
char *trend_label(const struct trend *t, size_t i);

/* Takes a series, as series_each() gives it; the context is a struct trends. */
void trends_take(void *trends, const struct series *one);
void trends_free(struct trends *t);

#endif
