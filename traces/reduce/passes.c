/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/reduce/passes.h"

#include <stdlib.h>
#include <string.h>

#include "traces/base/json.h"
#include "traces/base/mem.h"

/* Passes that look at each event, or at pairs of them, are for traces that are small already. */
#define FEW 4000u
#define PAIRS_OF 40u

/* ---- leaving out events ---- */

typedef bool goes_fn(const struct whole *t, size_t event, const void *arg);

static bool leave_out(const struct whole *from, goes_fn *goes, const void *arg, struct whole *to)
{
	size_t n = 0;

	whole_copy(to, from);
	for (size_t i = 0; i < from->n; i++) {
		if (!goes(from, i, arg))
			to->ev[n++] = to->ev[i];
	}
	to->n = n;
	if (n < from->n)
		whole_legalize(to);
	return n < from->n;
}

struct span {
	size_t first, behind;
};

static bool in_span(const struct whole *t, size_t event, const void *arg)
{
	const struct span *s = arg;

	(void)t;
	return event >= s->first && event < s->behind;
}

static bool drop_span(const struct whole *from, size_t first, size_t behind, struct whole *to)
{
	const struct span s = { first, behind < from->n ? behind : from->n };

	return leave_out(from, in_span, &s, to);
}

/* Sixty-fourths of the trace that are kept, the least first. */
static const uint8_t shares[] = { 0, 1, 4, 16, 32, 48, 56, 60, 62, 63 };
#define SHARES sizeof(shares)

static size_t places_of_shares(const struct whole *t, size_t size)
{
	(void)t;
	(void)size;
	return SHARES;
}

static size_t share_of(const struct whole *t, size_t place)
{
	return t->n * shares[place] / 64;
}

/* The end is where the first one that goes was: what is due before it still comes. */
static bool make_beginning(const struct whole *from, size_t place, size_t size, struct whole *to)
{
	size_t kept = share_of(from, place);

	(void)size;
	if (!drop_span(from, kept, from->n, to))
		return false;
	to->meta.end = kept ? from->ev[kept].time : 0;
	whole_legalize(to);
	return true;
}

static bool make_rest(const struct whole *from, size_t place, size_t size, struct whole *to)
{
	(void)size;
	return drop_span(from, 0, from->n - share_of(from, place), to);
}

static size_t events_of(const struct whole *t)
{
	return t->n;
}

static size_t places_of_chunks(const struct whole *t, size_t size)
{
	return (t->n + size - 1) / size;
}

static bool make_chunk(const struct whole *from, size_t place, size_t size, struct whole *to)
{
	return drop_span(from, place * size, (place + 1) * size, to);
}

/* Two events that are only of use together, as a run's begin and end. */
static size_t places_of_pairs(const struct whole *t, size_t size)
{
	(void)size;
	return t->n <= PAIRS_OF ? t->n * t->n : 0;
}

struct pair {
	size_t a, b;
};

static bool in_pair(const struct whole *t, size_t event, const void *arg)
{
	const struct pair *p = arg;

	(void)t;
	return event == p->a || event == p->b;
}

static bool make_pair(const struct whole *from, size_t place, size_t size, struct whole *to)
{
	const struct pair p = { place / from->n, place % from->n };

	(void)size;
	return p.a < p.b && leave_out(from, in_pair, &p, to);
}

/* ---- types ---- */

/* What is only looked at, all at once; then one type after the other. */
static bool is_shown_only(unsigned type)
{
	return type >= TRACE_ACK && type != TRACE_SEED;
}

static size_t places_of_types(const struct whole *t, size_t size)
{
	(void)t;
	(void)size;
	return TRACE_TYPES + 1;
}

static bool of_type(const struct whole *t, size_t event, const void *arg)
{
	const size_t *place = arg;
	unsigned type = t->ev[event].type;

	return *place ? type == *place - 1 : is_shown_only(type);
}

static bool make_type(const struct whole *from, size_t place, size_t size, struct whole *to)
{
	(void)size;
	return leave_out(from, of_type, &place, to);
}

/* ---- VPs and LPs ---- */

static size_t vps_of(const struct whole *t)
{
	return t->meta.vps;
}

static size_t places_of_vps(const struct whole *t, size_t size)
{
	return (t->meta.vps + size - 1) / size;
}

/* Of the VPs of a span: what they do, and what is done to them. */
static bool of_vps(const struct whole *t, size_t event, const void *arg)
{
	const struct span *s = arg;
	const struct trace_event *ev = &t->ev[event];

	if (trace_type_has_vp(ev->type) && ev->vp >= s->first && ev->vp < s->behind)
		return true;
	return ev->type == TRACE_IPI && ev->value >= s->first && ev->value < s->behind;
}

