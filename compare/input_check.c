/* SPDX-License-Identifier: GPL-2.0-only */
/* What a cell must have, by its age and kind, and whether what it says twice agrees. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare/input.h"
#include "traces/base/mem.h"

static int by_metric(const void *a, const void *b)
{
	const struct detail *x = a, *y = b;

	return (x->metric > y->metric) - (x->metric < y->metric);
}

static int by_place(const void *a, const void *b)
{
	const struct detail *x = a, *y = b;

	return x->metric != y->metric ? (x->metric > y->metric) - (x->metric < y->metric)
				      : (x->index > y->index) - (x->index < y->index);
}

/* True if @c is of a replay of the kind that has such metrics. */
static bool holds(const struct cell *c, enum metric_when when)
{
	switch (when) {
	case WHEN_COSTS:
		for (size_t i = 0; i < c->params; i++) {
			if (!strcmp(c->param[i].name, "costs"))
				return true;
		}
		return false;
	case WHEN_AGAINST_RECORDING:
		return c->against;
	default:
		return true;
	}
}

const struct detail *cell_detail(const struct cell *c, size_t metric, uint32_t index)
{
	const struct detail key = { .metric = (uint32_t)metric, .index = index };

	return c->details ? bsearch(&key, c->detail, c->details, sizeof(key), by_place) : NULL;
}

bool cell_has(const struct cell *c, size_t metric)
{
	switch (metric_table[metric].kind) {
	case NUMBER:
		return c->value[metric].state == VALUE_NULL || c->value[metric].state == VALUE_SET;
	case DISTRIBUTION:
		return c->dist[metric].present;
	case TEXT:
		return *c->digest;
	case DETAIL:
		return c->details && bsearch(&(struct detail){ .metric = (uint32_t)metric },
					     c->detail, c->details, sizeof(*c->detail), by_metric);
	default:
		return false;
	}
}

bool cell_predates(const struct cell *c, size_t metric)
{
	const struct metric *m = &metric_table[metric];

	return m->since > c->minor && holds(c, m->when) && !cell_has(c, metric) &&
	       (m->kind != NUMBER || c->value[metric].state == VALUE_ABSENT);
}

/* True if the cell must have @m: every result of its age and kind does. */
static bool expected(const struct cell *c, const struct metric *m)
{
	return m->since <= c->minor && holds(c, m->when);
}

static int lacks(struct scan *s, const struct cell *c, const char *name)
{
	return scan_fail(s, "the cell of trace '%.60s', policy '%.40s' lacks '%s'", c->trace,
			 c->policy, name);
}

/* Every LP has its element of a list, and every domain has all of its numbers. */
static int check_lists(const struct cell *c, struct scan *s)
{
	size_t *n = vt_alloc(metric_count * sizeof(*n));
	int failed = 0;

	if (c->shape[SHAPE_VPS] && !c->domains)
		failed = lacks(s, c, "per_domain");
	for (size_t i = 0; i < c->details; i++)
		n[c->detail[i].metric]++;
	for (size_t i = 0; i < metric_count && !failed; i++) {
		const struct metric *m = &metric_table[i];
		size_t want = m->in == IN_DOMAIN ? c->domains : (size_t)c->shape[SHAPE_LPS];

		if (m->kind != DETAIL || n[i] == want || (!n[i] && !expected(c, m)))
			continue;
		failed = scan_fail(s,
				   "the cell of trace '%.60s', policy '%.40s' has %zu "
				   "times '%s', expected %zu",
				   c->trace, c->policy, n[i], m->name, want);
	}
	free(n);
	return failed;
}

/* The metric beside @m in its object that is called @key, or METRIC_NONE. */
static size_t sibling(const struct metric *m, const char *key)
{
	char name[128];
	const char *dot = strrchr(m->name, '.');

	snprintf(name, sizeof(name), "%.*s.%s", dot ? (int)(dot - m->name) : 0, m->name, key);
	return metric_find(name);
}

/* A distribution that has a count beside it holds as many samples. */
static int check_count_of(const struct cell *c, struct scan *s, size_t metric)
{
	const struct metric *m = &metric_table[metric];
	size_t count;

	if (m->kind != DISTRIBUTION || !c->dist[metric].present || c->dist[metric].hashed)
		return 0;
	count = sibling(m, "count");
	if (count == METRIC_NONE || c->value[count].state != VALUE_SET)
		return 0;
	if (c->value[count].v < 0 || c->dist[metric].total != (uint64_t)c->value[count].v)
		return scan_fail(s, "%s holds %" PRIu64 " samples, but its count is %" PRId64,
				 m->name, c->dist[metric].total, c->value[count].v);
	return 0;
}

int input_check_cell(struct cell *c, struct scan *s)
{
	if (c->details)
		qsort(c->detail, c->details, sizeof(*c->detail), by_place);
	for (size_t i = 1; i < c->details; i++) {
		if (!by_place(&c->detail[i - 1], &c->detail[i]))
			return scan_fail(s, "%s of element %" PRIu32 " comes twice",
					 metric_table[c->detail[i].metric].name,
					 c->detail[i].index);
	}
	for (size_t i = 0; i < metric_count; i++) {
		const struct metric *m = &metric_table[i];

		if (m->kind == SAMPLES || m->kind == DETAIL)
			continue;
		if (expected(c, m) && !cell_has(c, i) &&
		    (m->kind != NUMBER || c->value[i].state != VALUE_EMPTY))
			return lacks(s, c, m->name);
		if (check_count_of(c, s, i))
			return -1;
	}
	return check_lists(c, s);
}

int input_check_cells(struct input *in, struct scan *s)
{
	for (size_t i = 0; i < in->cells; i++) {
		struct cell *c = &in->cell[i];

		c->minor = in->minor;
		if (c->timing || strcmp(c->status, "ok"))
			continue;
		s->pos = c->end;
		if (input_check_cell(c, s))
			return -1;
	}
	return 0;
}
