/* SPDX-License-Identifier: GPL-2.0-only */
/* One cell that is explained, among the files that do it. */
#ifndef VTICK_COMPARE_EXPLAIN_JOB_H
#define VTICK_COMPARE_EXPLAIN_JOB_H

#include <stdio.h>

#include "compare/explain.h"
#include "compare/fates.h"

struct explain_job {
	struct comparison *c;
	const struct explain_options *o;
	const struct pair *pair;
	char *trace; /* its path */
	bool made;   /* it is none of the results' */
	struct fates fates[2];
};

/* Why there is no explanation: it can't be had (a warning, the verdict stands), or a fault; of
 * those, that the policy lost its cell, by whatever it did but ask for memory. */
enum { EXPLAIN_CANNOT = 1, EXPLAIN_FAULT = -1, EXPLAIN_LOST = -2 };

/* Replays @j->trace through the policy of a side, for its fates: 0, or one of the above. */
int explain_replay(struct explain_job *j, int side, struct vt_error *err);

/* Nanoseconds of a difference in ticks, with their sign. */
int64_t explain_ns(int64_t ticks, uint64_t clock_hz);

/* What became of the tick on each side, two lines. */
void explain_tell_sides(FILE *to, const struct explain_job *j, const struct parting *p,
			uint64_t clock_hz);

/*
 * Makes the trace as small as it can be while the first tick whose fate differs has the same fates,
 * and tells of it: the tick, the events, and the trace as text. 0 or -1.
 */
int explain_reduce(struct explain_job *j, FILE *to, struct vt_error *err);

#endif
