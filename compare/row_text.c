/* SPDX-License-Identifier: GPL-2.0-only */
/* The numbers of a row, its metric and its rule as text. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "compare/comparison.h"

/* A histogram of a golden, or one that is held against it. */
static bool row_hashed(const struct row *r)
{
	size_t i = (size_t)(r->metric - metric_table);

	return r->pair->cell[0]->dist[i].hashed || r->pair->cell[1]->dist[i].hashed;
}

void row_value_text(const struct row *r, int which, char text[NUMBER_SIZE])
{
	if (r->metric->kind == TEXT)
		snprintf(text, NUMBER_SIZE, "%s", r->pair->cell[which]->digest);
	else if (r->value[which].state == VALUE_SET)
		snprintf(text, NUMBER_SIZE, "%" PRId64, r->value[which].v);
	else if (r->metric->kind == DISTRIBUTION && row_hashed(r))
		snprintf(text, NUMBER_SIZE, "%016" PRIx64,
			 dist_hash(&r->pair->cell[which]->dist[r->metric - metric_table]));
	else if (r->metric->kind == DISTRIBUTION)
		snprintf(text, NUMBER_SIZE, "%s",
			 r->pair->cell[which]->dist[r->metric - metric_table].n ? "samples"
										: "none");
	else
		snprintf(text, NUMBER_SIZE, "none");
}

void percent_text(double change, char text[NUMBER_SIZE])
{
	double percent = change * 100;

	if (isnan(change))
		snprintf(text, NUMBER_SIZE, "-");
	else if (isinf(change))
		snprintf(text, NUMBER_SIZE, "from 0");
	else if (percent != 0 && fabs(percent) < 0.01)
		snprintf(text, NUMBER_SIZE, "%c<0.01 %%", percent < 0 ? '-' : '+');
	else
		snprintf(text, NUMBER_SIZE, "%+.*f %%",
			 fabs(percent) < 10	  ? 2
			 : fabs(percent) < 100000 ? 1
						  : 0,
			 percent);
}

void row_change_text(const struct row *r, char *text, size_t size)
{
	char percent[NUMBER_SIZE];

	percent_text(r->change, percent);
	if (r->noisy) {
		const struct stats_shift *s = &r->noisy->shift;

		if (isinf(s->ratio_high))
			snprintf(text, size, "%s, no interval", percent);
		else
			snprintf(text, size, "%s [%+.2f, %+.2f], p %.2g", percent,
				 (s->ratio_low - 1) * 100, (s->ratio_high - 1) * 100,
				 r->noisy->p_adjusted);
	} else if (r->shift) {
		snprintf(text, size, "%+" PRId64 " at the %.5g quantile, KS %.3g at %" PRId64,
			 r->value[1].v - r->value[0].v, r->shift->quantile, r->shift->ks,
			 r->shift->ks_at);
	} else if (!isnan(r->change)) {
		snprintf(text, size, "%+" PRId64 " (%s)", r->value[1].v - r->value[0].v, percent);
	} else {
		snprintf(text, size, "changed");
	}
}

void row_metric_text(const struct row *r, char text[96])
{
	const char *bracket = strstr(r->metric->name, "[]");

	if (bracket && r->element != NO_ELEMENT)
		snprintf(text, 96, "%.*s[%" PRIu32 "]%s", (int)(bracket - r->metric->name),
			 r->metric->name, r->element, bracket + 2);
	else
		snprintf(text, 96, "%s", r->metric->name);
}

void row_rule_text(const struct row *r, char *text, size_t size)
{
	const struct rule *u = r->rule;

	if (r->waiver)
		snprintf(text, size, "%s until %s: %s", r->waiver->name, r->waiver->until,
			 r->waiver->reason);
	else if (r->over_budget)
		snprintf(text, size, "%s: budget %" PRId64, u->name, u->budget);
	else if (r->noisy && r->verdict == NOT_ENOUGH && r->noisy->needed)
		snprintf(text, size, "%s; about %zu runs a side needed", u->name, r->noisy->needed);
	else if (u->has_percent && u->has_absolute)
		snprintf(text, size, "%s: %g %% or %" PRId64, u->name, u->percent, u->absolute);
	else if (u->has_percent && u->percent > 0 && strncmp(u->name, "built-in", 8))
		snprintf(text, size, "%s: %g %%", u->name, u->percent);
	else if (u->has_absolute)
		snprintf(text, size, "%s: %" PRId64, u->name, u->absolute);
	else if (u->has_budget)
		snprintf(text, size, "%s: budget %" PRId64, u->name, u->budget);
	else
		snprintf(text, size, "%s", u->name);
}
