/* SPDX-License-Identifier: GPL-2.0-only */
/* A trace as a file of Perfetto's, read and written block by block. */
#ifndef VTICK_REPLAY_EXPORT_PERFETTO_H
#define VTICK_REPLAY_EXPORT_PERFETTO_H

#include "replay/export/group.h"

/* Writes @r to @to, which the caller ends. 0 or -1. */
int perfetto_write(struct file *to, struct trace_reader *r, const struct export_window *window,
		   struct vt_error *err);

#endif
