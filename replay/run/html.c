/* SPDX-License-Identifier: GPL-2.0-only */
/* A page: what became of the cells, the policies over all traces, each trace by itself. */
#include "replay/run/html.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "replay/run/columns.h"
#include "replay/run/html_moments.h"
#include "replay/run/html_sums.h"
#include "traces/base/human.h"
#include "traces/base/mem.h"
#include "traces/base/plot.h"

struct sheet {
	struct html h;
	const struct run *run;
	struct column column[2 * COLUMNS_MAX];
	struct html_column title[2 * COLUMNS_MAX + 1];
	size_t columns;
};

/* ---- what became of the cells ---- */

/* With a cell and nothing for it to do. */
static bool trace_empty(const struct run *run, size_t trace)
{
	for (size_t p = 0; p < run->plugins; p++) {
		const struct run_cell *c = &run->cell[trace * run->plugins + p];

		if (c->status == CELL_OK)
			return run_cell_empty(c);
	}
	return false;
}

static size_t empty_traces(const struct run *run)
{
	size_t n = 0;

	for (size_t t = 0; t < run->traces; t++)
		n += trace_empty(run, t);
	return n;
}

static void put_head(struct sheet *s)
{
	const struct run *run = s->run;
	size_t lost = 0, empty = empty_traces(run);
	char mark = 0;
	char *but = vt_format("; %zu with nothing to compare", empty), *text;

	for (size_t i = 0; i < run->cells; i++)
		lost += run->cell[i].status != CELL_OK;
	text = vt_format("%zu of %zu cell%s %s lost", lost, run->cells, human_s(run->cells),
			 lost == 1 ? "was" : "were");
	if (!lost) {
		free(text);
		text = vt_format("%zu trace%s through %zu polic%s%s", run->traces,
				 human_s(run->traces), run->plugins, human_y(run->plugins),
				 empty ? but : "");
	}
	if (lost)
		mark = '-';
	else if (empty)
		mark = '!';
	html_verdict(&s->h, mark, text);
	free(but);
	free(text);
	for (size_t i = 0; i < run->cells; i++) {
		const struct run_cell *c = &run->cell[i];
		char *name = run_cell_name(c);

		if (c->status != CELL_OK)
			html_paragraph(&s->h, "worse", "%s: %s: %s", name,
				       cell_status_name(c->status), c->message);
		free(name);
	}
}

/* ---- one trace ---- */

static void choose(struct sheet *s)
{
	s->columns = columns_choose(&columns_machine, run_whens(s->run), s->column);
	s->columns += columns_choose(&columns_guest, run_whens(s->run), s->column + s->columns);
	s->title[0] = (struct html_column){ .title = "policy", .left = true };
	for (size_t i = 0; i < s->columns; i++)
		s->title[i + 1] = (struct html_column){ .group = s->column[i].group,
							.title = s->column[i].title };
}

static void put_cell(struct sheet *s, const struct run_cell *c)
{
	html_row(&s->h);
	html_cell(&s->h, c->label);
	if (c->status != CELL_OK) {
		html_cell_marked(&s->h, '-', cell_status_name(c->status));
		return;
	}
	for (size_t i = 0; i < s->columns; i++) {
		const json_t *v = run_cell_metric(c, s->column[i].metric);
		int64_t n = json_integer_value(v);
		char text[32] = "-";

		if (json_is_integer(v))
			column_text(text, sizeof(text), &s->column[i], n,
				    run_trace_number(c->trace, "duration_ns"),
				    run_trace_number(c->trace, "lps"));
		html_cell_marked(&s->h, s->column[i].alarm && n ? '!' : ' ', text);
	}
}

/* What has no column because it is mostly nothing. */
static void put_notes(struct sheet *s, const struct run_cell *c)
{
	int64_t guest = json_integer_value(run_cell_metric(c, "guest_clock_error_ns"));
	int64_t hypervisor = json_integer_value(run_cell_metric(c, "hv_clock_error_ns"));
	char text[2][32];

	if (c->status != CELL_OK)
		return;
	human_time(text[0], sizeof(text[0]), guest);
	human_time(text[1], sizeof(text[1]), hypervisor);
	if (guest || hypervisor)
		html_paragraph(&s->h, "worse",
			       "%s: clocks wrong by up to %s (guests), %s (hypervisor)", c->label,
			       text[0], text[1]);
}

