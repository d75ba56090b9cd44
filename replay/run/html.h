/* SPDX-License-Identifier: GPL-2.0-only */
/* The result as a page for a browser (traces/base/html.h). */
#ifndef VTICK_REPLAY_RUN_HTML_H
#define VTICK_REPLAY_RUN_HTML_H

#include <stdio.h>

#include "replay/run/policy_fates.h"

/* Replays the first policies once more for the timelines, with @options. @command: as a shell would
 * take it back. 0, or -1 where one could not be replayed again: what stands in @to is of no use. */
int html_replay(FILE *to, const struct run *run, const struct policy_fates_options *options,
		const char *command, struct vt_error *err);

#endif
