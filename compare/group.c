/* SPDX-License-Identifier: GPL-2.0-only */
#include "compare/group.h"
#include "compare/settled.h"

#include <stdlib.h>
#include <string.h>

#include "traces/base/mem.h"
#include "traces/base/sort.h"

/* A row and what it is sorted by. */
struct keyed {
	size_t row;
	const struct pair *pair;
	const char *cause;
	bool ignored;
	enum lean lean;
	bool fails;
};

/* ---- sorting rows into runs ---- */

static int by_variant(const struct keyed *x, const struct keyed *y)
{
	int order = strcmp(x->pair->family, y->pair->family);

	if (!order)
		order = strcmp(x->cause, y->cause);
	if (!order)
		order = x->ignored - y->ignored;
	return order ? order : strcmp(x->pair->policy, y->pair->policy);
}

static int compare_variant(const void *a, const void *b)
{
	const struct keyed *x = a, *y = b;
	int order = by_variant(x, y);

	return order ? order : order_u64(x->row, y->row);
}

static int by_group(const struct keyed *x, const struct keyed *y)
{
	int order = strcmp(x->pair->family, y->pair->family);

	if (!order)
		order = strcmp(x->cause, y->cause);
	if (!order)
		order = x->ignored - y->ignored;
	if (!order)
		order = x->fails - y->fails;
	return order ? order : (int)x->lean - (int)y->lean;
}

static int compare_group(const void *a, const void *b)
{
	const struct keyed *x = a, *y = b;
	int order = by_group(x, y);

	return order ? order : order_u64(x->row, y->row);
}

static bool says_something(const struct row *r)
{
	return r->verdict != SAME || r->gate != GATE_PASS || r->noisy;
}

/* What one variant's rows of a cause say together goes into each of them. */
static void lean(const struct comparison *c, struct keyed *k, size_t n)
{
	double sum = 0;
	bool fails = false, any = false;

	for (size_t i = 0; i < n; i++) {
		const struct row *r = &c->row[k[i].row];
		double distance = row_distance(r) + 1e-9; /* a direction alone counts a little */

		fails |= r->gate == GATE_FAIL;
		any |= r->verdict == WORSE || r->verdict == BETTER;
		sum += r->verdict == WORSE ? distance : r->verdict == BETTER ? -distance : 0;
	}
	for (size_t i = 0; i < n; i++) {
		k[i].fails = fails;
		k[i].lean = !any ? LEAN_NOT : sum >= 0 ? LEAN_WORSE : LEAN_BETTER;
	}
}

static struct keyed *key_rows(const struct comparison *c, size_t *n)
{
	struct keyed *k = vt_array(c->rows, sizeof(*k));

	*n = 0;
	for (size_t i = 0; i < c->rows; i++) {
		const struct row *r = &c->row[i];

		if (says_something(r))
			k[(*n)++] = (struct keyed){ .row = i,
						    .pair = r->pair,
						    .cause = metric_cause(r->metric),
						    .ignored = r->gate == GATE_IGNORED };
	}
	sort_by(k, *n, sizeof(*k), compare_variant);
	for (size_t i = 0, end; i < *n; i = end) {
		for (end = i + 1; end < *n && !by_variant(&k[i], &k[end]);)
			end++;
		lean(c, &k[i], end - i);
	}
	sort_by(k, *n, sizeof(*k), compare_group);
	return k;
}

/* ---- what a group is ---- */

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sorts @n texts and leaves each of them once. How many these are. */
static size_t distinct(const char **text, size_t n)
{
	size_t found = 0;

	sort_by(text, n, sizeof(*text), by_text);
	for (size_t i = 0; i < n; i++) {
		if (!found || strcmp(text[found - 1], text[i]) != 0)
			text[found++] = text[i];
	}
	return found;
}

static void count_family(const struct comparison *c, struct group *g)
{
	size_t most = c->pairs + c->settlements, policies = 0, settled = 0;
	const char **trace = vt_array(most, sizeof(*trace)),
		   **policy = vt_array(most, sizeof(*policy));

	for (size_t i = 0; i < c->pairs; i++) {
		if (strcmp(c->pair[i].family, g->family))
			continue;
		trace[g->of_cells] = c->pair[i].trace;
		policy[policies++] = c->pair[i].policy;
		g->of_cells++;
	}
	g->of_traces = distinct(trace, g->of_cells);
	for (size_t i = 0; i < c->settlements; i++) {
		if (strcmp(c->settled[i].family, g->family))
			continue;
		policy[policies++] = c->settled[i].policy;
		settled += c->settled[i].cells;
		g->of_traces += c->settled[i].traces;
	}
	g->of_cells += settled;
	g->of_variants = distinct(policy, policies);
	free(trace);
	free(policy);
}

