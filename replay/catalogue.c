/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/catalogue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "replay/engine/counts.h"
#include "traces/base/text_table.h"

/* Where it is counted; IN_CELL need not be said. */
#define CELL(field) .at = offsetof(struct counts, field)
#define LP(field) .in = IN_LP, .kind = DETAIL, .at = offsetof(struct lp_counts, field)
#define VP(field) .in = IN_DOMAIN, .kind = DETAIL, .at = offsetof(struct vp_counts, field)

/* Machine timer interrupts, in all and by LP. */
#define IRQS(key, field, way, text)                                                                \
	{ .name = "timer_interrupts." key,                                                         \
	  .better = way,                                                                           \
	  .unit = "interrupts",                                                                    \
	  .cause = "timer_interrupts",                                                             \
	  .help = text,                                                                            \
	  CELL(lps.field) },                                                                       \
	{                                                                                          \
		.name = "timer_interrupts.per_lp[]." key, .better = NEUTRAL, .unit = "interrupts", \
		.cause = "timer_interrupts", .help = text ", by LP", LP(field)                     \
	}

/* Of the ac_timer lists, in all and by LP. */
#define LENGTH(key, field, how, of, text)                                                          \
	{ .name = "ac_timer_list." key,                                                            \
	  .over = (how) == SUM_MAX ? OVER_MAX : OVER_NOT,                                          \
	  .better = LOWER,                                                                         \
	  .unit = of,                                                                              \
	  .cause = "ac_timer_list.len",                                                            \
	  .help = text,                                                                            \
	  CELL(lps.field) },                                                                       \
	{                                                                                          \
		.name = "ac_timer_list.per_lp[]." key, .better = NEUTRAL, .unit = of,              \
		.cause = "ac_timer_list.len", .help = text ", by LP", LP(field), .sum = how        \
	}

/* What becomes of ticks and of wake-ups, in all and by domain. */
#define FATE(group, key, field, way, is_loss, of, text)                                            \
	FATE_SINCE(group, key, field, 0, way, is_loss, of, text)

#define FATE_SINCE(group, key, field, minor, way, is_loss, of, text)                               \
	{ .name = group "." key,                                                                   \
	  .since = minor,                                                                          \
	  .better = way,                                                                           \
	  .unit = of,                                                                              \
	  .loss = is_loss,                                                                         \
	  .cause = group,                                                                          \
	  .help = text,                                                                            \
	  CELL(vps.field) },                                                                       \
	{                                                                                          \
		.name = "per_domain[]." group "." key, .since = minor, .better = NEUTRAL,          \
		.unit = of, .cause = group, .help = text ", by domain", VP(field)                  \
	}

#define LOSS true
#define NO_LOSS false

/* A member of a distribution of skew. */
#define SKEW_OF(what, key, field, text)                                                            \
	.name = "firing_skew_ns." what "." key, .cause = "firing_skew_ns." what, .help = text,     \
	CELL(field)

#define PERCENTILE(what, key, field, rank, text)                                                   \
	{                                                                                          \
		SKEW_OF(what, key, field, text), .better = ZERO, .unit = "ns", .negative = true,   \
						 .nullable = true, .form = FORM_PERCENTILE,        \
						 .over = OVER_NOT, .per_mille = rank               \
	}

