/* SPDX-License-Identifier: GPL-2.0-only */
/* A row for each metric of each cell that differs, worst first, as the lists of kernel test robots
 * have it. */
#include <stdlib.h>

#include "compare/report/report.h"
#include "traces/base/mem.h"

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

struct line {
	char *text[COLS];
};

struct sheet {
	FILE *to;
	bool colour;
	struct line *line;
	size_t lines;
	int width[COLS];
};

static void set_line(struct sheet *s, const struct row *r)
{
	struct line *l = &s->line[s->lines++];
	char text[NUMBER_SIZE], metric[96], longer[300], rule[320];
	const char mark[2] = { verdict_mark(r->verdict), '\0' };

	l->text[COL_MARK] = report_plain(mark);
	l->text[COL_TRACE] = report_plain(r->pair->trace);
	l->text[COL_POLICY] = report_plain(r->pair->policy);
	row_metric_text(r, metric);
	l->text[COL_METRIC] = report_plain(metric);
	row_value_text(r, 0, text);
	l->text[COL_BASE] = report_plain(text);
	row_value_text(r, 1, text);
	l->text[COL_CAND] = report_plain(text);
	row_change_text(r, longer, sizeof(longer));
	l->text[COL_CHANGE] = report_plain(longer);
	row_rule_text(r, longer, sizeof(longer));
	snprintf(rule, sizeof(rule), "%s%s(%s)", report_gate(r->gate),
		 r->gate == GATE_PASS ? "" : " ", longer);
	l->text[COL_RULE] = report_plain(r->gate == GATE_PASS && !r->noisy ? "" : rule);
	for (int i = 0; i < COLS; i++) {
		int n = report_width(l->text[i]);

		s->width[i] = n > s->width[i] ? n : s->width[i];
	}
}

static void put_field(const struct sheet *s, int column, const char *text)
{
	int pad = s->width[column] - report_width(text);
	bool right = column == COL_BASE || column == COL_CAND;

	if (right)
		fprintf(s->to, "%*s", pad, "");
	fputs(text, s->to);
	if (!right && column < COLS - 1)
		fprintf(s->to, "%*s", pad, "");
	if (column < COLS - 1)
		fputs(column ? "  " : " ", s->to);
}

static void put_lines(struct sheet *s)
{
	static const char *const titles[COLS] = { "",	      "trace",	   "policy", "metric",
						  "baseline", "candidate", "change", "rule" };

	for (int i = 0; i < COLS; i++) {
		int n = report_width(titles[i]);

		s->width[i] = n > s->width[i] ? n : s->width[i];
	}
	for (int i = 0; i < COLS; i++)
		put_field(s, i, titles[i]);
	fputc('\n', s->to);
	for (size_t k = 0; k < s->lines; k++) {
		const char *colour = report_colour(s->colour, *s->line[k].text[COL_MARK]);

		fputs(colour, s->to);
		for (int i = 0; i < COLS; i++) {
			put_field(s, i, s->line[k].text[i]);
			free(s->line[k].text[i]);
		}
		fprintf(s->to, "%s\n", *colour ? "\033[0m" : "");
	}
}

void report_table(FILE *to, const struct comparison *c, bool colour)
{
	struct sheet s = { .to = to, .colour = colour };

	if (!c->rows)
		return;
	s.line = vt_array(c->rows, sizeof(*s.line));
	for (size_t i = 0; i < c->rows; i++)
		set_line(&s, &c->row[c->order[i]]);
	put_lines(&s);
	free(s.line);
}
