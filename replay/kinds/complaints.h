/* SPDX-License-Identifier: GPL-2.0-only */
/* What a compiler says of a tree's files, as names: which field, type or constant is not known. */
#ifndef VTICK_REPLAY_KINDS_COMPLAINTS_H
#define VTICK_REPLAY_KINDS_COMPLAINTS_H

#include "replay/kinds/kind.h"

/* Where a file of the tree comes from: what the compiler calls it, and its path in the tree. */
struct taken {
	char *name, *path;
	char *text;
	size_t size;
	char hash[65];
};

/*
 * The first five things that @messages (gcc's or clang's, LC_ALL=C) complain of, each once, as a
 * phrase; malloc'ed.
 */
char *complaints(const struct kind *k, const struct taken *file, size_t files,
		 const char *messages);

#endif
