/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The names of slices, instants and of what they say besides, each written once in a group and
 * called by its number from then on. Events of the trace have the names of trace_types[].
 */
#ifndef VTICK_REPLAY_EXPORT_NAMES_H
#define VTICK_REPLAY_EXPORT_NAMES_H

#include <stdint.h>

#include "traces/event.h"

enum export_name {
	NAME_NONE, /* 0 is no name to Perfetto */
	/* What a VP does. */
	NAME_RUNS,
	NAME_WAITS,
	NAME_HALTED,
	NAME_HELD,
	NAME_LOST,
	/* What happens. */
	NAME_DEADLINE,
	NAMES,
	NAME_OF_TYPE = 32,			     /* + enum trace_type */
	NAME_OF_VP = NAME_OF_TYPE + TRACE_TYPES_MAX, /* + its number */
};

/* What an event says besides. */
enum export_arg {
	ARG_NONE,
	ARG_LP,
	ARG_DUE,
	ARG_PERIOD,
	ARG_VALUE,
	ARG_MASKED,
	ARG_VECTOR,
	ARG_REASON,
	ARG_TO,
	ARG_COUNT,
	ARG_UNTIL,
	ARG_PASSED,
	ARGS
};

/* The text of each; NULL: there is none of that number. */
const char *export_name(uint32_t number);
const char *export_arg(uint32_t number);

#endif
