/* SPDX-License-Identifier: GPL-2.0-only */
/* A hypervisor's source: a folder, or a git repository at a revision. Only read, file by file. */
#ifndef VTICK_REPLAY_KIND_TREE_H
#define VTICK_REPLAY_KIND_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "replay/plugin/builder.h"

struct tree {
	const char *folder;
	char *commit; /* hash of the revision; NULL: the files as they lie there */
	const struct builder *builder;
};

/* @rev NULL: the folder's files. 0, or -1 with @b->err; tree_close() in any case. */
int tree_open(struct tree *t, const char *folder, const char *rev, const struct builder *b);
void tree_close(struct tree *t);

/*
 * The file @path of the tree, malloc'ed, with a NUL behind its *@size bytes. NULL with *@missing:
 * there is none; NULL without: it cannot be read, and the builder's err says why.
 */
char *tree_read(const struct tree *t, const char *path, size_t *size, bool *missing);
/* What git calls the revision, or the folder's: malloc'ed; NULL: it has no name. */
char *tree_describe(const struct tree *t);

#endif
