/* SPDX-License-Identifier: GPL-2.0-only */
#include "compare/metrics.h"

#include <stdlib.h>
#include <string.h>

#define SKEW(what, text)                                                                           \
	{ "firing_skew_ns." what ".count",                                                         \
	  NUMBER,                                                                                  \
	  NEUTRAL,                                                                                 \
	  "samples",                                                                               \
	  false,                                                                                   \
	  false,                                                                                   \
	  "samples of " text },                                                                    \
	    { "firing_skew_ns." what ".histogram",                                                 \
	      DISTRIBUTION,                                                                        \
	      ZERO,                                                                                \
	      "ns",                                                                                \
	      false,                                                                               \
	      false,                                                                               \
	      "distribution of " text },                                                           \
	    { "firing_skew_ns." what ".max", NUMBER, ZERO, "ns", true, false, "largest " text },   \
	    { "firing_skew_ns." what ".min", NUMBER, ZERO, "ns", true, false, "smallest " text },  \
	    { "firing_skew_ns." what ".p50", NUMBER, ZERO, "ns", true, false, "median of " text }, \
	    { "firing_skew_ns." what ".p90", NUMBER, ZERO, "ns", true, false,                      \
	      "90 % of " text " are at most" },                                                    \
	    { "firing_skew_ns." what ".p99", NUMBER, ZERO, "ns", true, false,                      \
	      "99 % of " text " are at most" },                                                    \
	    { "firing_skew_ns." what ".p999",  NUMBER, ZERO, "ns", true, false,                    \
	      "99.9 % of " text " are at most" },                                                  \
	{                                                                                          \
		"firing_skew_ns." what ".sum", NUMBER, ZERO, "ns", false, false, "sum of " text    \
	}

#define FIDELITY(kind, text)                                                                       \
	{ "fidelity." kind ".by_chance_ppm", NUMBER, NEUTRAL, "ppm", true, false,                  \
	  "recall by chance: " text },                                                             \
	    { "fidelity." kind ".count_error_ppm", NUMBER, ZERO, "ppm", true, false,               \
	      "more than recorded: " text },                                                       \
	    { "fidelity." kind ".dt_ns.abs_p50",       NUMBER, LOWER, "ns", true, false,           \
	      "median distance to the recorded: " text },                                          \
	    { "fidelity." kind ".dt_ns.abs_p99", NUMBER, LOWER, "ns", true, false,                 \
	      "99 % are no further off: " text },                                                  \
	    { "fidelity." kind ".matched",    NUMBER, NEUTRAL, "events", true, false,              \
	      "predicted and recorded: " text },                                                   \
	    { "fidelity." kind ".observed",                                                        \
	      NUMBER,                                                                              \
	      NEUTRAL,                                                                             \
	      "events",                                                                            \
	      true,                                                                                \
	      false,                                                                               \
	      "recorded: " text },                                                                 \
	    { "fidelity." kind ".precision_ppm",      NUMBER, HIGHER, "ppm", true, false,          \
	      "of the predicted were recorded: " text },                                           \
	    { "fidelity." kind ".predicted",                                                       \
	      NUMBER,                                                                              \
	      NEUTRAL,                                                                             \
	      "events",                                                                            \
	      true,                                                                                \
	      false,                                                                               \
	      "predicted: " text },                                                                \
	{                                                                                          \
		"fidelity." kind ".recall_ppm", NUMBER, HIGHER, "ppm", true, false,                \
		    "of the recorded were predicted: " text                                        \
	}

