/* SPDX-License-Identifier: GPL-2.0-only */
/* The counters of a finished cell as RESULT.md's JSON. */
#include <inttypes.h>
#include <stdio.h>

#include "replay/engine/json.h"
#include "replay/engine/truth.h"
#include "replay/watch/fidelity_json.h"
#include "traces/base/json.h"
#include "traces/base/mem.h"

static json_t *irqs_json(const struct irq_counts *c)
{
	json_t *o = json_object();

	json_put_count(o, "total", c->total);
	json_put_count(o, "guest", c->guest);
	json_put_count(o, "hypervisor", c->hypervisor);
	json_put_count(o, "both", c->both);
	json_put_count(o, "spurious", c->spurious);
	json_put_count(o, "lp_idle", c->idle);
	json_put_count(o, "lp_busy", c->busy);
	return o;
}

static json_t *timer_interrupts(const struct engine *e, struct irq_counts *all)
{
	json_t *per_lp = json_array();

	*all = (struct irq_counts){ 0 };
	for (uint32_t i = 0; i < e->meta->lps; i++) {
		const struct irq_counts *c = &e->lp[i].irqs;

		all->total += c->total;
		all->guest += c->guest;
		all->hypervisor += c->hypervisor;
		all->both += c->both;
		all->spurious += c->spurious;
		all->busy += c->busy;
		all->idle += c->idle;
		json_push(per_lp, irqs_json(c));
	}
	json_t *o = irqs_json(all);

	json_put_count(o, "expiries_max", e->expiries_max);
	json_put(o, "per_lp", per_lp);
	return o;
}

static void put_lengths(json_t *o, uint64_t max, uint64_t guest_max, unsigned __int128 sum,
			unsigned __int128 guest_sum, unsigned __int128 ticks)
{
	json_put_count(o, "len_max", max);
	json_put(o, "len_mean_milli", json_int(ticks ? (__int128)(sum * 1000 / ticks) : 0));
	json_put_count(o, "guest_len_max", guest_max);
	json_put(o, "guest_len_mean_milli",
		 json_int(ticks ? (__int128)(guest_sum * 1000 / ticks) : 0));
}

/* The sum of length * ticks. */
static unsigned __int128 area(const uint64_t *by_len, uint32_t lengths)
{
	unsigned __int128 sum = 0;

	for (uint32_t len = 0; len < lengths; len++)
		sum += (unsigned __int128)by_len[len] * len;
	return sum;
}

