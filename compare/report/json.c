/* SPDX-License-Identifier: GPL-2.0-only */
/* For programs: vtick.compare/1, described in the man page. */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare/report/report.h"

static void put(json_t *o, const char *key, json_t *value)
{
	if (json_object_set_new(o, key, value))
		abort();
}

static void push(json_t *list, json_t *value)
{
	if (json_array_append_new(list, value))
		abort();
}

/* Text of a command line need not be UTF-8. */
static json_t *string(const char *text)
{
	json_t *v = json_string(text);
	char *copy;

	if (v)
		return v;
	copy = strdup(text);
	if (!copy)
		abort();
	for (char *p = copy; *p; p++) {
		if (*p & 0x80)
			*p = '?';
	}
	v = json_string(copy);
	free(copy);
	return v;
}

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
		return string(r->pair->cell[which]->digest);
	return r->value[which].state == VALUE_SET ? json_integer(r->value[which].v) : json_null();
}

static json_t *shift_json(const struct shift *s)
{
	json_t *o = json_object();

	put(o, "quantile", real(s->quantile));
	put(o, "ks", real(s->ks));
	put(o, "ks_at", json_integer(s->ks_at));
	put(o, "area", real(s->area));
	return o;
}

static json_t *noisy_json(const struct noisy *n)
{
	json_t *o = json_object();

	put(o, "runs", json_pack("[I, I]", (json_int_t)n->runs[0], (json_int_t)n->runs[1]));
	put(o, "u", real(n->test.u));
	put(o, "p", real(n->test.p));
	put(o, "p_adjusted", real(n->p_adjusted));
	put(o, "exact", json_boolean(n->test.exact));
	put(o, "ratio", real(n->shift.ratio));
	put(o, "ratio_low", real(n->shift.ratio_low));
	put(o, "ratio_high", real(n->shift.ratio_high));
	put(o, "shift", real(n->shift.shift));
	put(o, "shift_low", real(n->shift.shift_low));
	put(o, "shift_high", real(n->shift.shift_high));
	put(o, "runs_needed", n->needed ? count(n->needed) : json_null());
	return o;
}

static json_t *row_json(const struct row *r)
{
	json_t *o = json_object();
	char metric[96];

	row_metric_text(r, metric);
	put(o, "metric", string(metric));
	put(o, "kind", string(kind_name(r->metric->kind)));
	put(o, "class", string(metric_class(r->metric)));
	put(o, "better",
	    string(direction_name(r->rule->has_better ? r->rule->better : r->metric->better)));
	put(o, "unit", string(r->metric->unit));
	put(o, "baseline", value_json(r, 0));
	put(o, "candidate", value_json(r, 1));
	put(o, "change_percent", real(r->change * 100));
	put(o, "verdict", string(verdict_name(r->verdict)));
	put(o, "gate", string(gate_name(r->gate)));
	put(o, "rule", string(r->rule->name));
	put(o, "over_budget", json_boolean(r->over_budget));
	if (r->waiver)
		put(o, "waiver",
		    json_pack("{s:o, s:o, s:s}", "name", string(r->waiver->name), "reason",
			      string(r->waiver->reason), "until", r->waiver->until));
	if (r->shift)
		put(o, "shift", shift_json(r->shift));
	if (r->noisy)
		put(o, "samples", noisy_json(r->noisy));
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
		put(o, keys[i].key, count(n[keys[i].v]));
	return o;
}

static json_t *pair_json(const struct comparison *c, const struct pair *p)
{
	json_t *o = json_object(), *rows = json_array();

	put(o, "trace", string(p->trace));
	put(o, "policy", string(p->policy));
	put(o, "params", string(p->cell[1]->params_text));
	if (p->cell[1]->sha256)
		put(o, "sha256", string(p->cell[1]->sha256));
	put(o, "verdict", string(verdict_name(p->verdict)));
	put(o, "counts", counts_json(p->count));
	put(o, "failed", count(p->failed));
	for (size_t i = 0; i < p->rows; i++)
		push(rows, row_json(&c->row[p->first_row + i]));
	put(o, "metrics", rows);
	return o;
}

static json_t *side_json(const struct side *s)
{
	json_t *o = json_object(), *files = json_array();

	for (size_t i = 0; i < s->inputs; i++) {
		const char *text = s->input[i].provenance;
		json_t *provenance = text ? json_loads(text, JSON_DECODE_ANY, NULL) : NULL;
		json_t *file = json_object();

		put(file, "file", string(s->input[i].file));
		put(file, "provenance", provenance ? provenance : json_null());
		push(files, file);
	}
	put(o, "files", files);
	put(o, "select", s->select.text ? string(s->select.text) : json_null());
	return o;
}

static json_t *texts_json(const struct texts *t)
{
	json_t *list = json_array();

	for (size_t i = 0; i < t->n; i++)
		push(list, string(t->text[i]));
	return list;
}

void report_json(FILE *to, const struct comparison *c, const struct report_options *o)
{
	json_t *d = json_object(), *cells = json_array();

	(void)o;
	put(d, "schema", json_string("vtick.compare/1"));
	put(d, "verdict", string(verdict_name(c->verdict)));
	put(d, "gate", string(c->troubles.n ? "trouble" : c->failed ? "failed" : "passed"));
	put(d, "exit", count((size_t)comparison_exit(c)));
	put(d, "fail_on", string(c->fail_on == FAIL_ON_CHANGE ? "change" : "regression"));
	put(d, "headline", string(c->headline));
	put(d, "on_fail", c->on_fail ? string(c->on_fail) : json_null());
	put(d, "baseline", side_json(&c->side[0]));
	put(d, "candidate", side_json(&c->side[1]));
	put(d, "alpha", real(c->rules.alpha));
	put(d, "compared", count(c->compared));
	put(d, "counts", counts_json(c->count));
	put(d, "failed", count(c->failed));
	put(d, "within", count(c->within));
	put(d, "waived", count(c->waived));
	put(d, "ignored", count(c->ignored));
	put(d, "troubles", texts_json(&c->troubles));
	put(d, "warnings", texts_json(&c->warnings));
	put(d, "explained", texts_json(&c->explained));
	for (size_t i = 0; i < c->pairs; i++)
		push(cells, pair_json(c, &c->pair[i]));
	put(d, "cells", cells);
	if (json_dumpf(d, to, JSON_SORT_KEYS | JSON_INDENT(1) | JSON_REAL_PRECISION(12)))
		abort();
	fputc('\n', to);
	json_decref(d);
}