/* Sorted by name. */
const struct metric metric_table[] = {
	{ "ac_timer_list.adds", NUMBER, LOWER, "operations", false, false,
	  "timers put into the list" },
	{ "ac_timer_list.by_time_ns", DISTRIBUTION, NEUTRAL, "timers", false, false,
	  "list length by the time that LPs spent at it" },
	{ "ac_timer_list.fires", NUMBER, NEUTRAL, "operations", false, false,
	  "timers that expired" },
	{ "ac_timer_list.guest_len_max", NUMBER, LOWER, "timers", false, false,
	  "most guest timers in a list" },
	{ "ac_timer_list.guest_len_mean_milli", NUMBER, LOWER, "timers/1000", false, false,
	  "guest timers in a list, mean over time" },
	{ "ac_timer_list.len_max", NUMBER, LOWER, "timers", false, false, "most timers in a list" },
	{ "ac_timer_list.len_mean_milli", NUMBER, LOWER, "timers/1000", false, false,
	  "timers in a list, mean over time" },
	{ "ac_timer_list.moves", NUMBER, LOWER, "operations", false, false,
	  "timers that went to another LP" },
	{ "ac_timer_list.per_lp[].guest_len_max", DETAIL, NEUTRAL, "timers", false, false,
	  "by LP" },
	{ "ac_timer_list.per_lp[].guest_len_mean_milli", DETAIL, NEUTRAL, "timers/1000", false,
	  false, "by LP" },
	{ "ac_timer_list.per_lp[].len_max", DETAIL, NEUTRAL, "timers", false, false, "by LP" },
	{ "ac_timer_list.per_lp[].len_mean_milli", DETAIL, NEUTRAL, "timers/1000", false, false,
	  "by LP" },
	{ "ac_timer_list.removes", NUMBER, LOWER, "operations", false, false,
	  "timers taken off the list" },
	{ "arms.cancelled", NUMBER, NEUTRAL, "arms", false, false,
	  "timers that the guest stopped" },
	{ "arms.reached", NUMBER, NEUTRAL, "arms", false, false, "timers whose deadline came" },
	{ "arms.replaced", NUMBER, NEUTRAL, "arms", false, false,
	  "timers that the guest wrote anew" },
	{ "arms.total", NUMBER, NEUTRAL, "arms", false, false, "timer writes of the guests" },
	{ "causality_breaks", NUMBER, NEUTRAL, "deadlines", false, false,
	  "fates that contradict what the recorded guest did" },
	{ "digest", TEXT, NEUTRAL, "", false, false, "hash over all deliveries" },
	{ "exits.arm", NUMBER, LOWER, "exits", false, false, "guest exits to write a timer" },
	{ "exits.fire", NUMBER, LOWER, "exits", false, false,
	  "guest exits by a machine timer interrupt" },
	{ "exits.guest_timer", NUMBER, LOWER, "exits", false, false,
	  "guest exits by a guest-mode timer" },
	FIDELITY("expiries", "timer expiries"),
	FIDELITY("injections", "timer interrupts injected"),
	FIDELITY("machine_interrupts", "machine timer interrupts"),
	{ "fidelity.window_ns", NUMBER, NEUTRAL, "ns", true, false,
	  "how far apart two events may be to be the same one" },
	SKEW("delivery", "delivered - deadline"),
	SKEW("pend", "pended - deadline"),
	SKEW("policy", "delivered - earliest opportunity"),
	{ "guest_clock_error_ns", NUMBER, LOWER, "ns", false, true,
	  "how far a running guest's clock went wrong" },
	{ "hardware_writes", NUMBER, LOWER, "writes", false, false,
	  "writes of the machine's match registers" },
	{ "hv_clock_error_ns", NUMBER, LOWER, "ns", false, true,
	  "how far the hypervisor's clock went wrong" },
	{ "hypervisor_ns.per_lp[].total", DETAIL, NEUTRAL, "ns", true, false, "by LP" },
	{ "hypervisor_ns.per_tick", NUMBER, LOWER, "ns", true, false,
	  "the hypervisor's own work per delivered tick" },
	{ "hypervisor_ns.total", NUMBER, LOWER, "ns", true, false,
	  "the hypervisor's own work, with --costs" },
	{ "idle.histogram", DISTRIBUTION, NEUTRAL, "ns", false, false,
	  "distribution of the LPs' idle stretches" },
	{ "idle.longest_ns", NUMBER, HIGHER, "ns", false, false, "longest idle stretch" },
	{ "idle.wakeups", NUMBER, LOWER, "interrupts", false, false,
	  "timer interrupts of idle LPs" },
	{ "lost_events", NUMBER, NEUTRAL, "events", false, false, "events that the recorder lost" },
	{ "observed.fires", NUMBER, NEUTRAL, "timers", true, false,
	  "the recorded hypervisor's own" },
	{ "observed.hv_irqs", NUMBER, NEUTRAL, "interrupts", true, false,
	  "the recorded hypervisor's own" },
	{ "observed.pends", NUMBER, NEUTRAL, "ticks", true, false,
	  "the recorded hypervisor's own" },
	{ "per_domain[].pend_ns.max", DETAIL, NEUTRAL, "ns", true, false, "by domain" },
	{ "per_domain[].pend_ns.sum", DETAIL, NEUTRAL, "ns", false, false, "by domain" },
	{ "per_domain[].ticks.coalesced", DETAIL, NEUTRAL, "ticks", false, false, "by domain" },
	{ "per_domain[].ticks.delivered", DETAIL, NEUTRAL, "ticks", false, false, "by domain" },
	{ "per_domain[].ticks.due", DETAIL, NEUTRAL, "ticks", false, false, "by domain" },
	{ "per_domain[].ticks.early", DETAIL, NEUTRAL, "ticks", false, false, "by domain" },
	{ "per_domain[].ticks.missed", DETAIL, NEUTRAL, "ticks", false, false, "by domain" },
	{ "per_domain[].ticks.pending_at_end", DETAIL, NEUTRAL, "ticks", false, false,
	  "by domain" },
	{ "per_domain[].vps", DETAIL, NEUTRAL, "VPs", false, false, "by domain" },
	{ "per_domain[].wakeups.due", DETAIL, NEUTRAL, "wake-ups", false, false, "by domain" },
	{ "per_domain[].wakeups.late", DETAIL, NEUTRAL, "wake-ups", false, false, "by domain" },
	{ "per_domain[].wakeups.lost", DETAIL, NEUTRAL, "wake-ups", false, false, "by domain" },
	{ "per_domain[].wakeups.on_time", DETAIL, NEUTRAL, "wake-ups", false, false, "by domain" },
	{ "per_domain[].wakeups.open", DETAIL, NEUTRAL, "wake-ups", false, false, "by domain" },
	{ "ticks.coalesced", NUMBER, LOWER, "ticks", false, true, "ticks merged into another" },
	{ "ticks.delivered", NUMBER, HIGHER, "ticks", false, true, "ticks that guests got" },
	{ "ticks.due", NUMBER, NEUTRAL, "ticks", false, false, "deadlines reached" },
	{ "ticks.early", NUMBER, LOWER, "ticks", false, true,
	  "ticks pended before their deadline" },
	{ "ticks.missed", NUMBER, LOWER, "ticks", false, true, "ticks never pended" },
	{ "ticks.pending_at_end", NUMBER, NEUTRAL, "ticks", false, false,
	  "ticks that the end of the trace cut off" },
	{ "timer_interrupts.both", NUMBER, NEUTRAL, "interrupts", false, false,
	  "guest's and hypervisor's at once" },
	{ "timer_interrupts.expiries_max", NUMBER, LOWER, "timers", false, false,
	  "most timers that ran in one interrupt" },
	{ "timer_interrupts.guest", NUMBER, NEUTRAL, "interrupts", false, false,
	  "those that pended a tick" },
	{ "timer_interrupts.hypervisor", NUMBER, NEUTRAL, "interrupts", false, false,
	  "those of the hypervisor's own" },
	{ "timer_interrupts.lp_busy", NUMBER, LOWER, "interrupts", false, false,
	  "those that hit a running VP" },
	{ "timer_interrupts.lp_idle", NUMBER, LOWER, "interrupts", false, false,
	  "those that woke an idle LP" },
	{ "timer_interrupts.per_lp[].both", DETAIL, NEUTRAL, "interrupts", false, false, "by LP" },
	{ "timer_interrupts.per_lp[].guest", DETAIL, NEUTRAL, "interrupts", false, false, "by LP" },
	{ "timer_interrupts.per_lp[].hypervisor", DETAIL, NEUTRAL, "interrupts", false, false,
	  "by LP" },
	{ "timer_interrupts.per_lp[].lp_busy", DETAIL, NEUTRAL, "interrupts", false, false,
	  "by LP" },
	{ "timer_interrupts.per_lp[].lp_idle", DETAIL, NEUTRAL, "interrupts", false, false,
	  "by LP" },
	{ "timer_interrupts.per_lp[].spurious", DETAIL, NEUTRAL, "interrupts", false, false,
	  "by LP" },
	{ "timer_interrupts.per_lp[].total", DETAIL, NEUTRAL, "interrupts", false, false, "by LP" },
	{ "timer_interrupts.spurious", NUMBER, LOWER, "interrupts", false, false,
	  "those for nothing" },
	{ "timer_interrupts.total", NUMBER, LOWER, "interrupts", false, false,
	  "machine timer interrupts" },
	{ "wakeups.due", NUMBER, NEUTRAL, "wake-ups", false, false,
	  "halted guests whose deadline came" },
	{ "wakeups.late", NUMBER, LOWER, "wake-ups", false, true, "woken later than the slop" },
	{ "wakeups.lost", NUMBER, LOWER, "wake-ups", false, true, "not woken by the policy" },
	{ "wakeups.on_time", NUMBER, HIGHER, "wake-ups", false, true, "woken in time" },
	{ "wakeups.open", NUMBER, NEUTRAL, "wake-ups", false, false,
	  "cut off by the end of the trace" },
	{ "memory_bytes", SAMPLES, LOWER, "B", true, false,
	  "most memory of a run (hyperfine 1.19 or later)" },
	{ "wall_ns", SAMPLES, LOWER, "ns", true, false, "wall time of a run (hyperfine's times)" },
};