#define SKEW(what, field, text)                                                                    \
	{ SKEW_OF(what, "count", field, "samples of " text), .better = NEUTRAL, .unit = "samples", \
	  .form = FORM_SAMPLES },                                                                  \
	    { SKEW_OF(what, "histogram", field, "distribution of " text),                          \
	      .kind = DISTRIBUTION,                                                                \
	      .better = ZERO,                                                                      \
	      .unit = "ns",                                                                        \
	      .negative = true,                                                                    \
	      .form = FORM_BUCKETS },                                                              \
	    { SKEW_OF(what, "max", field, "largest " text),                                        \
	      .negative = true,                                                                    \
	      .better = ZERO,                                                                      \
	      .unit = "ns",                                                                        \
	      .nullable = true,                                                                    \
	      .over = OVER_MAX,                                                                    \
	      .form = FORM_MAX },                                                                  \
	    { SKEW_OF(what, "min", field, "smallest " text),                                       \
	      .negative = true,                                                                    \
	      .better = ZERO,                                                                      \
	      .unit = "ns",                                                                        \
	      .nullable = true,                                                                    \
	      .over = OVER_MIN,                                                                    \
	      .form = FORM_MIN },                                                                  \
	    PERCENTILE(what, "p50", field, 500, "median of " text),                                \
	    PERCENTILE(what, "p90", field, 900, "90 % of " text " are at most"),                   \
	    PERCENTILE(what, "p99", field, 990, "99 % of " text " are at most"),                   \
	    PERCENTILE(what, "p999", field, 999, "99.9 % of " text " are at most"),                \
	{                                                                                          \
		SKEW_OF(what, "sum", field, "sum of " text), .negative = true, .better = ZERO,     \
							     .unit = "ns", .form = FORM_SUM        \
	}

/* Numbers of the witness (watch/fidelity_json.c). Parts of them are in the result, too, but are not
 * compared. */
#define WITNESS(key, way, of, text)                                                                \
	.name = "fidelity." key, .better = way, .unit = of, .when = WHEN_AGAINST_RECORDING,        \
	.in = IN_OTHERS, .help = text

#define FIDELITY_OF(kind, key, way, of, text) FIDELITY_OVER(kind, key, OVER_ADD, way, of, text)

#define FIDELITY_OVER(kind, key, how, way, of, text)                                               \
	{                                                                                          \
		WITNESS(kind "." key, way, of, text),                                              \
		    .over = how, .nullable = true, .negative = (way) == ZERO,                      \
		    .cause = "fidelity." kind, .object = "fidelity." kind                          \
	}

/* Numbers of the closed loop (loop/cell.c). */
#define LOOP(key, way, of, text) LOOP_SINCE(key, 3, way, of, text)

#define LOOP_SINCE(key, minor, way, of, text)                                                      \
	{                                                                                          \
		.name = "loop." key, .since = minor, .when = WHEN_CLOSED_LOOP, .in = IN_OTHERS,    \
		.better = way, .unit = of, .cause = "loop", .help = text                           \
	}

/* Numbers of the bound (bound/cell.c). */
#define BOUND(key, way, of, text)                                                                  \
	.name = "bound." key, .since = 4, .when = WHEN_BOUND, .in = IN_OTHERS, .better = way,      \
	.unit = of, .cause = "bound", .help = text

#define LOOP_VP(key, way, of, text)                                                                \
	{                                                                                          \
		.name = "loop.per_vp[]." key, .since = 3, .when = WHEN_CLOSED_LOOP, .in = IN_VP,   \
		.kind = DETAIL, .better = way, .unit = of, .cause = "loop", .help = text ", by VP" \
	}

/* Of a slice of a recording, as `vtick late --json` has it. */
#define LATE(key, text)                                                                            \
	{                                                                                          \
		.name = key, .kind = SAMPLES, .in = IN_OTHERS, .better = LOWER, .unit = "ns",      \
		.help = text " (a slice of vtick late)"                                            \
	}

