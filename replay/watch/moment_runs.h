/* SPDX-License-Identifier: GPL-2.0-only */
/* Who ran on the LPs in a moment (moment.h). */
#ifndef VTICK_REPLAY_WATCH_MOMENT_RUNS_H
#define VTICK_REPLAY_WATCH_MOMENT_RUNS_H

#include "replay/watch/moment.h"
#include "traces/base/timeline.h"

/* A VP ran on an LP from one tick to another; or several did, shortly. */
struct moment_run {
	int64_t from, to;
	uint32_t vp;
	size_t runs;
};

struct moment_lp {
	uint32_t lp;
	struct moment_run *run;
	size_t n;
};

struct moment_runs {
	const struct moment *m;
	struct moment_lp *lp; /* [lps] those that are shown */
	uint32_t lps;
	int64_t shortest;    /* runs below it are put together, ticks */
	bool crowded;	     /* also those of the VP that it is about */
	size_t together;     /* runs that share a bar */
	size_t n; /* bars */ /* runs that share a bar; bars */
};

/* Reads @r from its start up to the moment's end. 0 or -1; moment_runs_free() in any case. */
int moment_runs_read(struct moment_runs *runs, const struct moment *m, struct trace_reader *r,
		     struct vt_error *err);
/* Adds a lane an LP. */
void moment_runs_add(const struct moment_runs *runs, struct timeline *t);
void moment_runs_free(struct moment_runs *runs);

#endif
