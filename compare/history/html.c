/* SPDX-License-Identifier: GPL-2.0-only */
#include "compare/history/html.h"

#include <stdlib.h>
#include <string.h>

#include "compare/history/trend.h"
#include "replay/catalogue.h"
#include "traces/base/html.h"
#include "traces/base/human.h"
#include "traces/base/mem.h"
#include "traces/base/read_whole.h"

/* The page goes into mails; the rest of a wide move is in the text and the CSV. */
#define PLOTS_MAX 60
#define ROWS_MAX 1000

struct sheet {
	struct html h;
	const struct nights *nights;
	const struct trends *trends;
	const json_t *accepted;
	struct plot_mark *mark;
	size_t marks;
	char **place; /* names of the nights shown */
};

json_t *accepted_read(const char *path, struct vt_error *err)
{
	json_t *o = read_json(path, LIMIT_JSON_SIZE, err), *why;
	const char *revision;

	if (!o)
		return NULL;
	if (!json_is_object(o)) {
		vt_error_set(err, path, 0, "is no object, expected {\"REVISION\": \"WHY\", ...}");
		json_decref(o);
		return NULL;
	}
	json_object_foreach(o, revision, why)
	{
		if (json_is_string(why))
			continue;
		vt_error_set(err, path, VT_NO_OFFSET,
			     "'%s' is no text, expected why it was accepted", revision);
		json_decref(o);
		return NULL;
	}
	return o;
}

/* ---- accepted changes ---- */

/* Why numbers were to change on that night, or NULL: it is the first of its revision. */
static const char *reason_of(const struct sheet *s, size_t night)
{
	const struct night *n = &s->nights->night[night];

	if (night && !strcmp(n[-1].revision, n->revision))
		return NULL;
	return json_string_value(json_object_get(s->accepted, n->revision));
}

static char *night_text(const struct night *n)
{
	return vt_format("%s %s", n->date, n->revision);
}

static void find_marks(struct sheet *s)
{
	size_t from = s->trends->from, n = s->nights->n - from;

	s->mark = vt_array(n, sizeof(*s->mark));
	s->place = vt_array(n, sizeof(*s->place));
	for (size_t i = 0; i < n; i++) {
		const char *why = reason_of(s, from + i);

		s->place[i] = vt_strdup(s->nights->night[from + i].date);
		if (!why)
			continue;
		char *night = night_text(&s->nights->night[from + i]);

		s->mark[s->marks++] =
		    (struct plot_mark){ (double)i, vt_format("accepted %s: %s", night, why) };
		free(night);
	}
}

static void put_accepted(struct sheet *s)
{
	if (!s->accepted)
		return;
	html_heading(&s->h, 2, "Accepted changes");
	if (!s->marks)
		html_paragraph(&s->h, NULL, "None on these nights.");
	for (size_t i = 0; i < s->marks; i++)
		html_paragraph(&s->h, NULL, "%zu: %s", i + 1, s->mark[i].text);
}

/* ---- what changed ---- */

static const struct html_column columns[] = {
	{ .title = "metric", .left = true },
	{ .title = "trace", .left = true },
	{ .title = "policy", .left = true },
	{ .title = "last" },
	{ .title = "last change" },
	{ .title = "on", .left = true },
	{ .title = "accepted", .left = true },
};

static void put_row(struct sheet *s, const struct trend *t, size_t i)
{
	const struct trend_line *l = &t->line[i];
	char *label = trend_label(t, i);
	char *night = NULL;
	const char *why = NULL;

	if (l->night != SIZE_MAX) {
		night = night_text(&s->nights->night[l->night]);
		why = reason_of(s, l->night);
	}
	html_row(&s->h);
	html_cell(&s->h, t->metric);
	html_cell(&s->h, t->trace);
	html_cell(&s->h, label);
	html_cell(&s->h, l->last);
	html_cell(&s->h, night ? l->step : "");
	html_cell(&s->h, night ? night : "");
	html_cell(&s->h, why ? why : "");
	free(label);
	free(night);
}

/* The series that moved, or those that did not. */
static size_t put_rows(struct sheet *s, bool moved)
{
	size_t n = 0;

	for (size_t i = 0; i < s->trends->n; i++) {
		const struct trend *t = &s->trends->trend[i];

		for (size_t k = 0; k < t->lines; k++) {
			if ((t->line[k].night != SIZE_MAX) != moved)
				continue;
			if (++n <= ROWS_MAX)
				put_row(s, t, k);
		}
	}
	return n > ROWS_MAX ? n - ROWS_MAX : 0;
}