static void count_group(const struct comparison *c, struct group *g)
{
	const char **trace = vt_array(g->rows, sizeof(*trace));
	size_t verdicts[VERDICTS] = { 0 };

	g->variant = vt_array(g->rows, sizeof(*g->variant));
	for (size_t i = 0; i < g->rows; i++) {
		const struct row *r = &c->row[g->row[i]];

		verdicts[r->verdict]++;
		g->failed += r->gate == GATE_FAIL;
		g->gate = r->gate > g->gate ? r->gate : g->gate;
		g->cells += !i || c->row[g->row[i - 1]].pair != r->pair;
		trace[i] = r->pair->trace;
		g->variant[i] = r->pair->policy;
	}
	g->verdict = verdict_of(verdicts);
	g->traces = distinct(trace, g->rows);
	g->variants = distinct(g->variant, g->rows);
	free(trace);
}

/* ---- their order ---- */

static int class_of(const struct group *g)
{
	static const int order[VERDICTS] = {
		[WORSE] = 0, [MIXED] = 1, [NOT_ENOUGH] = 2, [BETTER] = 3, [CHANGED] = 4, [SAME] = 5
	};

	return order[g->verdict];
}

/* What fails, what guests lost, what is worse; what is broad, for that is nearer to the cause; what
 * is large. */
static int by_badness(const struct group *x, const struct group *y)
{
	int fails = (y->failed > 0) - (x->failed > 0);
	int ignored = (x->gate == GATE_IGNORED) - (y->gate == GATE_IGNORED);
	bool lost = x->head->metric->loss && x->head->verdict == WORSE,
	     lost_too = y->head->metric->loss && y->head->verdict == WORSE;

	if (fails)
		return fails;
	if (ignored)
		return ignored;
	if (lost != lost_too)
		return lost ? -1 : 1;
	if (class_of(x) != class_of(y))
		return class_of(x) - class_of(y);
	if (x->cells != y->cells)
		return x->cells > y->cells ? -1 : 1;
	return x->distance > y->distance ? -1 : x->distance < y->distance;
}

static int compare_groups(const void *a, const void *b)
{
	const struct group *x = a, *y = b;
	int order = by_badness(x, y);

	return order ? order : order_u64(x->row[0], y->row[0]);
}

/* Worst first, but what is of one policy stays together. */
static void order_groups(struct comparison *c)
{
	struct group *sorted = vt_array(c->groups, sizeof(*sorted));
	bool *taken = vt_array(c->groups, sizeof(*taken));
	size_t n = 0;

	sort_by(c->group, c->groups, sizeof(*c->group), compare_groups);
	for (size_t i = 0; i < c->groups; i++) {
		for (size_t k = i; k < c->groups && !taken[i]; k++) {
			if (k != i && (taken[k] || strcmp(c->group[k].family, c->group[i].family)))
				continue;
			sorted[n++] = c->group[k];
			if (k != i)
				taken[k] = true;
		}
		taken[i] = true;
	}
	free(taken);
	free(c->group);
	c->group = sorted;
}

void comparison_group(struct comparison *c)
{
	size_t n;
	struct keyed *k = key_rows(c, &n);

	for (size_t i = 0, end; i < n; i = end) {
		for (end = i + 1; end < n && !by_group(&k[i], &k[end]);)
			end++;
		struct group g = { .family = k[i].pair->family,
				   .cause = k[i].cause,
				   .row = vt_array(end - i, sizeof(*g.row)),
				   .rows = end - i };

		for (size_t m = i; m < end; m++)
			g.row[m - i] = k[m].row;
		count_group(c, &g);
		count_family(c, &g);
		group_find_head(c, &g, k[i].lean);
		group_find_mean(c, &g);
		c->group = vt_realloc(c->group, (c->groups + 1) * sizeof(*c->group));
		c->group[c->groups++] = g;
	}
	free(k);
	order_groups(c);
}

void groups_free(struct comparison *c)
{
	for (size_t i = 0; i < c->groups; i++) {
		free(c->group[i].row);
		free(c->group[i].variant);
	}
	free(c->group);
}
