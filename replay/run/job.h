/* SPDX-License-Identifier: GPL-2.0-only */
/* A child process with the cells that it replays, as the parent sees it. */
#ifndef VTICK_REPLAY_RUN_JOB_H
#define VTICK_REPLAY_RUN_JOB_H

#include <signal.h>
#include <sys/types.h>

#include "replay/run/worker.h"

struct job {
	struct run_cell **cell; /* all of one trace */
	size_t cells;
	struct worker_page *page;
	pid_t pid; /* 0: not running */
	int out;   /* file that the child writes its cells to */
	/* The watch: how long the policy has been in the call that it is in. */
	uint64_t step;
	uint64_t step_ns;
	bool timed_out; /* killed for that */
};

struct job *job_new(struct run_cell *const *cell, size_t cells);
/* Gives back what a child that ended used. */
void job_release(struct job *job);
void job_free(struct job *job);

/* Starts the child, with the signals of @mask blocked in it. 0 or -1. */
int job_start(struct job *job, const struct run *run, const sigset_t *mask, struct vt_error *err);
/* Accounts @ns of time; kills the child if a policy has been in one call for more than the run's
 * timeout. */
void job_watch(struct job *job, const struct run *run, uint64_t ns);
/* Kills the child and waits for it. */
void job_kill(struct job *job);

/* What became of the child whose wait status is @status. */
enum job_end {
	JOB_DONE,    /* its cells are filled in */
	JOB_LOST,    /* cell[0], its only one, is: it was the policy's own doing */
	JOB_SUSPECT, /* it died with page->cell at work, which need not have been the cause */
	JOB_TIMEOUT, /* page->cell hung, and is filled in */
	JOB_TRACE,   /* the trace is broken: page->error */
};

enum job_end job_end(struct job *job, const struct run *run, int status);

#endif
