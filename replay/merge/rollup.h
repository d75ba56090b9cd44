/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What policies come to over traces: sums, and how they relate to one of them, the base. Each
 * result is added by itself and forgotten, in order of trace name.
 */
#ifndef VTICK_REPLAY_MERGE_ROLLUP_H
#define VTICK_REPLAY_MERGE_ROLLUP_H

#include <stdbool.h>
#include <stdio.h>

#include "replay/catalogue.h"
#include "replay/merge/result.h"

/* A trace at one end: where a policy's number is @value, and the base's is @base. */
struct rollup_end {
	char *trace; /* NULL: there is none */
	uint64_t value, base;
};

/* One metric of one policy. */
struct rollup_sum {
	size_t traces;	/* have the number */
	__int128 total; /* by metric.over: the sum, the largest, the smallest */
	/* Traces by what the number and the base's are: both above 0, and so in the mean of ratios;
	 */
	size_t ratios;
	double logs; /* the natural logarithms of those, added up */
	/* both 0; the base's alone; this one alone; one of them not there, or negative. */
	size_t both_zero, from_zero, to_zero, without;
	struct rollup_end least, most;
};

struct rollup_policy {
	size_t traces;		/* with a cell that is ok */
	size_t lost;		/* with one that is not */
	struct rollup_sum *sum; /* [metric_count]; of NUMBER */
};

struct rollup {
	const struct merge_common *common; /* the policies' names; filled in with the first trace */
	size_t base;			   /* of the policies */
	size_t traces;			   /* with cells */
	size_t unreadable, missing;
	size_t lost; /* traces of which some policy has lost its cell */
	struct rollup_policy *policy;
};

/*
 * Begins, with the policies of @common. @base: the label or the name of one, or NULL for the first.
 * 0, or -1 with @err: there is no such one, or several. rollup_free() in any case.
 */
int rollup_begin(struct rollup *r, const struct merge_common *common, const char *base,
		 struct vt_error *err);
/* Adds the @cells of trace @name, a cell for each policy. */
void rollup_add(struct rollup *r, const char *name, const json_t *cells);
void rollup_free(struct rollup *r);

/* True if any trace of any policy has it. */
bool rollup_has(const struct rollup *r, size_t metric);

/* The geometric mean of ratios, in millionths; UINT64_MAX: there is none. */
uint64_t rollup_mean_ppm(const struct rollup_sum *s);
/* A ratio, in millionths, rounded. */
uint64_t rollup_ratio_ppm(const struct rollup_end *end);
/* "sum", "max", "min", or NULL where a total says nothing. */
const char *rollup_total_name(const struct metric *m);

/* ---- what it is written as ---- */

/* The `rollup` object of RESULT.md. The caller owns it. */
json_t *rollup_json(const struct rollup *r);
/* A line for each metric of each policy, with a column for each parameter that was given. */
void rollup_csv(FILE *to, const struct rollup *r);
/* Tables for people, one for each metric that one of the patterns @metrics fits (as a shell has
 * them); without any, of those that tell most. */
void rollup_text(FILE *to, const struct rollup *r, const char *const *metrics, size_t n,
		 bool colour);

#endif
