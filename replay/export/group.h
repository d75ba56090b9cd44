/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A group of a Perfetto file: a trace's events, and what was done about them when it was recorded
 * or by a policy, become slices, instants, flows and counters.
 */
#ifndef VTICK_REPLAY_EXPORT_GROUP_H
#define VTICK_REPLAY_EXPORT_GROUP_H

#include "replay/export/deadlines.h"
#include "replay/export/flows.h"
#include "replay/export/slices.h"
#include "replay/export/ticks.h"

struct group {
	struct tracks tracks;
	struct slices slices;
	struct deadlines deadlines;
	struct ticks ticks;
	struct flows flows;
	struct export_window window;
	uint64_t (*gap)[2]; /* [lps]: until when the last AWAY and LOST are shown, ns */
	uint32_t *list;	    /* [lps]: the length of its list; LIST_UNKNOWN */
	bool replayed;	    /* by a policy: what the recorded hypervisor did is not shown */
	bool begun, over;   /* the window */
};

struct group_about {
	uint32_t number;   /* of the group, from 1 on */
	const char *name;  /* may be of others */
	const char *about; /* what is shown */
	bool replayed;
	struct export_window window;
	uint64_t *flows; /* of the file, so far */
};

void group_open(struct group *g, struct packets *to, const struct trace_meta *meta,
		const struct group_about *about);
void group_close(struct group *g);

/* Of a source_taker; the context is a group. */
void group_event(void *group, const struct trace_event *ev);
void group_doing(void *group, const struct doing *d);
void group_tick(void *group, const struct tick *t);
/* The trace ends. */
void group_end(struct group *g);

#endif
