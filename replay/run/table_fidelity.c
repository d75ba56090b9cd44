/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/run/table_fidelity.h"
#include "traces/base/human.h"

#include <inttypes.h>
#include <string.h>

struct kind {
	const char *key, *name;
	const char *group[5]; /* columns */
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
static void put_share(FILE *to, const json_t *ppm)
{
	int64_t n = json_integer_value(ppm) / 100;

	if (json_is_integer(ppm))
		fprintf(to, "  %3" PRId64 ".%02" PRId64, n / 100, n % 100);
	else
		fprintf(to, "  %6s", "-");
}

static void put_both(FILE *to, const json_t *group)
{
	const json_t *precision = json_object_get(group, "precision_ppm");
	const json_t *recall = json_object_get(group, "recall_ppm");
	char text[2][32] = { "-", "-" };
	int64_t n[2] = { json_integer_value(precision) / 1000, json_integer_value(recall) / 1000 };

	if (json_is_integer(precision))
		snprintf(text[0], sizeof(text[0]), "%" PRId64 ".%" PRId64, n[0] / 10, n[0] % 10);
	if (json_is_integer(recall))
		snprintf(text[1], sizeof(text[1]), "%" PRId64 ".%" PRId64, n[1] / 10, n[1] % 10);
	fprintf(to, "  %5s %5s", text[0], text[1]);
}

static void put_all(FILE *to, const json_t *o, const struct kind *k)
{
	const json_t *dt = json_object_get(o, "dt_ns");
	char count[2][32], time[2][32] = { "-", "-" };

	human_count(count[0], sizeof(count[0]), (uint64_t)number(o, "predicted"));
	human_count(count[1], sizeof(count[1]), (uint64_t)number(o, "observed"));
	if (number(dt, "count")) {
		human_time(time[0], sizeof(time[0]), number(dt, "abs_p50"));
		human_time(time[1], sizeof(time[1]), number(dt, "abs_p99"));
	}
	fprintf(to, "  %-10s", k->name);
	put_share(to, json_object_get(o, "precision_ppm"));
	put_share(to, json_object_get(o, "recall_ppm"));
	put_share(to, json_object_get(o, "by_chance_ppm"));
	fprintf(to, "  %7s  %7s  %7s  %7s", count[0], count[1], time[0], time[1]);
	fputc('\n', to);
}

static void put_parts(FILE *to, const json_t *o, const struct kind *k)
{
	fprintf(to, "  %-10s", k->name);
	for (size_t i = 0; i < 5 && k->group[i]; i++)
		put_both(to, json_object_get(o, k->group[i]));
	fputc('\n', to);
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
			fprintf(to, "  %s: %s", c->label, k->name);
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

typedef void put_line(FILE *to, const json_t *o, const struct kind *k);

/* A line for each kind that was observed, the label before the first. */
static void put_cell(FILE *to, const struct run_cell *c, int width, put_line *put)
{
	const json_t *fidelity = json_object_get(c->metrics, "fidelity");
	const char *label = c->label;

	if (strlen(label) > (size_t)width) {
		fprintf(to, "  %s\n", label);
		label = "";
	}
	for (size_t i = 0; i < KINDS; i++) {
		const json_t *o = json_object_get(fidelity, kinds[i].key);

		if (!json_is_object(o))
			continue;
		fprintf(to, "  %-*s", width, label);
		label = "";
		put(to, o, &kinds[i]);
	}
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

static void put_lines(FILE *to, const struct run_cell *cell, size_t cells, int width, put_line *put)
{
	for (size_t i = 0; i < cells; i++) {
		if (cell[i].status == CELL_OK)
			put_cell(to, &cell[i], width, put);
	}
}

void table_fidelity(FILE *to, const struct run_cell *cell, size_t cells, int width)
{
	const json_t *first = NULL;

	for (size_t i = 0; i < cells && !first; i++)
		first = json_object_get(cell[i].metrics, "fidelity");
	if (!first)
		return;
	put_window(to, first);
	if (!says_something(first))
		return;
	fprintf(to, "  %-*s  %-10s  %-22s  %16s  %s\n", width, "", "", "precision, recall, %",
		"events", "distance, matched");
	fprintf(to, "  %-*s  %-10s  precis.  recall  chance  %7s  %7s  %7s  %7s\n", width, "policy",
		"kind", "predict", "observ.", "p50", "p99");
	put_lines(to, cell, cells, width, put_all);
	fprintf(to, "  %-*s  %11s  %11s  %11s  %11s  %11s\n", width + 12, "precision, recall in %",
		"first half", "second half", "running", "preempted", "blocked");
	fprintf(to, "  %-*s  %-10s  %11s  %11s  %11s  %11s\n", width, "policy", "kind", "", "",
		"or LP busy", "or LP idle");
	put_lines(to, cell, cells, width, put_parts);
	for (size_t i = 0; i < cells; i++)
		put_left_out(to, &cell[i]);
}
