/* SPDX-License-Identifier: GPL-2.0-only */
/* A child process with the cells that it replays, as the parent sees it. */
#ifndef VTICK_REPLAY_RUN_JOB_H
#define VTICK_REPLAY_RUN_JOB_H

#include <poll.h>
#include <signal.h>
#include <sys/types.h>

#include "replay/run/chatter.h"
#include "replay/run/fates_pipe.h"
#include "replay/run/worker.h"

struct job {
	struct run *run;
	struct run_trace *trace;
	struct run_cell **cell; /* all of the trace */
	size_t cells;		/* 0: the trace is read for its own sake */
	struct worker_page *page;
	pid_t pid; /* 0: not running */
	bool over; /* it ended, by this wait status */
	int status;
	int out;  /* file that the child writes its cells to */
	int said; /* the end of a pipe: what its policies print */
	struct chatter chatter;
	struct fates_pipe *fates; /* NULL: nobody asked */
	/* The watch: how long it has been at work in all, in each cell, in one event. */
	uint64_t all_ns, event_ns, survey_ns;
	uint64_t *cell_ns;
	uint64_t event, step;
	uint32_t late_cell; /* the one that was at work when the child was killed; cells: none */
	bool timed_out;	    /* killed for that */
};

/* Of @run; @cells may be 0. */
struct job *job_new(struct run *run, struct run_trace *trace, struct run_cell *const *cell,
		    size_t cells);
void job_free(struct job *job);

/* Starts the child, with the signals of @mask blocked in it. 0 or -1. */
int job_start(struct job *job, const sigset_t *mask, struct vt_error *err);

/* What to wait for beside its end; the number of what stands in @fd then. */
#define JOB_POLLS 2
size_t job_polls(const struct job *job, struct pollfd fd[JOB_POLLS]);
/* Takes what it said so far. 0, 1: there is more, but it has no place yet, or -1: the file of
 * --fates cannot be written. */
int job_listen(struct job *job, struct vt_error *err);

/* Events that it is through with, over its cells. */
uint64_t job_done(const struct job *job);

/* Accounts @ns of time; kills the child if a cell has had more than it may have. */
void job_watch(struct job *job, uint64_t ns);
/* Kills the child and waits for it. */
void job_kill(struct job *job);

/* What became of the child. */
enum job_end {
	JOB_DONE,    /* its cells are filled in */
	JOB_LOST,    /* so is the only one, which is lost: it was the policy's own doing */
	JOB_SUSPECT, /* it died with cell *at at work, which need not have been the cause */
	JOB_TIMEOUT, /* cell *at took too long, and is filled in */
	JOB_TRACE,   /* the trace is broken, @err says how; of a job without cells alone */
};

/*
 * The child ended with the wait @status; what it had is given back. *doubt: it said that the trace
 * is broken, which only a job without cells is believed.
 */
enum job_end job_end(struct job *job, int status, uint32_t *at, bool *doubt, struct vt_error *err);

#endif
