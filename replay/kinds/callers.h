/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The code outside a kind's files that its shell stands in for. It is never compiled: the
 * statements of it that have to do with timers are read, hashed, and held against those that the
 * shell's author knew.
 */
#ifndef VTICK_REPLAY_KIND_CALLERS_H
#define VTICK_REPLAY_KIND_CALLERS_H

#include "replay/kinds/kind.h"
#include "replay/kinds/tree.h"

struct caller_seen {
	char hash[17];	    /* "" if no such function is in the tree */
	char *statements;   /* what was hashed */
	const char *define; /* of the known one that it is; NULL: none */
	bool known;
};

/* 0 or -1; caller_free() in any case. */
int caller_look(struct caller_seen *seen, const struct kind_caller *c, const struct tree *t,
		struct vt_error *err);
void caller_free(struct caller_seen *seen);

#endif
