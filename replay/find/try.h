/* SPDX-License-Identifier: GPL-2.0-only */
/* One attempt: a trace of its own, changed for as long as it takes, and then made small. */
#ifndef VTICK_REPLAY_FIND_TRY_H
#define VTICK_REPLAY_FIND_TRY_H

#include "replay/find/look.h"

/* What attempts begin with: each of the traces that were given, as it is, and then seeds. */
struct try_from {
	const struct whole *given;
	size_t n;
};

/* Attempt number @number, the same each time: true if it found something, which is *@found then;
 * whole_free() in any case. False, too, where l->failed. */
bool try_one(struct look *l, const struct try_from *from, uint64_t number, struct whole *found);

#endif
