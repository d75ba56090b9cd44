/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/run/table.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "replay/catalogue.h"
#include "replay/run/table_fidelity.h"
#include "traces/base/human.h"

#define LABEL_MIN 12
#define LABEL_MAX 25

struct column {
	const char *group; /* begins here; NULL: goes on */
	const char *title;
	int width;
	const char *metric; /* of the catalogue, which says its unit and when there is one */
	bool rate;	    /* per second and LP */
	bool alarm;	    /* other than 0 it stands out */
};

static const struct column machine_columns[] = {
	{ "interrupts", "total", 7, .metric = "timer_interrupts.total" },
	{ NULL, "/s/LP", 6, .metric = "timer_interrupts.total", .rate = true },
	{ NULL, "guest", 7, .metric = "timer_interrupts.guest" },
	{ NULL, "hyperv.", 7, .metric = "timer_interrupts.hypervisor" },
	{ NULL, "both", 7, .metric = "timer_interrupts.both" },
	{ NULL, "spurious", 8, .metric = "timer_interrupts.spurious" },
	{ "ac_timer list", "max", 6, .metric = "ac_timer_list.len_max" },
	{ NULL, "mean", 7, .metric = "ac_timer_list.len_mean_milli" },
	{ NULL, "guests", 6, .metric = "ac_timer_list.guest_len_max" },
	{ "hw", "writes", 7, .metric = "hardware_writes" },
	{ "hyperv.", "/tick", 7, .metric = "hypervisor_ns.per_tick" },
};

static const struct column guest_columns[] = {
	{ "pend", "p50", 7, .metric = "firing_skew_ns.pend.p50" },
	{ NULL, "p99", 7, .metric = "firing_skew_ns.pend.p99" },
	{ NULL, "max", 7, .metric = "firing_skew_ns.pend.max" },
	{ "policy", "p50", 7, .metric = "firing_skew_ns.policy.p50" },
	{ NULL, "p99", 7, .metric = "firing_skew_ns.policy.p99" },
	{ "ticks", "due", 7, .metric = "ticks.due" },
	{ NULL, "missed", 6, .metric = "ticks.missed" },
	{ NULL, "coal.", 6, .metric = "ticks.coalesced" },
	{ "wake-ups", "lost", 6, .metric = "wakeups.lost", .alarm = true },
	{ NULL, "late", 6, .metric = "wakeups.late" },
	{ "causality", "breaks", 9, .metric = "causality_breaks" },
};

#define COLUMNS_MAX 16

struct sheet {
	FILE *to;
	const struct run *run;
	bool colour;
	int label_width;
};

static const char *bold(const struct sheet *s)
{
	return s->colour ? "\033[1m" : "";
}

static const char *red(const struct sheet *s)
{
	return s->colour ? "\033[31m" : "";
}

static const char *plain(const struct sheet *s)
{
	return s->colour ? "\033[0m" : "";
}

static const json_t *metric(const struct run_cell *c, const char *path)
{
	const json_t *o = c->metrics;
	char key[32];

	for (;;) {
		size_t n = strcspn(path, ".");

		snprintf(key, sizeof(key), "%.*s", (int)n, path);
		o = json_object_get(o, key);
		if (!path[n])
			return o;
		path += n + 1;
	}
}

static uint64_t trace_number(const struct run_trace *t, const char *key)
{
	return (uint64_t)json_integer_value(json_object_get(t->info, key));
}

static uint64_t per_second(const struct run_trace *t, uint64_t n)
{
	unsigned __int128 lp_ns =
	    (unsigned __int128)trace_number(t, "duration_ns") * trace_number(t, "lps");

	return lp_ns ? (uint64_t)((unsigned __int128)n * 1000000000 / lp_ns) : 0;
}

static const struct metric *metric_of(const struct column *col)
{
	size_t i = metric_find(col->metric);

	if (i == METRIC_NONE)
		abort();
	return &metric_table[i];
}

static void put_value(const struct sheet *s, const struct run_cell *c, const struct column *col)
{
	const char *unit = metric_of(col)->unit;
	const json_t *v = metric(c, col->metric);
	int64_t n = json_integer_value(v);
	bool stands_out = col->alarm && n;
	char text[32] = "-";

	if (!json_is_integer(v))
		;
	else if (!strcmp(unit, "ns"))
		human_time(text, sizeof(text), n);
	else if (strstr(unit, "/1000"))
		snprintf(text, sizeof(text), "%" PRId64 ".%02" PRId64, n / 1000, n % 1000 / 10);
	else
		human_count(text, sizeof(text),
			    col->rate ? per_second(c->trace, (uint64_t)n) : (uint64_t)n);
	fprintf(s->to, "  %s%*s%s", stands_out ? red(s) : "", col->width, text,
		stands_out ? plain(s) : "");
}

