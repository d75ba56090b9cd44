/* SPDX-License-Identifier: GPL-2.0-only */
/* From rows to one verdict, and the order in which rows are told. */
#define _GNU_SOURCE
#include <inttypes.h>
#include <stdlib.h>

#include "compare/group.h"
#include "compare/settled.h"
#include "traces/base/mem.h"

static int class_of(const struct row *r)
{
	static const int order[VERDICTS] = {
		[WORSE] = 0, [NOT_ENOUGH] = 1, [BETTER] = 2, [CHANGED] = 3, [SAME] = 4
	};

	return order[r->verdict];
}

/* Worst first: what fails, what is worse, what guests lost before what costs, large before small.
 */
static int by_badness(const void *a, const void *b, void *rows)
{
	const struct row *row = rows, *x = &row[*(const size_t *)a], *y = &row[*(const size_t *)b];
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
	if (c->rows)
		qsort_r(c->order, c->rows, sizeof(*c->order), by_badness, c->row);
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
	cells[SAME] += comparison_cells(c) - c->pairs;
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
