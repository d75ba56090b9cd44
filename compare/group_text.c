/* SPDX-License-Identifier: GPL-2.0-only */
/* A group in words. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "compare/group.h"

void group_policy_text(const struct group *g, char *text, size_t size)
{
	if (g->variants == 1)
		snprintf(text, size, "%s", g->variant[0]);
	else if (g->variants == g->of_variants)
		snprintf(text, size, "%s (%zu variants)", g->family, g->variants);
	else
		snprintf(text, size, "%s (%zu of %zu variants)", g->family, g->variants,
			 g->of_variants);
}

void group_traces_text(const struct group *g, char *text, size_t size)
{
	if (g->traces == 1)
		snprintf(text, size, "%s", g->head->pair->trace);
	else if (g->traces == g->of_traces)
		snprintf(text, size, "%zu traces", g->traces);
	else
		snprintf(text, size, "%zu of %zu traces", g->traces, g->of_traces);
}

void group_mean_text(const struct group *g, char text[NUMBER_SIZE])
{
	if (!isnan(g->mean.ratio))
		percent_text(g->mean.ratio - 1, text);
	else if (g->mean.from_zero || g->mean.to_zero)
		snprintf(text, NUMBER_SIZE, "%s", g->mean.from_zero ? "from 0" : "to 0");
	else
		snprintf(text, NUMBER_SIZE, "changed");
}

void group_zeros_text(const struct group *g, char *text, size_t size)
{
	const struct mean *m = &g->mean;

	*text = '\0';
	if (m->from_zero && m->to_zero)
		snprintf(text, size, "%zu from 0, %zu to 0", m->from_zero, m->to_zero);
	else if (m->from_zero || m->to_zero)
		snprintf(text, size, "%zu %s", m->from_zero + m->to_zero,
			 m->from_zero ? "from 0" : "to 0");
}

/* "switch=keep" of "virtual:switch=keep": the family's name stands beside it. */
static const char *parameters(const struct group *g, const char *policy)
{
	size_t n = strlen(g->family);

	return !strncmp(policy, g->family, n) && policy[n] == ':' ? policy + n + 1 : policy;
}

void group_worst_text(const struct group *g, char *text, size_t size)
{
	const struct pair *p = g->head->pair;
	char base[NUMBER_SIZE], cand[NUMBER_SIZE], change[160];

	row_value_text(g->head, 0, base);
	row_value_text(g->head, 1, cand);
	if (g->head->shift) /* where the two lie farthest apart */
		snprintf(change, sizeof(change), "at its %.4g %% quantile",
			 g->head->shift->quantile * 100);
	else
		row_change_text(g->head, change, sizeof(change));
	snprintf(text, size, "%s%s%s: %s -> %s, %s", p->trace, g->variants > 1 ? ", " : "",
		 g->variants > 1 ? parameters(g, p->policy) : "", base, cand, change);
}
