/* SPDX-License-Identifier: GPL-2.0-only */
/* For a comment on a pull request: what differs, worst first, cut to what a comment takes; a row a
 * cell below. */
#include <stdlib.h>
#include <string.h>

#include "compare/report/report.h"
#include "traces/base/mem.h"

/* Any character that Markdown or HTML could take for its own becomes a character reference. */
static void put(FILE *to, const char *text)
{
	char *plain = report_plain(text);

	for (const char *p = plain; *p; p++) {
		if (strchr("\\`*_{}[]<>()#!|&~\"'@$:", *p))
			fprintf(to, "&#%d;", *p);
		else
			fputc(*p, to);
	}
	free(plain);
}

/* Of several lines; a blank one would end the HTML. */
static void put_lines(FILE *to, const char *text)
{
	char *copy = vt_strdup(text), *save = NULL;

	for (char *line = strtok_r(copy, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		put(to, line);
		fputc('\n', to);
	}
	free(copy);
}

static void put_row(FILE *to, const struct row *r)
{
	char text[NUMBER_SIZE], metric[96], longer[300];

	fprintf(to, "| %s | ",
		r->gate == GATE_FAIL   ? "**fails**"
		: r->gate == GATE_PASS ? verdict_name(r->verdict)
				       : gate_name(r->gate));
	put(to, r->pair->trace);
	fputs(" | ", to);
	put(to, r->pair->policy);
	fputs(" | ", to);
	row_metric_text(r, metric);
	put(to, metric);
	for (int i = 0; i < 2; i++) {
		row_value_text(r, i, text);
		fputs(" | ", to);
		put(to, text);
	}
	fputs(" | ", to);
	row_change_text(r, longer, sizeof(longer));
	put(to, longer);
	fputs(" | ", to);
	row_rule_text(r, longer, sizeof(longer));
	put(to, r->gate == GATE_PASS && !r->noisy ? "" : longer);
	fputs(" |\n", to);
}

static void put_list(FILE *to, const char *what, const struct texts *t, size_t most)
{
	for (size_t i = 0; i < t->n; i++) {
		if (i == most) {
			fprintf(to, "- and %zu more\n", t->n - most);
			break;
		}
		fprintf(to, "- %s: ", what);
		put(to, t->text[i]);
		fputc('\n', to);
	}
	if (t->n)
		fputc('\n', to);
}

static void put_cell(FILE *to, const struct pair *p)
{
	fputs("| ", to);
	put(to, p->trace);
	fputs(" | ", to);
	put(to, p->policy);
	fprintf(to, " | %s | %zu | %zu | %zu | %zu |\n", verdict_name(p->verdict), p->failed,
		p->count[WORSE], p->count[BETTER], p->count[CHANGED]);
}

static int by_verdict(const void *a, const void *b)
{
	const struct pair *x = *(const struct pair *const *)a, *y = *(const struct pair *const *)b;

	if (x->failed != y->failed)
		return x->failed > y->failed ? -1 : 1;
	if (x->count[WORSE] != y->count[WORSE])
		return x->count[WORSE] > y->count[WORSE] ? -1 : 1;
	return (x > y) - (x < y);
}

/* Cells that differ have a row; the others are a number. */
static void put_cells(FILE *to, const struct comparison *c, size_t most)
{
	const struct pair **order = vt_array(c->pairs + 1, sizeof(struct pair *));
	size_t differ = 0, shown = 0;

	for (size_t i = 0; i < c->pairs; i++) {
		if (c->pair[i].verdict != SAME)
			order[differ++] = &c->pair[i];
	}
	if (differ)
		qsort(order, differ, sizeof(struct pair *), by_verdict);
	if (c->pairs) {
		fprintf(to, "<details><summary>%zu of %zu cells differ</summary>\n\n", differ,
			c->pairs);
		fputs("| trace | policy | verdict | fail | worse | better | changed "
		      "|\n|---|---|---|--:|--:|--:|--:|\n",
		      to);
		for (; shown < differ && (!most || shown < most); shown++)
			put_cell(to, order[shown]);
		if (shown < differ)
			fprintf(to, "\nand %zu more\n", differ - shown);
		fprintf(to, "\n%zu cells are the same.\n\n</details>\n", c->pairs - differ);
	}
	free(order);
}

static void put_report(FILE *to, const struct comparison *c, size_t rows, size_t lists)
{
	size_t shown = rows && rows < c->rows ? rows : c->rows;

	fputs("### vtick: ", to);
	put(to, c->headline);
	fputs("\n\n", to);
	for (int i = 0; i < 2; i++) {
		char *side = report_side(c, i);

		fprintf(to, "%s%s: ", i ? ", " : "", c->side[i].name);
		put(to, side);
		free(side);
	}
	fprintf(to, ". %zu cells, %zu metrics: ", c->pairs, c->compared);
	report_counts(to, c->count);
	fprintf(to, "; %zu fail.\n\n", c->failed);
	put_list(to, "**trouble**", &c->troubles, lists);
	put_list(to, "warning", &c->warnings, lists);
	put_list(to, "note", &c->notes, lists);
	if (shown) {
		fputs("| | trace | policy | metric | baseline | candidate | change | rule |\n"
		      "|---|---|---|---|--:|--:|---|---|\n",
		      to);
		for (size_t i = 0; i < shown; i++)
			put_row(to, &c->row[c->order[i]]);
		if (shown < c->rows)
			fprintf(to, "\nand %zu more\n", c->rows - shown);
		fputc('\n', to);
	}
	put_cells(to, c, rows);
	for (size_t i = 0; i < c->explained.n; i++) {
		fputs("\n<details><summary>where it happened</summary><pre>\n", to);
		put_lines(to, c->explained.text[i]);
		fputs("</pre></details>\n", to);
	}
	if (c->failed && c->on_fail) {
		fputc('\n', to);
		put(to, c->on_fail);
		fputc('\n', to);
	}
}

/* Fewer rows until it fits; the worst are kept. */
void report_markdown(FILE *to, const struct comparison *c, const struct report_options *o)
{
	size_t rows = o->rows, lists = o->bytes_max ? 20 : SIZE_MAX;

	for (;;) {
		char *text = NULL;
		size_t size = 0;
		FILE *f = open_memstream(&text, &size);

		if (!f)
			abort();
		put_report(f, c, rows, lists);
		if (fclose(f))
			abort();
		if (!o->bytes_max || size <= o->bytes_max || rows == 1) {
			/* One row of names that are too long all the same: what is left out is the
			 * end. */
			if (o->bytes_max && size > o->bytes_max)
				size = o->bytes_max;
			fwrite(text, 1, size, to);
			free(text);
			return;
		}
		free(text);
		size_t now = rows && rows < c->rows ? rows : c->rows;

		rows = now / 2 ? now / 2 : 1;
		lists = lists > 1 ? lists / 2 : 1;
	}
}
