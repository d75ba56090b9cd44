/* SPDX-License-Identifier: GPL-2.0-only */
/* `vtick replay -O`: a result a trace, as many as there are. */
#ifndef VTICK_REPLAY_FLEET_FLEET_H
#define VTICK_REPLAY_FLEET_FLEET_H

#include <stdio.h>

#include "replay/fleet/shard.h"
#include "replay/run/run.h"

struct fleet_request {
	const char *folder;	   /* of the results */
	const char *command;	   /* as a shell would take it back */
	const char *const *traces; /* files and folders */
	size_t n;
	const char *from; /* a list of them; NULL: none */
	const char *const *policies;
	size_t policies_n;
	struct shard shard;
	bool keep_going; /* after a trace that cannot be read */
};

/* What came of it. */
struct fleet_counts {
	size_t traces;	   /* of this shard */
	size_t current;	   /* were there */
	size_t made;	   /* were replayed, */
	size_t unreadable; /* or cannot be */
	size_t lost;	   /* results that lack cells, made ones and current ones */
	/* Of those made: without anything to compare; with numbers larger than a result can hold.
	 */
	size_t empty, saturated;
};

/*
 * Replays as @set says, which has no policies and no traces yet, and owns all that is in it then.
 * What is done is in the folder, whenever the process ends. 0, or -1 with @err: a trace that cannot
 * be read, without keep_going; no result can be written; a signal.
 */
int fleet_replay(const struct fleet_request *q, struct run *set, struct fleet_counts *counts,
		 struct vt_error *err);

/* What came of it, in a line. */
void fleet_print(FILE *to, const struct fleet_request *q, const struct fleet_counts *c);

#endif
