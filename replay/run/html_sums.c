/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/run/html_sums.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "traces/base/human.h"
#include "traces/base/mem.h"

static const struct html_column columns[] = {
	{ .title = "policy", .left = true },
	{ .group = "against the first", .title = "interrupts" },
	{ .title = "hw writes" },
	{ .title = "list mean" },
	{ .group = "in all", .title = "interrupts" },
	{ .title = "hw writes" },
	{ .title = "ticks missed" },
	{ .title = "wake-ups lost" },
	{ .group = "the latest pend", .title = "max" },
	{ .title = "trace", .left = true },
};

static const struct run_cell *cell_of(const struct run *run, size_t trace, size_t policy)
{
	const struct run_cell *c = &run->cell[trace * run->plugins + policy];

	return c->status == CELL_OK ? c : NULL;
}

static int64_t number(const struct run_cell *c, const char *metric)
{
	return json_integer_value(run_cell_metric(c, metric));
}

/* The geometric mean of the policy's number over the first's, where neither is 0. */
static void put_mean(struct html *h, const struct run *run, size_t policy, const char *metric)
{
	char text[32] = "-";
	double sum = 0;
	size_t n = 0;

	for (size_t t = 0; t < run->traces; t++) {
		const struct run_cell *c[] = { cell_of(run, t, 0), cell_of(run, t, policy) };

		if (!c[0] || !c[1] || number(c[0], metric) <= 0 || number(c[1], metric) <= 0)
			continue;
		sum += log((double)number(c[1], metric) / (double)number(c[0], metric));
		n++;
	}
	if (n)
		snprintf(text, sizeof(text), "\xc3\x97 %.3f", exp(sum / (double)n));
	html_cell(h, text);
}

static void put_sum(struct html *h, const struct run *run, size_t policy, const char *metric,
		    char mark)
{
	uint64_t sum = 0;
	char text[32];

	for (size_t t = 0; t < run->traces; t++) {
		const struct run_cell *c = cell_of(run, t, policy);

		sum += c ? (uint64_t)number(c, metric) : 0;
	}
	human_count(text, sizeof(text), sum);
	if (!sum)
		mark = ' ';
	html_cell_marked(h, mark, text);
}

static void put_latest(struct html *h, const struct run *run, size_t policy)
{
	const struct run_cell *latest = NULL;
	char text[32] = "-";

	for (size_t t = 0; t < run->traces; t++) {
		const struct run_cell *c = cell_of(run, t, policy);
		const char *metric = "firing_skew_ns.pend.max";

		if (c && json_is_integer(run_cell_metric(c, metric)) &&
		    (!latest || number(c, metric) > number(latest, metric)))
			latest = c;
	}
	if (latest)
		human_time(text, sizeof(text), number(latest, "firing_skew_ns.pend.max"));
	html_cell(h, text);
	html_cell(h, latest ? latest->trace->name : "");
}

void html_sums(struct html *h, const struct run *run)
{
	html_heading(h, 2, "The policies over all traces");
	html_table(h, NULL, columns, sizeof(columns) / sizeof(*columns));
	for (size_t p = 0; p < run->plugins; p++) {
		html_row(h);
		html_cell(h, run->cell[p].label);
		put_mean(h, run, p, "timer_interrupts.total");
		put_mean(h, run, p, "hardware_writes");
		put_mean(h, run, p, "ac_timer_list.len_mean_milli");
		put_sum(h, run, p, "timer_interrupts.total", ' ');
		put_sum(h, run, p, "hardware_writes", ' ');
		put_sum(h, run, p, "ticks.missed", ' ');
		put_sum(h, run, p, "wakeups.lost", '!');
		put_latest(h, run, p);
	}
	html_table_end(h);
	html_paragraph(h, "faint",
		       "Against the first: the geometric mean over the traces in which neither is "
		       "0. Cells that were lost are not in it.");
}
