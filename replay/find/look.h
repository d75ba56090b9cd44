/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What policies make of one trace after the other, in this process: who calls this is a child, in
 * which they can do no harm.
 */
#ifndef VTICK_REPLAY_FIND_LOOK_H
#define VTICK_REPLAY_FIND_LOOK_H

#include "replay/catalogue.h"
#include "replay/run/run.h"
#include "traces/reduce/whole.h"

#define LOOK_SIDES 2u

struct look {
	const struct run *run; /* its policies: one, or two */
	const struct metric *metric;
	const struct vtick_policy *policy[LOOK_SIDES];
	uint64_t dear;	 /* traces that have more deadlines than this are not looked at */
	uint64_t traces; /* that were looked at */
	bool failed;	 /* a policy cannot be loaded, or ended its cell: @err */
	struct vt_error err;
};

/* Nothing can be said of the trace. */
#define LOOK_NOTHING INT64_MIN

/* Loads the policies of @run into this process, for good. 0, or -1 with l->err. */
int look_open(struct look *l, const struct run *run, const struct metric *metric);

/*
 * By how much the first policy is worse than the second on @t by the metric; of one alone, by how
 * much it is worse than 0. Above 0: it is worse. LOOK_NOTHING: there is no number, the trace is
 * dear, or l->failed.
 */
int64_t look_at(struct look *l, const struct whole *t);

/* About as many deadlines as the periods of @t can have: what a replay may take. */
uint64_t look_price(const struct whole *t);

#endif
