/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/export/tracks.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "traces/base/mem.h"
#include "traces/base/safe_text.h"

/* An id: the group's number, the kind, the index. */
#define INDEX_BITS 20u
#define KIND_BITS 4u
_Static_assert(TRACE_VPS_MAX <= 1u << INDEX_BITS && TRACE_LPS_MAX <= 1u << INDEX_BITS &&
		   TRACK_KINDS <= 1u << KIND_BITS,
	       "ids are different");

static const struct kind {
	enum track_kind parent;
	bool of_vp;
	const char *name; /* NULL: the LP's, the VP's */
	const char *about;
	int32_t rank;
} kinds[TRACK_KINDS] = {
	[TRACK_LP] = { TRACK_GROUP, false, NULL, "Which VP runs on this LP.", 0 },
	[TRACK_LP_TIMER] = { TRACK_LP, false, "timer",
			     "Timer interrupts that the LP took, and how its timer was "
			     "programmed.",
			     0 },
	[TRACK_LP_AWAY] = { TRACK_LP, false, "away",
			    "The machine under this LP was elsewhere meanwhile.", 2 },
	[TRACK_LP_LOST] = { TRACK_LP, false, "lost", "The recorder lost records here.", 3 },
	[TRACK_LP_LIST] = { TRACK_LP, false, "ac_timer list",
			    "How many timers are in the LP's list.", 1 },
	[TRACK_VP] = { TRACK_GROUP, true, NULL,
		       "What the VP does: it runs, waits for an LP, is halted, or is held by its "
		       "hypervisor or VMM.",
		       0 },
	[TRACK_VP_TIMER] = { TRACK_VP, true, "timer",
			     "The guest's timer: writes, deadlines reached, and what was done "
			     "about them.",
			     0 },
	[TRACK_VP_TICKS... TRACK_VP_TICKS + TICK_LANES -
	    1] = { TRACK_VP, true, "ticks",
		   "Each tick of the guest, from its deadline to its delivery.", 1 },
};

void tracks_open(struct tracks *t, struct packets *to, const struct trace_meta *meta,
		 uint32_t number, const char *name, const char *about)
{
	*t = (struct tracks){ .to = to, .meta = meta, .number = number };
	t->name = safe_text(SAFE_UTF8, name);
	t->about = safe_text(SAFE_UTF8, about);
	t->vp = vt_array(meta->vps, sizeof(*t->vp));
	t->lp = vt_array(meta->lps, sizeof(*t->lp));
	t->named = vt_array(meta->vps, sizeof(*t->named));
}

void tracks_close(struct tracks *t)
{
	free(t->name);
	free(t->about);
	free(t->vp);
	free(t->lp);
	free(t->named);
}

static uint64_t id_of(const struct tracks *t, enum track_kind kind, uint32_t index)
{
	return ((uint64_t)t->number << KIND_BITS | kind) << INDEX_BITS | index;
}

void tracks_begin(struct tracks *t)
{
	const struct packet_track group = { .id = id_of(t, TRACK_GROUP, 0),
					    .name = t->name,
					    .about = t->about,
					    .rank = (int32_t)t->number };

	packets_sequence(t->to, t->number);
	for (uint32_t i = 0; i < NAME_OF_TYPE + (uint32_t)TRACE_TYPES; i++) {
		if (export_name(i))
			packets_name(t->to, i, export_name(i));
	}
	for (uint32_t i = 0; i < ARGS; i++) {
		if (export_arg(i))
			packets_arg_name(t->to, i, export_arg(i));
	}
	packets_track(t->to, &group);
}

static char *name_of(const struct tracks *t, enum track_kind kind, uint32_t index)
{
	if (kinds[kind].name)
		return vt_strdup(kinds[kind].name);
	return kinds[kind].of_vp ? safe_text(SAFE_UTF8, t->meta->vp[index].name)
				 : vt_format("LP %" PRIu32, index);
}

static bool is_lane(enum track_kind kind)
{
	return kind >= TRACK_VP_TICKS && kind < TRACK_VP_TICKS + TICK_LANES;
}

static void describe(struct tracks *t, enum track_kind kind, uint32_t index)
{
	const struct kind *k = &kinds[kind];
	char *name = name_of(t, kind, index);
	struct packet_track track = { .id = id_of(t, kind, index),
				      .name = name,
				      .about = k->about,
				      .rank = k->rank,
				      .unit = kind == TRACK_LP_LIST ? "timers" : NULL,
				      .merged = is_lane(kind) };

	if (k->parent == TRACK_GROUP) {
		track.parent = id_of(t, TRACK_GROUP, 0);
		track.rank = (int32_t)(k->of_vp ? t->meta->lps + index : index);
	} else {
		track.parent = tracks_id(t, k->parent, index);
	}
	packets_track(t->to, &track);
	free(name);
}

uint64_t tracks_id(struct tracks *t, enum track_kind kind, uint32_t index)
{
	uint16_t *known = kinds[kind].of_vp ? &t->vp[index] : &t->lp[index];

	if (*known >> kind & 1)
		return id_of(t, kind, index);
	*known |= (uint16_t)(1u << kind);
	describe(t, kind, index);
	return id_of(t, kind, index);
}

uint64_t tracks_vp_name(struct tracks *t, uint32_t vp)
{
	uint64_t number = NAME_OF_VP + (uint64_t)vp;

	if (!t->named[vp]) {
		char *name = safe_text(SAFE_UTF8, t->meta->vp[vp].name);

		t->named[vp] = 1;
		packets_name(t->to, number, name);
		free(name);
	}
	return number;
}
