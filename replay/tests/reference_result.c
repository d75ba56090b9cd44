/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the reference counted, as a flat list: the path of each number of RESULT.md, and the number.
 * How a result is laid out is not said a second time.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "replay/tests/reference_state.h"

#define PATH_SIZE 100

/* There is no number: JSON's null. */
#define NOTHING ((__int128)1 << 100)

/* @n is the number at the path that @fmt makes. It saturates at what a double holds exactly. */
__attribute__((format(printf, 3, 4))) static void say(json_t *to, __int128 n, const char *fmt, ...)
{
	const __int128 limit = ((__int128)1 << 53) - 1;
	json_t *value = n == NOTHING ? json_null()
				     : json_integer((json_int_t)(n > limit    ? limit
								 : n < -limit ? -limit
									      : n));
	char path[PATH_SIZE];
	va_list ap;

	va_start(ap, fmt);
	if (vsnprintf(path, sizeof(path), fmt, ap) >= PATH_SIZE ||
	    json_object_set_new(to, path, value))
		abort();
	va_end(ap);
}

/* Both are structs of ref_count. */
static void add(void *sum, const void *one, size_t size)
{
	size_t i;

	for (i = 0; i < size / sizeof(ref_count); i++)
		((ref_count *)sum)[i] += ((const ref_count *)one)[i];
}

