/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pairs what a replay predicted with what the recording observed: one to one, nearest in time
 * first. Again and again the pair with the smallest distance of an unmatched predicted and an
 * unmatched observed event is taken, of equally near ones that of the earlier observed, then of the
 * earlier predicted event; pairs further apart than the window are none.
 */
#ifndef VTICK_REPLAY_WATCH_PAIRING_H
#define VTICK_REPLAY_WATCH_PAIRING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAIR_NONE UINT32_MAX

struct pair_event {
	uint64_t time;
	uint32_t partner; /* index of the other one; PAIR_NONE: unmatched */
	bool observed;	  /* else predicted */
	uint8_t state;	  /* the caller's */
};

/*
 * Sets the partner of each of the @n (below 2^31) events, which stand in order of time. Of equal
 * times the one that stands first counts as the earlier. O(n log n).
 */
void pair_events(struct pair_event *ev, uint32_t n, uint64_t window);

#endif
