/* SPDX-License-Identifier: GPL-2.0-only */
#include <fnmatch.h>
#include <inttypes.h>
#include <stdlib.h>

#include "replay/merge/rollup.h"
#include "traces/base/mem.h"
#include "traces/base/text_table.h"

/* What most want to know of a policy. */
static const char *const usual[] = { "timer_interrupts.total", "firing_skew_ns.pend.p99",
				     "ticks.missed", "hypervisor_ns.total" };

enum { POLICY, TRACES, TOTAL, RATIO, LEAST, LEAST_TRACE, MOST, MOST_TRACE, COLUMNS };

static bool is_wanted(const char *name, const char *const *metrics, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!fnmatch(metrics[i], name, 0))
			return true;
	}
	return false;
}

/* "0.973"; "0.000037" is no nothing. */
static void set_ppm(struct text_table *t, size_t column, uint64_t ppm)
{
	uint64_t milli = (ppm + 500) / 1000;

	if (ppm == UINT64_MAX)
		text_table_set(t, column, "-");
	else if (ppm < 10000)
		text_table_format(t, column, "0.%06" PRIu64, ppm);
	else
		text_table_format(t, column, "%" PRIu64 ".%03" PRIu64, milli / 1000, milli % 1000);
}

static void set_end(struct text_table *t, size_t column, const struct rollup_end *end)
{
	set_ppm(t, column, end->trace ? rollup_ratio_ppm(end) : UINT64_MAX);
	text_table_set(t, column + 1, end->trace ? end->trace : "");
}

static void set_total(struct text_table *t, const struct rollup_sum *s, const struct metric *m)
{
	if (!rollup_total_name(m) || !s->traces)
		text_table_set(t, TOTAL, "-");
	else if (s->total > INT64_MAX || s->total < -INT64_MAX)
		text_table_format(t, TOTAL, "%.6e", (double)s->total);
	else
		text_table_format(t, TOTAL, "%" PRId64, (int64_t)s->total);
}

static void print_metric(FILE *to, const struct rollup *r, size_t metric, bool colour)
{
	const struct metric *m = &metric_table[metric];
	const char *total = rollup_total_name(m);
	const struct text_column columns[COLUMNS] = {
		[POLICY] = { .title = "POLICY", .left = true, .first = true },
		[TRACES] = { .title = "TRACES" },
		[TOTAL] = { .title = !total		   ? "TOTAL"
				     : m->over == OVER_MAX ? "LARGEST"
				     : m->over == OVER_MIN ? "SMALLEST"
							   : "SUM" },
		[RATIO] = { .title = "RATIO" },
		[LEAST] = { .title = "LEAST" },
		[LEAST_TRACE] = { .title = "IN", .left = true },
		[MOST] = { .title = "MOST" },
		[MOST_TRACE] = { .title = "IN", .left = true },
	};
	struct text_table *t = text_table_new(columns, COLUMNS);

	fprintf(to, "\n%s: %s (%s)\n", m->name, m->help, m->unit);
	for (size_t i = 0; i < r->common->policies; i++) {
		const struct rollup_sum *s = &r->policy[i].sum[metric];

		text_table_row(t);
		text_table_set(t, POLICY, r->common->label[i]);
		text_table_format(t, TRACES, "%zu", s->traces);
		set_total(t, s, m);
		set_ppm(t, RATIO, rollup_mean_ppm(s));
		if (i != r->base) {
			set_end(t, LEAST, &s->least);
			set_end(t, MOST, &s->most);
		}
	}
	text_table_print(t, to, 2, colour);
}

void rollup_text(FILE *to, const struct rollup *r, const char *const *metrics, size_t n,
		 bool colour)
{
	const char *const *wanted = n ? metrics : usual;
	size_t wants = n ? n : sizeof(usual) / sizeof(*usual);

	for (size_t i = 0; i < metric_count; i++) {
		size_t metric = metric_by_name(i);

		if (rollup_has(r, metric) && is_wanted(metric_table[metric].name, wanted, wants))
			print_metric(to, r, metric, colour);
	}
}
