/* SPDX-License-Identifier: GPL-2.0-only */
#include "compare/settled.h"

#include <stdlib.h>
#include <string.h>

#include "traces/base/mem.h"

size_t comparison_cells(const struct comparison *c)
{
	size_t cells = c->pairs;

	for (size_t i = 0; i < c->settlements; i++)
		cells += c->settled[i].cells;
	return cells;
}

static struct settled *find(struct comparison *c, const char *family, const char *policy)
{
	struct settled *s;

	for (size_t i = 0; i < c->settlements; i++) {
		s = &c->settled[i];
		if (!strcmp(s->family, family) && (!policy || !strcmp(s->policy, policy)))
			return s;
	}
	c->settled = vt_realloc(c->settled, (c->settlements + 1) * sizeof(*c->settled));
	s = &c->settled[c->settlements++];
	*s = (struct settled){ .family = vt_strdup(family),
			       .policy = vt_strdup(policy),
			       .above = vt_array(metric_count, sizeof(*s->above)) };
	return s;
}

static bool is_same(const struct pair *p)
{
	/* A row that a rule ignores is in no count. */
	return !p->rows && !p->cell[0]->timing && !cell_difference(p->cell[0], p->cell[1]);
}

static bool family_is_same(const struct comparison *c, size_t from, const char *family)
{
	for (size_t i = from; i < c->pairs; i++) {
		if (!strcmp(c->pair[i].family, family) && !is_same(&c->pair[i]))
			return false;
	}
	return true;
}

static void add(struct comparison *c, struct pair *p)
{
	struct settled *s = find(c, p->family, p->policy);

	s->cells++;
	for (size_t m = 0; m < metric_count; m++) {
		const struct value *v = &p->cell[1]->value[m];

		s->above[m] += metric_table[m].kind == NUMBER && v->state == VALUE_SET && v->v;
	}
	for (size_t v = 0; v < VERDICTS; v++)
		c->count[v] += p->count[v];
	pair_free(p);
}

/* Moves pair @i to the free place @to. */
static void move(struct comparison *c, size_t to, size_t i)
{
	if (to == i)
		return;
	c->pair[to] = c->pair[i];
	for (size_t k = 0; k < c->pair[to].rows; k++)
		c->row[c->pair[to].first_row + k].pair = &c->pair[to];
}

bool settle(struct comparison *c, size_t from)
{
	size_t n = c->pairs - from, left = from;
	bool *same = vt_array(n + 1, sizeof(*same));

	for (size_t i = 0; i < n; i++) {
		const struct pair *p = &c->pair[from + i];
		bool first = true;

		same[i] = family_is_same(c, from, p->family);
		for (size_t k = 0; k < i && first; k++)
			first = strcmp(c->pair[from + k].family, p->family) != 0;
		if (same[i] && first) {
			find(c, p->family, p->policy); /* with the policy that it begins with */
			find(c, p->family, NULL)->traces++;
		}
	}
	for (size_t i = 0; i < n; i++) {
		if (same[i])
			add(c, &c->pair[from + i]);
		else
			move(c, left++, from + i);
	}
	c->pairs = c->judged = left;
	free(same);
	return left == from;
}

void settled_free(struct comparison *c)
{
	for (size_t i = 0; i < c->settlements; i++) {
		free(c->settled[i].family);
		free(c->settled[i].policy);
		free(c->settled[i].above);
	}
	free(c->settled);
}