static bool make_vps(const struct whole *from, size_t place, size_t size, struct whole *to)
{
	const struct span s = { place * size, (place + 1) * size };

	return leave_out(from, of_vps, &s, to);
}

/* VPs and LPs that no event names leave the header. */
static uint32_t number_anew(uint32_t *number, const bool *used, uint32_t n)
{
	uint32_t next = 0;

	for (uint32_t i = 0; i < n; i++)
		number[i] = used[i] ? next++ : 0;
	return next;
}

static void forget_vps(struct trace_meta *meta)
{
	for (uint32_t i = 0; i < meta->vps; i++)
		free(meta->vp[i].name);
	free(meta->vp);
	meta->vp = NULL;
	meta->vps = 0;
}

static void keep_vps(struct whole *t, const bool *used)
{
	struct trace_meta meta = t->meta;

	t->meta.vp = NULL;
	t->meta.vps = 0;
	for (uint32_t i = 0; i < meta.vps; i++) {
		if (used[i])
			trace_meta_add_vp(&t->meta, meta.vp[i].domain, meta.vp[i].vcpu,
					  meta.vp[i].name);
		free(meta.vp[i].name);
	}
	free(meta.vp);
}

static void find_used(const struct whole *t, bool *vp, bool *lp)
{
	bool any = false;

	for (size_t i = 0; i < t->n; i++) {
		const struct trace_event *ev = &t->ev[i];

		if (trace_type_has_vp(ev->type))
			vp[ev->vp] = true;
		if (ev->type == TRACE_IPI)
			vp[ev->value] = true;
		if (trace_type_has_lp(ev->type))
			lp[ev->lp] = true;
	}
	/* A trace has an LP. */
	for (uint32_t i = 0; i < t->meta.lps; i++)
		any |= lp[i];
	lp[0] |= !any;
}

static size_t one_place(const struct whole *t, size_t size)
{
	(void)t;
	(void)size;
	return 1;
}

static bool compact(struct whole *t)
{
	bool *vp = vt_array(t->meta.vps + 1u, sizeof(*vp)),
	     *lp = vt_array(t->meta.lps + 1u, sizeof(*lp));
	uint32_t *vp_number = vt_array(t->meta.vps + 1u, sizeof(*vp_number)),
		 *lp_number = vt_array(t->meta.lps + 1u, sizeof(*lp_number));
	uint32_t vps, lps;
	bool less;

	find_used(t, vp, lp);
	vps = number_anew(vp_number, vp, t->meta.vps);
	lps = number_anew(lp_number, lp, t->meta.lps);
	less = vps < t->meta.vps || lps < t->meta.lps;
	if (less) {
		keep_vps(t, vp);
		t->meta.lps = lps;
		for (size_t i = 0; i < t->n; i++) {
			struct trace_event *ev = &t->ev[i];

			ev->vp = trace_type_has_vp(ev->type) ? vp_number[ev->vp] : ev->vp;
			if (ev->type == TRACE_IPI)
				ev->value = vp_number[ev->value];
			if (trace_type_has_lp(ev->type))
				ev->lp = (uint16_t)lp_number[ev->lp];
		}
		whole_legalize(t);
	}
	free(vp);
	free(lp);
	free(vp_number);
	free(lp_number);
	return less;
}

static bool make_compact(const struct whole *from, size_t place, size_t size, struct whole *to)
{
	(void)place;
	(void)size;
	whole_copy(to, from);
	return compact(to);
}

/* What one VP did is another's. */
static size_t places_of_merges(const struct whole *t, size_t size)
{
	(void)size;
	return t->n <= FEW && t->meta.vps <= 64 ? (size_t)t->meta.vps * t->meta.vps : 0;
}

static bool make_merge(const struct whole *from, size_t place, size_t size, struct whole *to)
{
	uint32_t a = (uint32_t)(place / from->meta.vps), b = (uint32_t)(place % from->meta.vps);
	bool any = false;

	(void)size;
	if (a >= b)
		return false;
	whole_copy(to, from);
	for (size_t i = 0; i < to->n; i++) {
		if (!trace_type_has_vp(to->ev[i].type) || to->ev[i].vp != b)
			continue;
		to->ev[i].vp = a;
		any = true;
	}
	whole_legalize(to);
	compact(to);
	return any;
}

static size_t places_of_lps(const struct whole *t, size_t size)
{
	(void)size;
	return (size_t)t->meta.lps * 2;
}

static bool on_lp(const struct whole *t, size_t event, const void *arg)
{
	const size_t *lp = arg;

	return trace_type_has_lp(t->ev[event].type) && t->ev[event].lp == *lp;
}

