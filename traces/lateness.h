/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How late the guests of a recording had their ticks, for `info` and `dump`. What is made of the
 * events of the recorded hypervisor is known further down the way of data, which this room does not
 * look at: so whoever knows it says so here, before a command runs.
 */
#ifndef VTICK_TRACES_LATENESS_H
#define VTICK_TRACES_LATENESS_H

#include "traces/trace.h"

/* A tick that was delivered with an event; ns, and the parts add up to late. */
struct lateness {
	uint32_t vp;
	int64_t late, host, wait, inject;
};

struct lateness_ops {
	/* What `info` says of a trace that has OBS_FIREs: the object "lateness". NULL with @err. */
	json_t *(*summary)(const char *path, struct vt_error *err);
	/* For `dump`: reads @path through once. NULL with @err. */
	void *(*begin)(const char *path, struct vt_error *err);
	/* The next event, from the first on, which is legal. True: with it @l was delivered. */
	bool (*event)(void *state, const struct trace_event *ev, struct lateness *l);
	void (*end)(void *state);
};

/* NULL: nobody knows. */
extern const struct lateness_ops *lateness_ops;

#endif
