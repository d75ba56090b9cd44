/* SPDX-License-Identifier: GPL-2.0-only */
/* The counters of a finished cell as RESULT.md's JSON, by the catalogue. */
#include "replay/engine/metrics.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "replay/catalogue.h"
#include "replay/engine/json.h"
#include "replay/engine/lengths.h"
#include "replay/engine/truth.h"
#include "replay/watch/fidelity_json.h"
#include "traces/base/json.h"
#include "traces/base/mem.h"

struct domain {
	uint32_t number;
	struct vp_counts counts;
};

/* What the elements of lists are made of. */
struct parts {
	const struct engine *e;
	struct domain *domain;
	uint32_t domains;
};

/* ---- putting counters together ---- */

static void add_one(const struct metric *m, char *sum, const char *one)
{
	const uint64_t *n = (const void *)(one + m->at);
	uint64_t *all = (void *)(sum + m->at);

	if (m->form == FORM_WIDE)
		*(__int128 *)(void *)all += *(const __int128 *)(const void *)n;
	else if (m->sum == SUM_ADD)
		count_add(all, *n);
	else if (m->form == FORM_SIGNED ? *(const int64_t *)n > *(int64_t *)all : *n > *all)
		*all = *n;
}

/* Adds @one to @sum, both of the struct that @in says. */
static void add_counts(enum metric_in in, void *sum, const void *one)
{
	for (size_t i = 0; i < metric_count; i++) {
		const struct metric *m = &metric_table[i];

		if (m->in == in && m->sum != SUM_MADE)
			add_one(m, sum, one);
	}
}

static uint64_t mean_milli(unsigned __int128 sum, unsigned __int128 ticks)
{
	return ticks ? (uint64_t)(sum * 1000 / ticks) : 0;
}

static void sum_lps(struct engine *e)
{
	struct lp_counts *all = &e->counts.lps;
	unsigned __int128 sum = 0, guest_sum = 0;
	uint64_t end = e->meta->end;

	for (uint32_t i = 0; i < e->meta->lps; i++) {
		struct lp_state *l = &e->lp[i];
		unsigned __int128 lp = lengths_area(l), guest = lengths_guest_area(l);

		l->counts.len_mean_milli = mean_milli(lp, end);
		l->counts.guest_len_mean_milli = mean_milli(guest, end);
		add_counts(IN_LP, all, &l->counts);
		sum += lp;
		guest_sum += guest;
	}
	all->len_mean_milli = mean_milli(sum, (unsigned __int128)end * e->meta->lps);
	all->guest_len_mean_milli = mean_milli(guest_sum, (unsigned __int128)end * e->meta->lps);
}

static void sum_vps(struct engine *e)
{
	uint64_t h = TRUTH_DIGEST_START;

	e->counts.vps.pend_max = COUNT_NONE;
	for (uint32_t i = 0; i < e->meta->vps; i++) {
		add_counts(IN_DOMAIN, &e->counts.vps, &e->vp[i].counts);
		h = truth_mix(h, (int64_t)e->vp[i].digest);
	}
	e->counts.digest = h;
}

struct vp_ref {
	uint32_t domain;
	uint32_t vp;
};

static int by_domain(const void *a, const void *b)
{
	const struct vp_ref *x = a, *y = b;

	return x->domain != y->domain ? (x->domain > y->domain) - (x->domain < y->domain)
				      : (x->vp > y->vp) - (x->vp < y->vp);
}

/* The domains in order, each with what its VPs add up to. */
static void sum_domains(struct parts *p)
{
	const struct engine *e = p->e;
	uint32_t vps = e->meta->vps;
	struct vp_ref *ref = vt_alloc(vps * sizeof(*ref));

	p->domain = vt_alloc(vps * sizeof(*p->domain));
	for (uint32_t i = 0; i < vps; i++)
		ref[i] = (struct vp_ref){ .domain = e->meta->vp[i].domain, .vp = i };
	qsort(ref, vps, sizeof(*ref), by_domain);
	for (uint32_t i = 0; i < vps; i++) {
		if (!i || ref[i].domain != ref[i - 1].domain)
			p->domain[p->domains++] = (struct domain){ .number = ref[i].domain,
								   .counts.pend_max = COUNT_NONE };
		add_counts(IN_DOMAIN, &p->domain[p->domains - 1].counts, &e->vp[ref[i].vp].counts);
	}
	free(ref);
}

/* ---- their JSON ---- */

static json_t *by_length_json(const struct engine *e)
{
	json_t *o = json_object();

	for (uint32_t len = 0; len <= e->counts.lps.len_max; len++) {
		unsigned __int128 ticks = 0;
		char key[12];

		for (uint32_t i = 0; i < e->meta->lps; i++)
			ticks += len < e->lp[i].lengths ? e->lp[i].by_len[len] : 0;
		if (!ticks)
			continue;
		snprintf(key, sizeof(key), "%" PRIu32, len);
		json_put(o, key, json_int(engine_ns(e, (__int128)ticks)));
	}
	return o;
}

