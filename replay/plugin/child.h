/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A child process of which nothing is expected: it ends with its parent, has what it is given and
 * no other descriptor, and is waited for only so long.
 */
#ifndef VTICK_REPLAY_PLUGIN_CHILD_H
#define VTICK_REPLAY_PLUGIN_CHILD_H

#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* fork(): in the child @death ends it when the parent does, signals are handled as by default, and
 * those of @mask are blocked. */
pid_t child_fork(int death, const sigset_t *mask);

/* In the child: nothing comes from standard input; what is printed goes to @output, or nowhere
 * (-1). */
void child_stdio(int output);
/* In the child: closes all descriptors from 3 on but the @n of @keep. */
void child_keep(const int *keep, size_t n);

enum child_end {
	CHILD_ENDED,
	CHILD_LATE,	   /* it took too long, */
	CHILD_INTERRUPTED, /* or a signal came to the parent, which still has it: ended for that */
	CHILD_LOST,	   /* it cannot be waited for: errno */
};

/*
 * Waits for @pid, for @limit_ns at most (0: for ever) and only until one of SIGINT, SIGTERM and
 * SIGHUP arrives that the caller blocks. Then @stop is sent to it, and it must end by that.
 */
enum child_end child_wait(pid_t pid, int stop, uint64_t limit_ns, int *status);

#endif
