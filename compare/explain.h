/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where it happened: for cells whose digests differ, replays both policies from the trace by `vtick
 * replay --fates` and names the first tick whose fate differs.
 */
#ifndef VTICK_COMPARE_EXPLAIN_H
#define VTICK_COMPARE_EXPLAIN_H

#include "compare/comparison.h"

struct explain_options {
	const char *trace_dir;
	const char *policy[2]; /* a file or name instead of what the result says, or NULL */
};

/* Texts of several lines go to @c->explained; what cannot be explained is a warning. */
void comparison_explain(struct comparison *c, const struct explain_options *o);

/* Appends the events before and after @time that concern @vp or @lp to @to. 0 or -1. */
int explain_events(FILE *to, const char *trace, uint64_t time, uint32_t vp, uint32_t lp,
		   struct vt_error *err);

#endif
