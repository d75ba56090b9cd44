/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A kind's policy from a tree: the tree's files and the shell's go into a temporary folder, with a
 * stand-in for every other header, and are compiled there. What does not fit is told by name.
 */
#ifndef VTICK_REPLAY_KINDS_BUILD_H
#define VTICK_REPLAY_KINDS_BUILD_H

#include <stdbool.h>

#include "traces/base/error.h"

struct kind_request {
	const char *folder; /* of the kind */
	const char *tree;
	const char *rev;  /* NULL: the folder's files */
	const char *name; /* of the policy; NULL: the kind's */
	bool verbose;	  /* all that tools say, to stderr */
	bool lines;	  /* a build that tells which code it came to (lines.h), nothing left out */
};

/*
 * Returns a descriptor of the shared object, which the caller closes, or -1. What is new in the
 * tree and does no harm as far as known is a warning. Ends as builder_run() does.
 */
int kind_build(const struct kind_request *q, struct vt_error *err);

#endif