/* How much rests on timers that nobody saw to be armed: said once where all policies agree. */
static void put_inferred(struct sheet *s, const struct run_cell *cell)
{
	int64_t last = 0;

	for (size_t i = 0; i < s->run->plugins; i++) {
		int64_t n = json_integer_value(run_cell_metric(&cell[i], "ticks.inferred"));

		if (cell[i].status != CELL_OK || n == last)
			continue;
		html_paragraph(&s->h, "faint",
			       "%s%s%" PRId64
			       " tick%s due %s that %s armed before the recording began",
			       last ? cell[i].label : "", last ? ": " : "", n, human_s((uint64_t)n),
			       n == 1 ? "is of a timer" : "are of timers", n == 1 ? "was" : "were");
		last = n;
	}
}

static struct plot_line pend_line(const struct run_cell *c)
{
	size_t n;
	struct plot_point *point =
	    plot_histogram(run_cell_metric(c, "firing_skew_ns.pend.histogram"), &n);

	return (struct plot_line){ c->label, point, n, false };
}

static void put_plot(struct sheet *s, const struct run_cell *cell)
{
	struct plot_line *line = vt_array(s->run->plugins, sizeof(*line));
	char *title =
	    vt_format("%s: how long after its deadline a tick was pended", cell->trace->name);
	struct plot plot = {
		.title = title,
		.x_title = "share of the ticks that are no later",
		.y_title = "after the deadline",
		.x = PLOT_PERCENTILE,
		.y = PLOT_TIME,
		.line = line,
	};

	for (size_t i = 0; i < s->run->plugins; i++) {
		if (cell[i].status == CELL_OK)
			line[plot.lines++] = pend_line(&cell[i]);
	}
	html_plot(&s->h, &plot);
	for (size_t i = 0; i < plot.lines; i++)
		free((struct plot_point *)line[i].point);
	free(line);
	free(title);
}

static int put_trace(struct sheet *s, size_t number, const struct policy_fates_options *options,
		     struct vt_error *err)
{
	const struct run_trace *t = &s->run->trace[number];
	const struct run_cell *cell = &s->run->cell[number * s->run->plugins];
	char duration[32], events[32];

	human_time(duration, sizeof(duration), (int64_t)run_trace_number(t, "duration_ns"));
	human_count(events, sizeof(events), t->events);
	html_heading(&s->h, 2, "%s", t->name);
	html_paragraph(&s->h, NULL, "%s; %s, %u LPs, %u VPs, %s events%s",
		       json_string_value(json_object_get(t->info, "class")), duration, t->lps,
		       t->vps, events, t->truncated ? "; cut off" : "");
	html_table(&s->h, NULL, s->title, s->columns + 1);
	for (size_t p = 0; p < s->run->plugins; p++)
		put_cell(s, &cell[p]);
	html_table_end(&s->h);
	for (size_t p = 0; p < s->run->plugins; p++)
		put_notes(s, &cell[p]);
	if (trace_empty(s->run, number))
		html_paragraph(&s->h, "worse",
			       "Nothing to compare: no guest timer write with a known deadline.");
	put_inferred(s, cell);
	put_plot(s, cell);
	if (number >= MOMENT_TRACES)
		return 0;
	return html_moment(&s->h, s->run, cell, options, err);
}

/* ---- the whole ---- */

static void put_legend(struct html *h)
{
	html_fold(h, false, "What the columns say");
	html_paragraph(h, NULL,
		       "pend: how long after its deadline a tick was pended; a policy that looks "
		       "only when the guest is scheduled in shows the guest's time off the LP "
		       "here. policy: how much longer than it had to a guest waited because of "
		       "the policy. When ticks are delivered is mostly the recorded schedule's "
		       "doing, so that is left to the JSON. wake-ups lost: halted guests that the "
		       "policy did not wake. breaks: ticks that came after the recorded guest had "
		       "acted on them.");
	html_unfold(h);
}

int html_replay(FILE *to, const struct run *run, const struct policy_fates_options *options,
		const char *command, struct vt_error *err)
{
	struct sheet s = { .run = run };
	int failed = 0;

	html_begin(&s.h, to, "vtick replay");
	put_head(&s);
	if (run->traces > 1)
		html_sums(&s.h, run);
	put_legend(&s.h);
	choose(&s);
	for (size_t t = 0; !failed && t < run->traces; t++)
		failed = put_trace(&s, t, options, err);
	if (run->traces > MOMENT_TRACES || run->plugins > MOMENT_POLICIES)
		html_paragraph(&s.h, "faint",
			       "Timelines are of the first %u traces and the first %u policies.",
			       MOMENT_TRACES, MOMENT_POLICIES);
	html_end(&s.h, command);
	return failed;
}
