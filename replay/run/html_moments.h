/* SPDX-License-Identifier: GPL-2.0-only */
/* For the page of a replay: what went on around the tick that a policy noticed last, in each trace.
 */
#ifndef VTICK_REPLAY_RUN_HTML_MOMENTS_H
#define VTICK_REPLAY_RUN_HTML_MOMENTS_H

#include "replay/run/policy_fates.h"
#include "traces/base/html.h"

/* Traces and policies that are replayed once more for it; the first ones of the run. */
#define MOMENT_TRACES 20u
#define MOMENT_POLICIES 4u

/* Of @cell [run->plugins], which are of one trace. 0, or -1: one of them could not be replayed
 * once more, or not read. */
int html_moment(struct html *h, const struct run *run, const struct run_cell *cell,
		const struct policy_fates_options *options, struct vt_error *err);

#endif