static void put_titles(const struct sheet *s, const struct column *col, size_t cols)
{
	fprintf(s->to, "  %-*s", s->label_width, "");
	for (size_t i = 0; i < cols;) {
		int width = col[i].width;
		size_t next = i + 1;

		for (; next < cols && !col[next].group; next++)
			width += 2 + col[next].width;
		fprintf(s->to, next < cols ? "  %-*s" : "  %.*s", width, col[i].group);
		i = next;
	}
	fprintf(s->to, "\n  %-*s", s->label_width, "policy");
	for (size_t i = 0; i < cols; i++)
		fprintf(s->to, "  %*s", col[i].width, col[i].title);
	fputc('\n', s->to);
}

/* A label that is too long for its column takes a line for itself. */
static void put_label(const struct sheet *s, const char *label)
{
	if (strlen(label) > (size_t)s->label_width)
		fprintf(s->to, "  %s\n  %*s", label, s->label_width, "");
	else
		fprintf(s->to, "  %-*s", s->label_width, label);
}

/* Those of @all whose metrics the results of this run have; how many. */
static size_t choose(const struct run *run, const struct column *all, size_t n,
		     struct column chosen[COLUMNS_MAX])
{
	size_t cols = 0;

	for (size_t i = 0; i < n; i++) {
		if (metric_of(&all[i])->when != WHEN_COSTS || run->has_costs)
			chosen[cols++] = all[i];
	}
	return cols;
}

static void put_rows(const struct sheet *s, const struct run_cell *cell, const struct column *all,
		     size_t n)
{
	struct column col[COLUMNS_MAX];
	size_t cols = choose(s->run, all, n, col);

	put_titles(s, col, cols);
	for (size_t p = 0; p < s->run->plugins; p++) {
		const struct run_cell *c = &cell[p];

		put_label(s, c->label);
		for (size_t i = 0; c->status == CELL_OK && i < cols; i++)
			put_value(s, c, &col[i]);
		if (c->status != CELL_OK)
			fprintf(s->to, "  %s%s%s", red(s), cell_status_name(c->status), plain(s));
		fputc('\n', s->to);
	}
}

static void put_header(const struct sheet *s, const struct run_trace *t)
{
	uint64_t lps = trace_number(t, "lps"), vps = trace_number(t, "vps");
	char duration[32], events[32];

	human_time(duration, sizeof(duration), (int64_t)trace_number(t, "duration_ns"));
	human_count(events, sizeof(events), t->events);
	fprintf(s->to, "%s%s%s (%s): %s, %" PRIu64 " LP%s, %" PRIu64 " VP%s, %s events%s\n",
		bold(s), t->name, plain(s), json_string_value(json_object_get(t->info, "class")),
		duration, lps, lps == 1 ? "" : "s", vps, vps == 1 ? "" : "s", events,
		t->truncated ? ", cut off" : "");
}

/* What has no column because it is mostly nothing: wrong clocks, how a cell was lost. */
static void put_notes(const struct sheet *s, const struct run_cell *c)
{
	int64_t guest = json_integer_value(metric(c, "guest_clock_error_ns"));
	int64_t hypervisor = json_integer_value(metric(c, "hv_clock_error_ns"));
	char text[2][32];

	if (c->status != CELL_OK)
		fprintf(s->to, "  %s%s: %s: %s%s\n", red(s), c->label, cell_status_name(c->status),
			c->message, plain(s));
	if (!guest && !hypervisor)
		return;
	human_time(text[0], sizeof(text[0]), guest);
	human_time(text[1], sizeof(text[1]), hypervisor);
	fprintf(s->to, "  %s%s: clocks wrong by up to %s (guests), %s (hypervisor)%s\n", red(s),
		c->label, text[0], text[1], plain(s));
}

static int label_width(const struct run *run)
{
	size_t width = LABEL_MIN;

	for (size_t i = 0; i < run->cells; i++) {
		size_t n = strlen(run->cell[i].label);

		if (n > width && n <= LABEL_MAX)
			width = n;
	}
	return (int)width;
}

void table_print(FILE *to, const struct run *run, bool colour)
{
	const struct sheet s = {
		.to = to, .run = run, .colour = colour, .label_width = label_width(run)
	};

	for (size_t t = 0; t < run->traces; t++) {
		const struct run_cell *cell = &run->cell[t * run->plugins];

		put_header(&s, &run->trace[t]);
		put_rows(&s, cell, machine_columns,
			 sizeof(machine_columns) / sizeof(*machine_columns));
		put_rows(&s, cell, guest_columns, sizeof(guest_columns) / sizeof(*guest_columns));
		for (size_t p = 0; p < run->plugins; p++)
			put_notes(&s, &cell[p]);
		table_fidelity(to, cell, run->plugins, s.label_width);
		fputc('\n', to);
	}
	fputs("pend: how long after its deadline a tick was pended; a policy that looks only when "
	      "the guest "
	      "is scheduled in\n"
	      "shows the guest's time off the LP here. policy: how much longer than it had to a "
	      "guest waited "
	      "because of the\n"
	      "policy. When ticks are delivered is mostly the recorded schedule's doing, so that "
	      "is left to "
	      "the JSON.\n"
	      "wakes lost: halted guests that the policy did not wake. breaks: ticks that came "
	      "after the "
	      "recorded guest had\n"
	      "acted on them.\n",
	      to);
}