const size_t metric_count = sizeof(metric_table) / sizeof(*metric_table);

static int by_name(const void *key, const void *element)
{
	return strcmp(key, ((const struct metric *)element)->name);
}

size_t metric_find(const char *name)
{
	/* The last two, of other files than the rest, stand behind the sorted part. */
	const struct metric *m = bsearch(name, metric_table, metric_count - 2, sizeof(*m), by_name);

	if (m)
		return (size_t)(m - metric_table);
	for (size_t i = metric_count - 2; i < metric_count; i++) {
		if (!strcmp(name, metric_table[i].name))
			return i;
	}
	return METRIC_NONE;
}

const char *direction_name(enum direction d)
{
	static const char *const names[] = { "lower", "higher", "zero", "neutral" };

	return names[d];
}

const char *kind_name(enum metric_kind kind)
{
	static const char *const names[] = { "number", "distribution", "digest", "detail",
					     "samples" };

	return names[kind];
}

const char *metric_class(const struct metric *m)
{
	return m->kind == SAMPLES ? "noisy" : "exact";
}

void metrics_print(FILE *to)
{
	fprintf(to, "%-44s  %-12s  %-5s  %-7s  %s\n", "METRIC", "KIND", "CLASS", "BETTER",
		"WHAT (UNIT)");
	for (size_t i = 0; i < metric_count; i++) {
		const struct metric *m = &metric_table[i];

		fprintf(to, "%-44s  %-12s  %-5s  %-7s  %s%s%s%s\n", m->name, kind_name(m->kind),
			metric_class(m), direction_name(m->better), m->help, *m->unit ? " (" : "",
			m->unit, *m->unit ? ")" : "");
	}
}
