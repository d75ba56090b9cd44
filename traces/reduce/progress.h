/* SPDX-License-Identifier: GPL-2.0-only */
/* A reduction as a line of progress. */
#ifndef VTICK_TRACES_REDUCE_PROGRESS_H
#define VTICK_TRACES_REDUCE_PROGRESS_H

#include "traces/base/cli.h"
#include "traces/reduce/reduce.h"

struct reduce_progress {
	struct cli_progress bar;
	char what[64];
};

/* What reduce() is to be given; valid until reduce_progress_end(). */
struct reduce_watch reduce_progress_begin(struct reduce_progress *p);
void reduce_progress_end(struct reduce_progress *p);

#endif
