/* SPDX-License-Identifier: GPL-2.0-only */
/* The first line of every report: the verdict, and the worst of what was found. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare/comparison.h"
#include "compare/group.h"
#include "compare/settled.h"
#include "traces/base/human.h"
#include "traces/base/mem.h"

/* One cell: "mail, virtual: timer_interrupts.total 67679 -> 67680, +1 (+<0.01 %); RULE". */
static char *cell_sentence(const struct row *r)
{
	char base[NUMBER_SIZE], cand[NUMBER_SIZE], metric[96], change[160], rule[300];

	row_value_text(r, 0, base);
	row_value_text(r, 1, cand);
	row_metric_text(r, metric);
	row_change_text(r, change, sizeof(change));
	row_rule_text(r, rule, sizeof(rule));
	return vt_format("%s, %s: %s %s -> %s, %s; %s", r->pair->trace, r->pair->policy, metric,
			 base, cand, change, rule);
}

/* Many: "virtual (3 variants), 16 of 17 traces: firing_skew_ns.pend.sum +12.3 % in the mean, 4 from
 * 0, most in mail: 10 -> 20, +10 (+100.0 %); RULE". */
static char *group_sentence(const struct group *g)
{
	char policy[300], traces[200], metric[96], mean[NUMBER_SIZE], zeros[80], worst[600],
	    rule[300];

	if (g->cells == 1)
		return cell_sentence(g->head);
	group_policy_text(g, policy, sizeof(policy));
	group_traces_text(g, traces, sizeof(traces));
	row_metric_text(g->head, metric);
	group_mean_text(g, mean);
	group_zeros_text(g, zeros, sizeof(zeros));
	group_worst_text(g, worst, sizeof(worst));
	row_rule_text(g->head, rule, sizeof(rule));
	if (!g->mean.cells) /* there is no mean, or none but of zeros */
		return vt_format("%s, %s: %s %s, %s in %s; %s", policy, traces, metric,
				 *zeros ? zeros : mean,
				 row_distance(g->head) > 0 ? "most" : "first", worst, rule);
	return vt_format("%s, %s: %s %s in the mean%s%s, most in %s; %s", policy, traces, metric,
			 mean, *zeros ? ", " : "", zeros, worst, rule);
}

/* "; 11 more causes, no other policy": what else fails. */
static char *what_else(const struct comparison *c)
{
	size_t causes = 0, policies = 0;
	const char *last = c->group[0].family;

	for (size_t i = 1; i < c->groups; i++) {
		if (!c->group[i].failed)
			continue;
		causes += !strcmp(c->group[i].family, c->group[0].family);
		policies += strcmp(c->group[i].family, last) != 0;
		last = c->group[i].family;
	}
	if (!causes && !policies)
		return vt_strdup("");
	char *others = policies ? vt_format("%zu more polic%s", policies, human_y(policies))
				: vt_strdup("no other policy");
	char *text = causes ? vt_format("; %zu more cause%s, %s", causes, human_s(causes), others)
			    : vt_format("; %s", others);

	free(others);
	return text;
}

static char *of_troubles(const struct comparison *c)
{
	char *more =
	    c->troubles.n > 1 ? vt_format(" (and %zu more)", c->troubles.n - 1) : vt_strdup("");
	char *text = vt_format("not comparable: %s%s", c->troubles.text[0], more);

	free(more);
	return text;
}

static char *of_failure(const struct comparison *c)
{
	char *sentence = group_sentence(&c->group[0]), *more = what_else(c);
	char *text = vt_format("%s, gate failed: %s%s", verdict_name(c->verdict), sentence, more);

	free(sentence);
	free(more);
	return text;
}

static char *of_pass(const struct comparison *c)
{
	const char *metrics = c->compared == 1 ? "metric" : "metrics",
		   *cells = comparison_cells(c) == 1 ? "cell" : "cells";

	if (!c->groups || c->verdict == SAME)
		return vt_format("same, gate passed: %zu %s of %zu %s%s", c->compared, metrics,
				 comparison_cells(c), cells,
				 c->ignored ? ", but for what rules ignore" : "");
	char *sentence = group_sentence(&c->group[0]);
	char *text = vt_format("%s, gate passed: %zu of %zu %s in %zu %s differ, first %s",
			       verdict_name(c->verdict),
			       c->count[BETTER] + c->count[WORSE] + c->count[CHANGED], c->compared,
			       metrics, comparison_cells(c), cells, sentence);

	free(sentence);
	return text;
}

void comparison_headline(struct comparison *c)
{
	c->headline = c->troubles.n ? of_troubles(c) : c->failed ? of_failure(c) : of_pass(c);
}
