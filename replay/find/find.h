/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The search for the smallest trace on which a policy is worse than another by a metric: attempts
 * (try.h), a few at a time in child processes, in which policies run.
 *
 * What comes out does not depend on how many children there are: attempts count in their order, up
 * to the one with which enough have found something.
 */
#ifndef VTICK_REPLAY_FIND_FIND_H
#define VTICK_REPLAY_FIND_FIND_H

#include "replay/find/try.h"

struct find {
	const struct run *run; /* its policies */
	const struct metric *metric;
	struct try_from from;
	uint64_t seeds;
	unsigned jobs;
	uint64_t timeout_ns; /* for a child; 0: none */
};

struct found {
	bool any;
	struct whole trace; /* the smallest */
	uint64_t attempts, successes;
	uint64_t traces; /* that were replayed */
};

/* 0 or -1: a policy failed, a child was lost, a signal came. found_free() in any case. Between
 * reduce_signals_begin() and reduce_signals_end(). */
int find(const struct find *f, struct found *found, struct vt_error *err);
void found_free(struct found *found);

#endif
