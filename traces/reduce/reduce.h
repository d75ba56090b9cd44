/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Makes a trace as small as it can be while something still holds of it: leaves out VPs, LPs,
 * stretches of time and events, moves times to round numbers. What is tried is always legal.
 *
 * What is tried, in which order, and what comes of it does not depend on how many are tried at
 * once: a candidate counts only when all before it have failed, and those behind one that was taken
 * are thrown away.
 */
#ifndef VTICK_TRACES_REDUCE_REDUCE_H
#define VTICK_TRACES_REDUCE_REDUCE_H

#include "traces/reduce/whole.h"

/*
 * What must hold, one of the two. It must say the same of the same trace each time.
 *
 * @holds is asked in this process, one trace after the other.
 *
 * @prepare (may be NULL) is called in this process, then @child in a child process of its own,
 * several at once, with nothing on standard input and what it prints going nowhere; it executes
 * something, or exits. Where @prepare fails, so does the reduction. @judge says by its status (of
 * waitpid()) whether that is what is wanted. No two that run at once have the same @slot, which is
 * below @jobs. A child that takes longer than @timeout_ns is killed with all that it started, and
 * is not what is wanted.
 */
struct reduce_test {
	void *arg;
	bool (*holds)(void *arg, const struct whole *t);

	int (*prepare)(void *arg, const struct whole *t, unsigned slot, struct vt_error *err);
	void (*child)(void *arg, const struct whole *t, unsigned slot);
	bool (*judge)(void *arg, int status);
	unsigned jobs;	     /* 1 or more */
	uint64_t timeout_ns; /* 0: none */
};

/* In @child: it cannot be asked, for what @err says, which ends the reduction. */
_Noreturn void reduce_child_broken(const struct vt_error *err);

struct reduce_stats {
	uint64_t runs;	/* of the test whose answers counted: the same for all jobs */
	uint64_t taken; /* of them, those that made the trace smaller */
	uint64_t late;	/* those that were killed */
	uint64_t took_ns;
};

/* Is told of each candidate that was judged; may be NULL. */
struct reduce_watch {
	void *arg;
	void (*step)(void *arg, const char *pass, const struct whole *now,
		     const struct reduce_stats *stats);
};

/*
 * Replaces @t, of which the test holds, by the smallest that is found. 0, or -1 with @err: a child
 * could not be started or asked, or a signal came to end this process (reduce_signal() has it), and
 * @t is then as small as it was so far.
 */
int reduce(struct whole *t, const struct reduce_test *test, const struct reduce_watch *watch,
	   struct reduce_stats *stats, struct vt_error *err);

/* The test of one trace: 1 it holds, 0 it does not, -1 with @err. @status, if not NULL, is what a
 * child's was; *late: it was killed. */
int reduce_ask(const struct whole *t, const struct reduce_test *test, int *status, bool *late,
	       struct vt_error *err);

/* SIGINT, SIGTERM and SIGHUP are blocked from here to reduce_signals_end(), which lets the process
 * end by the one that came. Around whatever must be removed in between. */
void reduce_signals_begin(void);
void reduce_signals_end(void);

#endif
