/* SPDX-License-Identifier: GPL-2.0-only */
/* A row for each metric of each cell that differs, worst first, as the lists of kernel test robots
 * have it. */
#include <stdlib.h>

#include "compare/report/report.h"
#include "traces/base/text_table.h"

enum {
	COL_MARK,
	COL_TRACE,
	COL_POLICY,
	COL_METRIC,
	COL_BASE,
	COL_CAND,
	COL_CHANGE,
	COL_RULE,
	COLS
};

static const struct text_column columns[COLS] = {
	[COL_MARK] = { .title = "", .left = true, .first = true },
	[COL_TRACE] = { .title = "trace", .left = true, .first = true },
	[COL_POLICY] = { .title = "policy", .left = true, .first = true },
	[COL_METRIC] = { .title = "metric", .left = true, .first = true },
	[COL_BASE] = { .title = "baseline" },
	[COL_CAND] = { .title = "candidate" },
	[COL_CHANGE] = { .title = "change", .left = true },
	[COL_RULE] = { .title = "rule", .left = true },
};

static void add_row(struct text_table *t, const struct row *r)
{
	const char mark = verdict_mark(r->verdict);
	const char *colour = mark == '-' || mark == '!' ? "red"
			     : mark == '+'		? "green"
			     : mark == '?'		? "brown"
							: NULL;
	char text[NUMBER_SIZE], metric[96], longer[300];

	text_table_row(t);
	text_table_format(t, COL_MARK, "%c", mark);
	text_table_set(t, COL_TRACE, r->pair->trace);
	text_table_set(t, COL_POLICY, r->pair->policy);
	row_metric_text(r, metric);
	text_table_set(t, COL_METRIC, metric);
	row_value_text(r, 0, text);
	text_table_set(t, COL_BASE, text);
	row_value_text(r, 1, text);
	text_table_set(t, COL_CAND, text);
	row_change_text(r, longer, sizeof(longer));
	text_table_set(t, COL_CHANGE, longer);
	if (r->gate != GATE_PASS || r->noisy) {
		row_rule_text(r, longer, sizeof(longer));
		text_table_format(t, COL_RULE, "%s%s(%s)", report_gate(r->gate),
				  r->gate == GATE_PASS ? "" : " ", longer);
	}
	for (size_t i = 0; i < COLS; i++)
		text_table_colour(t, i, colour);
}

void report_table(FILE *to, const struct comparison *c, bool colour)
{
	struct text_table *t = text_table_new(columns, COLS);

	for (size_t i = 0; i < c->rows; i++)
		add_row(t, &c->row[c->order[i]]);
	text_table_print(t, to, 0, colour);
}
