/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A sweep: one policy of the command line that stands for several. A value in braces is each of
 * those in it, and two of them each with each: "virtual:slop={0,1ms},block={keep,remove}" is four,
 * in the order in which one would count, the last digit fastest.
 */
#ifndef VTICK_REPLAY_PLUGIN_SWEEP_H
#define VTICK_REPLAY_PLUGIN_SWEEP_H

#include <stddef.h>

#include "traces/base/error.h"

/* Of one policy; more is a slip of the pen. */
#define SWEEP_MAX 4096u

struct sweep {
	char **spec; /* as spec_parse() takes them */
	size_t n;
};

/* @text without braces is itself. 0, or -1 with @err; sweep_free() in any case. */
int sweep_expand(struct sweep *s, const char *text, struct vt_error *err);
void sweep_free(struct sweep *s);

#endif
