/* SPDX-License-Identifier: GPL-2.0-only */
/* The reference's result: RESULT.md. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "replay/tests/reference_state.h"

/* Numbers saturate at what a double holds exactly. */
static json_t *number(__int128 n)
{
	const __int128 limit = ((__int128)1 << 53) - 1;

	if (n > limit)
		n = limit;
	if (n < -limit)
		n = -limit;
	return json_integer((json_int_t)n);
}

static void set(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value))
		abort();
}

static void count(json_t *object, const char *key, uint64_t n)
{
	set(object, key, number((__int128)n));
}

static int ascending(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* The largest value in the bucket of @value. */
static int64_t upper(int64_t value)
{
	int64_t magnitude = value < 0 ? -value : value;
	int64_t octave = 256;
	int64_t first;

	if (magnitude < 256)
		return value;
	while (magnitude / 2 >= octave)
		octave *= 2;
	first = magnitude - magnitude % (octave / 128);
	return value < 0 ? -first : first + octave / 128 - 1;
}

/* @sorted; neighbours of one bucket have one upper bound. */
static json_t *histogram(const int64_t *sorted, size_t n)
{
	json_t *list = json_array();
	size_t i, first = 0;
	json_t *bucket;

	for (i = 1; i <= n; i++) {
		if (i < n && upper(sorted[i]) == upper(sorted[first]))
			continue;
		bucket = json_array();
		json_array_append_new(bucket, number(upper(sorted[first])));
		json_array_append_new(bucket, number((__int128)(i - first)));
		json_array_append_new(list, bucket);
		first = i;
	}
	return list;
}

static int64_t *sort(const struct ref_samples *samples)
{
	int64_t *sorted = ref_alloc(samples->count, sizeof(*sorted));

	if (samples->count) {
		memcpy(sorted, samples->value, samples->count * sizeof(*sorted));
		qsort(sorted, samples->count, sizeof(*sorted), ascending);
	}
	return sorted;
}

static __int128 sum(const struct ref_samples *samples)
{
	__int128 total = 0;
	size_t i;

	for (i = 0; i < samples->count; i++)
		total += samples->value[i];
	return total;
}

/* The upper bound of the sample of rank ceil(permille * n / 1000). */
static json_t *percentile(const int64_t *sorted, size_t n, size_t permille)
{
	if (!n)
		return json_null();
	return number(upper(sorted[(permille * n + 999) / 1000 - 1]));
}

static json_t *skew(const struct ref_samples *samples)
{
	int64_t *sorted = sort(samples);
	size_t n = samples->count;
	json_t *o = json_object();

	count(o, "count", n);
	set(o, "sum", number(sum(samples)));
	set(o, "min", n ? number(sorted[0]) : json_null());
	set(o, "p50", percentile(sorted, n, 500));
	set(o, "p90", percentile(sorted, n, 900));
	set(o, "p99", percentile(sorted, n, 990));
	set(o, "p999", percentile(sorted, n, 999));
	set(o, "max", n ? number(sorted[n - 1]) : json_null());
	set(o, "histogram", histogram(sorted, n));
	free(sorted);
	return o;
}

static json_t *skews(const struct ref *r)
{
	struct ref_samples pend = { 0 };
	json_t *o = json_object();
	uint32_t vp;
	size_t i;

	for (vp = 0; vp < r->meta->vps; vp++)
		for (i = 0; i < r->vp[vp].pend.count; i++)
			ref_sample(&pend, r->vp[vp].pend.value[i]);
	set(o, "pend", skew(&pend));
	set(o, "policy", skew(&r->policy_skew));
	set(o, "delivery", skew(&r->delivery_skew));
	free(pend.value);
	return o;
}

static json_t *irqs(const struct ref_irqs *i)
{
	json_t *o = json_object();

	count(o, "total", i->total);
	count(o, "guest", i->guest);
	count(o, "hypervisor", i->hypervisor);
	count(o, "both", i->both);
	count(o, "spurious", i->spurious);
	count(o, "lp_idle", i->lp_idle);
	count(o, "lp_busy", i->lp_busy);
	return o;
}

static struct ref_irqs all_irqs(const struct ref *r)
{
	struct ref_irqs all = { 0 };
	uint32_t lp;

	for (lp = 0; lp < r->meta->lps; lp++) {
		const struct ref_irqs *i = &r->lp[lp].irqs;

		all.total += i->total;
		all.guest += i->guest;
		all.hypervisor += i->hypervisor;
		all.both += i->both;
		all.spurious += i->spurious;
		all.lp_idle += i->lp_idle;
		all.lp_busy += i->lp_busy;
	}
	return all;
}

static json_t *timer_interrupts(const struct ref *r)
{
	struct ref_irqs all = all_irqs(r);
	json_t *o = irqs(&all);
	json_t *per_lp = json_array();
	uint32_t lp;

	count(o, "expiries_max", r->expiries_max);
	for (lp = 0; lp < r->meta->lps; lp++)
		json_array_append_new(per_lp, irqs(&r->lp[lp].irqs));
	set(o, "per_lp", per_lp);
	return o;
}

/* What the LPs [@from, @to) say of their queues' lengths. */
static json_t *lengths(const struct ref *r, uint32_t from, uint32_t to)
{
	__int128 area = 0, guest_area = 0, time = (__int128)r->meta->end * (to - from);
	size_t len_max = 0, guest_len_max = 0, len;
	json_t *o = json_object();
	uint32_t lp;

	for (lp = from; lp < to; lp++) {
		const struct ref_lp *l = &r->lp[lp];

		if (l->len_max > len_max)
			len_max = l->len_max;
		if (l->guest_len_max > guest_len_max)
			guest_len_max = l->guest_len_max;
		for (len = 0; len < r->len_room; len++) {
			area += (__int128)len * l->len_ticks[len];
			guest_area += (__int128)len * l->guest_len_ticks[len];
		}
	}
	count(o, "len_max", len_max);
	count(o, "guest_len_max", guest_len_max);
	set(o, "len_mean_milli", number(time ? area * 1000 / time : 0));
	set(o, "guest_len_mean_milli", number(time ? guest_area * 1000 / time : 0));
	return o;
}

static json_t *by_time(const struct ref *r)
{
	json_t *o = json_object();
	char key[32];
	uint32_t lp;
	size_t len;

	for (len = 0; len < r->len_room; len++) {
		int64_t ticks = 0;

		for (lp = 0; lp < r->meta->lps; lp++)
			ticks += r->lp[lp].len_ticks[len];
		if (!ticks)
			continue;
		snprintf(key, sizeof(key), "%zu", len);
		set(o, key, number(ref_ns(r, ticks)));
	}
	return o;
}

static json_t *ac_timer_list(const struct ref *r)
{
	json_t *o = lengths(r, 0, r->meta->lps);
	json_t *per_lp = json_array();
	uint32_t lp;

	set(o, "by_time_ns", by_time(r));
	count(o, "adds", r->list_adds);
	count(o, "removes", r->list_removes);
	count(o, "fires", r->list_fires);
	count(o, "moves", r->list_moves);
	for (lp = 0; lp < r->meta->lps; lp++)
		json_array_append_new(per_lp, lengths(r, lp, lp + 1));
	set(o, "per_lp", per_lp);
	return o;
}

/* What the VPs of one domain, or of all, add up to. */
struct totals {
	struct ref_ticks ticks;
	struct ref_wakeups wakeups;
	uint64_t vps;
	__int128 pend_sum;
	int64_t pend_max;
	bool pend_any;
};

static void add_vp(struct totals *t, const struct ref_vp *v)
{
	size_t i;

	t->vps++;
	t->ticks.due += v->ticks.due;
	t->ticks.delivered += v->ticks.delivered;
	t->ticks.coalesced += v->ticks.coalesced;
	t->ticks.missed += v->ticks.missed;
	t->ticks.pending_at_end += v->ticks.pending_at_end;
	t->ticks.early += v->ticks.early;
	t->wakeups.due += v->wakeups.due;
	t->wakeups.on_time += v->wakeups.on_time;
	t->wakeups.late += v->wakeups.late;
	t->wakeups.lost += v->wakeups.lost;
	t->wakeups.open += v->wakeups.open;
	t->pend_sum += sum(&v->pend);
	for (i = 0; i < v->pend.count; i++)
		if (!t->pend_any || v->pend.value[i] > t->pend_max) {
			t->pend_max = v->pend.value[i];
			t->pend_any = true;
		}
}

static json_t *ticks(const struct ref_ticks *t)
{
	json_t *o = json_object();

	count(o, "due", t->due);
	count(o, "delivered", t->delivered);
	count(o, "coalesced", t->coalesced);
	count(o, "missed", t->missed);
	count(o, "pending_at_end", t->pending_at_end);
	count(o, "early", t->early);
	return o;
}

static json_t *wakeups(const struct ref_wakeups *w)
{
	json_t *o = json_object();

	count(o, "due", w->due);
	count(o, "on_time", w->on_time);
	count(o, "late", w->late);
	count(o, "lost", w->lost);
	count(o, "open", w->open);
	return o;
}

static json_t *domain_json(const struct ref *r, uint32_t domain)
{
	struct totals t = { 0 };
	json_t *o = json_object();
	json_t *pend = json_object();
	uint32_t vp;

	for (vp = 0; vp < r->meta->vps; vp++)
		if (r->meta->vp[vp].domain == domain)
			add_vp(&t, &r->vp[vp]);
	set(o, "domain", number((__int128)domain));
	count(o, "vps", t.vps);
	set(o, "ticks", ticks(&t.ticks));
	set(o, "wakeups", wakeups(&t.wakeups));
	set(pend, "sum", number(t.pend_sum));
	set(pend, "max", t.pend_any ? number(t.pend_max) : json_null());
	set(o, "pend_ns", pend);
	return o;
}

static json_t *per_domain(const struct ref *r)
{
	json_t *list = json_array();
	int64_t done = -1;

	for (;;) {
		int64_t next = INT64_MAX;
		uint32_t vp;

		for (vp = 0; vp < r->meta->vps; vp++)
			if (r->meta->vp[vp].domain > done && r->meta->vp[vp].domain < next)
				next = r->meta->vp[vp].domain;
		if (next == INT64_MAX)
			return list;
		json_array_append_new(list, domain_json(r, (uint32_t)next));
		done = next;
	}
}

static json_t *idle(const struct ref *r)
{
	int64_t *sorted = sort(&r->idle);
	json_t *o = json_object();

	count(o, "wakeups", all_irqs(r).lp_idle);
	set(o, "longest_ns", number(r->idle.count ? sorted[r->idle.count - 1] : 0));
	set(o, "histogram", histogram(sorted, r->idle.count));
	free(sorted);
	return o;
}

static json_t *observed(const struct ref *r)
{
	json_t *o;

	if (!r->obs_hv_irqs && !r->obs_fires && !r->obs_pends)
		return json_null();
	o = json_object();
	count(o, "hv_irqs", r->obs_hv_irqs);
	count(o, "fires", r->obs_fires);
	count(o, "pends", r->obs_pends);
	return o;
}

static json_t *digest(const struct ref *r)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	char hex[17];
	uint32_t vp;

	for (vp = 0; vp < r->meta->vps; vp++) {
		h = (h ^ r->vp[vp].digest) * UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 29;
	}
	snprintf(hex, sizeof(hex), "%016" PRIx64, h);
	return json_string(hex);
}

