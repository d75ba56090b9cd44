/* SPDX-License-Identifier: GPL-2.0-only */
/* From rows to one verdict, and the order in which rows are told. */
#define _GNU_SOURCE
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare/comparison.h"
#include "compare/group.h"
#include "traces/base/cli.h"
#include "traces/base/mem.h"

const char *verdict_name(enum verdict v)
{
	static const char *const names[VERDICTS] = {
		[SAME] = "same",
		[BETTER] = "better",
		[WORSE] = "worse",
		[CHANGED] = "changed",
		[NOT_ENOUGH] = "not enough runs",
		[NOT_COMPARABLE] = "not comparable",
		[MIXED] = "mixed",
	};

	return names[v];
}

const char *gate_name(enum gate g)
{
	static const char *const names[] = { "passed", "within its limit", "ignored", "waived",
					     "failed" };

	return names[g];
}

void texts_add(struct texts *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	char *text = vt_vformat(fmt, ap);

	va_end(ap);
	if (!(t->n & (t->n - 1)))
		t->text = vt_realloc(t->text, (t->n ? t->n * 2 : 1) * sizeof(char *));
	t->text[t->n++] = text;
}

struct row *comparison_add_row(struct comparison *c)
{
	if (c->rows == c->rows_room) {
		c->rows_room = c->rows_room ? c->rows_room * 2 : 256;
		c->row = vt_realloc(c->row, c->rows_room * sizeof(*c->row));
	}
	return &c->row[c->rows++];
}

/* ---- text of numbers ---- */

/* A histogram of a golden, or one that is held against it. */
static bool row_hashed(const struct row *r)
{
	size_t i = (size_t)(r->metric - metric_table);

	return r->pair->cell[0]->dist[i].hashed || r->pair->cell[1]->dist[i].hashed;
}

void row_value_text(const struct row *r, int which, char text[NUMBER_SIZE])
{
	if (r->metric->kind == TEXT)
		snprintf(text, NUMBER_SIZE, "%s", r->pair->cell[which]->digest);
	else if (r->value[which].state == VALUE_SET)
		snprintf(text, NUMBER_SIZE, "%" PRId64, r->value[which].v);
	else if (r->metric->kind == DISTRIBUTION && row_hashed(r))
		snprintf(text, NUMBER_SIZE, "%016" PRIx64,
			 dist_hash(&r->pair->cell[which]->dist[r->metric - metric_table]));
	else if (r->metric->kind == DISTRIBUTION)
		snprintf(text, NUMBER_SIZE, "%s",
			 r->pair->cell[which]->dist[r->metric - metric_table].n ? "samples"
										: "none");
	else
		snprintf(text, NUMBER_SIZE, "none");
}

void percent_text(double change, char text[NUMBER_SIZE])
{
	double percent = change * 100;

	if (isnan(change))
		snprintf(text, NUMBER_SIZE, "-");
	else if (isinf(change))
		snprintf(text, NUMBER_SIZE, "from 0");
	else if (percent != 0 && fabs(percent) < 0.01)
		snprintf(text, NUMBER_SIZE, "%c<0.01 %%", percent < 0 ? '-' : '+');
	else
		snprintf(text, NUMBER_SIZE, "%+.*f %%",
			 fabs(percent) < 10	  ? 2
			 : fabs(percent) < 100000 ? 1
						  : 0,
			 percent);
}

void row_change_text(const struct row *r, char *text, size_t size)
{
	char percent[NUMBER_SIZE];

	percent_text(r->change, percent);
	if (r->noisy) {
		const struct stats_shift *s = &r->noisy->shift;

		if (isinf(s->ratio_high))
			snprintf(text, size, "%s, no interval", percent);
		else
			snprintf(text, size, "%s [%+.2f, %+.2f], p %.2g", percent,
				 (s->ratio_low - 1) * 100, (s->ratio_high - 1) * 100,
				 r->noisy->p_adjusted);
	} else if (r->shift) {
		snprintf(text, size, "%+" PRId64 " at the %.5g quantile, KS %.3g at %" PRId64,
			 r->value[1].v - r->value[0].v, r->shift->quantile, r->shift->ks,
			 r->shift->ks_at);
	} else if (!isnan(r->change)) {
		snprintf(text, size, "%+" PRId64 " (%s)", r->value[1].v - r->value[0].v, percent);
	} else {
		snprintf(text, size, "changed");
	}
}

