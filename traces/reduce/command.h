/* SPDX-License-Identifier: GPL-2.0-only */
/* A command as the test of a reduction: it must end as it did on the whole trace. */
#ifndef VTICK_TRACES_REDUCE_COMMAND_H
#define VTICK_TRACES_REDUCE_COMMAND_H

#include "traces/reduce/reduce.h"
#include "traces/reduce/slots.h"

/* What stands for the trace's file in the command's words. */
#define COMMAND_FILE "{}"

struct command {
	char *const *words; /* up to a NULL */
	struct slots slots;
	const char *whole; /* not NULL: this file, instead of one that is written */
	int status;	   /* wanted */
};

/* @path is the whole trace, whose name the small ones have. 0 or -1; command_close() in any case.
 */
int command_open(struct command *c, char *const *words, const char *path, unsigned jobs,
		 struct vt_error *err);
void command_close(struct command *c);

/* The test; @c must outlive it. */
struct reduce_test command_test(struct command *c, uint64_t timeout_ns);

/* "exit code 1", "signal 11 (Segmentation fault)"; malloc'ed. */
char *command_end(int status);

#endif