static json_t *hypervisor(const struct ref *r, uint64_t delivered)
{
	json_t *o = json_object(), *list = json_array();
	uint64_t total = 0;
	uint32_t lp;

	for (lp = 0; lp < r->meta->lps; lp++) {
		total += r->lp[lp].hypervisor_ns;
		json_array_append_new(
		    list, json_pack("{s:o}", "total", number((int64_t)r->lp[lp].hypervisor_ns)));
	}
	count(o, "total", total);
	set(o, "per_lp", list);
	set(o, "per_tick", delivered ? number((int64_t)(total / delivered)) : json_null());
	return o;
}

json_t *ref_json(const struct ref *r)
{
	json_t *o = json_object();
	json_t *arms = json_object();
	json_t *exits = json_object();
	struct totals all = { 0 };
	uint32_t vp;

	for (vp = 0; vp < r->meta->vps; vp++)
		add_vp(&all, &r->vp[vp]);
	count(arms, "total", r->arms_total);
	count(arms, "reached", r->arms_reached);
	count(arms, "cancelled", r->arms_cancelled);
	count(arms, "replaced", r->arms_replaced);
	count(exits, "arm", r->exits_arm);
	count(exits, "fire", all_irqs(r).lp_busy);
	count(exits, "guest_timer", r->exits_guest_timer);
	set(o, "timer_interrupts", timer_interrupts(r));
	set(o, "ac_timer_list", ac_timer_list(r));
	set(o, "firing_skew_ns", skews(r));
	set(o, "arms", arms);
	set(o, "ticks", ticks(&all.ticks));
	set(o, "wakeups", wakeups(&all.wakeups));
	set(o, "idle", idle(r));
	count(o, "hardware_writes", r->hardware_writes);
	set(o, "exits", exits);
	if (r->params->cost_ns)
		set(o, "hypervisor_ns", hypervisor(r, all.ticks.delivered));
	set(o, "guest_clock_error_ns", number(ref_ns(r, r->guest_clock_error)));
	set(o, "hv_clock_error_ns", number(ref_ns(r, r->hv_clock_error)));
	count(o, "causality_breaks", r->causality_breaks);
	count(o, "lost_events", r->lost_events);
	set(o, "observed", observed(r));
	set(o, "per_domain", per_domain(r));
	set(o, "digest", digest(r));
	return o;
}
