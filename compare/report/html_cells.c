/* SPDX-License-Identifier: GPL-2.0-only */
/* The cells of a trace side by side. */
#include "compare/report/html.h"

#include <stdlib.h>
#include <string.h>

#include "compare/report/report.h"
#include "replay/run/columns.h"

/* Beside the policy. */
#define COLUMNS (2 * COLUMNS_MAX)

struct sheet {
	struct html *h;
	const struct comparison *c;
	struct column column[COLUMNS];
	struct html_column title[COLUMNS + 1];
	size_t columns;
};

/* The row in which a metric of @p differs, or NULL. */
static const struct row *row_of(const struct comparison *c, const struct pair *p, size_t metric)
{
	for (size_t i = 0; i < p->rows; i++) {
		const struct row *r = &c->row[p->first_row + i];

		if (r->metric == &metric_table[metric] && r->element == NO_ELEMENT)
			return r;
	}
	return NULL;
}

static bool value_of(const struct cell *cell, const struct column *col, char *text, size_t size)
{
	const struct value *v =
	    cell && cell->value ? &cell->value[column_metric(col) - metric_table] : NULL;

	snprintf(text, size, "-");
	if (!v || v->state != VALUE_SET)
		return false;
	column_text(text, size, col, v->v, (uint64_t)cell->shape[SHAPE_DURATION],
		    (uint64_t)cell->shape[SHAPE_LPS]);
	return true;
}

/* What is the same stands once. A difference that the short form hides is shown all the same. */
static void put_value(struct sheet *s, const struct pair *p, const struct column *col)
{
	size_t metric = (size_t)(column_metric(col) - metric_table);
	const struct row *r = row_of(s->c, p, metric);
	char was[32], is[32], both[80];

	value_of(p->cell[0], col, was, sizeof(was));
	value_of(p->cell[1], col, is, sizeof(is));
	if (!r || r->verdict == SAME || (col->rate && !strcmp(was, is))) {
		html_cell(s->h, is);
		return;
	}
	snprintf(both, sizeof(both), "%s \xe2\x86\x92 %s", was, is);
	html_cell_marked(s->h, verdict_mark(r->verdict), both);
}

static void put_cell(struct sheet *s, const struct pair *p)
{
	char mark = verdict_mark(p->verdict);

	if (p->failed)
		mark = '!';
	html_row(s->h);
	html_cell(s->h, p->policy);
	html_cell_marked(s->h, mark, p->failed ? "fails" : verdict_name(p->verdict));
	for (size_t i = 0; i < s->columns; i++)
		put_value(s, p, &s->column[i]);
}

/* Has some cell what results of that kind alone have? */
static bool has(const struct comparison *c, enum metric_when when)
{
	struct column with[COLUMNS_MAX];
	size_t n = columns_choose(&columns_machine, ~0u, with);

	for (size_t i = 0; i < n; i++) {
		size_t metric = (size_t)(column_metric(&with[i]) - metric_table);

		if (metric_table[metric].when != when)
			continue;
		for (size_t k = 0; k < c->pairs; k++) {
			const struct cell *cell = c->pair[k].cell[1];

			if (cell && cell->value && cell_has(cell, metric))
				return true;
		}
	}
	return false;
}

static void choose(struct sheet *s)
{
	unsigned whens = ~(1u << WHEN_COSTS | 1u << WHEN_BOUND) |
			 (unsigned)has(s->c, WHEN_COSTS) << WHEN_COSTS |
			 (unsigned)has(s->c, WHEN_BOUND) << WHEN_BOUND;

	s->columns = columns_choose(&columns_machine, whens, s->column);
	s->columns += columns_choose(&columns_guest, whens, s->column + s->columns);
	s->title[0] = (struct html_column){ .title = "policy", .left = true };
	s->title[1] = (struct html_column){ .title = "verdict", .left = true };
	for (size_t i = 0; i < s->columns; i++)
		s->title[i + 2] = (struct html_column){ .group = s->column[i].group,
							.title = s->column[i].title };
}

/* The cells of one trace from @first on; how many. */
static size_t put_trace(struct sheet *s, size_t first, bool *timing)
{
	const struct pair *p = &s->c->pair[first];
	size_t n = 0, differ = 0;

	*timing = p->cell[1] && p->cell[1]->timing;
	while (first + n < s->c->pairs && !strcmp(p[n].trace, p->trace))
		differ += p[n++].verdict != SAME;
	if (*timing)
		return n;
	html_fold(s->h, differ > 0, "%s: %zu of %zu cells differ", p->trace, differ, n);
	html_table(s->h, NULL, s->title, s->columns + 2);
	for (size_t i = 0; i < n; i++)
		put_cell(s, &p[i]);
	html_table_end(s->h);
	html_unfold(s->h);
	return n;
}

void html_cells(struct html *h, const struct comparison *c)
{
	struct sheet s = { .h = h, .c = c };
	bool timing;

	if (!c->pairs)
		return;
	choose(&s);
	html_heading(h, 2, "The traces");
	for (size_t i = 0; i < c->pairs;)
		i += put_trace(&s, i, &timing);
}