/* Without what happens on an LP, or all of that on LP 0. */
static bool make_lp(const struct whole *from, size_t place, size_t size, struct whole *to)
{
	size_t lp = place / 2;
	bool any = false;

	(void)size;
	if (place % 2 == 0)
		return leave_out(from, on_lp, &lp, to);
	if (!lp)
		return false;
	whole_copy(to, from);
	for (size_t i = 0; i < to->n; i++) {
		if (!on_lp(to, i, &lp))
			continue;
		to->ev[i].lp = 0;
		any = true;
	}
	whole_legalize(to);
	compact(to);
	return any;
}

/* ---- the header ---- */

/* All but what a replay looks at; then that, too. */
enum { HEADER_REST, HEADER_HOST, HEADER_SOURCE, HEADER_CLASS, HEADER_PLACES };

static size_t places_of_header(const struct whole *t, size_t size)
{
	(void)t;
	(void)size;
	return HEADER_PLACES;
}

static void keep(json_t *to, const json_t *from, const char *key)
{
	json_t *v = json_object_get(from, key);

	if (v)
		json_put(to, key, json_incref(v));
}

static bool make_header(const struct whole *from, size_t place, size_t size, struct whole *to)
{
	const json_t *old = from->meta.more, *from_source = json_object_get(old, "source");
	json_t *more = json_object(), *source = json_object();
	bool less;

	(void)size;
	keep(source, from_source, "reduced");
	if (place != HEADER_SOURCE)
		keep(source, from_source, "hypervisor");
	if (json_object_size(source))
		json_put(more, "source", json_incref(source));
	json_decref(source);
	if (place != HEADER_HOST)
		keep(more, old, "host_model");
	if (place != HEADER_CLASS)
		keep(more, old, "class");
	less = !json_equal(more, (json_t *)old);
	if (less) {
		whole_copy(to, from);
		json_decref(to->meta.more);
		to->meta.more = json_incref(more);
	}
	json_decref(more);
	return less;
}

/* ---- numbers ---- */

enum { FIELD_SUB, FIELD_EXTRA, FIELD_EXTRA_ROUND, FIELD_EXTRA_ROUNDER, FIELD_SMALLER, FIELDS };

static size_t places_of_fields(const struct whole *t, size_t size)
{
	(void)size;
	return t->n <= FEW ? t->n * FIELDS : 0;
}

/* The largest power of ten that is not above @x, of 0 too. */
static uint64_t unit_of(uint64_t x)
{
	uint64_t unit = 1;

	while (x / unit >= 10)
		unit *= 10;
	return unit;
}

/* The largest number of @digits digits and zeros that is not above @x. */
static uint64_t round_down(uint64_t x, unsigned digits)
{
	uint64_t unit = 1, limit = 1;

	while (digits--)
		limit *= 10;
	while (x / unit >= limit)
		unit *= 10;
	return x / unit * unit;
}

static bool sub_is_kind(const struct trace_event *ev)
{
	return ev->type == TRACE_ARM || ev->type == TRACE_SEED;
}

static bool make_field(const struct whole *from, size_t place, size_t size, struct whole *to)
{
	const struct trace_event *was = &from->ev[place / FIELDS];
	struct trace_event ev = *was;

	(void)size;
	switch (place % FIELDS) {
	case FIELD_SUB:
		/* The kind of a timer stays. */
		ev.sub = sub_is_kind(was) ? ev.sub : 0;
		break;
	case FIELD_EXTRA:
		ev.extra = 0;
		break;
	case FIELD_EXTRA_ROUND:
		ev.extra = round_down(ev.extra, 1);
		break;
	case FIELD_EXTRA_ROUNDER:
		ev.extra = round_down(ev.extra, 2);
		break;
	default:
		ev.extra = round_down(ev.extra / 10, 1);
		break;
	}
	if (ev.sub == was->sub && ev.extra == was->extra)
		return false;
	whole_copy(to, from);
	to->ev[place / FIELDS] = ev;
	whole_legalize(to);
	return true;
}

/* A step from a time to the next one: what it may become. */
enum {
	STEP_NONE,
	STEP_ROUND,
	STEP_ROUND_UP,
	STEP_ROUNDER,
	STEP_TENTH,
	STEP_HALF,
	STEPS,
};

static uint64_t step_of(uint64_t step, size_t how)
{
	uint64_t down = round_down(step, 1);

	switch (how) {
	case STEP_NONE:
		return 0;
	case STEP_ROUND:
		return down;
	case STEP_ROUND_UP:
		return step == down ? step : down + unit_of(step);
	case STEP_ROUNDER:
		return round_down(step, 2);
	case STEP_TENTH:
		return round_down(step / 10, 1);
	default:
		return round_down(step / 2, 1);
	}
}

