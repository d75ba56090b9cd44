/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A group of a Perfetto file: the events of a trace become slices, instants and flows.
 *
 * A flow follows one tick: from the hypervisor's timer that expires (OBS_FIRE) to the WAKE and the
 * SCHED_IN of its VP, as far as they come, to the injection (OBS_PEND).
 */
#ifndef VTICK_REPLAY_EXPORT_GROUP_H
#define VTICK_REPLAY_EXPORT_GROUP_H

#include "replay/export/deadlines.h"
#include "replay/export/slices.h"

/* What is shown, ns: both ends are. */
struct export_window {
	uint64_t from, to;
};

struct group_flow {
	uint64_t id; /* 0: no tick of its is on its way */
	bool ran;    /* it came to its SCHED_IN, which is told once */
};

struct group {
	struct tracks tracks;
	struct slices slices;
	struct deadlines deadlines;
	struct export_window window;
	struct group_flow *flow; /* [vps] */
	uint64_t (*gap)[2];	 /* [lps]: until when the last AWAY and LOST are shown, ns */
	uint64_t *flows;	 /* of the file, so far */
	bool begun, over;
};

/* As tracks_open(); @flows counts those of all groups. */
void group_open(struct group *g, struct packets *to, const struct trace_meta *meta, uint32_t number,
		const char *name, const char *about, const struct export_window *window,
		uint64_t *flows);
void group_close(struct group *g);

/* The next @n events, legal. */
void group_events(struct group *g, const struct trace_event *ev, size_t n);
/* The trace ends. */
void group_end(struct group *g);

#endif