static void put_table(struct sheet *s, bool moved)
{
	html_table(&s->h, NULL, columns, sizeof(columns) / sizeof(*columns));
	size_t left = put_rows(s, moved);

	html_table_end(&s->h);
	if (left)
		html_paragraph(&s->h, NULL, "And %zu more: name a metric, a trace or a policy.",
			       left);
}

/* ---- trends ---- */

static void put_trend(struct sheet *s, const struct trend *t)
{
	struct plot_line *line = vt_array(t->lines, sizeof(*line));
	size_t metric = metric_find(t->metric);
	char *title = vt_format("%s, %s", t->metric, t->trace);
	struct plot plot = {
		.title = title,
		.x_title = "night",
		.x = PLOT_PLACES,
		.y = PLOT_LINEAR,
		.line = line,
		.y_title = metric == METRIC_NONE ? "" : metric_table[metric].unit,
		.ns = metric != METRIC_NONE && !strcmp(metric_table[metric].unit, "ns"),
		.mark = s->mark,
		.marks = s->marks,
		.place = (const char *const *)s->place,
		.places = s->nights->n - s->trends->from,
	};

	for (size_t k = 0; k < t->lines; k++) {
		const struct trend_line *l = &t->line[k];

		if (l->number)
			line[plot.lines++] =
			    (struct plot_line){ trend_label(t, k), l->point, l->n, true };
	}
	html_plot(&s->h, &plot);
	for (size_t k = 0; k < plot.lines; k++)
		free((char *)line[k].name);
	free(line);
	free(title);
}

static void put_trends(struct sheet *s, bool moved)
{
	size_t n = 0;

	for (size_t i = 0; i < s->trends->n; i++) {
		if (moved && !s->trends->trend[i].moved)
			continue;
		if (!n++) {
			html_heading(&s->h, 2, "Trends");
			html_plots(&s->h);
		}
		if (n <= PLOTS_MAX)
			put_trend(s, &s->trends->trend[i]);
	}
	if (n)
		html_plots_end(&s->h);
	if (n > PLOTS_MAX)
		html_paragraph(&s->h, NULL, "And %zu more: name a metric, a trace or a policy.",
			       n - PLOTS_MAX);
}

/* ---- the whole ---- */

static void put_page(struct sheet *s, const struct history_query *q, const char *command, FILE *to)
{
	const struct night *night = s->nights->night;
	size_t from = s->trends->from, moved = 0, all = 0;
	char mark = ' ';
	char *text;

	for (size_t i = 0; i < s->trends->n; i++) {
		moved += s->trends->trend[i].moved;
		all += s->trends->trend[i].lines;
	}
	html_begin(&s->h, to, "vtick history");
	text = s->nights->n - from == 1
		   ? vt_format("One night, %zu series: nothing to compare them with", all)
		   : vt_format("%zu of %zu series changed", moved, all);
	if (moved)
		mark = '~';
	else if (s->nights->n - from == 1)
		mark = 0;
	html_verdict(&s->h, mark, text);
	free(text);
	html_paragraph(&s->h, NULL, "%zu of %zu night%s, %s to %s. %s%s%s", s->nights->n - from,
		       s->nights->n, human_s(s->nights->n), night[from].date,
		       night[s->nights->n - 1].date,
		       q->metric ? "Metric: " : "The metrics that replay shows, and what is timed",
		       q->metric ? q->metric : "", ".");
	find_marks(s);
	put_accepted(s);
	put_trends(s, !q->metric);
	if (moved) {
		html_heading(&s->h, 2, "What changed");
		put_table(s, true);
	}
	if (moved < all) {
		html_fold(&s->h, false, "%zu series that did not change", all - moved);
		put_table(s, false);
		html_unfold(&s->h);
	}
	html_end(&s->h, command);
}

int history_html(struct store *store, const struct history_query *q, const json_t *accepted,
		 const char *command, FILE *to, struct vt_error *err)
{
	struct nights nights;
	struct trends trends = { .nights = &nights, .chosen = !q->metric };
	struct sheet s = { .nights = &nights, .trends = &trends, .accepted = accepted };

	if (nights_load(&nights, store, err))
		return -1;
	trends.from = q->nights && q->nights < nights.n ? nights.n - (size_t)q->nights : 0;

	int failed = series_each(store, &nights, q, trends_take, &trends, err);

	if (!failed)
		put_page(&s, q, command, to);
	for (size_t i = 0; s.place && i < nights.n - trends.from; i++)
		free(s.place[i]);
	for (size_t i = 0; i < s.marks; i++)
		free((char *)s.mark[i].text);
	free(s.place);
	free(s.mark);
	trends_free(&trends);
	nights_free(&nights);
	return failed;
}
