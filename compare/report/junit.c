/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * JUnit's XML as GitLab, Jenkins and GitHub read it: a test case for each cell, and one for each
 * trouble. GitLab drops cases of one name, so trace and policy with all that tells them apart are
 * the name.
 */
#include <stdlib.h>
#include <string.h>

#include "compare/report/report.h"
#include "traces/base/safe_text.h"

static void put(FILE *to, const char *text)
{
	safe_put(SAFE_XML, to, text);
}

static void put_line(FILE *to, const struct row *r)
{
	char base[NUMBER_SIZE], cand[NUMBER_SIZE], metric[96], change[300], rule[300];

	row_value_text(r, 0, base);
	row_value_text(r, 1, cand);
	row_metric_text(r, metric);
	row_change_text(r, change, sizeof(change));
	row_rule_text(r, rule, sizeof(rule));
	put(to, metric);
	fprintf(to, ": %s -&gt; %s, ", base, cand);
	put(to, change);
	fprintf(to, ", %s; ", verdict_name(r->verdict));
	put(to, rule);
	fputc('\n', to);
}

static void put_pair(FILE *to, const struct comparison *c, const struct pair *p)
{
	fputs("    <testcase classname=\"", to);
	put(to, p->trace);
	fputs("\" name=\"", to);
	put(to, p->policy);
	fputs("\">\n", to);
	if (p->failed) {
		fprintf(to, "      <failure type=\"%s\" message=\"%zu of its metrics fail\">",
			verdict_name(p->verdict), p->failed);
		for (size_t i = 0; i < p->rows; i++) {
			const struct row *r = &c->row[p->first_row + i];

			if (r->gate == GATE_FAIL)
				put_line(to, r);
		}
		fputs("</failure>\n", to);
	}
	fprintf(to, "      <system-out>%s: ", verdict_name(p->verdict));
	report_counts(to, p->count);
	fputs("</system-out>\n    </testcase>\n", to);
}

static void put_texts(FILE *to, const char *what, const struct texts *t)
{
	for (size_t i = 0; i < t->n; i++) {
		fprintf(to, "\n%s: ", what);
		put(to, t->text[i]);
	}
}

void report_junit(FILE *to, const struct comparison *c, const struct report_options *o)
{
	size_t failed = 0;

	(void)o;
	for (size_t i = 0; i < c->pairs; i++)
		failed += c->pair[i].failed != 0;
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", to);
	fprintf(
	    to,
	    "<testsuites name=\"vtick compare\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\">\n",
	    c->pairs + c->troubles.n, failed, c->troubles.n);
	fprintf(to,
		"  <testsuite name=\"vtick compare\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" "
		"skipped=\"0\">\n",
		c->pairs + c->troubles.n, failed, c->troubles.n);
	for (size_t i = 0; i < c->troubles.n; i++) {
		fprintf(
		    to,
		    "    <testcase classname=\"trouble\" name=\"%zu\">\n      <error type=\"not "
		    "comparable\" message=\"",
		    i + 1);
		put(to, c->troubles.text[i]);
		fputs("\"/>\n    </testcase>\n", to);
	}
	for (size_t i = 0; i < c->pairs; i++)
		put_pair(to, c, &c->pair[i]);
	fputs("    <system-out>", to);
	put(to, c->headline);
	put_texts(to, "warning", &c->warnings);
	put_texts(to, "note", &c->notes);
	fputs("</system-out>\n  </testsuite>\n</testsuites>\n", to);
}
