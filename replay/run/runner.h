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

/* Fills status, metrics and message of every cell. -1: a trace is broken or a signal came; no
 * result then. */
int runner_run(struct run *run, struct runner_signals *signals, struct vt_error *err);

#endif
