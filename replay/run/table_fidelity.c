/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/run/table_fidelity.h"
#include "traces/base/human.h"
#include "traces/base/safe_text.h"
#include "traces/base/text_table.h"

#include <inttypes.h>
#include <string.h>

#define PARTS 5

struct kind {
	const char *key, *name;
	const char *group[PARTS]; /* columns */
};

static const struct kind kinds[] = {
	{ "expiries",
	  "expiries",
	  { "first_half", "second_half", "running", "preempted", "blocked" } },
	{ "injections",
	  "injections",
	  { "first_half", "second_half", "running", "preempted", "blocked" } },
	{ "machine_interrupts",
	  "interrupts",
	  { "first_half", "second_half", "busy", "idle", NULL } },
};

#define KINDS (sizeof(kinds) / sizeof(*kinds))

static int64_t number(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

/* Hundredths of a percent, downwards, so that 100 means all. */
static void set_share(struct text_table *t, size_t at, const json_t *ppm)
{
	int64_t n = json_integer_value(ppm) / 100;

	if (json_is_integer(ppm))
		text_table_format(t, at, "%" PRId64 ".%02" PRId64, n / 100, n % 100);
	else
		text_table_set(t, at, "-");
}

static void set_tenths(struct text_table *t, size_t at, const json_t *ppm)
{
	int64_t n = json_integer_value(ppm) / 1000;

	if (json_is_integer(ppm))
		text_table_format(t, at, "%" PRId64 ".%" PRId64, n / 10, n % 10);
	else
		text_table_set(t, at, "-");
}

/* What is in a row behind policy and kind. */
typedef void set_row(struct text_table *t, const json_t *o, const struct kind *k);

static void set_all(struct text_table *t, const json_t *o, const struct kind *k)
{
	const json_t *dt = json_object_get(o, "dt_ns");
	char text[32];

	(void)k;
	set_share(t, 2, json_object_get(o, "precision_ppm"));
	set_share(t, 3, json_object_get(o, "recall_ppm"));
	set_share(t, 4, json_object_get(o, "by_chance_ppm"));
	human_count(text, sizeof(text), (uint64_t)number(o, "predicted"));
	text_table_set(t, 5, text);
	human_count(text, sizeof(text), (uint64_t)number(o, "observed"));
	text_table_set(t, 6, text);
	text_table_set(t, 7, "-");
	text_table_set(t, 8, "-");
	if (!number(dt, "count"))
		return;
	human_time(text, sizeof(text), number(dt, "abs_p50"));
	text_table_set(t, 7, text);
	human_time(text, sizeof(text), number(dt, "abs_p99"));
	text_table_set(t, 8, text);
}

static void set_parts(struct text_table *t, const json_t *o, const struct kind *k)
{
	for (size_t i = 0; i < PARTS && k->group[i]; i++) {
		const json_t *group = json_object_get(o, k->group[i]);

		set_tenths(t, 2 + 2 * i, json_object_get(group, "precision_ppm"));
		set_tenths(t, 3 + 2 * i, json_object_get(group, "recall_ppm"));
	}
}

/* What the numbers are not about. */
static void put_left_out_of(FILE *to, const struct run_cell *c, const struct kind *k)
{
	static const struct {
		const char *key, *text;
	} causes[] = {
		{ "unseen_observed", "observed of timers armed before the recording" },
		{ "unrecorded_predicted", "predicted that this hypervisor does not log" },
		{ "lost_predicted", "predicted near lost events" },
		{ "lost_observed", "observed near lost events" },
	};
	const json_t *fidelity = json_object_get(c->metrics, "fidelity");
	const json_t *left_out = json_object_get(json_object_get(fidelity, k->key), "left_out");
	const char *before = ": left out: ";

	for (size_t i = 0; i < sizeof(causes) / sizeof(*causes); i++) {
		int64_t n = number(left_out, causes[i].key);

		if (!n)
			continue;
		if (*before == ':')
			safe_print(SAFE_TEXT, to, "  %s: %s", c->label, k->name);
		fprintf(to, "%s%" PRId64 " %s", before, n, causes[i].text);
		before = ", ";
	}
	if (*before == ',')
		fputc('\n', to);
}

static void put_left_out(FILE *to, const struct run_cell *c)
{
	for (size_t i = 0; i < KINDS; i++)
		put_left_out_of(to, c, &kinds[i]);
}

/* A row for each kind that was observed, the label in the first. */
static void add_rows(struct text_table *t, const struct run_cell *c, set_row *set)
{
	const json_t *fidelity = json_object_get(c->metrics, "fidelity");
	const char *label = c->label;

	for (size_t i = 0; i < KINDS; i++) {
		const json_t *o = json_object_get(fidelity, kinds[i].key);

		if (!json_is_object(o))
			continue;
		text_table_row(t);
		text_table_set(t, 0, label);
		text_table_set(t, 1, kinds[i].name);
		set(t, o, &kinds[i]);
		label = "";
	}
}

static void put_table(FILE *to, const struct run_cell *cell, size_t cells,
		      const struct text_column *column, size_t columns, set_row *set)
{
	struct text_table *t = text_table_new(column, columns);

	for (size_t i = 0; i < cells; i++) {
		if (cell[i].status == CELL_OK)
			add_rows(t, &cell[i], set);
	}
	text_table_print(t, to, 2, false);
}

/* The window and where it is from; what is not observed at all. */
static void put_window(FILE *to, const json_t *fidelity)
{
	const json_t *late = json_object_get(fidelity, "lateness_ns");
	const char *from = json_string_value(json_object_get(fidelity, "window_from"));
	char window[32], p50[32], p99[32], max[32];

	human_time(window, sizeof(window), number(fidelity, "window_ns"));
	fprintf(to, "  against the recording: within %s (%s)", window, from ? from : "");
	if (number(late, "count")) {
		human_time(p50, sizeof(p50), number(late, "p50"));
		human_time(p99, sizeof(p99), number(late, "p99"));
		human_time(max, sizeof(max), number(late, "max"));
		fprintf(to, "; its own expiries were late by %s (p50), %s (p99), %s (max)", p50,
			p99, max);
	}
	fputc('\n', to);
	for (size_t i = 0; i < KINDS; i++) {
		if (!json_is_object(json_object_get(fidelity, kinds[i].key)))
			fprintf(to, "  the recording says nothing about %s\n",
				kinds[i].key[0] == 'm' ? "machine timer interrupts"
						       : kinds[i].name);
	}
}

static bool says_something(const json_t *fidelity)
{
	for (size_t i = 0; i < KINDS; i++) {
		if (json_is_object(json_object_get(fidelity, kinds[i].key)))
			return true;
	}
	return false;
}

void table_fidelity(FILE *to, const struct run_cell *cell, size_t cells)
{
	static const struct text_column all[] = {
		{ .title = "policy", .left = true, .first = true },
		{ .title = "kind", .left = true, .first = true },
		{ .title = "precis.", .group = "precision, recall, %" },
		{ .title = "recall" },
		{ .title = "chance" },
		{ .title = "predict", .group = "events" },
		{ .title = "observ." },
		{ .title = "p50", .group = "distance, matched" },
		{ .title = "p99" },
	};
	static const struct text_column parts[] = {
		{ .title = "policy", .left = true, .first = true },
		{ .title = "kind", .left = true, .first = true },
		{ .title = "precis.", .group = "first half, %" },
		{ .title = "recall" },
		{ .title = "precis.", .group = "second half" },
		{ .title = "recall" },
		{ .title = "precis.", .group = "running or busy" },
		{ .title = "recall" },
		{ .title = "precis.", .group = "preempted, idle" },
		{ .title = "recall" },
		{ .title = "precis.", .group = "blocked" },
		{ .title = "recall" },
	};
	const json_t *first = NULL;

	for (size_t i = 0; i < cells && !first; i++)
		first = json_object_get(cell[i].metrics, "fidelity");
	if (!first)
		return;
	put_window(to, first);
	if (!says_something(first))
		return;
	put_table(to, cell, cells, all, sizeof(all) / sizeof(*all), set_all);
	put_table(to, cell, cells, parts, sizeof(parts) / sizeof(*parts), set_parts);
	for (size_t i = 0; i < cells; i++)
		put_left_out(to, &cell[i]);
}