static json_t *digest_json(uint64_t digest)
{
	char hex[17];

	snprintf(hex, sizeof(hex), "%016" PRIx64, digest);
	return json_text(hex);
}

static json_t *signed_json(int64_t n)
{
	return n == COUNT_NONE ? json_null() : json_int(n);
}

/* A member of the distribution @h. */
static json_t *member_json(const struct metric *m, const struct histogram *h)
{
	struct histogram_totals t = histogram_totals(h);

	switch (m->form) {
	case FORM_SAMPLES:
		return json_int((__int128)t.count);
	case FORM_SUM:
		return json_int(t.sum);
	case FORM_BUCKETS:
		return histogram_buckets(h);
	default:
		break;
	}
	if (!t.count)
		return json_null();
	return json_int(m->form == FORM_MIN   ? t.min
			: m->form == FORM_MAX ? t.max
					      : histogram_percentile(h, m->per_mille));
}

/* The metric @m of @counts, the struct that it is counted in. */
static json_t *value_json(const struct engine *e, const struct metric *m, const void *counts)
{
	const void *at = (const char *)counts + m->at;

	switch (m->form) {
	case FORM_COUNT:
		return json_int((__int128)*(const uint64_t *)at);
	case FORM_TICKS:
		return json_int(engine_ns(e, (__int128)*(const uint64_t *)at));
	case FORM_SIGNED:
		return signed_json(*(const int64_t *)at);
	case FORM_WIDE:
		return json_int(*(const __int128 *)at);
	case FORM_DIGEST:
		return digest_json(*(const uint64_t *)at);
	case FORM_BY_LENGTH:
		return by_length_json(e);
	default:
		return member_json(m, at);
	}
}

/* The member of @o that @path names up to its end or a dot, made of @make if it is not there;
 * *path is behind it then. */
static json_t *enter(json_t *o, const char **path, json_t *(*make)(void))
{
	char key[64];
	size_t n = strcspn(*path, ".[");
	json_t *value;

	if (n >= sizeof(key))
		abort();
	memcpy(key, *path, n);
	key[n] = '\0';
	*path += n;
	value = json_object_get(o, key);
	if (value)
		return value;
	value = make();
	json_put(o, key, value);
	return value;
}

/* Puts @value at @path below @o. */
static void put_at(json_t *o, const char *path, json_t *value)
{
	while (strchr(path, '.')) {
		o = enter(o, &path, json_object);
		path++;
	}
	json_put(o, path, value);
}

/* The list of @path below @o, of @n objects; *path is what their metric is called in them. */
static json_t *enter_list(json_t *o, const char **path, uint32_t n)
{
	const char *bracket = strchr(*path, '[');

	while (*path + strcspn(*path, ".") < bracket) {
		o = enter(o, path, json_object);
		++*path;
	}
	o = enter(o, path, json_array);
	*path = bracket + strlen("[].");
	while (json_array_size(o) < n)
		json_push(o, json_object());
	return o;
}

static void put_details(json_t *cell, const struct parts *p, const struct metric *m)
{
	uint32_t n = m->in == IN_LP ? p->e->meta->lps : p->domains;
	const char *path = m->name;
	json_t *list = enter_list(cell, &path, n);

	for (uint32_t i = 0; i < n; i++) {
		const void *counts =
		    m->in == IN_LP ? (const void *)&p->e->lp[i].counts : &p->domain[i].counts;

		put_at(json_array_get(list, i), path, value_json(p->e, m, counts));
	}
}

static void put_metric(json_t *cell, const struct parts *p, const struct metric *m)
{
	if (m->in == IN_OTHERS || m->in == IN_VP || (m->when == WHEN_COSTS && !p->e->options.costs))
		return;
	if (m->when == WHEN_RECORDED && !p->e->observed)
		put_at(cell, m->object, json_null());
	else if (m->in == IN_CELL)
		put_at(cell, m->name, value_json(p->e, m, &p->e->counts));
	else
		put_details(cell, p, m);
}

json_t *metrics_json(struct engine *e)
{
	struct counts *c = &e->counts;
	struct parts p = { .e = e };
	json_t *cell = json_object(), *domains;

	sum_lps(e);
	sum_vps(e);
	sum_domains(&p);
	c->hypervisor_ns_per_tick =
	    c->vps.ticks_delivered
		? result_saturate(c->lps.hypervisor_ns / (__int128)c->vps.ticks_delivered)
		: COUNT_NONE;
	for (size_t i = 0; i < metric_count; i++)
		put_metric(cell, &p, &metric_table[i]);
	domains = json_object_get(cell, "per_domain");
	for (uint32_t i = 0; i < p.domains; i++)
		json_put_count(json_array_get(domains, i), "domain", p.domain[i].number);
	if (e->witness)
		json_put(cell, "fidelity", fidelity_json(e));
	free(p.domain);
	return cell;
}
