/* SPDX-License-Identifier: GPL-2.0-only */
/* For a comment on a pull request: what moved by policy and cause, worst first; the rest folded;
 * cut to what a comment takes. */
#include <stdlib.h>
#include <string.h>

#include "compare/group.h"
#include "compare/report/report.h"
#include "compare/settled.h"
#include "traces/base/human.h"
#include "traces/base/mem.h"
#include "traces/base/safe_text.h"
#include "traces/base/sort.h"

/* How many rows of what is folded there may be, and texts of a list. */
struct limits {
	size_t folded, lists;
};

static void put(FILE *to, const char *text)
{
	safe_put(SAFE_MARKDOWN, to, text);
}

/* Of several lines, as they are: between fences that are longer than any in it. */
static void put_code(FILE *to, const char *text)
{
	size_t fence = 3, run = 0;

	for (const char *p = text; *p; p++) {
		run = *p == '`' ? run + 1 : 0;
		fence = run >= fence ? run + 1 : fence;
	}
	for (size_t i = 0; i < fence; i++)
		fputc('`', to);
	fputc('\n', to);
	safe_lines(SAFE_UTF8, to, text);
	for (size_t i = 0; i < fence; i++)
		fputc('`', to);
	fputc('\n', to);
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

static void fold(FILE *to, size_t n, const char *what)
{
	fprintf(to, "<details><summary>%zu %s</summary>\n\n", n, what);
}

static void unfold(FILE *to)
{
	fputs("\n</details>\n\n", to);
}

/* Behind a table that was cut. */
static void put_more(FILE *to, size_t left)
{
	if (left)
		fprintf(to, "\nand %zu more\n", left);
}

static const char *word(enum gate gate, enum verdict verdict)
{
	return gate == GATE_FAIL   ? "**fails**"
	       : gate == GATE_PASS ? verdict_name(verdict)
				   : gate_name(gate);
}

/* The rule, where it lets something pass or is not the one that holds without any. */
static void put_rule(FILE *to, const struct row *r)
{
	char rule[300];

	row_rule_text(r, rule, sizeof(rule));
	if (r->noisy || (r->gate != GATE_PASS && strncmp(rule, "built-in", 8) != 0))
		put(to, rule);
}

/* ---- groups ---- */

static void put_group(FILE *to, const struct group *g)
{
	char policy[300], metric[96], mean[NUMBER_SIZE], zeros[80], worst[600];

	group_policy_text(g, policy, sizeof(policy));
	row_metric_text(g->head, metric);
	group_mean_text(g, mean);
	group_zeros_text(g, zeros, sizeof(zeros));
	group_worst_text(g, worst, sizeof(worst));
	fprintf(to, "| %s | ", word(g->gate, g->verdict));
	put(to, policy);
	fputs(" | ", to);
	put(to, metric);
	fputs(" | ", to);
	put(to, mean);
	fprintf(to, " | %zu of %zu%s%s | ", g->cells, g->of_cells,
		g->mean.cells && *zeros ? ", " : "", g->mean.cells ? zeros : "");
	put(to, worst);
	fputs(" | ", to);
	put_rule(to, g->head);
	fputs(" |\n", to);
}

static void put_groups(FILE *to, const struct comparison *c, size_t from, size_t end)
{
	if (from >= end)
		return;
	fputs("| | policy | metric | mean | cells | most in | rule |\n"
	      "|---|---|---|--:|---|---|---|\n",
	      to);
	for (size_t i = from; i < end; i++)
		put_group(to, &c->group[i]);
	fputc('\n', to);
}

static void put_all_groups(FILE *to, const struct comparison *c, size_t lines, size_t folded)
{
	size_t shown = lines && lines < c->groups ? lines : c->groups;
	size_t end = c->groups - shown > folded ? shown + folded : c->groups;

	put_groups(to, c, 0, shown);
	if (shown == c->groups)
		return;
	fold(to, c->groups - shown, "more");
	put_groups(to, c, shown, end);
	put_more(to, c->groups - end);
	unfold(to);
}

/* ---- cells ---- */

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
	const struct pair **order = vt_array(c->pairs, sizeof(*order));
	size_t differ = 0, shown = 0;
	char what[80];

	for (size_t i = 0; i < c->pairs; i++) {
		if (c->pair[i].verdict != SAME)
			order[differ++] = &c->pair[i];
	}
	sort_by(order, differ, sizeof(*order), by_verdict);
	if (differ) {
		snprintf(what, sizeof(what), "of %zu cell%s differ", comparison_cells(c),
			 human_s(comparison_cells(c)));
		fold(to, differ, what);
		fputs("| trace | policy | verdict | fail | worse | better | changed |\n"
		      "|---|---|---|--:|--:|--:|--:|\n",
		      to);
		for (; shown < differ && shown < most; shown++)
			put_cell(to, order[shown]);
		put_more(to, differ - shown);
		unfold(to);
	}
	free(order);
}

