/* SPDX-License-Identifier: GPL-2.0-only */
/* A page: the verdict, what moved by policy and cause, each trace, the distributions. */
#include "compare/report/html.h"

#include <stdlib.h>
#include <string.h>

#include "compare/group.h"
#include "compare/report/report.h"
#include "compare/settled.h"
#include "traces/base/human.h"
#include "traces/base/mem.h"

/* Rows for each metric of each cell, where they are not asked for: pages go into mails. */
#define ROWS_MAX 500

static char mark_of(enum gate gate, enum verdict v)
{
	if (gate == GATE_FAIL && verdict_mark(v) == ' ')
		return '!';
	return verdict_mark(v);
}

static const char *word_of(enum gate gate, enum verdict v)
{
	return gate == GATE_FAIL ? "fails" : gate == GATE_PASS ? verdict_name(v) : gate_name(gate);
}

/* ---- what it is about ---- */

static void put_side(struct html *h, const struct comparison *c, int side)
{
	char *text = report_side(c, side), *built = report_built(c, side);

	html_paragraph(h, NULL, "%s: %s%s%s%s", c->side[side].name, text, built ? " (" : "",
		       built ? built : "", built ? ")" : "");
	free(text);
	free(built);
}

static void put_counts(struct html *h, const struct comparison *c)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = vt_text_open(&text, &size);

	fprintf(f, "%zu cell%s, %zu metric%s: ", comparison_cells(c), human_s(comparison_cells(c)),
		c->compared, human_s(c->compared));
	report_counts(f, c->count);
	fprintf(f, "; %zu fail, %zu within limits, %zu waived, %zu ignored", c->failed, c->within,
		c->waived, c->ignored);
	vt_text_close(f);
	html_paragraph(h, NULL, "%s", text);
	free(text);
}

static void put_head(struct html *h, const struct comparison *c)
{
	char mark = verdict_mark(c->verdict);

	if (c->troubles.n || c->failed)
		mark = '!';
	html_verdict(h, mark, c->headline);
	for (int i = 0; i < 2; i++)
		put_side(h, c, i);
	put_counts(h, c);
	if (c->failed && c->on_fail)
		html_paragraph(h, NULL, "%s", c->on_fail);
	html_items(h, "trouble", c->troubles.text, c->troubles.n);
	html_items(h, "warning", c->warnings.text, c->warnings.n);
	html_items(h, "note", c->notes.text, c->notes.n);
}

/* ---- by policy and cause ---- */

static const struct html_column group_columns[] = {
	{ .title = "", .left = true },
	{ .title = "policy", .left = true },
	{ .title = "metric", .left = true },
	{ .title = "mean" },
	{ .title = "cells" },
	{ .title = "most in", .left = true },
	{ .title = "rule", .left = true },
};

static void put_rule(struct html *h, const struct row *r)
{
	char rule[300] = "";

	if (r->noisy || r->gate != GATE_PASS)
		row_rule_text(r, rule, sizeof(rule));
	html_cell(h, rule);
}

static void put_group(struct html *h, const struct group *g)
{
	char policy[300], metric[96], mean[NUMBER_SIZE], cells[60], worst[600];

	group_policy_text(g, policy, sizeof(policy));
	row_metric_text(g->head, metric);
	group_mean_text(g, mean);
	snprintf(cells, sizeof(cells), "%zu of %zu", g->cells, g->of_cells);
	group_worst_text(g, worst, sizeof(worst));
	html_row(h);
	html_cell_marked(h, mark_of(g->gate, g->verdict), word_of(g->gate, g->verdict));
	html_cell(h, policy);
	html_cell(h, metric);
	html_cell(h, mean);
	html_cell(h, cells);
	html_cell(h, worst);
	put_rule(h, g->head);
}

static void put_groups(struct html *h, const struct comparison *c, size_t from, size_t end)
{
	html_table(h, NULL, group_columns, sizeof(group_columns) / sizeof(*group_columns));
	for (size_t i = from; i < end; i++)
		put_group(h, &c->group[i]);
	html_table_end(h);
}

static void put_roll_up(struct html *h, const struct comparison *c, size_t lines)
{
	size_t shown = lines && lines < c->groups ? lines : c->groups;

	if (!c->groups)
		return;
	html_heading(h, 2, "What moved, by policy and cause");
	put_groups(h, c, 0, shown);
	html_paragraph(h, "faint",
		       "The mean is the geometric mean of candidate / baseline over all cells.");
	if (shown == c->groups)
		return;
	html_fold(h, false, "%zu more", c->groups - shown);
	put_groups(h, c, shown, c->groups);
	html_unfold(h);
}

/* ---- each ---- */

static const struct html_column row_columns[] = {
	{ .title = "", .left = true },
	{ .title = "trace", .left = true },
	{ .title = "policy", .left = true },
	{ .title = "metric", .left = true },
	{ .title = "baseline" },
	{ .title = "candidate" },
	{ .title = "change", .left = true },
	{ .title = "rule", .left = true },
};

static void put_row(struct html *h, const struct row *r)
{
	char text[NUMBER_SIZE], metric[96], change[300];

	html_row(h);
	html_cell_marked(h, mark_of(r->gate, r->verdict), word_of(r->gate, r->verdict));
	html_cell(h, r->pair->trace);
	html_cell(h, r->pair->policy);
	row_metric_text(r, metric);
	html_cell(h, metric);
	for (int i = 0; i < 2; i++) {
		row_value_text(r, i, text);
		html_cell(h, text);
	}
	row_change_text(r, change, sizeof(change));
	html_cell(h, change);
	put_rule(h, r);
}

static void put_rows(struct html *h, const struct comparison *c, bool all)
{
	size_t shown = all || c->rows < ROWS_MAX ? c->rows : ROWS_MAX;

	if (!shown)
		return;
	html_heading(h, 2, "Each metric of each cell");
	html_fold(h, false, "%zu that differ", c->rows);
	html_table(h, NULL, row_columns, sizeof(row_columns) / sizeof(*row_columns));
	for (size_t i = 0; i < shown; i++)
		put_row(h, &c->row[c->order[i]]);
	html_table_end(h);
	if (shown < c->rows)
		html_paragraph(h, NULL, "And %zu more: --each shows all.", c->rows - shown);
	html_unfold(h);
}

static void put_explained(struct html *h, const struct comparison *c)
{
	if (c->explained.n)
		html_heading(h, 2, "Where it happened");
	for (size_t i = 0; i < c->explained.n; i++) {
		html_lines(h, c->explained.text[i]);
		if (i >= c->pictures.n || !*c->pictures.text[i])
			continue;
		fputs(c->pictures.text[i], h->to);
		h->zooms = true;
	}
}

void report_html(FILE *to, const struct comparison *c, const struct report_options *o)
{
	struct html h;

	html_begin(&h, to, c->title ? c->title : "vtick compare");
	put_head(&h, c);
	put_roll_up(&h, c, o->lines);
	put_explained(&h, c);
	html_cells(&h, c);
	html_distributions(&h, c);
	put_rows(&h, c, o->each);
	html_end(&h, NULL);
}
