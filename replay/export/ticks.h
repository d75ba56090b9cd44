/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ticks on tracks of their own, one a VP: a slice from the deadline to the delivery of each that
 * was late, named by what most of the time went into; an instant for each other one.
 */
#ifndef VTICK_REPLAY_EXPORT_TICKS_H
#define VTICK_REPLAY_EXPORT_TICKS_H

#include "replay/export/format.h"
#include "replay/export/tracks.h"
#include "replay/watch/tick.h"

struct ticks {
	struct tracks *tracks;
	struct export_window window;
	uint64_t (*lane)[TICK_LANES]; /* [vps]: where the last slice of each ends, ns */
};

void ticks_open(struct ticks *t, struct tracks *tracks, const struct export_window *window);
void ticks_close(struct ticks *t);

void ticks_show(struct ticks *t, const struct tick *tick);

#endif
