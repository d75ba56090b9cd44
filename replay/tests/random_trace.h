/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Small random traces that are legal, have every event type, and are full of ties. Some are wide:
 * of any clock, with times, counters, periods and counts up to the format's limits.
 */
#ifndef VTICK_REPLAY_TESTS_RANDOM_TRACE_H
#define VTICK_REPLAY_TESTS_RANDOM_TRACE_H

#include "replay/tests/reference.h"

struct random_trace {
	struct trace_meta meta;
	struct trace_event *ev;
	size_t n;
	uint64_t gap; /* the scale of its times, in ticks */
	bool wide;
	bool late;	 /* it begins so late that nothing may come at a rate */
	uint64_t random; /* state of the generator */
};

/* The next number of the generator whose state is *@state; the same on every machine. */
uint64_t random_next(uint64_t *state);

void random_trace_make(struct random_trace *t, uint64_t seed);
void random_trace_free(struct random_trace *t);

/* The scale of its times in ns; for what comes at a rate @rate: a number beyond all if nothing may.
 */
uint64_t random_scale_ns(const struct random_trace *t, bool rate);

/* Options of the hypervisor that are comparable with the trace's times, or 0. */
void random_options(struct random_trace *t, struct reference_params *params);

bool random_trace_legal(const struct trace_meta *meta, const struct trace_event *ev, size_t n);

/* One line an event, on stderr. */
void random_trace_print(const struct trace_meta *meta, const struct trace_event *ev, size_t n);

#endif
