/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For people: the verdict, then what moved by policy and cause, worst first. Lines are short enough
 * for a mail, but for the first, which tools look for; `mail` breaks that, too.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "compare/group.h"
#include "compare/report/report.h"
#include "compare/settled.h"
#include "traces/base/human.h"
#include "traces/base/mem.h"
#include "traces/base/safe_text.h"

static void put_plain(FILE *to, const char *text)
{
	safe_put(SAFE_TEXT, to, text);
}

/* At most @most of them; 0: all. */
static void put_texts(FILE *to, const char *what, const struct texts *t, size_t most)
{
	size_t shown = most && most < t->n ? most : t->n;

	for (size_t i = 0; i < shown; i++) {
		fprintf(to, "%s: ", what);
		put_plain(to, t->text[i]);
		fputc('\n', to);
	}
	if (shown < t->n)
		fprintf(to, "%s: %zu more, --rows 0 shows all\n", what, t->n - shown);
}

/* ---- groups ---- */

struct lines {
	FILE *to;
	const struct comparison *c;
	bool colour;
	int metric, mean; /* widths */
};

/* "virtual, 3 variants, 17 traces: 786 worse, 50 better; 836 fail" over the groups from @first that
 * are of one policy. */
static void put_policy(const struct lines *l, size_t first)
{
	const struct comparison *c = l->c;
	const struct group *g = &c->group[first];
	size_t failed = 0, count[VERDICTS] = { 0 };

	for (size_t i = first; i < c->groups && !strcmp(c->group[i].family, g->family); i++) {
		failed += c->group[i].failed;
		for (size_t k = 0; k < c->group[i].rows; k++)
			count[c->row[c->group[i].row[k]].verdict]++;
	}
	fputc('\n', l->to);
	put_plain(l->to, g->family);
	if (g->of_variants > 1)
		fprintf(l->to, ", %zu variants", g->of_variants);
	if (g->of_traces > 1)
		fprintf(l->to, ", %zu traces", g->of_traces);
	if (g->of_traces == 1) {
		fputs(", ", l->to);
		put_plain(l->to, g->head->pair->trace);
	}
	fputs(": ", l->to);
	report_counts(l->to, count);
	fprintf(l->to, "; %zu fail\n", failed);
}

/* Why it may or may not be, where that is not the built-in rule. */
static char *gate_text(const struct group *g)
{
	const char *word = report_gate(g->gate);
	char rule[300];

	row_rule_text(g->head, rule, sizeof(rule));
	if (!strncmp(rule, "built-in", 8) && !g->head->noisy)
		return vt_strdup(g->gate == GATE_FAIL ? "" : word);
	return vt_format("%s%s(%s)", word, *word ? " " : "", rule);
}

/* "48 of 51 cells, 24 from 0, 2 of 3 variants" */
static char *extent_text(const struct group *g)
{
	char zeros[80];

	group_zeros_text(g, zeros, sizeof(zeros));
	char *variants = g->variants == g->of_variants ? vt_strdup("")
			 : g->variants == 1
			     ? vt_format(", %s", g->variant[0])
			     : vt_format(", %zu of %zu variants", g->variants, g->of_variants);
	char *text =
	    vt_format("%zu of %zu cell%s%s%s%s", g->cells, g->of_cells, human_s(g->of_cells),
		      g->mean.cells && *zeros ? ", " : "", g->mean.cells ? zeros : "", variants);

	free(variants);
	return text;
}

/* The rest of a line, broken where it is too long. */
static void put_rest(const struct lines *l, const char *text, const char *gate, int at)
{
	char *all = vt_format("%s%s%s", text, *gate ? "; " : "", gate),
	     *plain = safe_text(SAFE_TEXT, all);

	report_fold(l->to, plain, at, 6);
	free(all);
	free(plain);
}

