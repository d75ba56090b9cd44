/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/merge/rollup.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "traces/base/mem.h"

static int find_base(struct rollup *r, const char *base, struct vt_error *err)
{
	const struct merge_common *c = r->common;
	size_t fit = 0;

	for (size_t i = 0; i < c->policies; i++) {
		if (!strcmp(c->label[i], base)) {
			r->base = i;
			return 0;
		}
	}
	for (size_t i = 0; i < c->policies; i++) {
		if (!strcmp(c->name[i], base)) {
			r->base = i;
			fit++;
		}
	}
	if (fit == 1)
		return 0;
	return vt_error_set(err, base, VT_NO_OFFSET,
			    fit ? "is the name of %zu policies of the results, expected one with "
				  "its parameters, as '%s'"
				: "is no policy of the results (%zu have that name), expected one "
				  "as '%s'",
			    fit, c->label[fit ? r->base : 0]);
}

int rollup_begin(struct rollup *r, const struct merge_common *common, const char *base,
		 struct vt_error *err)
{
	*r = (struct rollup){ .common = common };
	r->policy = vt_array(common->policies + 1, sizeof(*r->policy));
	for (size_t i = 0; i < common->policies; i++)
		r->policy[i].sum = vt_array(metric_count, sizeof(*r->policy[i].sum));
	return base ? find_base(r, base, err) : 0;
}

void rollup_free(struct rollup *r)
{
	for (size_t i = 0; r->policy && i < r->common->policies; i++) {
		for (size_t m = 0; m < metric_count; m++) {
			free(r->policy[i].sum[m].least.trace);
			free(r->policy[i].sum[m].most.trace);
		}
		free(r->policy[i].sum);
	}
	free(r->policy);
	*r = (struct rollup){ 0 };
}

/* ---- adding ---- */

static void add_total(struct rollup_sum *s, const struct metric *m, json_int_t v)
{
	bool first = !s->traces++;

	switch (m->over) {
	case OVER_ADD:
		s->total += v;
		break;
	case OVER_MAX:
		s->total = first || v > s->total ? v : s->total;
		break;
	case OVER_MIN:
		s->total = first || v < s->total ? v : s->total;
		break;
	case OVER_NOT:
		break;
	}
}

/* Below 0: @a is the smaller ratio. No product of two numbers below 2^63 passes 2^126. */
static int compare(const struct rollup_end *a, const struct rollup_end *b)
{
	unsigned __int128 x = (unsigned __int128)a->value * b->base;
	unsigned __int128 y = (unsigned __int128)b->value * a->base;

	return (x > y) - (x < y);
}

static void take_end(struct rollup_end *end, const struct rollup_end *now, int side,
		     const char *trace)
{
	if (end->trace && compare(now, end) * side <= 0)
		return;
	free(end->trace);
	*end = *now;
	end->trace = vt_strdup(trace);
}

static void add_ratio(struct rollup_sum *s, const json_t *value, const json_t *base,
		      const char *trace)
{
	json_int_t v = json_integer_value(value), b = json_integer_value(base);
	struct rollup_end now = { .value = (uint64_t)v, .base = (uint64_t)b };

	if (!json_is_integer(value) || !json_is_integer(base) || v < 0 || b < 0) {
		s->without++;
	} else if (!v || !b) {
		s->both_zero += !v && !b;
		s->from_zero += v && !b;
		s->to_zero += !v && b;
	} else {
		s->ratios++;
		s->logs += log((double)v / (double)b);
		take_end(&s->least, &now, -1, trace);
		take_end(&s->most, &now, 1, trace);
	}
}

static bool is_ok(const json_t *cell)
{
	const char *status = json_string_value(json_object_get(cell, "status"));

	return status && !strcmp(status, "ok");
}

void rollup_add(struct rollup *r, const char *name, const json_t *cells)
{
	const json_t *base = json_array_get(cells, r->base);
	bool has_base = is_ok(base), lost = false;

	r->traces++;
	for (size_t i = 0; i < r->common->policies; i++) {
		struct rollup_policy *p = &r->policy[i];
		const json_t *cell = json_array_get(cells, i);

		if (!is_ok(cell)) {
			p->lost++;
			lost = true;
			continue;
		}
		p->traces++;
		for (size_t m = 0; m < metric_count; m++) {
			const struct metric *metric = &metric_table[m];
			const json_t *value;

			if (metric->kind != NUMBER)
				continue;
			value = metric_value(cell, metric->name);
			if (json_is_integer(value))
				add_total(&p->sum[m], metric, json_integer_value(value));
			add_ratio(&p->sum[m], value,
				  has_base ? metric_value(base, metric->name) : NULL, name);
		}
	}
	r->lost += lost;
}

/* ---- asking ---- */

bool rollup_has(const struct rollup *r, size_t metric)
{
	for (size_t i = 0; i < r->common->policies; i++) {
		if (r->policy[i].sum[metric].traces)
			return true;
	}
	return false;
}

uint64_t rollup_mean_ppm(const struct rollup_sum *s)
{
	double mean;

	if (!s->ratios)
		return UINT64_MAX;
	mean = exp(s->logs / (double)s->ratios) * 1e6;
	return mean < 0x1p63 ? (uint64_t)llround(mean) : INT64_MAX;
}

uint64_t rollup_ratio_ppm(const struct rollup_end *end)
{
	unsigned __int128 ppm = ((unsigned __int128)end->value * 2000000 + end->base) /
				((unsigned __int128)end->base * 2);

	return ppm < INT64_MAX ? (uint64_t)ppm : INT64_MAX;
}

const char *rollup_total_name(const struct metric *m)
{
	static const char *const names[] = {
		[OVER_ADD] = "sum", [OVER_MAX] = "max", [OVER_MIN] = "min", [OVER_NOT] = NULL
	};

	return names[m->over];
}
