/* SPDX-License-Identifier: GPL-2.0-only */
/* What one policy makes of the ticks of one trace, for commands that look at ticks. */
#ifndef VTICK_REPLAY_RUN_POLICY_FATES_H
#define VTICK_REPLAY_RUN_POLICY_FATES_H

#include <stdio.h>

#include "replay/run/run.h"

struct policy_fates {
	FILE *fates;  /* at its start, for replayed_ticks_new(); no file has its name */
	char *label;  /* the policy and the parameters as they were given */
	json_t *json; /* `policy` of RESULT.md */
};

/* What a replay may do beside its policy. */
struct policy_fates_options {
	const char *costs; /* a file; NULL: nothing costs */
	bool away_recorded, no_sandbox;
	bool doings; /* the lines of doings.h stand among those of fates.h, which do not mind */
};

/*
 * Replays @trace through the policy @spec (of select_policies()) in a child, in which a policy can
 * do no harm. 0 or -1: it crashed, the trace is broken, a signal came; policy_fates_free() in any
 * case. Ends the process if a signal asked for it.
 */
int policy_fates(struct policy_fates *f, const char *trace, const char *spec,
		 const struct policy_fates_options *options, struct vt_error *err);
void policy_fates_free(struct policy_fates *f);

#endif