static void put_group(const struct lines *l, const struct group *g)
{
	const char mark = verdict_mark(g->verdict), *colour = report_colour(l->colour, mark);
	char metric[96], mean[NUMBER_SIZE], worst[600];
	char *gate = gate_text(g), *extent = extent_text(g);
	int at = 2 + l->metric + 2;

	row_metric_text(g->head, metric);
	group_mean_text(g, mean);
	group_worst_text(g, worst, sizeof(worst));
	fprintf(l->to, "%s%c %-*s  ", colour, mark, l->metric, metric);
	if (g->cells == 1) {
		/* Its trace stands in the line over it, if there is no other. */
		const char *what = g->of_cells == 1 ? strstr(worst, ": ") + 2 : worst;

		put_rest(l, what, gate, at);
	} else {
		fprintf(l->to, "%*s  ", l->mean, mean);
		put_rest(l, extent, gate, at + l->mean + 2);
		char *line =
			 vt_format("%s in %s", row_distance(g->head) > 0 ? "most" : "first", worst),
		     *plain = safe_text(SAFE_TEXT, line);

		fputs("    ", l->to);
		report_fold(l->to, plain, 4, 6);
		free(line);
		free(plain);
	}
	fputs(*colour ? "\033[0m" : "", l->to);
	free(gate);
	free(extent);
}

static void put_groups(FILE *to, const struct comparison *c, const struct report_options *o)
{
	struct lines l = { .to = to, .c = c, .colour = o->colour };
	size_t shown = o->lines && o->lines < c->groups ? o->lines : c->groups;

	for (size_t i = 0; i < shown; i++) {
		char metric[96], mean[NUMBER_SIZE];

		row_metric_text(c->group[i].head, metric);
		group_mean_text(&c->group[i], mean);
		l.metric = report_width(metric) > l.metric ? report_width(metric) : l.metric;
		l.mean = report_width(mean) > l.mean ? report_width(mean) : l.mean;
	}
	for (size_t i = 0; i < shown; i++) {
		if (!i || strcmp(c->group[i - 1].family, c->group[i].family))
			put_policy(&l, i);
		put_group(&l, &c->group[i]);
	}
	if (shown < c->groups)
		fprintf(to, "and %zu more, --rows 0 shows all\n", c->groups - shown);
	fputs("\n- worse  + better  ~ changed  ! mixed  ? not enough runs\n"
	      "% of several cells: the geometric mean of candidate / baseline over all of them\n",
	      to);
}

static void put_counts(FILE *to, const struct comparison *c)
{
	fprintf(to, "%zu cell%s, %zu metric%s: ", comparison_cells(c), human_s(comparison_cells(c)),
		c->compared, human_s(c->compared));
	report_counts(to, c->count);
	fprintf(to, "; %zu fail", c->failed);
	if (c->within)
		fprintf(to, ", %zu within limits", c->within);
	if (c->waived)
		fprintf(to, ", %zu waived", c->waived);
	if (c->ignored)
		fprintf(to, ", %zu ignored", c->ignored);
	fputc('\n', to);
}

void report_text(FILE *to, const struct comparison *c, const struct report_options *o)
{
	if (o->colour)
		fputs(c->troubles.n || c->failed ? "\033[1;31m" : "\033[1m", to);
	put_plain(to, c->headline);
	fputs(o->colour ? "\033[0m\n" : "\n", to);
	if (c->title)
		safe_print(SAFE_TEXT, to, "%s\n", c->title);
	for (int i = 0; i < 2; i++) {
		char *side = report_side(c, i);

		fprintf(to, "%-9s  ", c->side[i].name);
		put_plain(to, side);
		fputc('\n', to);
		free(side);
		side = report_built(c, i);
		if (side) {
			fprintf(to, "%-9s  ", "");
			put_plain(to, side);
			fputc('\n', to);
		}
		free(side);
	}
	put_counts(to, c);
	put_texts(to, "trouble", &c->troubles, o->lines);
	put_texts(to, "warning", &c->warnings, o->lines);
	put_texts(to, "note", &c->notes, o->lines);
	if (c->groups)
		put_groups(to, c, o);
	if (o->each && c->rows) {
		fputc('\n', to);
		report_table(to, c, o->colour);
	}
	for (size_t i = 0; i < c->explained.n; i++) {
		fputc('\n', to);
		safe_lines(SAFE_TEXT, to, c->explained.text[i]);
	}
	if (c->failed && c->on_fail) {
		fputc('\n', to);
		safe_print(SAFE_TEXT, to, "%s\n", c->on_fail);
	}
}
