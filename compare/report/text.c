/* SPDX-License-Identifier: GPL-2.0-only */
/* For people: the verdict, then a table, worst first, as the lists of kernel test robots have it.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

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

/* Characters, not bytes. */
static int text_width(const char *text)
{
	int n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

static void put_plain(FILE *to, const char *text)
{
	char *plain = report_plain(text);

	fputs(plain, to);
	free(plain);
}

static const char *gate_word(const struct row *r)
{
	static const char *const words[] = { "", "within ", "ignored ", "waived ", "FAILS " };

	return words[r->gate];
}

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
	snprintf(rule, sizeof(rule), "%s(%s)", gate_word(r), longer);
	l->text[COL_RULE] = report_plain(r->gate == GATE_PASS && !r->noisy ? "" : rule);
	for (int i = 0; i < COLS; i++) {
		int n = text_width(l->text[i]);

		s->width[i] = n > s->width[i] ? n : s->width[i];
	}
}

static void put_field(const struct sheet *s, int column, const char *text)
{
	int pad = s->width[column] - text_width(text);
	bool right = column == COL_BASE || column == COL_CAND;

	if (right)
		fprintf(s->to, "%*s", pad, "");
	fputs(text, s->to);
	if (!right && column < COLS - 1)
		fprintf(s->to, "%*s", pad, "");
	if (column < COLS - 1)
		fputs(column ? "  " : " ", s->to);
}

static const char *colour_of(const struct sheet *s, char mark)
{
	if (!s->colour)
		return "";
	return mark == '-' ? "\033[31m" : mark == '+' ? "\033[32m" : mark == '?' ? "\033[33m" : "";
}

static void put_lines(struct sheet *s)
{
	static const char *const titles[COLS] = { "",	      "trace",	   "policy", "metric",
						  "baseline", "candidate", "change", "rule" };

	for (int i = 0; i < COLS; i++) {
		int n = text_width(titles[i]);

		s->width[i] = n > s->width[i] ? n : s->width[i];
	}
	for (int i = 0; i < COLS; i++)
		put_field(s, i, titles[i]);
	fputc('\n', s->to);
	for (size_t k = 0; k < s->lines; k++) {
		const char *colour = colour_of(s, *s->line[k].text[COL_MARK]);

		fputs(colour, s->to);
		for (int i = 0; i < COLS; i++) {
			put_field(s, i, s->line[k].text[i]);
			free(s->line[k].text[i]);
		}
		fprintf(s->to, "%s\n", *colour ? "\033[0m" : "");
	}
}

static void put_texts(FILE *to, const char *what, const struct texts *t)
{
	for (size_t i = 0; i < t->n; i++) {
		fprintf(to, "%s: ", what);
		put_plain(to, t->text[i]);
		fputc('\n', to);
	}
}

static void put_lines_of(FILE *to, const char *text)
{
	for (const char *end; *text; text = *end ? end + 1 : end) {
		end = strchrnul(text, '\n');

		char *line = vt_strndup(text, (size_t)(end - text));

		put_plain(to, line);
		fputc('\n', to);
		free(line);
	}
}

void report_text(FILE *to, const struct comparison *c, const struct report_options *o)
{
	struct sheet s = { .to = to, .colour = o->colour };
	size_t shown = o->rows && o->rows < c->rows ? o->rows : c->rows;

	if (s.colour)
		fputs(c->troubles.n || c->failed ? "\033[1;31m" : "\033[1m", to);
	put_plain(to, c->headline);
	fputs(s.colour ? "\033[0m\n" : "\n", to);
	for (int i = 0; i < 2; i++) {
		char *side = report_side(c, i);

		fprintf(to, "%-9s  ", c->side[i].name);
		put_plain(to, side);
		fputc('\n', to);
		free(side);
	}
	fprintf(to, "%zu cell%s, %zu metrics: ", c->pairs, c->pairs == 1 ? "" : "s", c->compared);
	report_counts(to, c->count);
	fprintf(to, "; %zu fail", c->failed);
	if (c->within)
		fprintf(to, ", %zu within limits", c->within);
	if (c->waived)
		fprintf(to, ", %zu waived", c->waived);
	if (c->ignored)
		fprintf(to, ", %zu ignored", c->ignored);
	fputs("\n", to);
	put_texts(to, "trouble", &c->troubles);
	put_texts(to, "warning", &c->warnings);
	put_texts(to, "note", &c->notes);
	if (shown) {
		s.line = vt_array(shown, sizeof(*s.line));
		for (size_t i = 0; i < shown; i++)
			set_line(&s, &c->row[c->order[i]]);
		fputc('\n', to);
		put_lines(&s);
		free(s.line);
		if (shown < c->rows)
			fprintf(to, "and %zu more, --rows 0 shows all\n", c->rows - shown);
		fputs("\n- worse  + better  ~ changed  ? not enough runs\n", to);
	}
	for (size_t i = 0; i < c->explained.n; i++) {
		fputc('\n', to);
		put_lines_of(to, c->explained.text[i]);
	}
	if (c->failed && c->on_fail)
		fprintf(to, "%s\n", c->on_fail);
}
