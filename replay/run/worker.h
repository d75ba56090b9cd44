/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The child process that replays one trace through some policies. A policy may do anything to it;
 * what the parent must know when that happens stands in a page that both share.
 */
#ifndef VTICK_REPLAY_RUN_WORKER_H
#define VTICK_REPLAY_RUN_WORKER_H

#include "replay/run/run.h"

enum worker_phase {
	WORKER_BETWEEN, /* no policy is at work */
	WORKER_SURVEY,	/* the recording is read before any policy is there */
	WORKER_LOAD,
	WORKER_OPEN,
	WORKER_EVENTS,
	WORKER_CLOSE,
	WORKER_PHASES,
};

/* The exit code of one whose file for the result has no room. */
#define WORKER_NO_ROOM 113

enum worker_outcome { WORKER_RUNNING, WORKER_FINISHED, WORKER_BAD_TRACE };

/* Whatever stands here may be a policy's: the parent takes each value once, and looks at it. */
struct worker_page {
	volatile uint64_t
	    step; /* counts calls into policies: one that stays too long is seen by it */
	volatile uint64_t event;     /* which the engine works on; NO_EVENT: none */
	volatile uint64_t done;	     /* events, over all cells, for the progress line */
	volatile uint32_t phase;     /* enum worker_phase */
	volatile uint32_t cell;	     /* in which cell of the job */
	volatile uint32_t no_memory; /* at its death the process had reached the cell's limit */
	volatile uint32_t outcome;   /* enum worker_outcome */
	volatile uint32_t hook;	     /* at its death: enum hook; */
	volatile uint32_t forbidden; /* it made the system call of this number - 1; 0: it did not */
	volatile uint32_t wrote; /* it wrote there in the host, 1: at its start; 0: it did not */
	volatile uint64_t fates; /* bytes of them that were written, */
	volatile uint64_t fates_hash; /* and what they hash to */
	/* Only in a child without policies: */
	struct vt_error error; /* WORKER_BAD_TRACE */
	char sha256[65];       /* of a truncated trace */
};

struct worker {
	struct worker_page *page;
	const struct run_trace *trace;
	struct run_cell *const *cell;
	size_t cells; /* 0: the trace is read for its own sake, and no policy is there */
	int out;      /* file for the result */
	int fates;    /* pipe for what becomes of each tick of the only cell; -1: nobody asked */
};

/*
 * Replays the trace and writes a JSON array to the file: an object of metrics for each cell; where
 * the policy ended it, {"ended": "error" or "misused", "why": text, "event": number or null,
 * "at_end": bool}.
 */
_Noreturn void worker_main(const struct worker *w, const struct run *run);

#endif
