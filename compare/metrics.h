/* SPDX-License-Identifier: GPL-2.0-only */
/* What is compared: every number of a cell by name, which way it is better, whether it is exact. */
#ifndef VTICK_COMPARE_METRICS_H
#define VTICK_COMPARE_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum direction {
	LOWER,	 /* is better */
	HIGHER,	 /* is better */
	ZERO,	 /* nearer to zero is better: a skew may be early (negative) */
	NEUTRAL, /* any difference is a change, neither better nor worse */
};

enum metric_kind {
	NUMBER,	      /* an integer of a cell, or null */
	DISTRIBUTION, /* a histogram */
	TEXT,	      /* the digest */
	DETAIL,	      /* an integer of a list's element: NAME[].KEY */
	SAMPLES,      /* noisy: one number a run */
};

struct metric {
	const char *name;
	enum metric_kind kind;
	enum direction better;
	const char *unit;
	bool optional; /* may be missing or null on both sides */
	bool loss;     /* ticks or time that guests lost: named before what merely costs */
	const char *help;
};

extern const struct metric metric_table[];
extern const size_t metric_count;

/* Indices in the table, for what is read by other rules than the rest. */
#define METRIC_NONE ((size_t)-1)

/* METRIC_NONE: there is none of that name. */
size_t metric_find(const char *name);
const char *direction_name(enum direction d);
const char *kind_name(enum metric_kind kind);
/* "exact" or "noisy". */
const char *metric_class(const struct metric *m);
void metrics_print(FILE *to);

#endif
