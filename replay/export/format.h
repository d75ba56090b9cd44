/* SPDX-License-Identifier: GPL-2.0-only */
/* What is exported, and what a format is. */
#ifndef VTICK_REPLAY_EXPORT_FORMAT_H
#define VTICK_REPLAY_EXPORT_FORMAT_H

#include <stdio.h>

#include "traces/base/file.h"
#include "traces/trace.h"

/* What is shown, ns: both ends are. */
struct export_window {
	uint64_t from, to;
};

struct export_format {
	const char *name, *help;
	bool binary; /* nothing for a terminal */
	bool doings; /* wants what policies do, beside ticks */
	/* Writes to @to, which the caller ends, after close(). */
	void *(*open)(struct file *to, struct trace_reader *r, const struct export_window *window);
	/*
	 * Writes what was recorded, or what a policy did; @fates is NULL, or as source_read() takes
	 * it, @name who it was and may be of others. 0 or -1.
	 */
	int (*write)(void *state, const char *name, FILE *fates, struct vt_error *err);
	/* What is left is written, if @whole; 0 or -1. Frees in any case. */
	int (*close)(void *state, bool whole, struct vt_error *err);
};

#endif
