/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tracks of a group: what was recorded, or what one policy did. Each is described when
 * something happens on it first, so that there are none that stay empty.
 *
 *	recorded
 *	  LP 0           who runs
 *	    timer        its interrupts
 *	    list         the length of its ac_timer list
 *	    away, lost
 *	  d0v0           the VP runs, waits, is halted
 *	    timer        writes, deadlines, expiries, injections
 *	    ticks        each from its deadline to its delivery
 */
#ifndef VTICK_REPLAY_EXPORT_TRACKS_H
#define VTICK_REPLAY_EXPORT_TRACKS_H

#include "replay/export/names.h"
#include "replay/export/packets.h"
#include "traces/trace.h"

/* Ticks of one VP of which each has its slice at the same time: those of one lane do not overlap,
 * and all are shown as one track. */
#define TICK_LANES 4u

enum track_kind {
	TRACK_GROUP, /* no event is on it; index 0 */
	TRACK_LP,
	TRACK_LP_TIMER,
	TRACK_LP_AWAY,
	TRACK_LP_LOST,
	TRACK_VP,
	TRACK_VP_TIMER,
	TRACK_VP_TICKS, /* + lane */
	TRACK_LP_LIST = TRACK_VP_TICKS + TICK_LANES,
	TRACK_KINDS
};

struct tracks {
	struct packets *to;
	const struct trace_meta *meta;
	uint32_t number;
	char *name, *about;
	uint16_t *vp, *lp; /* [vps], [lps]: bit by kind, of those that are described */
	uint8_t *named;	   /* [vps]: its name was said */
};

/*
 * A group's, from 1 on one after the other. @name may be of others; @about says what the group is.
 * Nothing is written yet. @meta outlives them.
 */
void tracks_open(struct tracks *t, struct packets *to, const struct trace_meta *meta,
		 uint32_t number, const char *name, const char *about);
void tracks_close(struct tracks *t);

/* The group appears, with names for all that is not the trace's own. Before any track of its. */
void tracks_begin(struct tracks *t);

/* The id of the track of that kind of LP or VP @index. */
uint64_t tracks_id(struct tracks *t, enum track_kind kind, uint32_t index);
/* The number of @vp's name, for packets. */
uint64_t tracks_vp_name(struct tracks *t, uint32_t vp);

#endif