/* ---- distributions ---- */

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
static void say_histogram(json_t *to, const char *at, const int64_t *sorted, size_t n)
{
	size_t i, first = 0;

	for (i = 1; i <= n; i++) {
		if (i < n && upper(sorted[i]) == upper(sorted[first]))
			continue;
		say(to, (__int128)(i - first), "%s.%" PRId64, at, upper(sorted[first]));
		first = i;
	}
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

static int64_t at_most(int64_t value, int64_t limit)
{
	return value > limit ? limit : value;
}

static void say_skew(json_t *to, const char *what, const struct ref_samples *samples)
{
	static const struct {
		const char *key;
		size_t per_mille;
	} percentile[] = { { "p50", 500 }, { "p90", 900 }, { "p99", 990 }, { "p999", 999 } };
	int64_t *sorted = sort(samples);
	size_t n = samples->count, i, rank;
	char at[PATH_SIZE];

	say(to, (__int128)n, "firing_skew_ns.%s.count", what);
	say(to, sum(samples), "firing_skew_ns.%s.sum", what);
	for (i = 0; i < 4; i++) {
		rank = (percentile[i].per_mille * n + 999) / 1000;
		say(to, n ? at_most(upper(sorted[rank - 1]), sorted[n - 1]) : NOTHING,
		    "firing_skew_ns.%s.%s", what, percentile[i].key);
	}
	say(to, n ? sorted[0] : NOTHING, "firing_skew_ns.%s.min", what);
	say(to, n ? sorted[n - 1] : NOTHING, "firing_skew_ns.%s.max", what);
	snprintf(at, sizeof(at), "firing_skew_ns.%s.histogram", what);
	say_histogram(to, at, sorted, n);
	free(sorted);
}

static void say_skews(json_t *to, const struct ref *r)
{
	struct ref_samples pend = { 0 };
	uint32_t vp;
	size_t i;

	for (vp = 0; vp < r->meta->vps; vp++)
		for (i = 0; i < r->vp[vp].pend.count; i++)
			ref_sample(&pend, r->vp[vp].pend.value[i]);
	say_skew(to, "pend", &pend);
	say_skew(to, "policy", &r->policy_skew);
	say_skew(to, "delivery", &r->delivery_skew);
	free(pend.value);
}

/* ---- LPs ---- */

static void say_irqs(json_t *to, const char *at, const struct ref_irqs *i)
{
	say(to, i->total, "timer_interrupts.%stotal", at);
	say(to, i->guest, "timer_interrupts.%sguest", at);
	say(to, i->hypervisor, "timer_interrupts.%shypervisor", at);
	say(to, i->both, "timer_interrupts.%sboth", at);
	say(to, i->spurious, "timer_interrupts.%sspurious", at);
	say(to, i->lp_idle, "timer_interrupts.%slp_idle", at);
	say(to, i->lp_busy, "timer_interrupts.%slp_busy", at);
}

/* What the LPs [@from, @to_lp) say of their queues' lengths. */
static void say_lengths(json_t *to, const char *at, const struct ref *r, uint32_t from,
			uint32_t to_lp)
{
	__int128 area = 0, guest_area = 0, time = (__int128)r->meta->end * (to_lp - from);
	size_t len_max = 0, guest_len_max = 0, len;
	uint32_t lp;

	for (lp = from; lp < to_lp; lp++) {
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
	say(to, (__int128)len_max, "ac_timer_list.%slen_max", at);
	say(to, (__int128)guest_len_max, "ac_timer_list.%sguest_len_max", at);
	say(to, time ? area * 1000 / time : 0, "ac_timer_list.%slen_mean_milli", at);
	say(to, time ? guest_area * 1000 / time : 0, "ac_timer_list.%sguest_len_mean_milli", at);
}

static void say_lps(json_t *to, const struct ref *r, ref_count delivered)
{
	ref_count total = 0, spend = 0;
	char at[32];
	uint32_t lp;

	say_lengths(to, "", r, 0, r->meta->lps);
	for (lp = 0; lp < r->meta->lps; lp++) {
		snprintf(at, sizeof(at), "per_lp.%" PRIu32 ".", lp);
		say_irqs(to, at, &r->lp[lp].irqs);
		say_lengths(to, at, r, lp, lp + 1);
		total += r->lp[lp].hypervisor_ns;
		spend += r->lp[lp].spend_ns;
		if (r->params->cost_ns)
			say(to, r->lp[lp].hypervisor_ns, "hypervisor_ns.%stotal", at);
	}
	if (!r->params->cost_ns)
		return;
	say(to, total, "hypervisor_ns.total");
	say(to, spend, "hypervisor_ns.spend");
	say(to, delivered ? total / delivered : NOTHING, "hypervisor_ns.per_tick");
}

static struct ref_irqs all_irqs(const struct ref *r)
{
	struct ref_irqs all = { 0 };
	uint32_t lp;

	for (lp = 0; lp < r->meta->lps; lp++)
		add(&all, &r->lp[lp].irqs, sizeof(all));
	return all;
}

static void say_list(json_t *to, const struct ref *r)
{
	uint32_t lp;
	size_t len;

	say(to, r->list_adds, "ac_timer_list.adds");
	say(to, r->list_removes, "ac_timer_list.removes");
	say(to, r->list_fires, "ac_timer_list.fires");
	say(to, r->list_moves, "ac_timer_list.moves");
	for (len = 0; len < r->len_room; len++) {
		__int128 ticks = 0;

		for (lp = 0; lp < r->meta->lps; lp++)
			ticks += r->lp[lp].len_ticks[len];
		if (ticks)
			say(to, ref_ns(r, ticks), "ac_timer_list.by_time_ns.%zu", len);
	}
}

static void say_idle(json_t *to, const struct ref *r, ref_count wakeups)
{
	int64_t *sorted = sort(&r->idle);
	size_t n = r->idle.count;

	say(to, wakeups, "idle.wakeups");
	say(to, n ? sorted[n - 1] : 0, "idle.longest_ns");
	say_histogram(to, "idle.histogram", sorted, n);
	free(sorted);
}

/* ---- VPs ---- */

/* What the VPs of one domain, or of all, add up to. */
struct totals {
	struct ref_ticks ticks;
	struct ref_wakeups wakeups;
	ref_count vps;
	__int128 pend_sum;
	int64_t pend_max;
	bool pend_any;
};

static void add_vp(struct totals *t, const struct ref_vp *v)
{
	size_t i;

	t->vps++;
	add(&t->ticks, &v->ticks, sizeof(t->ticks));
	add(&t->wakeups, &v->wakeups, sizeof(t->wakeups));
	t->pend_sum += sum(&v->pend);
	for (i = 0; i < v->pend.count; i++)
		if (!t->pend_any || v->pend.value[i] > t->pend_max) {
			t->pend_max = v->pend.value[i];
			t->pend_any = true;
		}
}

static void say_fates(json_t *to, const char *at, const struct totals *t)
{
	say(to, t->ticks.due, "%sticks.due", at);
	say(to, t->ticks.delivered, "%sticks.delivered", at);
	say(to, t->ticks.coalesced, "%sticks.coalesced", at);
	say(to, t->ticks.missed, "%sticks.missed", at);
	say(to, t->ticks.pending_at_end, "%sticks.pending_at_end", at);
	say(to, t->ticks.early, "%sticks.early", at);
	say(to, t->ticks.inferred, "%sticks.inferred", at);
	say(to, t->wakeups.due, "%swakeups.due", at);
	say(to, t->wakeups.on_time, "%swakeups.on_time", at);
	say(to, t->wakeups.late, "%swakeups.late", at);
	say(to, t->wakeups.lost, "%swakeups.lost", at);
	say(to, t->wakeups.open, "%swakeups.open", at);
}

static void say_domain(json_t *to, const struct ref *r, uint32_t domain, uint32_t place)
{
	struct totals t = { 0 };
	char at[32];
	uint32_t vp;

	for (vp = 0; vp < r->meta->vps; vp++)
		if (r->meta->vp[vp].domain == domain)
			add_vp(&t, &r->vp[vp]);
	snprintf(at, sizeof(at), "per_domain.%" PRIu32 ".", place);
	say(to, domain, "%sdomain", at);
	say(to, t.vps, "%svps", at);
	say_fates(to, at, &t);
	say(to, t.pend_sum, "%spend_ns.sum", at);
	say(to, t.pend_any ? t.pend_max : NOTHING, "%spend_ns.max", at);
}

static void say_domains(json_t *to, const struct ref *r)
{
	uint32_t place = 0, vp;
	int64_t done = -1;

	for (;;) {
		int64_t next = INT64_MAX;

		for (vp = 0; vp < r->meta->vps; vp++)
			if (r->meta->vp[vp].domain > done && r->meta->vp[vp].domain < next)
				next = r->meta->vp[vp].domain;
		if (next == INT64_MAX)
			return;
		say_domain(to, r, (uint32_t)next, place++);
		done = next;
	}
}

/* ---- the cell ---- */

static void say_digest(json_t *to, const struct ref *r)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	char hex[17];
	uint32_t vp;

	for (vp = 0; vp < r->meta->vps; vp++) {
		h = (h ^ r->vp[vp].digest) * UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 29;
	}
	snprintf(hex, sizeof(hex), "%016" PRIx64, h);
	if (json_object_set_new(to, "digest", json_string(hex)))
		abort();
}

static void say_observed(json_t *to, const struct ref *r)
{
	if (!r->obs_hv_irqs && !r->obs_fires && !r->obs_pends) {
		say(to, NOTHING, "observed");
		return;
	}
	say(to, r->obs_hv_irqs, "observed.hv_irqs");
	say(to, r->obs_fires, "observed.fires");
	say(to, r->obs_pends, "observed.pends");
}

json_t *ref_result(const struct ref *r)
{
	json_t *to = json_object();
	struct ref_irqs irqs = all_irqs(r);
	struct totals all = { 0 };
	uint32_t vp;

	for (vp = 0; vp < r->meta->vps; vp++)
		add_vp(&all, &r->vp[vp]);
	say_irqs(to, "", &irqs);
	say(to, r->expiries_max, "timer_interrupts.expiries_max");
	say_list(to, r);
	say_lps(to, r, all.ticks.delivered);
	say_skews(to, r);
	say(to, r->arms_total, "arms.total");
	say(to, r->arms_reached, "arms.reached");
	say(to, r->arms_cancelled, "arms.cancelled");
	say(to, r->arms_replaced, "arms.replaced");
	say(to, r->arms_inferred, "arms.inferred");
	say_fates(to, "", &all);
	say_idle(to, r, irqs.lp_idle);
	say(to, r->hardware_writes, "hardware_writes");
	say(to, r->exits_arm, "exits.arm");
	say(to, irqs.lp_busy, "exits.fire");
	say(to, r->exits_guest_timer, "exits.guest_timer");
	say(to, ref_ns(r, r->guest_clock_error), "guest_clock_error_ns");
	say(to, ref_ns(r, r->hv_clock_error), "hv_clock_error_ns");
	say(to, r->causality_breaks, "causality_breaks");
	say(to, r->lost_events, "lost_events");
	say_observed(to, r);
	say_domains(to, r);
	say_digest(to, r);
	return to;
}
