/* SPDX-License-Identifier: GPL-2.0-only */
/* The command that is recorded: it starts when the probes are there. */
#ifndef VTICK_TRACES_RECORD_CHILD_H
#define VTICK_TRACES_RECORD_CHILD_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#include "traces/base/error.h"

struct child {
	pid_t pid; /* 0: none */
	int go;	   /* a byte written here starts it */
	int fault; /* errno of a failed exec comes from here */
	bool ended;
	int status;
};

/* Forks; the child waits, then runs @argv with the signal mask @mask. */
int child_prepare(struct child *c, char *const *argv, const sigset_t *mask, struct vt_error *err);
/* Starts it; an error if it cannot be executed. */
int child_start(struct child *c, const char *name, struct vt_error *err);
/* Whether it has ended. */
bool child_ended(struct child *c);
/* Ends it, if it still runs, and waits. */
void child_finish(struct child *c);

#endif
