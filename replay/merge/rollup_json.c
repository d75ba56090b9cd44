/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/merge/rollup.h"
#include "traces/base/json.h"

/* What documents keep exactly: json_exact(), of a number that may be beyond 64 bits or negative. */
static json_t *wide(__int128 n)
{
	if (n >= 0)
		return json_exact(n > JSON_EXACT_MAX ? (uint64_t)JSON_EXACT_MAX : (uint64_t)n);
	return json_integer(n < -JSON_EXACT_MAX ? -JSON_EXACT_MAX : (json_int_t)n);
}

static json_t *end_json(const struct rollup_end *end)
{
	if (!end->trace)
		return json_null();
	return json_make("{s:o, s:o}", "trace", json_text(end->trace), "ratio_ppm",
			 json_exact(rollup_ratio_ppm(end)));
}

static json_t *sum_json(const struct rollup_sum *s, const struct metric *m)
{
	json_t *o = json_object();
	const char *total = rollup_total_name(m);

	json_put_exact(o, "traces", s->traces);
	if (total)
		json_put(o, total, s->traces ? wide(s->total) : json_null());
	json_put(o, "ratio_ppm", s->ratios ? json_exact(rollup_mean_ppm(s)) : json_null());
	json_put_exact(o, "ratios", s->ratios);
	json_put_exact(o, "both_zero", s->both_zero);
	json_put_exact(o, "from_zero", s->from_zero);
	json_put_exact(o, "to_zero", s->to_zero);
	json_put_exact(o, "without", s->without);
	json_put(o, "least", end_json(&s->least));
	json_put(o, "most", end_json(&s->most));
	return o;
}

static json_t *policy_json(const struct rollup *r, size_t i)
{
	const struct rollup_policy *p = &r->policy[i];
	json_t *metrics = json_object();

	for (size_t m = 0; m < metric_count; m++) {
		if (rollup_has(r, m))
			json_put(metrics, metric_table[m].name,
				 sum_json(&p->sum[m], &metric_table[m]));
	}
	return json_make("{s:o, s:o, s:o, s:o, s:o}", "policy", json_text(r->common->label[i]),
			 "name", json_text(r->common->name[i]), "traces", json_exact(p->traces),
			 "lost", json_exact(p->lost), "metrics", metrics);
}

json_t *rollup_json(const struct rollup *r)
{
	json_t *policies = json_array(), *o;

	for (size_t i = 0; i < r->common->policies; i++)
		json_push(policies, policy_json(r, i));
	o = json_make("{s:o, s:o, s:o, s:o, s:o, s:o}", "base",
		      r->common->policies ? json_text(r->common->label[r->base]) : json_null(),
		      "traces", json_exact(r->traces), "unreadable", json_exact(r->unreadable),
		      "missing", json_exact(r->missing), "lost", json_exact(r->lost), "policies",
		      policies);
	return o;
}
