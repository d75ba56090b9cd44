/* SPDX-License-Identifier: GPL-2.0-only */
/* Who runs where, and what each VP does meanwhile, as slices. */
#ifndef VTICK_REPLAY_EXPORT_SLICES_H
#define VTICK_REPLAY_EXPORT_SLICES_H

#include "replay/export/tracks.h"

struct slices {
	struct tracks *tracks;
	uint8_t *state; /* [vps] enum export_name; NAME_NONE: not known, or gone */
	uint32_t *lp;	/* [vps] where it runs or ran last */
	bool shown;	/* slices are open */
};

void slices_open(struct slices *s, struct tracks *tracks);
void slices_close(struct slices *s);

/* The next event, legal, at @ns; a slice that begins is part of @flow, if that is not 0. */
void slices_event(struct slices *s, const struct trace_event *ev, uint64_t ns, uint64_t flow);

/* From @ns on it is shown; it is @ns and nothing is shown any more. */
void slices_begin(struct slices *s, uint64_t ns);
void slices_end(struct slices *s, uint64_t ns);

#endif
