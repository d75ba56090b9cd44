/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The naive reference of a replay: a second program written from RULES.md, that the engine and its two
 * first policies are held against. It knows nothing of the engine or of the plugin interface. Everything is a
 * list or an array that is scanned from the front; every sample is kept and sorted at the end.
 */
#ifndef VTICK_REPLAY_TESTS_REFERENCE_H
#define VTICK_REPLAY_TESTS_REFERENCE_H

#include <jansson.h>
#include <stdbool.h>

#include "traces/trace.h"

enum reference_policy { REFERENCE_PASSTHROUGH, REFERENCE_VIRTUAL };

/* A cell's policy, its parameters and the hypervisor's options. All false: the defaults. */
struct reference_params {
	enum reference_policy policy;
	bool scope_current; /* passthrough: scope=current, else nearest */
	bool switch_none;   /* passthrough: switch=none, else rearm */
	bool block_remove;  /* virtual: block=remove, else keep */
	bool switch_keep;   /* virtual: switch=keep, else remove */
	uint64_t hv_tick_hz;
	uint64_t hv_slice_ns;
	uint64_t slop_ns;
};

/*
 * Replays the @n legal events @ev of the trace that @meta describes. Returns the keys of a CELL of RESULT.md
 * that come after `status`; the caller owns the object.
 */
json_t *reference_replay(const struct trace_meta *meta, const struct trace_event *ev, size_t n,
			 const struct reference_params *params);

#endif