#define FIDELITY(kind, text)                                                                       \
	FIDELITY_OVER(kind, "by_chance_ppm", OVER_NOT, NEUTRAL, "ppm", "recall by chance: " text), \
	    FIDELITY_OVER(kind, "count_error_ppm", OVER_NOT, ZERO, "ppm",                          \
			  "more than recorded: " text),                                            \
	    FIDELITY_OVER(kind, "dt_ns.abs_p50", OVER_NOT, LOWER, "ns",                            \
			  "median distance to the recorded: " text),                               \
	    FIDELITY_OVER(kind, "dt_ns.abs_p99", OVER_NOT, LOWER, "ns",                            \
			  "99 % are no further off: " text),                                       \
	    FIDELITY_OF(kind, "matched", NEUTRAL, "events", "predicted and recorded: " text),      \
	    FIDELITY_OF(kind, "observed", NEUTRAL, "events", "recorded: " text),                   \
	    FIDELITY_OVER(kind, "precision_ppm", OVER_NOT, HIGHER, "ppm",                          \
			  "of the predicted were recorded: " text),                                \
	    FIDELITY_OF(kind, "predicted", NEUTRAL, "events", "predicted: " text),                 \
	    FIDELITY_OVER(kind, "recall_ppm", OVER_NOT, HIGHER, "ppm",                             \
			  "of the recorded were predicted: " text)

/* What the recorded hypervisor did itself. */
#define OBSERVED(key, field, of, text)                                                             \
	{                                                                                          \
		.name = "observed." key, .better = NEUTRAL, .unit = of, .when = WHEN_RECORDED,     \
		.object = "observed", .cause = "observed", .help = text, CELL(field)               \
	}

#define LIST_OPERATIONS(key, field, way, text)                                                     \
	{                                                                                          \
		.name = "ac_timer_list." key, .better = way, .unit = "operations",                 \
		.cause = "ac_timer_list operations", .help = text, CELL(field)                     \
	}

#define ARMS(key, field, text) ARMS_SINCE(key, field, 0, text)

#define ARMS_SINCE(key, field, minor, text)                                                        \
	{                                                                                          \
		.name = "arms." key, .better = NEUTRAL, .unit = "arms", .cause = "arms",           \
		.since = minor, .help = text, CELL(field)                                          \
	}

