/* SPDX-License-Identifier: GPL-2.0-only */
/* What a cell must have, by its age and kind, and whether what it says twice agrees. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare/input.h"
#include "replay/engine/histogram.h"
#include "traces/base/mem.h"

static int by_metric(const void *a, const void *b)
{
	const struct detail *x = a, *y = b;

	return (x->metric > y->metric) - (x->metric < y->metric);
}

static bool has_param(const struct cell *c, const char *name)
{
	for (size_t i = 0; i < c->params; i++) {
		if (!strcmp(c->param[i].name, name))
			return true;
	}
	return false;
}

/* True if @c is of a replay of the kind that has such metrics. */
static bool holds(const struct cell *c, enum metric_when when)
{
	switch (when) {
	case WHEN_COSTS:
		return has_param(c, "costs");
	case WHEN_CLOSED_LOOP:
		return has_param(c, "loop");
	case WHEN_AGAINST_RECORDING:
		return c->against;
	case WHEN_BOUND:
		return c->bound;
	default:
		return true;
	}
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
		size_t want = m->in == IN_DOMAIN ? c->domains
			      : m->in == IN_VP	 ? (size_t)c->shape[SHAPE_VPS]
						 : (size_t)c->shape[SHAPE_LPS];

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

/*
 * Before percentiles were cut at the largest sample they could be the end of its bucket. That is
 * what such a result means.
 */
static void cut_percentile(struct value *v, const struct value *max)
{
	if (v->v > max->v && v->v <= histogram_upper(max->v))
		v->v = max->v;
}

/* @keys, siblings of @m, ascend, and without samples are none. */
static int check_ascending(struct cell *c, struct scan *s, const struct metric *m,
			   const char *const *keys, size_t n, bool samples)
{
	const struct value *max = &c->value[sibling(m, keys[n - 1])];
	size_t before = METRIC_NONE;

	for (size_t k = 0; k < n; k++) {
		size_t i = sibling(m, keys[k]);
		struct value *v = &c->value[i];
		char expected[120];

		if (v->state == VALUE_SET && !samples)
			return input_disagrees(s, c, &metric_table[i], v->v,
					       "none without a sample");
		if (v->state != VALUE_SET)
			continue;
		if (metric_table[i].form == FORM_PERCENTILE && max->state == VALUE_SET)
			cut_percentile(v, max);
		if (before != METRIC_NONE && v->v < c->value[before].v) {
			snprintf(expected, sizeof(expected), "at least %s, %" PRId64,
				 metric_table[before].name, c->value[before].v);
			return input_disagrees(s, c, &metric_table[i], v->v, expected);
		}
		before = i;
	}
	return 0;
}

/* What is said of the samples that @count counts can be true. */
static int check_samples(struct cell *c, struct scan *s, size_t count)
{
	static const char *const keys[] = { "min", "p50", "p90", "p99", "p999", "max" };
	const struct metric *m = &metric_table[count];
	size_t sum, min, max;
	int64_t n, total;

	if (m->form != FORM_SAMPLES || c->value[count].state != VALUE_SET)
		return 0;
	sum = sibling(m, "sum");
	min = sibling(m, "min");
	max = sibling(m, "max");
	n = c->value[count].v;
	total = c->value[sum].v;
	if (check_ascending(c, s, m, keys, sizeof(keys) / sizeof(*keys), n > 0))
		return -1;
	if (c->value[min].state != VALUE_SET || c->value[max].state != VALUE_SET)
		return total && !n
			   ? input_disagrees(s, c, &metric_table[sum], total, "0 without a sample")
			   : 0;

	__int128 least = (__int128)n * c->value[min].v, most = (__int128)n * c->value[max].v;

	/* One that is larger than results hold stands at their limit. */
	if ((total < least && total != SCAN_INTEGER_MAX) ||
	    (total > most && total != -SCAN_INTEGER_MAX))
		return input_disagrees(s, c, &metric_table[sum], total,
				       "its count times what lies between its min and max");
	return 0;
}

/* Of the distances to what was recorded, too, the percentiles ascend. */
static int check_distance(const struct cell *c, struct scan *s, size_t median)
{
	const struct metric *m = &metric_table[median];
	const char *key = strrchr(m->name, '.');
	char expected[120];
	size_t p99;

	if (!key || strcmp(key, ".abs_p50"))
		return 0;
	p99 = sibling(m, "abs_p99");
	if (c->value[median].state != VALUE_SET || c->value[p99].state != VALUE_SET ||
	    c->value[p99].v >= c->value[median].v)
		return 0;
	snprintf(expected, sizeof(expected), "at least %s, %" PRId64, m->name, c->value[median].v);
	return input_disagrees(s, c, &metric_table[p99], c->value[p99].v, expected);
}

int input_check_cell(struct cell *c, struct scan *s)
{
	cell_sort_details(c);
	for (size_t i = 1; i < c->details; i++) {
		if (!cell_by_place(&c->detail[i - 1], &c->detail[i]))
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
	for (size_t i = 0; i < metric_count; i++) {
		if (check_samples(c, s, i) || check_distance(c, s, i))
			return -1;
	}
	return check_lists(c, s) ? -1 : input_check_sums(c, s);
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
