/* SPDX-License-Identifier: GPL-2.0-only */
/* Files for the traces of a reduction, one for each that is tried at once. */
#ifndef VTICK_TRACES_REDUCE_SLOTS_H
#define VTICK_TRACES_REDUCE_SLOTS_H

#include "traces/reduce/whole.h"

struct slots {
	char *folder; /* gone at the end, and if the process ends by want of memory */
	struct slot {
		char *folder, *file;
	} * slot; /* [n], each in a folder of its own */
	unsigned n;
};

/* Makes @n, each called @name. One at a time in a process. 0 or -1; slots_close() in any case. */
int slots_open(struct slots *s, const char *name, unsigned n, struct vt_error *err);
void slots_close(struct slots *s);
/* In a child: they are its parent's. */
void slots_forget(void);

/* Writes @t into the file of @slot. 0 or -1. */
int slots_write(const struct slots *s, unsigned slot, const struct whole *t, struct vt_error *err);

#endif