/* By subject; the order says nothing. */
const struct metric metric_table[] = {
	IRQS("total", irqs, LOWER, "machine timer interrupts"),
	IRQS("guest", irqs_guest, NEUTRAL, "those that pended a tick"),
	IRQS("hypervisor", irqs_hypervisor, NEUTRAL, "those of the hypervisor's own"),
	IRQS("both", irqs_both, NEUTRAL, "guest's and hypervisor's at once"),
	IRQS("spurious", irqs_spurious, LOWER, "those for nothing"),
	IRQS("lp_idle", irqs_idle, LOWER, "those that woke an idle LP"),
	IRQS("lp_busy", irqs_busy, LOWER, "those that hit a running VP"),
	{ .name = "timer_interrupts.expiries_max",
	  .better = LOWER,
	  .over = OVER_MAX,
	  .unit = "timers",
	  .help = "most timers that ran in one interrupt",
	  CELL(expiries_max) },

	LENGTH("len_max", len_max, SUM_MAX, "timers", "most timers in a list"),
	LENGTH("len_mean_milli", len_mean_milli, SUM_MADE, "timers/1000",
	       "timers in a list, mean over time"),
	LENGTH("guest_len_max", guest_len_max, SUM_MAX, "timers", "most guest timers in a list"),
	LENGTH("guest_len_mean_milli", guest_len_mean_milli, SUM_MADE, "timers/1000",
	       "guest timers in a list, mean over time"),
	{ .name = "ac_timer_list.by_time_ns",
	  .kind = DISTRIBUTION,
	  .better = NEUTRAL,
	  .unit = "timers",
	  .cause = "ac_timer_list.len",
	  .help = "list length by the time that LPs spent at it",
	  .form = FORM_BY_LENGTH },
	LIST_OPERATIONS("adds", adds, LOWER, "timers put into the list"),
	LIST_OPERATIONS("removes", removes, LOWER, "timers taken off the list"),
	LIST_OPERATIONS("fires", fires, NEUTRAL, "timers that expired"),
	LIST_OPERATIONS("moves", moves, LOWER, "timers that went to another LP"),

	SKEW("pend", pend, "pended - deadline"),
	SKEW("policy", policy_skew, "delivered - earliest opportunity"),
	SKEW("delivery", delivery, "delivered - deadline"),
	{ .name = "per_domain[].pend_ns.sum",
	  .negative = true,
	  .better = NEUTRAL,
	  .unit = "ns",
	  .cause = "firing_skew_ns.pend",
	  .help = "sum of pended - deadline, by domain",
	  VP(pend_sum),
	  .form = FORM_WIDE },
	{ .name = "per_domain[].pend_ns.max",
	  .negative = true,
	  .better = NEUTRAL,
	  .unit = "ns",
	  .nullable = true,
	  .cause = "firing_skew_ns.pend",
	  .help = "largest pended - deadline, by domain",
	  VP(pend_max),
	  .form = FORM_SIGNED,
	  .sum = SUM_MAX },
	{ .name = "digest",
	  .kind = TEXT,
	  .better = NEUTRAL,
	  .unit = "",
	  .help = "hash over all deliveries",
	  CELL(digest),
	  .form = FORM_DIGEST },

	ARMS("total", arms, "timer writes of the guests"),
	ARMS("reached", arms_reached, "timers whose deadline came"),
	ARMS("cancelled", arms_cancelled, "timers that the guest stopped"),
	ARMS("replaced", arms_replaced, "timers that the guest wrote anew"),
	ARMS_SINCE("inferred", arms_inferred, 3, "timers that were armed before the recording"),

	FATE("ticks", "due", ticks_due, NEUTRAL, NO_LOSS, "ticks", "deadlines reached"),
	FATE("ticks", "delivered", ticks_delivered, HIGHER, LOSS, "ticks", "ticks that guests got"),
	FATE("ticks", "coalesced", ticks_coalesced, LOWER, LOSS, "ticks",
	     "ticks merged into another"),
	FATE("ticks", "missed", ticks_missed, LOWER, LOSS, "ticks", "ticks never pended"),
	FATE("ticks", "pending_at_end", ticks_pending_at_end, NEUTRAL, NO_LOSS, "ticks",
	     "ticks that the end of the trace cut off"),
	FATE("ticks", "early", ticks_early, LOWER, LOSS, "ticks",
	     "ticks pended more than 2 ns before their deadline"),
	FATE_SINCE("ticks", "inferred", ticks_inferred, 3, NEUTRAL, NO_LOSS, "ticks",
		   "deadlines of timers that were armed before the recording"),
	FATE("wakeups", "due", wakeups_due, NEUTRAL, NO_LOSS, "wake-ups",
	     "halted guests whose deadline came"),
	FATE("wakeups", "on_time", wakeups_on_time, HIGHER, NO_LOSS, "wake-ups", "woken in time"),
	FATE("wakeups", "late", wakeups_late, LOWER, NO_LOSS, "wake-ups",
	     "woken later than the slop"),
	FATE("wakeups", "lost", wakeups_lost, LOWER, LOSS, "wake-ups", "not woken by the policy"),
	FATE("wakeups", "open", wakeups_open, NEUTRAL, NO_LOSS, "wake-ups",
	     "cut off by the end of the trace"),
	{ .name = "per_domain[].vps",
	  .better = NEUTRAL,
	  .unit = "VPs",
	  .help = "its VPs, by domain",
	  VP(vps) },

	{ .name = "idle.wakeups",
	  .better = LOWER,
	  .unit = "interrupts",
	  .cause = "timer_interrupts",
	  .help = "timer interrupts of idle LPs",
	  CELL(lps.irqs_idle) },
	{ .name = "idle.longest_ns",
	  .better = HIGHER,
	  .unit = "ns",
	  .cause = "idle",
	  .over = OVER_MAX,
	  .help = "longest idle stretch",
	  CELL(idle_longest),
	  .form = FORM_TICKS },
	{ .name = "idle.histogram",
	  .kind = DISTRIBUTION,
	  .better = NEUTRAL,
	  .unit = "ns",
	  .cause = "idle",
	  .help = "distribution of the LPs' idle stretches",
	  CELL(idle),
	  .form = FORM_BUCKETS },

	{ .name = "hardware_writes",
	  .better = LOWER,
	  .unit = "writes",
	  .help = "writes of the machine's match registers, disarming ones too",
	  CELL(hardware_writes) },
	{ .name = "exits.arm",
	  .better = LOWER,
	  .unit = "exits",
	  .help = "guest exits to write a timer",
	  CELL(exits_arm) },
	{ .name = "exits.fire",
	  .better = LOWER,
	  .unit = "exits",
	  .cause = "timer_interrupts",
	  .help = "guest exits by a machine timer interrupt",
	  CELL(lps.irqs_busy) },
	{ .name = "exits.guest_timer",
	  .since = 1,
	  .better = LOWER,
	  .unit = "exits",
	  .help = "guest exits by a guest-mode timer",
	  CELL(exits_guest_timer) },

	{ .name = "hypervisor_ns.total",
	  .when = WHEN_COSTS,
	  .better = LOWER,
	  .unit = "ns",
	  .cause = "hypervisor_ns",
	  .help = "the hypervisor's own work",
	  CELL(lps.hypervisor_ns),
	  .form = FORM_WIDE },
	{ .name = "hypervisor_ns.per_lp[].total",
	  .when = WHEN_COSTS,
	  .better = NEUTRAL,
	  .unit = "ns",
	  .cause = "hypervisor_ns",
	  .help = "the hypervisor's own work, by LP",
	  LP(hypervisor_ns),
	  .form = FORM_WIDE },
	{ .name = "hypervisor_ns.spend",
	  .since = 2,
	  .when = WHEN_COSTS,
	  .better = LOWER,
	  .unit = "ns",
	  .cause = "hypervisor_ns",
	  .help = "what of it the policy spent by its own word",
	  CELL(hypervisor_spend_ns),
	  .form = FORM_WIDE },
	{ .name = "hypervisor_ns.per_tick",
	  .when = WHEN_COSTS,
	  .better = LOWER,
	  .unit = "ns",
	  .nullable = true,
	  .cause = "hypervisor_ns",
	  .over = OVER_NOT,
	  .help = "the hypervisor's own work per delivered tick",
	  CELL(hypervisor_ns_per_tick),
	  .form = FORM_SIGNED },

	{ .name = "guest_clock_error_ns",
	  .better = LOWER,
	  .unit = "ns",
	  .loss = true,
	  .over = OVER_MAX,
	  .help = "how far a running guest's clock went wrong",
	  CELL(guest_clock_error),
	  .form = FORM_TICKS },
	{ .name = "hv_clock_error_ns",
	  .better = LOWER,
	  .unit = "ns",
	  .loss = true,
	  .over = OVER_MAX,
	  .help = "how far the hypervisor's clock went wrong",
	  CELL(hv_clock_error),
	  .form = FORM_TICKS },
	{ .name = "causality_breaks",
	  .better = NEUTRAL,
	  .unit = "deadlines",
	  .nullable = true,
	  .help = "fates that contradict what the recorded guest did",
	  CELL(causality_breaks) },
	{ .name = "lost_events",
	  .better = NEUTRAL,
	  .unit = "events",
	  .help = "events that the recorder lost",
	  CELL(lost_events) },
	{ BOUND("guest", NEUTRAL, "interrupts", "the least that the guests' ticks need") },
	{ BOUND("multiple_milli", LOWER, "interrupts/1000",
		"interrupts for each of the least with the hypervisor's"),
	  .over = OVER_NOT, .nullable = true },
	{ BOUND("with_hv", NEUTRAL, "interrupts", "the least with the hypervisor's own") },
	LOOP("anchors.grid", NEUTRAL, "writes", "deadlines that follow the last one"),
	LOOP("anchors.write", NEUTRAL, "writes", "deadlines that follow their write"),
	LOOP("identity.of", NEUTRAL, "events", "events of guests and schedule in the recording"),
	LOOP("identity.same", NEUTRAL, "events", "events that come as they were recorded"),
	LOOP("lp_busy_ns", NEUTRAL, "ns", "LP time in which a VP ran"),
	LOOP_SINCE("near.of", 4, NEUTRAL, "events", "writes and wake-ups in the recording"),
	LOOP_SINCE("near.same", 4, NEUTRAL, "events",
		   "those that come within 10 us of when they were recorded"),
	LOOP("order.kept", NEUTRAL, "runs", "runs that follow the recorded one on their LP"),
	LOOP("order.of", NEUTRAL, "runs", "runs"),
	LOOP("residuals.items", NEUTRAL, "items", "recorded delays that no rule explains"),
	LOOP("residuals.negative", NEUTRAL, "stops", "stops that ended before the base would have"),
	LOOP("residuals.ns", NEUTRAL, "ns", "their sum"),
	LOOP_SINCE("tape.again", 4, NEUTRAL, "items", "what they did again, behind its end"),
	LOOP("tape.of", NEUTRAL, "items", "what guests did in the recording"),
	LOOP("tape.run", HIGHER, "items", "what they got done of it"),
	LOOP("wakes.external", NEUTRAL, "wake-ups", "stops that end at their recorded time"),
	LOOP("wakes.ipi", NEUTRAL, "wake-ups", "stops that another VP ends"),
	LOOP("wakes.timer", NEUTRAL, "wake-ups", "stops that the VP's timer ends"),
	LOOP("work_ns", HIGHER, "ns", "guests' run time, without the hypervisor's work"),
	LOOP("work_recorded_ns", NEUTRAL, "ns", "the same in the recording"),
	LOOP_VP("ticks", NEUTRAL, "ticks", "deliveries"),
	LOOP_VP("wakeups", NEUTRAL, "wake-ups", "stops that ended"),
	LOOP_VP("work_ns", NEUTRAL, "ns", "run time"),
	LOOP_VP("writes", NEUTRAL, "writes", "timer writes"),
	OBSERVED("hv_irqs", obs_hv_irqs, "interrupts", "the recorded hypervisor's own interrupts"),
	OBSERVED("fires", obs_fires, "timers", "its timers that expired"),
	OBSERVED("pends", obs_pends, "ticks", "the ticks that it pended"),

	{ WITNESS("window_ns", NEUTRAL, "ns", "how far apart two events may be to be the same one"),
	  .over = OVER_NOT },
	FIDELITY("expiries", "timer expiries"),
	FIDELITY("injections", "timer interrupts injected"),
	FIDELITY("machine_interrupts", "machine timer interrupts"),

	LATE("late_host_ns", "the hypervisor's timer: mean by which it was late"),
	LATE("late_inject_ns", "injection: mean time"),
	LATE("late_mean_ns", "mean lateness of a VM's ticks"),
	LATE("late_p99_ns", "99th percentile of their lateness"),
	LATE("late_wait_ns", "mean wait for an LP"),
	{ .name = "memory_bytes",
	  .kind = SAMPLES,
	  .in = IN_OTHERS,
	  .better = LOWER,
	  .unit = "B",
	  .help = "most memory of a run (hyperfine 1.19 or later)" },
	{ .name = "wall_ns",
	  .kind = SAMPLES,
	  .in = IN_OTHERS,
	  .better = LOWER,
	  .unit = "ns",
	  .help = "wall time of a run (hyperfine's times)" },
};

