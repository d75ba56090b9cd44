/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The names of slices, instants and of what they say besides, each written once in a group and
 * called by its number from then on. Events of the trace have the names of trace_types[], fates of
 * ticks those of tick_fate_name().
 */
#ifndef VTICK_REPLAY_EXPORT_NAMES_H
#define VTICK_REPLAY_EXPORT_NAMES_H

#include <stdint.h>

#include "replay/watch/tick.h"
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
	NAME_IRQ,
	NAME_PEND,
	NAME_INJECT,
	/* A tick that was delivered. */
	NAME_EARLY,
	NAME_ON_TIME,
	NAME_LATE, /* + enum tick_part, which was the largest */
	NAMES = NAME_LATE + TICK_PARTS,
	NAME_OF_FATE = 24,			     /* + enum tick_fate */
	NAME_OF_TYPE = NAME_OF_FATE + TICK_FATES,    /* + enum trace_type */
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
	ARG_HOST,
	ARG_WAIT,
	ARG_INJECT,
	ARGS
};

/* The text of each; NULL: there is none of that number. */
const char *export_name(uint32_t number);
const char *export_arg(uint32_t number);

#endif
