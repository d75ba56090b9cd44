/* SPDX-License-Identifier: GPL-2.0-only */
/* What a file holds, into another: for a file whose name nothing can take, a mount point. */
#ifndef VTICK_TRACES_BASE_COPY_H
#define VTICK_TRACES_BASE_COPY_H

/* @to, open for writing, holds what @from, open for reading, does, and no more, and that is on the
 * disk; its offset is at the end. Room for it is asked for before anything is overwritten. 0, or -1
 * with errno. */
int copy_contents(int from, int to);

#endif
