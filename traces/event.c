/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of event types, and the conversion between ticks and nanoseconds. */
#include "traces/event.h"

#include <stddef.h>
#include <string.h>

#include "traces/trace.h"

static const char *const reasons[TRACE_REASONS] = {
	[TRACE_PREEMPT] = "preempt", [TRACE_YIELD] = "yield",  [TRACE_BLOCK] = "block",
	[TRACE_OFFLINE] = "offline", [TRACE_LOST_VP] = "lost", [TRACE_WAIT] = "wait",
};

static const char *const devs[TRACE_DEVS] = {
	[TRACE_ITM] = "itm",
	[TRACE_TSC_DEADLINE] = "tsc-deadline",
	[TRACE_LAPIC] = "lapic",
};

static const char *const masks[] = { "unmasked", "masked" };

/* clang-format off */
const struct trace_type_info trace_types[TRACE_TYPES] = {
	[TRACE_SCHED_IN] = {
		.name = "sched_in", .help = "a VP starts to run on an LP",
		.vp = "", .lp = "",
		.extra = { TRACE_SPAN, "slice",
			   "the slice that the scheduler gave it, 0: none or not recorded" },
	},
	[TRACE_SCHED_OUT] = {
		.name = "sched_out", .help = "a VP stops running",
		.vp = "", .sub = { "reason", reasons, TRACE_REASONS, false },
		.runs = true,
	},
	[TRACE_WAKE] = {
		.name = "wake", .help = "a blocked or waiting VP becomes runnable",
		.vp = "", .lp = "of the waker",
	},
	[TRACE_ARM] = {
		.name = "arm", .help = "a guest programs its timer",
		.vp = "", .sub = { "dev", devs, TRACE_DEVS, false },
		.value = { TRACE_DEADLINE, "deadline", "guest counter" },
		.extra = { TRACE_SPAN, "period", "0: one-shot" },
		.runs = true,
	},
	[TRACE_DISARM] = {
		.name = "disarm", .help = "a guest stops its timer",
		.vp = "", .runs = true,
	},
	[TRACE_MASK] = {
		.name = "mask", .help = "a guest masks or unmasks its timer",
		.vp = "", .sub = { "masked", masks, 2, true },
		.extra = { TRACE_NUMBER, "vector", NULL },
		.runs = true,
	},
	[TRACE_COUNTER] = {
		.name = "counter", .help = "a guest sets its counter",
		.vp = "", .value = { TRACE_COUNT_OF, "value", "the guest counter from now on" },
	},
	[TRACE_ACK] = {
		.name = "ack", .help = "a guest takes its interrupt",
		.vp = "", .runs = true,
	},
	[TRACE_EXIT] = {
		.name = "exit", .help = "a VP leaves guest mode",
		.vp = "", .extra = { TRACE_NUMBER, "reason", NULL },
	},
	[TRACE_ENTRY] = {
		.name = "entry", .help = "a VP enters guest mode",
		.vp = "", .extra = { TRACE_NUMBER, "reason", NULL },
		.runs = true,
	},
	[TRACE_IPI] = {
		.name = "ipi", .help = "a VP sends another an interrupt",
		.vp = "of the sender", .extra = { TRACE_VP_NUMBER, "to", "target VP" },
	},
	[TRACE_OBS_FIRE] = {
		.name = "obs_fire", .help = "observed: the hypervisor's timer for a VP expired",
		.vp = "",
	},
	[TRACE_OBS_PEND] = {
		.name = "obs_pend", .help = "observed: a VP's interrupt was pended",
		.vp = "",
	},
	[TRACE_OBS_HV_IRQ] = {
		.name = "obs_hv_irq", .help = "observed: an LP took a timer interrupt",
		.lp = "",
	},
	[TRACE_OBS_PROG] = {
		.name = "obs_prog", .help = "observed: an LP's timer was programmed",
		.lp = "", .value = { TRACE_TIME, "deadline", "machine time" },
	},
	[TRACE_LOST] = {
		.name = "lost", .help = "the recorder lost records here",
		.lp = "", .value = { TRACE_TIME, "until", "machine time" },
		.extra = { TRACE_NUMBER, "count", "number of records lost" },
	},
	[TRACE_SEED] = {
		.name = "seed", .help = "a timer that was armed before the recording began",
		.vp = "", .lp = "where it last ran", .sub = { "dev", devs, TRACE_DEVS, false },
		.value = { TRACE_DEADLINE, "deadline", "guest counter" },
		.extra = { TRACE_SPAN, "period", "0: one-shot" },
		.since = "0.1.0",
	},
	[TRACE_AWAY] = {
		.name = "away", .help = "the machine under an LP is elsewhere",
		.lp = "", .value = { TRACE_TIME, "until", "machine time" },
		.since = "0.1.0",
	},
};
/* clang-format on */

_Static_assert(TRACE_TYPES <= TRACE_TYPES_MAX, "a type is a byte in the file");

const char *trace_type_name(unsigned type)
{
	return type < TRACE_TYPES ? trace_types[type].name : NULL;
}

const char *trace_reason_name(unsigned reason)
{
	return reason < TRACE_REASONS ? reasons[reason] : NULL;
}

const char *trace_dev_name(unsigned dev)
{
	return dev < TRACE_DEVS ? devs[dev] : NULL;
}

unsigned trace_type_named(const char *name)
{
	unsigned t = 0;

	while (t < TRACE_TYPES && strcmp(trace_types[t].name, name))
		t++;
	return t;
}

const char *trace_event_fault(const struct trace_event *ev, uint32_t lps, uint32_t vps)
{
	if (ev->type >= TRACE_TYPES)
		return "its type is unknown";

	const struct trace_type_info *t = &trace_types[ev->type];

	if (ev->time >= TRACE_TICK_LIMIT || ev->value >= TRACE_TICK_LIMIT ||
	    ev->extra >= TRACE_TICK_LIMIT)
		return "a field is 2^60 or more";
	if (ev->sub >= trace_type_subs(ev->type))
		return "its sub is not one of its type";
	if (t->vp ? ev->vp >= vps : ev->vp != 0)
		return "the header does not name its VP";
	if (t->lp ? ev->lp >= lps : ev->lp != 0)
		return "the header does not have its LP";
	if (!t->value.unit && ev->value)
		return "it has a value that its type does not have";
	if (!t->extra.unit && ev->extra)
		return "it has an extra that its type does not have";
	if (t->extra.unit == TRACE_VP_NUMBER && ev->extra >= vps)
		return "the header does not name the VP that it is for";
	return NULL;
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
