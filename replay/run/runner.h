/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs the cells in child processes. A policy that crashes, hangs or takes too much memory loses
 * its own cell; the others of its child are run again.
 */
#ifndef VTICK_REPLAY_RUN_RUNNER_H
#define VTICK_REPLAY_RUN_RUNNER_H

#include <signal.h>

#include "replay/run/run.h"

/*
 * The signals that the runner takes itself are blocked from runner_block() to runner_unblock(), so
 * that what they would leave behind can be removed in between.
 */
struct runner_signals {
	sigset_t blocked; /* of these, the ones that the process does not ignore */
	sigset_t before;
	int pending; /* arrived: the process ends by it; 0: none */
};

void runner_block(struct runner_signals *s);
/* Ends the process if a signal asked for it. */
void runner_unblock(struct runner_signals *s);
/* True, and s->pending is set, if a signal asks for the end. */
bool runner_signalled(struct runner_signals *s);

/* Where runs come from, one after the other, and where they go. */
struct runner_source {
	void *arg;
	uint32_t jobs;	 /* children at once */
	uint64_t events; /* of all runs, over their cells; for the progress line */
	/* The next run, with its traces open, into *@run; NULL: there is none left. 0, or -1 with
	 * @err: all ends. */
	int (*next)(void *arg, struct run **run, struct vt_error *err);
	/* Each cell of @run is filled in; or, with the error @broken, one of its traces is, and
	 * others may have no numbers. @run is no longer needed. 0, or -1 with @err: all ends. */
	int (*done)(void *arg, struct run *run, const struct vt_error *broken,
		    struct vt_error *err);
};

/* Fills status, metrics and message of every cell of every run. -1: done() said so, or a signal
 * came. */
int runner_stream(const struct runner_source *source, struct runner_signals *signals,
		  struct vt_error *err);

/* The same of one run. -1: a trace is broken or a signal came; no result then. */
int runner_run(struct run *run, struct runner_signals *signals, struct vt_error *err);

#endif
