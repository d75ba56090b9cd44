/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The naive reference of a replay: a second program written from RULES.md, that the engine and its
 * policies are held against. It knows nothing of the engine or of the plugin interface. Everything
 * is a list or an array that is scanned from the front; every sample is kept and sorted at the end.
 */
#ifndef VTICK_REPLAY_TESTS_REFERENCE_H
#define VTICK_REPLAY_TESTS_REFERENCE_H

#include <jansson.h>
#include <stdbool.h>

#include "traces/trace.h"

#define REFERENCE_PARAMS 7

/* RULES.md section 17, in the order of its table. */
enum reference_cost {
	REFERENCE_LATENCY,
	REFERENCE_BASE,
	REFERENCE_PER_EXPIRY,
	REFERENCE_EXIT_ARM,
	REFERENCE_EXIT_GUEST_TIMER,
	REFERENCE_HARDWARE_WRITE,
	REFERENCE_INJECT,
	REFERENCE_IPI,
	REFERENCE_AWAY,
	REFERENCE_AWAY_EVERY,
	REFERENCE_OWN_EVERY,
	REFERENCE_COSTS,
};

/* A cell: a policy, the values of its parameters in the order of its table (a choice by its index),
 * the options. */
struct reference_params {
	const char *policy;
	uint64_t value[REFERENCE_PARAMS];
	uint64_t hv_tick_hz;
	uint64_t hv_tick_phase_ns;
	uint64_t hv_tick_idle; /* 0: run, 1: stop, 2: stop-at-once */
	uint64_t hv_slice_ns;
	bool recorded_slices;
	uint64_t slop_ns;
	const uint64_t *cost_ns; /* NULL: nothing costs; else in the order of enum reference_cost */
	/* Where the latency is a list, so many: then that of cost_ns means nothing. */
	const uint64_t *latency_ns;
	uint32_t latencies;
	bool away_recorded;
};

/*
 * Replays the @n legal events @ev of the trace that @meta describes. Returns an object of the
 * numbers of RESULT.md by their paths: "timer_interrupts.per_lp.1.guest", a bucket of a histogram
 * by its upper bound, "idle.histogram.255"; the caller owns it.
 */
json_t *reference_replay(const struct trace_meta *meta, const struct trace_event *ev, size_t n,
			 const struct reference_params *params);

/* The most policies that the reference may know, and the room for a name of one. */
#define REFERENCE_POLICIES 32
#define REFERENCE_NAME 64

/* The name of policy number @i that the reference knows; NULL behind the last. */
const char *reference_policy(size_t i);
/* Is it one that only the tests have? */
bool reference_policy_of_tests(size_t i);

#endif
