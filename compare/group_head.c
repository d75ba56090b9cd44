/* SPDX-License-Identifier: GPL-2.0-only */
/* The row that stands for a group, and the mean of its metric. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare/group.h"
#include "compare/settled.h"
#include "traces/base/mem.h"

double row_distance(const struct row *r)
{
	double b = fabs((double)r->value[0].v), c = fabs((double)r->value[1].v);

	if (r->noisy)
		return fabs(log(r->noisy->shift.ratio));
	if (r->value[0].state != r->value[1].state)
		return 1; /* samples where there were none, or none any more */
	return r->value[0].state == VALUE_SET ? fabs(log((c + 1) / (b + 1))) : 0;
}

/* What a metric has in a group. */
struct tally {
	size_t rows; /* that go the group's way */
	double distance;
	const struct row *worst;
};

static bool goes_with(const struct group *g, enum lean way, const struct row *r)
{
	if (g->failed && r->gate != GATE_FAIL)
		return false;
	return way == LEAN_NOT || r->verdict == (way == LEAN_WORSE ? WORSE : BETTER);
}

static double moved(const struct row *r)
{
	return fabs((double)r->value[1].v - (double)r->value[0].v);
}

static void count_row(struct tally *t, const struct row *r)
{
	double distance = row_distance(r);

	t->rows++;
	t->distance += distance;
	if (!t->worst || distance > row_distance(t->worst) ||
	    (distance == row_distance(t->worst) && moved(r) > moved(t->worst)))
		t->worst = r;
}

static bool ends_with(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);

	return n >= m && !strcmp(name + n - m, end);
}

/* A sum stands for its parts. */
static bool is_sum(const struct metric *m)
{
	return ends_with(m->name, ".total") || ends_with(m->name, ".sum");
}

static int rank_of_kind(const struct metric *m)
{
	static const int rank[] = {
		[NUMBER] = 0, [SAMPLES] = 0, [DISTRIBUTION] = 1, [TEXT] = 2, [DETAIL] = 3
	};

	return rank[m->kind];
}

/* Below 0: @a stands for the group rather than @b. */
static int by_weight(const struct tally *a, const struct tally *b)
{
	const struct metric *x = a->worst->metric, *y = b->worst->metric;

	if (rank_of_kind(x) != rank_of_kind(y))
		return rank_of_kind(x) - rank_of_kind(y);
	if (x->loss != y->loss)
		return y->loss - x->loss;
	if (a->rows != b->rows)
		return a->rows > b->rows ? -1 : 1;
	if (is_sum(x) != is_sum(y))
		return is_sum(y) - is_sum(x);
	return a->distance > b->distance ? -1 : a->distance < b->distance;
}

static const struct row *find_head(const struct comparison *c, struct group *g, enum lean way)
{
	struct tally *t = vt_array(metric_count, sizeof(*t)), *best = NULL;
	const struct row *head;

	for (size_t i = 0; i < g->rows; i++) {
		const struct row *r = &c->row[g->row[i]];

		if (!goes_with(g, way, r))
			continue;
		count_row(&t[r->metric - metric_table], r);
		g->distance = fmax(g->distance, row_distance(r));
	}
	for (size_t i = 0; i < metric_count; i++) {
		if (t[i].worst && (!best || by_weight(&t[i], best) < 0))
			best = &t[i];
	}
	/* Nothing that fails goes the way of the whole: what fails is told all the same. */
	head = best ? best->worst : NULL;
	free(t);
	return head ? head : way == LEAN_NOT ? &c->row[g->row[0]] : find_head(c, g, LEAN_NOT);
}

void group_find_head(const struct comparison *c, struct group *g, enum lean way)
{
	g->head = find_head(c, g, way);
}

static bool of_group(const struct group *g, const char *family, const char *policy)
{
	if (strcmp(family, g->family))
		return false;
	for (size_t i = 0; i < g->variants; i++) {
		if (!strcmp(g->variant[i], policy))
			return true;
	}
	return false;
}

static void take_ratio(struct mean *m, double *logs, const struct value v[2])
{
	double b = (double)v[0].v, c = (double)v[1].v;

	if (v[0].state != VALUE_SET || v[1].state != VALUE_SET) {
		m->without += v[0].state != v[1].state;
	} else if (b == 0 || c == 0) {
		m->from_zero += b == 0 && c != 0;
		m->to_zero += c == 0 && b != 0;
	} else if ((b < 0) != (c < 0)) {
		m->without++;
	} else {
		*logs += log(c / b);
		m->cells++;
	}
}

/* Over the cells that are the same, too: a mean of those that differ alone would say too much. */
void group_find_mean(const struct comparison *c, struct group *g)
{
	const struct metric *metric = g->head->metric;
	size_t at = (size_t)(metric - metric_table);
	double logs = 0;

	for (size_t i = 0; i < c->pairs && metric->kind == NUMBER; i++) {
		const struct pair *p = &c->pair[i];

		if (!p->cell[0]->timing && of_group(g, p->family, p->policy)) {
			const struct value v[2] = { p->cell[0]->value[at], p->cell[1]->value[at] };

			take_ratio(&g->mean, &logs, v);
		}
	}
	for (size_t i = 0; i < c->settlements && metric->kind == NUMBER; i++) {
		const struct settled *s = &c->settled[i];

		if (of_group(g, s->family, s->policy))
			g->mean.cells += s->above[at];
	}
	for (size_t i = 0; i < g->rows; i++) {
		const struct row *r = &c->row[g->row[i]];

		if (r->noisy && r->metric == metric) {
			logs += log(r->noisy->shift.ratio);
			g->mean.cells++;
		}
	}
	g->mean.ratio = g->mean.cells ? exp(logs / (double)g->mean.cells) : NAN;
}
