/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The command that is recorded: it starts when the probes are there. It is what it would be without
 * the recorder around it: its caller's, with no signal ignored or blocked, and no descriptor but
 * the standard ones.
 */
#ifndef VTICK_TRACES_RECORD_CHILD_H
#define VTICK_TRACES_RECORD_CHILD_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#include "traces/base/error.h"
#include "traces/record/run_as.h"

struct child {
	pid_t pid; /* 0: none */
	int go;	   /* a byte written here starts it */
	int fault; /* why it could not be executed comes from here */
	bool ended;
	int status;
};

/* Forks; the child waits, then runs @argv as @as, which it needs no longer afterwards. */
int child_prepare(struct child *c, char *const *argv, const struct run_as *as,
		  struct vt_error *err);
/* Starts it; an error if it cannot be executed. */
int child_start(struct child *c, const char *name, struct vt_error *err);
/* Whether it has ended. */
bool child_ended(struct child *c);
/*
 * Ends it, if it still runs, and waits: with SIGTERM, and if it is deaf to that for CHILD_GRACE_S,
 * or the user loses patience, with SIGKILL, which is told. SIGINT, SIGTERM and SIGCHLD are blocked.
 */
void child_finish(struct child *c, const char *name);

#define CHILD_GRACE_S 5

#endif