#define METRICS (sizeof(metric_table) / sizeof(*metric_table))

const size_t metric_count = METRICS;

static int by_name(const void *a, const void *b)
{
	const struct metric *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

/* The table in order of name, made once: readers look up each number of each cell. */
static const struct metric *const *sorted(void)
{
	static const struct metric *index[METRICS];

	if (index[0])
		return index;
	for (size_t i = 0; i < METRICS; i++)
		index[i] = &metric_table[i];
	qsort(index, METRICS, sizeof(*index), by_name);
	return index;
}

size_t metric_find(const char *name)
{
	const struct metric key = { .name = name }, *at = &key;
	const struct metric *const *m =
	    bsearch(&at, sorted(), METRICS, sizeof(struct metric *), by_name);

	return m ? (size_t)(*m - metric_table) : METRIC_NONE;
}

size_t metric_by_name(size_t i)
{
	return (size_t)(sorted()[i] - metric_table);
}

const json_t *metric_value(const json_t *metrics, const char *name)
{
	char key[64];

	for (;;) {
		size_t n = strcspn(name, ".");

		snprintf(key, sizeof(key), "%.*s", (int)n, name);
		metrics = json_object_get(metrics, key);
		if (!name[n])
			return metrics;
		name += n + 1;
	}
}

uint32_t metrics_minor(void)
{
	uint32_t minor = 0;

	for (size_t i = 0; i < METRICS; i++) {
		if (metric_table[i].since > minor)
			minor = metric_table[i].since;
	}
	return minor;
}

bool metric_list(const char *path, enum metric_in *in)
{
	size_t n = strlen(path);

	for (size_t i = 0; i < METRICS; i++) {
		if (strncmp(metric_table[i].name, path, n) ||
		    strncmp(metric_table[i].name + n, "[]", 2))
			continue;
		*in = metric_table[i].in;
		return true;
	}
	return false;
}

bool metric_object(const char *path)
{
	for (size_t i = 0; i < METRICS; i++) {
		if (metric_table[i].object && !strcmp(metric_table[i].object, path))
			return true;
	}
	return false;
}

#define PPM_MAX 1000000

const char *metric_expects(const struct metric *m, int64_t v)
{
	if (m->negative)
		return NULL;
	if (v < 0)
		return "0 or more";
	if (!strcmp(m->unit, "ppm") && v > PPM_MAX)
		return "at most 1000000";
	return NULL;
}

const char *metric_cause(const struct metric *m)
{
	return m->cause ? m->cause : m->name;
}

int64_t metric_badness(enum direction d, int64_t v)
{
	return d == HIGHER ? -v : d == ZERO && v < 0 ? -v : v;
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

const char *when_name(enum metric_when when)
{
	static const char *const names[METRIC_WHENS] = { "always",	"costs",
							 "recorded",	"against-recording",
							 "closed-loop", "bound" };

	return names[when];
}

const char *metric_class(const struct metric *m)
{
	return m->kind == SAMPLES ? "noisy" : "exact";
}

void metrics_print(FILE *to)
{
	static const struct text_column columns[] = {
		{ .title = "METRIC", .left = true, .first = true },
		{ .title = "KIND", .left = true },
		{ .title = "CLASS", .left = true },
		{ .title = "BETTER", .left = true },
		{ .title = "WHEN", .left = true },
		{ .title = "SINCE", .left = true },
		{ .title = "WHAT (UNIT)", .left = true },
	};
	struct text_table *t = text_table_new(columns, sizeof(columns) / sizeof(*columns));

	for (size_t i = 0; i < METRICS; i++) {
		const struct metric *m = &metric_table[i];

		text_table_row(t);
		text_table_set(t, 0, m->name);
		text_table_set(t, 1, kind_name(m->kind));
		text_table_set(t, 2, metric_class(m));
		text_table_set(t, 3, direction_name(m->better));
		text_table_set(t, 4, when_name(m->when));
		text_table_format(t, 5, "%u", m->since);
		text_table_format(t, 6, "%s%s%s%s", m->help, *m->unit ? " (" : "", m->unit,
				  *m->unit ? ")" : "");
	}
	text_table_print(t, to, 0, false);
}
