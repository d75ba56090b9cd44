/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/export/names.h"

#include <stddef.h>

static const char *const names[NAMES] = {
	[NAME_RUNS] = "runs",
	[NAME_WAITS] = "waits",
	[NAME_HALTED] = "halted",
	[NAME_HELD] = "held",
	[NAME_LOST] = "lost",
	[NAME_DEADLINE] = "deadline",
	[NAME_IRQ] = "irq",
	[NAME_PEND] = "pend",
	[NAME_INJECT] = "inject",
	[NAME_EARLY] = "early",
	[NAME_ON_TIME] = "on time",
	[NAME_LATE + (unsigned) TICK_HOST] = "late: host timer",
	[NAME_LATE + (unsigned) TICK_WAIT] = "late: waits for an LP",
	[NAME_LATE + (unsigned) TICK_INJECT] = "late: injection",
};

static const char *const args[ARGS] = {
	[ARG_LP] = "lp",	  [ARG_DUE] = "due_ns",		[ARG_PERIOD] = "period_ns",
	[ARG_VALUE] = "value",	  [ARG_MASKED] = "masked",	[ARG_VECTOR] = "vector",
	[ARG_REASON] = "reason",  [ARG_TO] = "to_vp",		[ARG_COUNT] = "count",
	[ARG_UNTIL] = "until_ns", [ARG_PASSED] = "passed_over", [ARG_HOST] = "host_ns",
	[ARG_WAIT] = "wait_ns",	  [ARG_INJECT] = "inject_ns",
};

_Static_assert((unsigned)NAMES <= (unsigned)NAME_OF_FATE, "numbers of names do not meet");

const char *export_name(uint32_t number)
{
	if (number < NAMES)
		return names[number];
	if (number < NAME_OF_FATE)
		return NULL;
	if (number < NAME_OF_TYPE)
		return tick_fate_name(number - NAME_OF_FATE);
	return trace_type_name(number - NAME_OF_TYPE);
}

const char *export_arg(uint32_t number)
{
	return number < ARGS ? args[number] : NULL;
}
