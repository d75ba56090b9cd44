/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/run/table.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "replay/run/columns.h"
#include "replay/run/table_fidelity.h"
#include "traces/base/human.h"
#include "traces/base/safe_text.h"
#include "traces/base/text_table.h"

struct sheet {
	FILE *to;
	const struct run *run;
	bool colour;
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

static void set_value(struct text_table *t, size_t at, const struct run_cell *c,
		      const struct column *col)
{
	const json_t *v = run_cell_metric(c, col->metric);
	int64_t n = json_integer_value(v);
	char text[32] = "-";

	if (json_is_integer(v))
		column_text(text, sizeof(text), col, n, run_trace_number(c->trace, "duration_ns"),
			    run_trace_number(c->trace, "lps"));
	text_table_set(t, at, text);
	if (col->alarm && n)
		text_table_colour(t, at, "red");
}

static void put_rows(const struct sheet *s, const struct run_cell *cell, const struct columns *all)
{
	struct text_column title[COLUMNS_MAX + 1] = {
		{ .title = "policy", .left = true, .first = true },
	};
	struct column col[COLUMNS_MAX];
	size_t cols = columns_choose(all, run_whens(s->run), col);
	struct text_table *t = text_table_new(title, cols + 1);

	for (size_t i = 0; i < cols; i++)
		title[i + 1] = (struct text_column){ .title = col[i].title, .group = col[i].group };
	for (size_t p = 0; p < s->run->plugins; p++) {
		const struct run_cell *c = &cell[p];

		text_table_row(t);
		text_table_set(t, 0, c->label);
		for (size_t i = 0; c->status == CELL_OK && i < cols; i++)
			set_value(t, i + 1, c, &col[i]);
		if (c->status != CELL_OK) {
			text_table_set(t, 1, cell_status_name(c->status));
			text_table_colour(t, 1, "red");
		}
	}
	text_table_print(t, s->to, 2, s->colour);
}

static void put_header(const struct sheet *s, const struct run_trace *t)
{
	uint64_t lps = run_trace_number(t, "lps"), vps = run_trace_number(t, "vps");
	char duration[32], events[32];

	human_time(duration, sizeof(duration), (int64_t)run_trace_number(t, "duration_ns"));
	human_count(events, sizeof(events), t->events);
	fputs(bold(s), s->to);
	safe_put(SAFE_TEXT, s->to, t->name);
	fputs(plain(s), s->to);
	safe_print(
	    SAFE_TEXT, s->to, " (%s): %s, %" PRIu64 " LP%s, %" PRIu64 " VP%s, %s event%s%s\n",
	    json_string_value(json_object_get(t->info, "class")), duration, lps, human_s(lps), vps,
	    human_s(vps), events, human_s(t->events), t->truncated ? ", cut off" : "");
}

/* What has no column because it is mostly nothing: wrong clocks, how a cell was lost. */
static void put_notes(const struct sheet *s, const struct run_cell *c)
{
	int64_t guest = json_integer_value(run_cell_metric(c, "guest_clock_error_ns"));
	int64_t hypervisor = json_integer_value(run_cell_metric(c, "hv_clock_error_ns"));
	char text[2][32];

	if (c->status != CELL_OK) {
		fprintf(s->to, "  %s", red(s));
		safe_print(SAFE_TEXT, s->to, "%s: %s: %s", c->label, cell_status_name(c->status),
			   c->message);
		fprintf(s->to, "%s\n", plain(s));
	}
	if (!guest && !hypervisor)
		return;
	human_time(text[0], sizeof(text[0]), guest);
	human_time(text[1], sizeof(text[1]), hypervisor);
	fprintf(s->to, "  %s", red(s));
	safe_print(SAFE_TEXT, s->to, "%s: clocks wrong by up to %s (guests), %s (hypervisor)",
		   c->label, text[0], text[1]);
	fprintf(s->to, "%s\n", plain(s));
}

static int64_t number_of(const struct run_cell *c, const char *metric)
{
	return json_integer_value(run_cell_metric(c, metric));
}

/* Fewer interrupts than serve each tick in time: what of the reasons the cell shows. BOUND.md 4.4.
 */
static void put_below(const struct sheet *s, const struct run_cell *c)
{
	static const struct {
		const char *metric, *what;
	} reason[] = {
		{ "exits.guest_timer", "by guest-mode timers" },
		{ "wakeups.lost", "wake-ups lost" },
		{ "wakeups.late", "wake-ups late" },
		{ "ticks.missed", "ticks missed" },
		{ "ticks.coalesced", "ticks coalesced" },
	};
	const json_t *multiple =
	    c->status == CELL_OK ? run_cell_metric(c, "bound.multiple_milli") : NULL;
	int64_t milli = json_integer_value(multiple);
	bool any = false;

	if (!json_is_integer(multiple) || milli >= 1000)
		return;
	safe_print(SAFE_TEXT, s->to,
		   "  %s: %" PRId64 ".%02" PRId64
		   " of the least, which serves each tick in time by an interrupt: ",
		   c->label, milli / 1000, milli % 1000 / 10);
	for (size_t i = 0; i < sizeof(reason) / sizeof(*reason); i++) {
		int64_t n = number_of(c, reason[i].metric);

		if (!n)
			continue;
		fprintf(s->to, "%s%" PRId64 " %s", any ? ", " : "", n, reason[i].what);
		any = true;
	}
	fputs(any ? "\n" : "ticks came without one, late, or from another LP\n", s->to);
}

/* How much of what the cells show rests on timers that nobody saw to be armed. A policy may have
 * ticks of its own, so they need not agree. */
static void put_inferred(const struct sheet *s, const struct run_cell *cell, size_t n)
{
	int64_t last[2] = { 0, 0 };

	for (size_t i = 0; i < n; i++) {
		int64_t inferred = json_integer_value(run_cell_metric(&cell[i], "ticks.inferred"));
		int64_t due = json_integer_value(run_cell_metric(&cell[i], "ticks.due"));

		if (cell[i].status != CELL_OK || (inferred == last[0] && due == last[1]))
			continue;
		if (inferred)
			fprintf(s->to,
				"  %s%s%" PRId64 " of %" PRId64
				" ticks due are of timers that were "
				"armed before the recording began\n",
				last[1] ? cell[i].label : "", last[1] ? ": " : "", inferred, due);
		last[0] = inferred;
		last[1] = due;
	}
}

/* What the columns say, for whoever looks at them: not in a file, that pages and programs read. */
static void put_legend(FILE *to)
{
	if (!text_width_of(to))
		return;
	fputs("\npend: how long after its deadline a tick was pended; a policy that looks\n"
	      "only when the guest is scheduled in shows the guest's time off the LP here.\n"
	      "policy: how much longer than it had to a guest waited because of the policy.\n"
	      "When ticks are delivered is mostly the recorded schedule's doing, so that is\n"
	      "left to the JSON. wake-ups lost: halted guests that the policy did not wake.\n"
	      "breaks: ticks that came after the recorded guest had acted on them.\n",
	      to);
}

void table_print(FILE *to, const struct run *run, bool colour)
{
	const struct sheet s = { .to = to, .run = run, .colour = colour };

	for (size_t t = 0; t < run->traces; t++) {
		const struct run_cell *cell = &run->cell[t * run->plugins];

		if (t)
			fputc('\n', to);
		put_header(&s, &run->trace[t]);
		put_rows(&s, cell, &columns_machine);
		put_rows(&s, cell, &columns_guest);
		for (size_t p = 0; p < run->plugins; p++)
			put_notes(&s, &cell[p]);
		for (size_t p = 0; p < run->plugins; p++)
			put_below(&s, &cell[p]);
		put_inferred(&s, cell, run->plugins);
		table_fidelity(to, cell, run->plugins);
	}
	put_legend(to);
}
