/* SPDX-License-Identifier: GPL-2.0-only */
/* Comparing folders of results (`vtick replay -O`), a trace after the other. */
#ifndef VTICK_COMPARE_FOLDERS_H
#define VTICK_COMPARE_FOLDERS_H

#include "compare/comparison.h"

/* True if each of @files, of which there is one at least, is a folder. */
bool folders_are(const struct opt_list *files);

/*
 * Reads the results of the folders of both sides in order of the traces' names and compares each
 * trace as it is read. What is the same on both sides is only counted then and forgotten, so memory
 * grows with what differs. Stands for comparison_run() and for reading. 0 or -1.
 */
int folders_compare(struct comparison *c, const struct opt_list side[2], struct vt_error *err);

/* A side as files: reads the results of folder @path one after the other into @s. 0 or -1. */
int folders_read(struct side *s, const char *path, struct vt_error *err);

#endif
