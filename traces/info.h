/* SPDX-License-Identifier: GPL-2.0-only */
/* What `vtick info` knows of a trace, and the two ways to print it. */
#ifndef VTICK_TRACES_INFO_H
#define VTICK_TRACES_INFO_H

#include <stdio.h>

#include "traces/summary.h"

struct trace_info {
	const char *path;
	const struct trace_meta *meta;
	const char *sha256; /* "" if truncated */
	bool truncated;
	uint64_t bytes;
	struct trace_summary sum;
	json_t *lateness; /* of traces/lateness.h; NULL: nothing was recorded */
};

/* The document of schema vtick.trace-info/1; @flags are jansson's for the layout. */
void trace_info_json(const struct trace_info *i, size_t flags, FILE *to);
void trace_info_text(const struct trace_info *i, FILE *to);

#endif
