/* SPDX-License-Identifier: GPL-2.0-only */
/* Which part of a fleet is whose. */
#ifndef VTICK_REPLAY_FLEET_SHARD_H
#define VTICK_REPLAY_FLEET_SHARD_H

#include "replay/fleet/list.h"

#define SHARDS_MAX 10000u

/* Part @part (from 1) of @parts. */
struct shard {
	uint32_t part, parts;
};

/* Takes "I/N", 1 <= I <= N. 0 or -1; the reason has no subject. */
int shard_parse(struct shard *s, const char *text, struct vt_error *err);

/*
 * Shares the surveyed traces out: those with the most events first, of as many by their paths'
 * bytes, each to the part that has the fewest events so far, and of as few to the first.
 */
void shard_share(struct fleet_list *list, uint32_t parts);

/* The traces in that order: the largest first, so that they do not come last. Freed by the caller.
 */
struct fleet_trace **shard_order(struct fleet_list *list);

#endif
