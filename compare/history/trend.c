/* SPDX-License-Identifier: GPL-2.0-only */
#include "compare/history/trend.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "replay/run/columns.h"
#include "traces/base/mem.h"

/* What `replay` shows in its table, and what is timed. */
static bool is_shown(const char *metric)
{
	static const char *const timed[] = { "wall_ns", "memory_bytes" };
	const struct columns *all[] = { &columns_machine, &columns_guest };

	for (size_t i = 0; i < sizeof(timed) / sizeof(*timed); i++) {
		if (!strcmp(metric, timed[i]))
			return true;
	}
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		for (size_t k = 0; k < all[i]->n; k++) {
			if (!strcmp(metric, all[i]->column[k].metric))
				return true;
		}
	}
	return false;
}

/* Grows by doubling. */
static void *add(void *list, size_t n, size_t size)
{
	return n & (n - 1) ? list : vt_realloc(list, (n ? n * 2 : 1) * size);
}

static void add_point(struct trend_line *l, const struct trends *t, size_t night,
		      const struct store_value *v)
{
	l->point = add(l->point, l->n, sizeof(*l->point));
	l->point[l->n++] = (struct plot_point){
		(double)(night - t->from),
		v->type == STORE_INTEGER ? (double)v->integer : (double)NAN,
	};
}

/* The value that holds on the first night shown, each change after it, and the last night. */
static void add_points(struct trend_line *l, const struct trends *t, const struct series *one)
{
	const struct store_value *last = NULL;

	for (size_t i = 0; i < one->changes; i++) {
		const struct change *c = &one->change[i];

		if (c->night > t->from && last && !l->n)
			add_point(l, t, t->from, last);
		if (c->night >= t->from)
			add_point(l, t, c->night, &c->value);
		if (c->night > t->from && i)
			l->night = c->night;
		l->number |= c->value.type == STORE_INTEGER;
		last = &c->value;
	}
	if (last && !l->n)
		add_point(l, t, t->from, last);
	if (last && t->nights->n - 1 > t->from)
		add_point(l, t, t->nights->n - 1, last);
}

static char *step_text(const struct series *one)
{
	const struct change *last = &one->change[one->changes - 1];
	char *text = NULL;
	size_t size = 0;
	FILE *f;

	if (one->changes < 2)
		return vt_strdup("");
	f = vt_text_open(&text, &size);
	value_step(f, &last[-1].value, &last->value);
	vt_text_close(f);
	return text;
}

static struct trend *trend_of(struct trends *t, const struct series *one)
{
	struct trend *last = t->n ? &t->trend[t->n - 1] : NULL;

	if (last && !strcmp(last->metric, one->metric) && !strcmp(last->trace, one->trace))
		return last;
	t->trend = add(t->trend, t->n, sizeof(*t->trend));
	last = &t->trend[t->n++];
	*last = (struct trend){ .metric = vt_strdup(one->metric), .trace = vt_strdup(one->trace) };
	return last;
}

void trends_take(void *trends, const struct series *one)
{
	struct trends *t = trends;
	struct trend *trend;
	struct trend_line *l;
	char text[24];

	if (!one->changes || (t->chosen && !is_shown(one->metric)))
		return;
	trend = trend_of(t, one);
	trend->line = add(trend->line, trend->lines, sizeof(*trend->line));
	l = &trend->line[trend->lines++];
	*l = (struct trend_line){ .policy = vt_strdup(one->policy), .night = SIZE_MAX };
	add_points(l, t, one);
	l->last = vt_strdup(value_text(&one->change[one->changes - 1].value, text));
	l->step = step_text(one);
	trend->moved += l->night != SIZE_MAX;
}

void trends_free(struct trends *t)
{
	for (size_t i = 0; i < t->n; i++) {
		for (size_t k = 0; k < t->trend[i].lines; k++) {
			struct trend_line *l = &t->trend[i].line[k];

			free(l->policy);
			free(l->point);
			free(l->last);
			free(l->step);
		}
		free(t->trend[i].metric);
		free(t->trend[i].trace);
		free(t->trend[i].line);
	}
	free(t->trend);
}

char *trend_label(const struct trend *t, size_t i)
{
	const char *policy = t->line[i].policy;
	size_t n = strcspn(policy, ":");

	for (size_t k = 0; k < t->lines; k++) {
		const char *other = t->line[k].policy;

		if (k != i && !strncmp(other, policy, n) && (!other[n] || other[n] == ':'))
			return vt_strdup(policy);
	}
	return vt_strndup(policy, n);
}
