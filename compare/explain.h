/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where it happened: for cells whose digests differ, replays both policies from the trace by `vtick
 * replay --fates` and names the first tick whose fate differs.
 */
#ifndef VTICK_COMPARE_EXPLAIN_H
#define VTICK_COMPARE_EXPLAIN_H

#include <jansson.h>

#include "compare/comparison.h"

struct explain_options {
	const char *trace_dir;
	const char *policy[2]; /* a file or name from the command line, instead of the result's, or
				  NULL */
	bool reduce;	       /* and the smallest trace that shows it */
};

/* Texts of several lines go to @c->explained, their pictures to @c->pictures; what cannot be
 * explained is a warning. -1 where a replay or a file fails. */
int comparison_explain(struct comparison *c, const struct explain_options *o, struct vt_error *err);

/* What the result that @cell is from says of how it was made; NULL or a new reference. */
json_t *explain_provenance(const struct side *s, const struct cell *cell);

/*
 * What replay is given for the policy of @cell, "virtual:block=keep,hv-tick=100": all parameters
 * that the cell has, and of a policy that the command line does not name, that name if it is
 * installed; malloc'ed. NULL with @err.
 */
char *explain_spec(const struct explain_options *o, const struct side *s, const struct cell *cell,
		   int side, struct vt_error *err);

/* Appends the events before and after @time that concern @vp or @lp to @to. 0 or -1. */
int explain_events(FILE *to, const char *trace, uint64_t time, uint32_t vp, uint32_t lp,
		   struct vt_error *err);

#endif
