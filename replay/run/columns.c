/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/run/columns.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "traces/base/human.h"

static const struct column machine_columns[] = {
	{ "interrupts", "total", .metric = "timer_interrupts.total" },
	{ NULL, "/s/LP", .metric = "timer_interrupts.total", .rate = true },
	{ NULL, "guest", .metric = "timer_interrupts.guest" },
	{ NULL, "hyperv.", .metric = "timer_interrupts.hypervisor" },
	{ NULL, "both", .metric = "timer_interrupts.both" },
	{ NULL, "spurious", .metric = "timer_interrupts.spurious" },
	{ "least", "total", .metric = "bound.with_hv" },
	{ NULL, "times", .metric = "bound.multiple_milli" },
	{ "ac_timer list", "max", .metric = "ac_timer_list.len_max" },
	{ NULL, "mean", .metric = "ac_timer_list.len_mean_milli" },
	{ NULL, "guests", .metric = "ac_timer_list.guest_len_max" },
	{ "hw", "writes", .metric = "hardware_writes" },
	{ "hyperv.", "/tick", .metric = "hypervisor_ns.per_tick" },
};

static const struct column guest_columns[] = {
	{ "pend", "p50", .metric = "firing_skew_ns.pend.p50" },
	{ NULL, "p99", .metric = "firing_skew_ns.pend.p99" },
	{ NULL, "max", .metric = "firing_skew_ns.pend.max" },
	{ "policy", "p50", .metric = "firing_skew_ns.policy.p50" },
	{ NULL, "p99", .metric = "firing_skew_ns.policy.p99" },
	{ "ticks", "due", .metric = "ticks.due" },
	{ NULL, "missed", .metric = "ticks.missed" },
	{ NULL, "coal.", .metric = "ticks.coalesced" },
	{ "wake-ups", "lost", .metric = "wakeups.lost", .alarm = true },
	{ NULL, "late", .metric = "wakeups.late" },
	{ "causality", "breaks", .metric = "causality_breaks" },
};

const struct columns columns_machine = {
	machine_columns,
	sizeof(machine_columns) / sizeof(*machine_columns),
};
const struct columns columns_guest = {
	guest_columns,
	sizeof(guest_columns) / sizeof(*guest_columns),
};

const struct metric *column_metric(const struct column *col)
{
	size_t i = metric_find(col->metric);

	if (i == METRIC_NONE)
		abort();
	return &metric_table[i];
}

size_t columns_choose(const struct columns *all, unsigned whens, struct column chosen[COLUMNS_MAX])
{
	size_t cols = 0;

	for (size_t i = 0; i < all->n; i++) {
		if (whens >> column_metric(&all->column[i])->when & 1)
			chosen[cols++] = all->column[i];
	}
	return cols;
}

static uint64_t per_second(uint64_t n, uint64_t duration_ns, uint64_t lps)
{
	unsigned __int128 lp_ns = (unsigned __int128)duration_ns * lps;

	return lp_ns ? (uint64_t)((unsigned __int128)n * 1000000000 / lp_ns) : 0;
}

void column_text(char *text, size_t size, const struct column *col, int64_t n, uint64_t duration_ns,
		 uint64_t lps)
{
	const char *unit = column_metric(col)->unit;

	if (!strcmp(unit, "ns"))
		human_time(text, size, n);
	else if (strstr(unit, "/1000"))
		snprintf(text, size, "%" PRId64 ".%02" PRId64, n / 1000, n % 1000 / 10);
	else
		human_count(text, size,
			    col->rate ? per_second((uint64_t)n, duration_ns, lps) : (uint64_t)n);
}
