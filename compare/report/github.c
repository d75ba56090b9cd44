/* SPDX-License-Identifier: GPL-2.0-only */
/* Workflow commands of GitHub Actions. It shows ten errors and ten warnings of a step and drops the
 * rest. */
#include <stdlib.h>
#include <string.h>

#include "compare/report/report.h"
#include "traces/base/safe_text.h"

#define ANNOTATIONS_MAX 10

static void put(FILE *to, const char *text, bool property)
{
	safe_put(property ? SAFE_GITHUB_PROPERTY : SAFE_GITHUB, to, text);
}

static void annotate(FILE *to, const char *level, const char *title, const char *text)
{
	fprintf(to, "::%s title=", level);
	put(to, title, true);
	fputs("::", to);
	put(to, text, false);
	fputc('\n', to);
}

static void put_row(FILE *to, const struct row *r)
{
	char base[NUMBER_SIZE], cand[NUMBER_SIZE], metric[96], change[300], rule[300];
	char title[200], text[800];

	row_value_text(r, 0, base);
	row_value_text(r, 1, cand);
	row_metric_text(r, metric);
	row_change_text(r, change, sizeof(change));
	row_rule_text(r, rule, sizeof(rule));
	snprintf(title, sizeof(title), "%.90s %.90s", r->pair->trace, r->pair->policy);
	snprintf(text, sizeof(text), "%s %s -> %s, %s; %s", metric, base, cand, change, rule);
	annotate(to, "error", title, text);
}

static void put_more(FILE *to, const char *level, size_t left)
{
	char text[80];

	if (!left)
		return;
	snprintf(text, sizeof(text), "and %zu more: see the whole report", left);
	annotate(to, level, "vtick", text);
}

static void put_texts(FILE *to, const char *level, const struct texts *t, size_t most)
{
	for (size_t i = 0; i < t->n && i < most; i++)
		annotate(to, level, "vtick", t->text[i]);
	put_more(to, level, t->n > most ? t->n - most : 0);
}

void report_github(FILE *to, const struct comparison *c, const struct report_options *o)
{
	size_t room = ANNOTATIONS_MAX - 2, shown = 0; /* the headline, and "more" */
	bool bad = c->troubles.n || c->failed;

	(void)o;
	annotate(to, bad ? "error" : "notice", bad ? "vtick: gate failed" : "vtick: gate passed",
		 c->headline);
	/* The headline has the first of them. */
	for (size_t i = 1; i < c->troubles.n && shown < room; i++, shown++)
		annotate(to, "error", "vtick: not comparable", c->troubles.text[i]);
	size_t left = c->troubles.n ? c->troubles.n - 1 - shown : 0;
	size_t first = c->troubles.n ? 0 : 1, rows = first;

	for (; rows < c->failed && shown < room; rows++, shown++)
		put_row(to, &c->row[c->order[rows]]);
	left += rows < c->failed ? c->failed - rows : 0;
	put_more(to, "error", left);
	put_texts(to, "warning", &c->warnings, ANNOTATIONS_MAX - 1);
	put_texts(to, "notice", &c->notes, ANNOTATIONS_MAX - 3); /* the headline, on_fail, "more" */
	if (c->failed && c->on_fail)
		annotate(to, "notice", "vtick", c->on_fail);
}
