/* SPDX-License-Identifier: GPL-2.0-only */
/* What `vtick late` shows side by side: what was recorded, and what policies made of the same trace
 * in a replay. */
#ifndef VTICK_REPLAY_LATE_VIEW_H
#define VTICK_REPLAY_LATE_VIEW_H

#include "replay/late/tally.h"
#include "replay/run/policy_fates.h"
#include "replay/watch/recorded_ticks.h"

struct late_view {
	char *label;	/* "recording", or the policy as it was given; printable */
	json_t *policy; /* `policy` of RESULT.md; NULL: it is the recording */
	struct policy_fates fates;
	bool stands_in; /* nobody asked for it: the recording has few expiries */
	struct late late;
	struct recorded_extra extra; /* of a recording */
	bool partial;		     /* likewise: it has the expiries of some VPs alone */
};

struct late_views {
	const char *path;
	struct trace_reader *reader;
	struct recorded_facts facts;
	json_t *trace; /* `trace` of RESULT.md */
	bool *chosen;  /* [VPs] */
	struct late_span span;
	uint32_t worst;
	struct late_view *view; /* [n] */
	size_t n;
};

/* Each reads the trace once. 0 or -1 with @err. */
int late_view_recording(struct late_views *v, struct vt_error *err);
int late_view_policy(struct late_views *v, const char *spec,
		     const struct policy_fates_options *options, bool stands_in,
		     struct vt_error *err);
/* All ticks of @view once more. */
int late_view_ticks(struct late_views *v, const struct late_view *view, tick_taker *take,
		    void *context, struct vt_error *err);
void late_views_free(struct late_views *v);

#endif
