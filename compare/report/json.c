/* SPDX-License-Identifier: GPL-2.0-only */
/* For programs: vtick.compare/1, described in the man page. */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare/group.h"
#include "compare/report/report.h"
#include "traces/base/json.h"

static json_t *real(double v)
{
	return isfinite(v) ? json_real(v) : json_null();
}

static json_t *count(size_t n)
{
	return json_integer((json_int_t)n);
}

static json_t *value_json(const struct row *r, int which)
{
	if (r->metric->kind == TEXT)
		return json_text(r->pair->cell[which]->digest);
	return r->value[which].state == VALUE_SET ? json_integer(r->value[which].v) : json_null();
}

static json_t *shift_json(const struct shift *s)
{
	json_t *o = json_object();

	json_put(o, "quantile", real(s->quantile));
	json_put(o, "ks", real(s->ks));
	json_put(o, "ks_at", json_integer(s->ks_at));
	json_put(o, "area", real(s->area));
	return o;
}

static json_t *noisy_json(const struct noisy *n)
{
	json_t *o = json_object();

	json_put(o, "runs", json_make("[I, I]", (json_int_t)n->runs[0], (json_int_t)n->runs[1]));
	json_put(o, "u", real(n->test.u));
	json_put(o, "p", real(n->test.p));
	json_put(o, "p_adjusted", real(n->p_adjusted));
	json_put(o, "exact", json_boolean(n->test.exact));
	json_put(o, "ratio", real(n->shift.ratio));
	json_put(o, "ratio_low", real(n->shift.ratio_low));
	json_put(o, "ratio_high", real(n->shift.ratio_high));
	json_put(o, "shift", real(n->shift.shift));
	json_put(o, "shift_low", real(n->shift.shift_low));
	json_put(o, "shift_high", real(n->shift.shift_high));
	json_put(o, "runs_needed", n->needed ? count(n->needed) : json_null());
	return o;
}

static json_t *row_json(const struct row *r)
{
	json_t *o = json_object();
	char metric[96];

	row_metric_text(r, metric);
	json_put(o, "metric", json_text(metric));
	json_put(o, "kind", json_text(kind_name(r->metric->kind)));
	json_put(o, "class", json_text(metric_class(r->metric)));
	json_put(
	    o, "better",
	    json_text(direction_name(r->rule->has_better ? r->rule->better : r->metric->better)));
	json_put(o, "unit", json_text(r->metric->unit));
	json_put(o, "baseline", value_json(r, 0));
	json_put(o, "candidate", value_json(r, 1));
	json_put(o, "change_percent", real(r->change * 100));
	json_put(o, "verdict", json_text(verdict_name(r->verdict)));
	json_put(o, "gate", json_text(gate_name(r->gate)));
	json_put(o, "rule", json_text(r->rule->name));
	json_put(o, "over_budget", json_boolean(r->over_budget));
	if (r->waiver)
		json_put(o, "waiver",
			 json_make("{s:o, s:o, s:s}", "name", json_text(r->waiver->name), "reason",
				   json_text(r->waiver->reason), "until", r->waiver->until));
	if (r->shift)
		json_put(o, "shift", shift_json(r->shift));
	if (r->noisy)
		json_put(o, "samples", noisy_json(r->noisy));
	return o;
}

static json_t *counts_json(const size_t n[VERDICTS])
{
	static const struct {
		const char *key;
		enum verdict v;
	} keys[] = {
		{ "better", BETTER },
		{ "worse", WORSE },
		{ "changed", CHANGED },
		{ "same", SAME },
		{ "not_enough_runs", NOT_ENOUGH },
	};
	json_t *o = json_object();

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		json_put(o, keys[i].key, count(n[keys[i].v]));
	return o;
}

static json_t *pair_json(const struct comparison *c, const struct pair *p)
{
	json_t *o = json_object(), *rows = json_array();

	json_put(o, "trace", json_text(p->trace));
	json_put(o, "policy", json_text(p->policy));
	json_put(o, "params", json_text(p->cell[1]->params_text));
	if (p->cell[1]->sha256)
		json_put(o, "sha256", json_text(p->cell[1]->sha256));
	json_put(o, "verdict", json_text(verdict_name(p->verdict)));
	json_put(o, "counts", counts_json(p->count));
	json_put(o, "failed", count(p->failed));
	for (size_t i = 0; i < p->rows; i++)
		json_push(rows, row_json(&c->row[p->first_row + i]));
	json_put(o, "metrics", rows);
	return o;
}