static json_t *by_time_json(const struct engine *e, uint32_t max)
{
	json_t *o = json_object();

	for (uint32_t len = 0; len <= max; len++) {
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

static json_t *ac_timer_list(const struct engine *e)
{
	json_t *o = json_object(), *per_lp = json_array();
	unsigned __int128 all = 0, all_guest = 0;
	uint32_t max = 0, guest_max = 0;
	uint64_t end = e->meta->end;

	for (uint32_t i = 0; i < e->meta->lps; i++) {
		const struct lp_state *l = &e->lp[i];
		unsigned __int128 sum = area(l->by_len, l->lengths),
				  guest = area(l->by_guest_len, l->lengths);
		json_t *lp = json_object();

		put_lengths(lp, l->len_max, l->guest_len_max, sum, guest, end);
		json_push(per_lp, lp);
		all += sum;
		all_guest += guest;
		max = l->len_max > max ? l->len_max : max;
		guest_max = l->guest_len_max > guest_max ? l->guest_len_max : guest_max;
	}
	put_lengths(o, max, guest_max, all, all_guest, (unsigned __int128)end * e->meta->lps);
	json_put(o, "by_time_ns", by_time_json(e, max));
	json_put_count(o, "adds", e->adds);
	json_put_count(o, "removes", e->removes);
	json_put_count(o, "fires", e->fires);
	json_put_count(o, "moves", e->moves);
	json_put(o, "per_lp", per_lp);
	return o;
}

static json_t *ticks_json(const struct tick_counts *c)
{
	json_t *o = json_object();

	json_put_count(o, "due", c->due);
	json_put_count(o, "delivered", c->delivered);
	json_put_count(o, "coalesced", c->coalesced);
	json_put_count(o, "missed", c->missed);
	json_put_count(o, "pending_at_end", c->pending_at_end);
	json_put_count(o, "early", c->early);
	return o;
}

static json_t *wakeups_json(const struct wakeup_counts *c)
{
	json_t *o = json_object();

	json_put_count(o, "due", c->due);
	json_put_count(o, "on_time", c->on_time);
	json_put_count(o, "late", c->late);
	json_put_count(o, "lost", c->lost);
	json_put_count(o, "open", c->open);
	return o;
}

/* What the VPs of one domain, or all of them, add up to. */
struct vp_sum {
	uint32_t domain;
	uint64_t vps;
	struct tick_counts ticks;
	struct wakeup_counts wakeups;
	__int128 pend_sum;
	int64_t pend_max;
};

static void add_vp(struct vp_sum *s, const struct vp_state *v)
{
	if (v->ticks.delivered && (!s->ticks.delivered || v->pend_max > s->pend_max))
		s->pend_max = v->pend_max;
	s->vps++;
	s->ticks.due += v->ticks.due;
	s->ticks.delivered += v->ticks.delivered;
	s->ticks.coalesced += v->ticks.coalesced;
	s->ticks.missed += v->ticks.missed;
	s->ticks.pending_at_end += v->ticks.pending_at_end;
	s->ticks.early += v->ticks.early;
	s->wakeups.due += v->wakeups.due;
	s->wakeups.on_time += v->wakeups.on_time;
	s->wakeups.late += v->wakeups.late;
	s->wakeups.lost += v->wakeups.lost;
	s->wakeups.open += v->wakeups.open;
	s->pend_sum += v->pend_sum;
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

static json_t *domain_json(const struct vp_sum *s)
{
	json_t *o = json_object(), *pend = json_object();

	json_put_count(o, "domain", s->domain);
	json_put_count(o, "vps", s->vps);
	json_put(o, "ticks", ticks_json(&s->ticks));
	json_put(o, "wakeups", wakeups_json(&s->wakeups));
	json_put(pend, "sum", json_int(s->pend_sum));
	json_put(pend, "max", s->ticks.delivered ? json_int(s->pend_max) : json_null());
	json_put(o, "pend_ns", pend);
	return o;
}

static json_t *per_domain(const struct engine *e)
{
	uint32_t vps = e->meta->vps;
	struct vp_ref *ref = vt_alloc(vps * sizeof(*ref));
	json_t *list = json_array();

	for (uint32_t i = 0; i < vps; i++)
		ref[i] = (struct vp_ref){ .domain = e->meta->vp[i].domain, .vp = i };
	qsort(ref, vps, sizeof(*ref), by_domain);
	for (uint32_t i = 0; i < vps;) {
		struct vp_sum sum = { .domain = ref[i].domain };

		for (; i < vps && ref[i].domain == sum.domain; i++)
			add_vp(&sum, &e->vp[ref[i].vp]);
		json_push(list, domain_json(&sum));
	}
	free(ref);
	return list;
}

static json_t *digest_json(const struct engine *e)
{
	uint64_t h = TRUTH_DIGEST_START;
	char hex[17];

	for (uint32_t i = 0; i < e->meta->vps; i++)
		h = truth_mix(h, (int64_t)e->vp[i].digest);
	snprintf(hex, sizeof(hex), "%016" PRIx64, h);
	return json_text(hex);
}

static json_t *observed_json(const struct engine *e)
{
	if (!e->observed)
		return json_null();
	json_t *o = json_object();

	json_put_count(o, "hv_irqs", e->obs_hv_irqs);
	json_put_count(o, "fires", e->obs_fires);
	json_put_count(o, "pends", e->obs_pends);
	return o;
}

static json_t *arms_json(const struct engine *e)
{
	json_t *o = json_object();

	json_put_count(o, "total", e->arms);
	json_put_count(o, "reached", e->arms_reached);
	json_put_count(o, "cancelled", e->arms_cancelled);
	json_put_count(o, "replaced", e->arms_replaced);
	return o;
}

/* What the hypervisor itself took. */
static json_t *hypervisor_json(const struct engine *e, uint64_t delivered)
{
	json_t *o = json_object(), *per_lp = json_array();
	__int128 total = 0;

	for (uint32_t i = 0; i < e->meta->lps; i++) {
		json_t *lp = json_object();

		total += e->lp[i].hypervisor_ns;
		json_put_count(lp, "total", e->lp[i].hypervisor_ns);
		json_push(per_lp, lp);
	}
	json_put(o, "total", json_int(total));
	json_put(o, "per_lp", per_lp);
	json_put(o, "per_tick", delivered ? json_int(total / delivered) : json_null());
	return o;
}

json_t *metrics_json(const struct engine *e)
{
	json_t *cell = json_object(), *skew = json_object(), *idle = json_object(),
	       *exits = json_object();
	struct vp_sum all = { 0 };
	struct irq_counts irqs;

	for (uint32_t i = 0; i < e->meta->vps; i++)
		add_vp(&all, &e->vp[i]);
	json_put(cell, "timer_interrupts", timer_interrupts(e, &irqs));
	json_put(cell, "ac_timer_list", ac_timer_list(e));
	json_put(skew, "pend", histogram_json(&e->pend));
	json_put(skew, "policy", histogram_json(&e->policy_skew));
	json_put(skew, "delivery", histogram_json(&e->delivery));
	json_put(cell, "firing_skew_ns", skew);
	json_put(cell, "arms", arms_json(e));
	json_put(cell, "ticks", ticks_json(&all.ticks));
	json_put(cell, "wakeups", wakeups_json(&all.wakeups));
	json_put_count(idle, "wakeups", irqs.idle);
	json_put(idle, "longest_ns", json_int(engine_ns(e, (__int128)e->idle_longest)));
	json_put(idle, "histogram", histogram_buckets(&e->idle));
	json_put(cell, "idle", idle);
	json_put_count(cell, "hardware_writes", e->hardware_writes);
	json_put_count(exits, "arm", e->exits_arm);
	json_put_count(exits, "fire", irqs.busy);
	json_put_count(exits, "guest_timer", e->exits_guest_timer);
	json_put(cell, "exits", exits);
	if (e->costs)
		json_put(cell, "hypervisor_ns", hypervisor_json(e, all.ticks.delivered));
	json_put(cell, "guest_clock_error_ns",
		 json_int(engine_ns(e, (__int128)e->guest_clock_error)));
	json_put(cell, "hv_clock_error_ns", json_int(engine_ns(e, (__int128)e->hv_clock_error)));
	json_put_count(cell, "causality_breaks", e->causality_breaks);
	json_put_count(cell, "lost_events", e->lost_events);
	json_put(cell, "observed", observed_json(e));
	if (e->witness)
		json_put(cell, "fidelity", fidelity_json(e));
	json_put(cell, "per_domain", per_domain(e));
	json_put(cell, "digest", digest_json(e));
	return cell;
}
