/* SPDX-License-Identifier: GPL-2.0-only */
/* The engine and its plugins, asked for the same cell as the reference. */
#ifndef VTICK_REPLAY_TESTS_REFERENCE_ENGINE_H
#define VTICK_REPLAY_TESTS_REFERENCE_ENGINE_H

#include <stdio.h>

#include "replay/engine/engine.h"
#include "replay/tests/reference.h"

/*
 * The same cell by the engine: a CELL of RESULT.md after `status`. The policies are those in
 * $VTICK_POLICIES, else in the folder `policies` of the build that the test belongs to. With @split
 * the events are handed over in blocks of random sizes.
 */
json_t *engine_replay(const struct trace_meta *meta, const struct trace_event *ev, size_t n,
		      const struct reference_params *params, uint64_t split);

/* The same event by event, each followed by machine_check(), which ends the test if something is
 * wrong. */
json_t *engine_replay_checked(const struct trace_meta *meta, const struct trace_event *ev, size_t n,
			      const struct reference_params *params);

/* The same a moment at a time: fates and doings (replay/watch/doings.h) are written to @to. */
json_t *engine_replay_told(const struct trace_meta *meta, const struct trace_event *ev, size_t n,
			   const struct reference_params *params, FILE *to);

/*
 * The same cell, of which only what became of each tick is wanted (replay/watch/fates.h): written
 * to @to. Behind the @n events stand @ahead that are not replayed, but tell how SEEDs began.
 */
void engine_write_fates(const struct trace_meta *meta, const struct trace_event *ev, size_t n,
			size_t ahead, const struct reference_params *params, FILE *to);

/*
 * Fills in the values of @params->policy's parameters: with @random (the state of random_next()) 0
 * the defaults, else any choice and small numbers, of ns up to about @ns, of Hz (-hz) a few in
 * @rate_ns; 0 if that is more than a test has time for.
 */
void engine_params(struct reference_params *params, uint64_t *random, uint64_t ns,
		   uint64_t rate_ns);

/* A policy as the command line names it: NAME or NAME:key=value,... Aborts if there is none, or no
 * such key. */
void engine_spec(struct reference_params *params, const char *spec);

/* True if the engine's result has the numbers of the reference's, and no others. */
bool results_equal(const json_t *engine, const json_t *reference);

/* The same the other way round; writes the paths that differ to stderr. */
bool results_differ(const json_t *engine, const json_t *reference);

void params_print(const struct reference_params *params);

/* The tier that the policy @name says it is of: 1 or 2. */
unsigned engine_tier(const char *name);

/* The engine of a cell, without any event. @costs are filled in, and have to outlive it. */
struct engine *engine_of(const struct trace_meta *meta, const struct reference_params *params,
			 struct costs *costs);

#endif