static json_t *worst_json(const struct row *r)
{
	json_t *o = json_object();
	char metric[96];

	row_metric_text(r, metric);
	json_put(o, "trace", json_text(r->pair->trace));
	json_put(o, "policy", json_text(r->pair->policy));
	json_put(o, "metric", json_text(metric));
	json_put(o, "baseline", value_json(r, 0));
	json_put(o, "candidate", value_json(r, 1));
	json_put(o, "change_percent", real(r->change * 100));
	json_put(o, "rule", json_text(r->rule->name));
	return o;
}

static json_t *mean_json(const struct mean *m)
{
	json_t *o = json_object();

	json_put(o, "ratio", real(m->ratio));
	json_put(o, "cells", count(m->cells));
	json_put(o, "from_zero", count(m->from_zero));
	json_put(o, "to_zero", count(m->to_zero));
	json_put(o, "without", count(m->without));
	return o;
}

static json_t *group_json(const struct group *g)
{
	json_t *o = json_object(), *variants = json_array();

	for (size_t i = 0; i < g->variants; i++)
		json_push(variants, json_text(g->variant[i]));
	json_put(o, "policy", json_text(g->family));
	json_put(o, "variants", variants);
	json_put(o, "variants_compared", count(g->of_variants));
	json_put(o, "cause", json_text(g->cause));
	json_put(o, "metric", json_text(g->head->metric->name));
	json_put(o, "verdict", json_text(verdict_name(g->verdict)));
	json_put(o, "gate", json_text(gate_name(g->gate)));
	json_put(o, "failed", count(g->failed));
	json_put(o, "metrics", count(g->rows));
	json_put(o, "cells", count(g->cells));
	json_put(o, "cells_compared", count(g->of_cells));
	json_put(o, "traces", count(g->traces));
	json_put(o, "traces_compared", count(g->of_traces));
	json_put(o, "mean", mean_json(&g->mean));
	json_put(o, "worst", worst_json(g->head));
	return o;
}

static json_t *side_json(const struct comparison *c, int side)
{
	const struct side *s = &c->side[side];
	json_t *o = json_object(), *files = json_array();
	char *built = report_built(c, side);

	for (size_t i = 0; i < s->inputs; i++) {
		const char *text = s->input[i].provenance;
		json_t *provenance = text ? json_loads(text, JSON_DECODE_ANY, NULL) : NULL;
		json_t *file = json_object();

		json_put(file, "file", json_text(s->input[i].file));
		json_put(file, "provenance", provenance ? provenance : json_null());
		json_push(files, file);
	}
	json_put(o, "files", files);
	json_put(o, "select", s->select.text ? json_text(s->select.text) : json_null());
	json_put(o, "built", built ? json_text(built) : json_null());
	free(built);
	return o;
}

static json_t *texts_json(const struct texts *t)
{
	json_t *list = json_array();

	for (size_t i = 0; i < t->n; i++)
		json_push(list, json_text(t->text[i]));
	return list;
}

void report_json(FILE *to, const struct comparison *c, const struct report_options *o)
{
	json_t *d = json_object(), *cells = json_array(), *groups = json_array();

	(void)o;
	json_put(d, "schema", json_text("vtick.compare/1"));
	json_put(d, "verdict", json_text(verdict_name(c->verdict)));
	json_put(d, "gate", json_text(c->troubles.n ? "trouble" : c->failed ? "failed" : "passed"));
	json_put(d, "exit", count((size_t)comparison_exit(c)));
	json_put(d, "fail_on", json_text(c->fail_on == FAIL_ON_CHANGE ? "change" : "regression"));
	json_put(d, "headline", json_text(c->headline));
	json_put(d, "title", c->title ? json_text(c->title) : json_null());
	json_put(d, "on_fail", c->on_fail ? json_text(c->on_fail) : json_null());
	json_put(d, "baseline", side_json(c, 0));
	json_put(d, "candidate", side_json(c, 1));
	json_put(d, "alpha", real(c->rules.alpha));
	json_put(d, "compared", count(c->compared));
	json_put(d, "counts", counts_json(c->count));
	json_put(d, "failed", count(c->failed));
	json_put(d, "within", count(c->within));
	json_put(d, "waived", count(c->waived));
	json_put(d, "ignored", count(c->ignored));
	json_put(d, "troubles", texts_json(&c->troubles));
	json_put(d, "warnings", texts_json(&c->warnings));
	json_put(d, "notes", texts_json(&c->notes));
	json_put(d, "explained", texts_json(&c->explained));
	for (size_t i = 0; i < c->pairs; i++)
		json_push(cells, pair_json(c, &c->pair[i]));
	json_put(d, "cells", cells);
	for (size_t i = 0; i < c->groups; i++)
		json_push(groups, group_json(&c->group[i]));
	json_put(d, "groups", groups);
	json_print_to(to, d, JSON_SORT_KEYS | JSON_INDENT(1) | JSON_REAL_PRECISION(12));
	json_decref(d);
}
