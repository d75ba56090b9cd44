/* SPDX-License-Identifier: GPL-2.0-only */
/* The child processes of a reduction, each with a process group of its own. */
#ifndef VTICK_TRACES_REDUCE_CHILDREN_H
#define VTICK_TRACES_REDUCE_CHILDREN_H

#include <sys/types.h>

#include "traces/reduce/reduce.h"

struct one_child {
	pid_t pid; /* 0: none */
	bool ended, late;
	int status;
	uint64_t until_ns; /* of the monotonic clock */
};

/* Why one did not come to its test. */
struct broken {
	int code; /* an errno; BROKEN_SAYS: what it says; 0: it came to it */
	struct vt_error says;
};

#define BROKEN_SAYS (-1)

struct children {
	const struct reduce_test *test;
	struct one_child *child; /* [jobs] */
	struct broken *broken;	 /* [jobs], shared with them */
};

void children_open(struct children *c, const struct reduce_test *test);
/* Starts one with @t in a free slot, of which there must be one. 0 or -1. */
int children_start(struct children *c, const struct whole *t, unsigned *slot, struct vt_error *err);
/* Waits for the child of @slot; others that end or are late meanwhile are noted. The slot is free
 * then. 0, or -1: a signal came, it cannot be waited for, it had no memory, or
 * reduce_child_broken() says why. */
int children_wait(struct children *c, unsigned slot, int *status, bool *late, struct vt_error *err);
/* Kills all and waits for them. */
void children_kill(struct children *c);
void children_close(struct children *c);

#endif