void row_metric_text(const struct row *r, char text[96])
{
	const char *bracket = strstr(r->metric->name, "[]");

	if (bracket && r->element != NO_ELEMENT)
		snprintf(text, 96, "%.*s[%" PRIu32 "]%s", (int)(bracket - r->metric->name),
			 r->metric->name, r->element, bracket + 2);
	else
		snprintf(text, 96, "%s", r->metric->name);
}

void row_rule_text(const struct row *r, char *text, size_t size)
{
	const struct rule *u = r->rule;

	if (r->waiver)
		snprintf(text, size, "%s until %s: %s", r->waiver->name, r->waiver->until,
			 r->waiver->reason);
	else if (r->over_budget)
		snprintf(text, size, "%s: budget %" PRId64, u->name, u->budget);
	else if (r->noisy && r->verdict == NOT_ENOUGH && r->noisy->needed)
		snprintf(text, size, "%s; about %zu runs a side needed", u->name, r->noisy->needed);
	else if (u->has_percent && u->has_absolute)
		snprintf(text, size, "%s: %g %% or %" PRId64, u->name, u->percent, u->absolute);
	else if (u->has_percent && u->percent > 0 && strncmp(u->name, "built-in", 8))
		snprintf(text, size, "%s: %g %%", u->name, u->percent);
	else if (u->has_absolute)
		snprintf(text, size, "%s: %" PRId64, u->name, u->absolute);
	else if (u->has_budget)
		snprintf(text, size, "%s: budget %" PRId64, u->name, u->budget);
	else
		snprintf(text, size, "%s", u->name);
}

/* ---- verdicts ---- */

enum verdict verdict_of(const size_t count[VERDICTS])
{
	if (count[NOT_COMPARABLE])
		return NOT_COMPARABLE;
	if ((count[BETTER] && count[WORSE]) || count[MIXED])
		return MIXED;
	if (count[WORSE])
		return WORSE;
	if (count[BETTER])
		return BETTER;
	if (count[CHANGED])
		return CHANGED;
	return count[NOT_ENOUGH] ? NOT_ENOUGH : SAME;
}

static int class_of(const struct row *r)
{
	static const int order[VERDICTS] = {
		[WORSE] = 0, [NOT_ENOUGH] = 1, [BETTER] = 2, [CHANGED] = 3, [SAME] = 4
	};

	return order[r->verdict];
}

/* Sorted where rows are: qsort() has no room for a context. */
static const struct row *sorting;

/* Worst first: what fails, what is worse, what guests lost before what costs, large before small.
 */
static int by_badness(const void *a, const void *b)
{
	const struct row *x = &sorting[*(const size_t *)a], *y = &sorting[*(const size_t *)b];
	int fails = (y->gate == GATE_FAIL) - (x->gate == GATE_FAIL);
	int ignored = (x->gate == GATE_IGNORED) - (y->gate == GATE_IGNORED);
	int class = class_of(x) - class_of(y);
	int detail = (x->metric->kind == DETAIL) - (y->metric->kind == DETAIL);
	int loss = y->metric->loss - x->metric->loss;
	double p = row_distance(x), q = row_distance(y);

	if (fails)
		return fails;
	if (ignored)
		return ignored;
	if (class)
		return class;
	if (detail)
		return detail;
	if (loss)
		return loss;
	if (p != q)
		return p > q ? -1 : 1;
	return *(const size_t *)a < *(const size_t *)b ? -1 : 1;
}

static void order_rows(struct comparison *c)
{
	c->order = vt_alloc(c->rows * sizeof(*c->order));
	for (size_t i = 0; i < c->rows; i++)
		c->order[i] = i;
	sorting = c->row;
	if (c->rows)
		qsort(c->order, c->rows, sizeof(*c->order), by_badness);
	sorting = NULL;
}

