/* SPDX-License-Identifier: GPL-2.0-only */
/* The names of events and their fields, and the conversion between ticks and nanoseconds. */
#include "traces/trace.h"

static const char *const type_names[TRACE_TYPES] = {
	"sched_in", "sched_out", "wake", "arm",	     "disarm",	 "mask",       "counter",  "ack",
	"exit",	    "entry",	 "ipi",	 "obs_fire", "obs_pend", "obs_hv_irq", "obs_prog", "lost",
};

static const char *const reason_names[TRACE_REASONS] = { "preempt", "yield", "block", "offline",
							 "lost" };

static const char *const dev_names[TRACE_DEVS] = { "itm", "tsc-deadline", "lapic" };

const char *trace_type_name(unsigned type)
{
	return type < TRACE_TYPES ? type_names[type] : NULL;
}

const char *trace_reason_name(unsigned reason)
{
	return reason < TRACE_REASONS ? reason_names[reason] : NULL;
}

const char *trace_dev_name(unsigned dev)
{
	return dev < TRACE_DEVS ? dev_names[dev] : NULL;
}

bool trace_type_has_vp(unsigned type)
{
	return type < TRACE_OBS_HV_IRQ;
}

bool trace_type_has_lp(unsigned type)
{
	return type == TRACE_SCHED_IN || type == TRACE_WAKE ||
	       (type >= TRACE_OBS_HV_IRQ && type < TRACE_TYPES);
}

bool trace_type_has_value(unsigned type)
{
	return type == TRACE_ARM || type == TRACE_COUNTER || type == TRACE_OBS_PROG ||
	       type == TRACE_LOST;
}

uint64_t trace_ticks_to_ns(uint64_t ticks, uint64_t clock_hz)
{
	unsigned __int128 ns = (unsigned __int128)ticks * 1000000000u / clock_hz;

	return ns > INT64_MAX ? INT64_MAX : (uint64_t)ns;
}

uint64_t trace_ns_to_ticks(uint64_t ns, uint64_t clock_hz)
{
	unsigned __int128 ticks = (unsigned __int128)ns * clock_hz / 1000000000u;

	return ticks >= TRACE_TICK_LIMIT ? TRACE_TICK_LIMIT - 1 : (uint64_t)ticks;
}
