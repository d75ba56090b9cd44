/* SPDX-License-Identifier: GPL-2.0-only */
/* RFC 4180, a line for each metric that differs; a first line that says what is what. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare/report/report.h"
#include "traces/base/safe_text.h"

static void put_field(FILE *to, const char *text)
{
	safe_put(SAFE_CSV, to, text);
	fputc(',', to);
}

static void put_row(FILE *to, const struct row *r)
{
	char text[NUMBER_SIZE], metric[96];

	put_field(to, r->pair->trace);
	put_field(to, r->pair->policy);
	row_metric_text(r, metric);
	put_field(to, metric);
	put_field(to, r->metric->unit);
	for (int i = 0; i < 2; i++) {
		row_value_text(r, i, text);
		put_field(to,
			  r->value[i].state == VALUE_SET || r->metric->kind == TEXT ? text : "");
	}
	if (isfinite(r->change))
		fprintf(to, "%.6g", r->change * 100);
	fputc(',', to);
	put_field(to, verdict_name(r->verdict));
	put_field(to, gate_name(r->gate));
	put_field(to, r->rule->name);
	if (r->noisy)
		fprintf(to, "%zu,%zu,%.6g,%.9g,%.9g", r->noisy->runs[0], r->noisy->runs[1],
			r->noisy->p_adjusted, (r->noisy->shift.ratio_low - 1) * 100,
			(r->noisy->shift.ratio_high - 1) * 100);
	else
		fputs(",,,,", to);
	fputs("\r\n", to);
}

static void put_trouble(FILE *to, const char *text)
{
	fputs(",,,,,,,not comparable,failed,", to);
	put_field(to, text);
	fputs(",,,,\r\n", to);
}

void report_csv(FILE *to, const struct comparison *c, const struct report_options *o)
{
	(void)o;
	fputs("trace,policy,metric,unit,baseline,candidate,change_percent,verdict,gate,rule,runs_"
	      "baseline,"
	      "runs_candidate,"
	      "p_adjusted,low_percent,high_percent\r\n",
	      to);
	for (size_t i = 0; i < c->troubles.n; i++)
		put_trouble(to, c->troubles.text[i]);
	for (size_t i = 0; i < c->rows; i++)
		put_row(to, &c->row[c->order[i]]);
}