static void count_all(struct comparison *c)
{
	size_t cells[VERDICTS] = { 0 };

	for (size_t i = 0; i < c->pairs; i++) {
		struct pair *p = &c->pair[i];

		p->verdict = verdict_of(p->count);
		cells[p->verdict]++;
		for (size_t v = 0; v < VERDICTS; v++)
			c->count[v] += p->count[v];
	}
	for (size_t i = 0; i < c->rows; i++) {
		struct row *r = &c->row[i];

		c->failed += r->gate == GATE_FAIL;
		r->pair->failed += r->gate == GATE_FAIL;
		c->waived += r->gate == GATE_WAIVED;
		c->within += r->gate == GATE_WITHIN;
	}
	c->verdict = c->troubles.n ? NOT_COMPARABLE : verdict_of(cells);
}

static void warn_of_unknown(struct comparison *c, const struct input *in)
{
	char age[80] = "";

	if (in->minor > metrics_minor())
		snprintf(age, sizeof(age), " (it is of minor %" PRIu32 ", this is %" PRIu32 ")",
			 in->minor, metrics_minor());
	texts_add(
	    &c->warnings,
	    "%s has numbers that this version does not know and does not compare, '%s' first%s",
	    in->file, in->unknown, age);
}

static void warn_of_rules(struct comparison *c)
{
	for (size_t i = c->rules.built_in; i < c->rules.count; i++) {
		if (!c->rules.rule[i].used)
			texts_add(&c->warnings, "%s matches nothing that was compared",
				  c->rules.rule[i].name);
		if (c->rules.rule[i].limits_hash)
			texts_add(&c->warnings,
				  "%s: its limit has no effect on histograms: of a golden they are "
				  "only same or changed",
				  c->rules.rule[i].name);
	}
	for (size_t i = 0; i < c->rules.waivers; i++) {
		const struct waiver *w = &c->rules.waiver[i];

		if (!w->used)
			texts_add(&c->warnings, "%s matches nothing that was compared", w->name);
		else if (w->expired)
			texts_add(&c->warnings, "%s expired after %s and has no effect: %s",
				  w->name, w->until, w->reason);
		else if (!w->needed)
			texts_add(&c->warnings, "%s is not needed: nothing fails without it",
				  w->name);
	}
	for (size_t i = 0; i < 2; i++) {
		for (size_t k = 0; k < c->side[i].inputs; k++) {
			const struct input *in = &c->side[i].input[k];

			if (in->unknown && !(i && c->side[1].input == c->side[0].input))
				warn_of_unknown(c, in);
		}
	}
}

void comparison_conclude(struct comparison *c)
{
	count_all(c);
	order_rows(c);
	comparison_group(c);
	warn_of_rules(c);
}

void comparison_run(struct comparison *c)
{
	comparison_pair(c);
	comparison_judge(c);
	comparison_conclude(c);
	comparison_headline(c);
}

int comparison_exit(const struct comparison *c)
{
	return c->troubles.n ? EXIT_TROUBLE : c->failed ? EXIT_GATE : EXIT_OK;
}

static void texts_free(struct texts *t)
{
	for (size_t i = 0; i < t->n; i++)
		free(t->text[i]);
	free(t->text);
}

static void side_free(struct side *s)
{
	for (size_t i = 0; i < s->cells; i++)
		free(s->key[i]);
	free(s->key);
	free(s->cell);
	free(s->select.policy);
	for (size_t i = 0; i < s->select.params; i++) {
		free(s->select.param[i].name);
		free(s->select.param[i].value);
	}
	free(s->select.param);
}

void comparison_free(struct comparison *c)
{
	for (size_t i = 0; i < c->pairs; i++) {
		free(c->pair[i].trace);
		free(c->pair[i].policy);
		free(c->pair[i].family);
		free(c->pair[i].rules_as);
	}
	for (size_t i = 0; i < c->rows; i++) {
		free(c->row[i].shift);
		free(c->row[i].noisy);
	}
	groups_free(c);
	free(c->pair);
	free(c->row);
	free(c->order);
	texts_free(&c->troubles);
	texts_free(&c->warnings);
	texts_free(&c->notes);
	free(c->noted);
	texts_free(&c->explained);
	free(c->headline);
	rules_free(&c->rules);
	side_free(&c->side[0]);
	side_free(&c->side[1]);
}