/* All steps at once, then each. */
static size_t places_of_steps(const struct whole *t, size_t size)
{
	size_t n;
	uint64_t *time = whole_times(t, &n);

	(void)size;
	free(time);
	return t->n <= FEW ? n * STEPS : STEPS;
}

static bool make_step(const struct whole *from, size_t place, size_t size, struct whole *to)
{
	size_t n, which = place / STEPS;
	uint64_t *was = whole_times(from, &n), *is = vt_array(n, sizeof(*is));
	bool any = false;

	(void)size;
	for (size_t i = 1; i < n; i++) {
		uint64_t step = was[i] - was[i - 1];

		if (!which || which == i)
			step = step_of(step, place % STEPS);
		is[i] = is[i - 1] + step;
		any |= step != was[i] - was[i - 1];
	}
	if (any) {
		whole_copy(to, from);
		whole_move(to, was, is, n);
		whole_legalize(to);
	}
	free(was);
	free(is);
	return any;
}

/* Times as nanoseconds. */
static bool make_clock(const struct whole *from, size_t place, size_t size, struct whole *to)
{
	uint64_t hz = from->meta.clock_hz, *was, *is;
	size_t n;

	(void)place;
	(void)size;
	if (hz == 1000000000)
		return false;
	was = whole_times(from, &n);
	is = vt_array(n, sizeof(*is));
	for (size_t i = 0; i < n; i++)
		is[i] = trace_ticks_to_ns(was[i], hz);
	whole_copy(to, from);
	whole_move(to, was, is, n);
	to->meta.clock_hz = 1000000000;
	for (size_t i = 0; i < to->n; i++) {
		if (trace_types[to->ev[i].type].extra.unit == TRACE_SPAN)
			to->ev[i].extra = trace_ticks_to_ns(to->ev[i].extra, hz);
	}
	whole_legalize(to);
	free(was);
	free(is);
	return true;
}

/* Domains are numbered anew, first their vCPUs with them, and VPs called by their numbers. */
static bool make_names(const struct whole *from, size_t place, size_t size, struct whole *to)
{
	struct trace_meta *meta = &to->meta;

	(void)size;
	whole_copy(to, from);
	forget_vps(meta);
	for (uint32_t i = 0, next = 0; i < from->meta.vps; i++) {
		const struct trace_vp *v = &from->meta.vp[i];
		uint32_t k = 0, vcpu = 0;

		while (k < i && from->meta.vp[k].domain != v->domain)
			k++;
		for (uint32_t l = k; l < i; l++)
			vcpu += from->meta.vp[l].domain == v->domain;
		trace_meta_add_vp(meta, k < i ? meta->vp[k].domain : next++, place ? v->vcpu : vcpu,
				  NULL);
	}
	return true;
}

static size_t places_of_names(const struct whole *t, size_t size)
{
	(void)size;
	return t->meta.vps <= 64 ? 2 : 0;
}

#define CHUNKS(of, at, how) .things = of, .places = at, .make = how
#define PLACES(at, how) .places = at, .make = how

const struct pass passes[] = {
	{ "header", PASS_GOES_ON, PLACES(places_of_header, make_header) },
	{ "types", PASS_GOES_ON, PLACES(places_of_types, make_type) },
	{ "beginning", PASS_BEGINS, PLACES(places_of_shares, make_beginning) },
	{ "rest", PASS_BEGINS, PLACES(places_of_shares, make_rest) },
	{ "VPs", PASS_GOES_ON, CHUNKS(vps_of, places_of_vps, make_vps) },
	{ "compact", PASS_GOES_ON, PLACES(one_place, make_compact) },
	{ "events", PASS_STAYS, CHUNKS(events_of, places_of_chunks, make_chunk) },
	{ "LPs", PASS_GOES_ON, PLACES(places_of_lps, make_lp) },
	{ "merges", PASS_GOES_ON, PLACES(places_of_merges, make_merge) },
	{ "pairs", PASS_STAYS, PLACES(places_of_pairs, make_pair) },
	{ "compact", PASS_GOES_ON, PLACES(one_place, make_compact) },
	{ "names", PASS_GOES_ON, PLACES(places_of_names, make_names) },
	{ "clock", PASS_GOES_ON, PLACES(one_place, make_clock) },
	{ "fields", PASS_GOES_ON, PLACES(places_of_fields, make_field) },
	{ "times", PASS_GOES_ON, PLACES(places_of_steps, make_step) },
	{ 0 },
};