/* ---- rows ---- */

static void put_row(FILE *to, const struct row *r)
{
	char text[NUMBER_SIZE], metric[96], change[300];

	fprintf(to, "| %s | ", word(r->gate, r->verdict));
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
	row_change_text(r, change, sizeof(change));
	put(to, change);
	fputs(" | ", to);
	put_rule(to, r);
	fputs(" |\n", to);
}

static void put_rows(FILE *to, const struct comparison *c, size_t most)
{
	size_t shown = most < c->rows ? most : c->rows;

	if (!shown)
		return;
	fold(to, c->rows, "metrics of cells, each");
	fputs("| | trace | policy | metric | baseline | candidate | change | rule |\n"
	      "|---|---|---|---|--:|--:|---|---|\n",
	      to);
	for (size_t i = 0; i < shown; i++)
		put_row(to, &c->row[c->order[i]]);
	put_more(to, c->rows - shown);
	unfold(to);
}

/* ---- the whole ---- */

static void put_report(FILE *to, const struct comparison *c, const struct report_options *o,
		       const struct limits *l)
{
	if (c->title) {
		put(to, c->title);
		fputs("\n\n", to);
	}
	fputs("### vtick: ", to);
	put(to, c->headline);
	fputs("\n\n", to);
	for (int i = 0; i < 2; i++) {
		char *side = report_side(c, i);

		fprintf(to, "%s%s: ", i ? ", " : "", c->side[i].name);
		put(to, side);
		free(side);
		side = report_built(c, i);
		if (side) {
			fputs(" (", to);
			put(to, side);
			fputc(')', to);
		}
		free(side);
	}
	fprintf(to, ". %zu cell%s, %zu metric%s: ", comparison_cells(c),
		human_s(comparison_cells(c)), c->compared, human_s(c->compared));
	report_counts(to, c->count);
	fprintf(to, "; %zu fail.\n\n", c->failed);
	put_list(to, "**trouble**", &c->troubles, l->lists);
	put_list(to, "warning", &c->warnings, l->lists);
	put_list(to, "note", &c->notes, l->lists);
	put_all_groups(to, c, o->lines, l->folded);
	put_cells(to, c, l->folded);
	if (o->each)
		put_rows(to, c, l->folded);
	for (size_t i = 0; i < c->explained.n; i++) {
		fputs("<details><summary>where it happened</summary>\n\n", to);
		put_code(to, c->explained.text[i]);
		unfold(to);
	}
	if (c->failed && c->on_fail) {
		fputs("To do: ", to);
		put(to, c->on_fail);
		fputc('\n', to);
	}
}

static char *make_report(const struct comparison *c, const struct report_options *o,
			 const struct limits *l, size_t *size)
{
	char *text = NULL;
	FILE *f = vt_text_open(&text, size);

	put_report(f, c, o, l);
	vt_text_close(f);
	return text;
}

/* Less of what is folded, then fewer lines, until it fits; the worst are kept. */
void report_markdown(FILE *to, const struct comparison *c, const struct report_options *o)
{
	struct report_options options = *o;
	struct limits l = { .folded = o->bytes_max ? 1024 : SIZE_MAX,
			    .lists = o->bytes_max ? 20 : SIZE_MAX };
	size_t size;
	char *text = make_report(c, &options, &l, &size);

	if (o->bytes_max && (!options.lines || options.lines > c->groups))
		options.lines = c->groups;
	while (o->bytes_max && size > o->bytes_max && (l.folded || options.lines > 1)) {
		if (!l.folded)
			options.lines /= 2;
		l.folded /= 2;
		l.lists = l.lists > 1 ? l.lists / 2 : 1;
		free(text);
		text = make_report(c, &options, &l, &size);
	}
	/* One line of names that are too long all the same: what is left out is the end. */
	if (o->bytes_max && size > o->bytes_max) {
		size = o->bytes_max;
		while (size && (text[size] & 0xc0) == 0x80)
			size--;
	}
	fwrite(text, 1, size, to);
	free(text);
}
