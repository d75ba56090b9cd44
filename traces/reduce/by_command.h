/* SPDX-License-Identifier: GPL-2.0-only */
/* What `vtick reduce` does with a command: the smallest trace on which it ends as on the whole. */
#ifndef VTICK_TRACES_REDUCE_BY_COMMAND_H
#define VTICK_TRACES_REDUCE_BY_COMMAND_H

#include "traces/reduce/reduce.h"

struct by_command {
	const char *trace, *output;
	char *const *command; /* up to a NULL; not empty */
	unsigned jobs;
	uint64_t timeout_ns; /* 0: none */
};

/* Reduces, writes the small trace and says on stderr how small it is, or what went wrong; returns
 * the exit code. */
int reduce_by_command(const struct by_command *q);

/* Is there a word for the trace's file? */
bool reduce_names_file(char *const *words);

#endif
