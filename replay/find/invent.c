/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/find/invent.h"

#include <string.h>

#include "replay/find/invent_parts.h"
#include "traces/base/mem.h"

#define PIECE_MIN 3u
#define PIECE_MAX 60u
#define ALL_MAX 200u /* of a trace that is changed */

bool one_in(struct rng *r, uint64_t n)
{
	return rng_below(r, n) == 0;
}

uint64_t at_most(uint64_t n)
{
	return n < TRACE_TICK_LIMIT ? n : TRACE_TICK_LIMIT - 1;
}

/* ---- the scale of times ---- */

uint64_t a_scale(struct rng *r)
{
	static const uint64_t scales[] = { 10, 1000, 10000, 50000, 100000, 1000000, 10000000 };

	return scales[rng_below(r, sizeof(scales) / sizeof(*scales))];
}

uint64_t a_span(struct rng *r, uint64_t scale)
{
	static const uint8_t tenths[] = { 0, 0, 0, 1, 2, 5, 10, 10, 20, 40 };
	uint64_t span = scale * tenths[rng_below(r, sizeof(tenths))] / 10;

	return one_in(r, 6) ? span + rng_below(r, 3) : span;
}

/* How far apart the events of @t are. */
static uint64_t scale_of(const struct whole *t)
{
	uint64_t span = t->n ? t->ev[t->n - 1].time / (t->n + 1) : 0;

	return span ? span : 1000;
}

/* ---- events ---- */

static uint64_t a_deadline(struct rng *r, const struct whole *t, uint64_t now, uint64_t scale)
{
	uint64_t past = a_span(r, scale);

	switch (rng_below(r, 8)) {
	case 0:
		return now > past ? now - past : 0;
	case 1: /* when something else is done or due */
		if (t->n) {
			const struct trace_event *ev = &t->ev[rng_below(r, t->n)];

			return one_in(r, 2) && ev->value ? ev->value : ev->time;
		}
		return now;
	case 2:
		return now;
	default:
		return at_most(now + a_span(r, scale) + 1);
	}
}

void set_timer(struct trace_event *ev, struct rng *r, const struct whole *t, uint64_t scale)
{
	ev->sub = (uint8_t)rng_below(r, TRACE_DEVS);
	ev->value = a_deadline(r, t, ev->time, scale);
	ev->extra = one_in(r, 3) ? 1 + a_span(r, scale) + scale / 10 : 0;
}

uint64_t a_counter(struct rng *r, uint64_t now, uint64_t scale)
{
	return one_in(r, 2) ? at_most(now + a_span(r, scale)) : a_span(r, scale);
}

/* An event of @vp at @now that may be legal. */
static struct trace_event an_event(struct rng *r, const struct whole *t, uint32_t vp, uint64_t now,
				   uint64_t scale)
{
	static const uint8_t types[] = { TRACE_SCHED_IN,  TRACE_SCHED_IN,  TRACE_SCHED_IN,
					 TRACE_SCHED_OUT, TRACE_SCHED_OUT, TRACE_SCHED_OUT,
					 TRACE_ARM,	  TRACE_ARM,	   TRACE_ARM,
					 TRACE_WAKE,	  TRACE_DISARM,	   TRACE_MASK,
					 TRACE_MASK,	  TRACE_COUNTER };
	struct trace_event ev = { .time = now, .vp = vp };

	ev.type = types[rng_below(r, sizeof(types))];
	if (trace_type_has_lp(ev.type))
		ev.lp = (uint16_t)rng_below(r, t->meta.lps);
	if (ev.type == TRACE_ARM)
		set_timer(&ev, r, t, scale);
	else if (ev.type == TRACE_SCHED_OUT)
		ev.sub = (uint8_t)(one_in(r, 2) ? TRACE_BLOCK : rng_below(r, TRACE_REASONS));
	else if (ev.type == TRACE_MASK)
		ev.sub = !one_in(r, 3);
	else if (ev.type == TRACE_COUNTER)
		ev.value = a_counter(r, now, scale);
	return ev;
}

struct trace_event *insert_at(struct whole *t, size_t at)
{
	t->ev = vt_realloc(t->ev, (t->n + 1) * sizeof(*t->ev));
	memmove(&t->ev[at + 1], &t->ev[at], (t->n - at) * sizeof(*t->ev));
	t->n++;
	return &t->ev[at];
}

/* ---- a piece of a recorded one ---- */

static uint64_t earlier(uint64_t x, uint64_t by)
{
	return x > by ? x - by : 0;
}

void invent_piece(struct whole *t, const struct whole *from, struct rng *r)
{
	size_t n = PIECE_MIN + rng_below(r, PIECE_MAX - PIECE_MIN), first;
	uint64_t begin;

	first = from->n > n ? rng_below(r, from->n - n) : 0;
	n = n < from->n - first ? n : from->n - first;
	*t = (struct whole){ .n = n };
	trace_meta_copy(&t->meta, &from->meta);
	t->ev = vt_array(n + 1, sizeof(*t->ev));
	memcpy(t->ev, from->ev + first, n * sizeof(*t->ev));
	begin = t->ev[0].time;
	for (size_t i = 0; i < n; i++) {
		struct trace_event *ev = &t->ev[i];
		enum trace_unit unit = trace_types[ev->type].value.unit;

		ev->time -= begin;
		if (unit == TRACE_TIME || unit == TRACE_DEADLINE || unit == TRACE_COUNT_OF)
			ev->value = earlier(ev->value, begin);
	}
	t->meta.end = t->ev[n - 1].time + 4 * scale_of(t);
	whole_legalize(t);
}

/* ---- changes ---- */

/* Between its neighbours, or where one of them is. */
static uint64_t time_at(const struct whole *t, size_t at, struct rng *r)
{
	uint64_t low = at ? t->ev[at - 1].time : 0;
	uint64_t high = at < t->n ? t->ev[at].time : t->meta.end;

	if (high <= low || one_in(r, 3))
		return low;
	return one_in(r, 3) ? high : low + rng_below(r, high - low + 1);
}

static void change_insert(struct whole *t, struct rng *r)
{
	size_t at = rng_below(r, t->n + 1);
	uint64_t now = time_at(t, at, r);
	struct trace_event ev =
	    an_event(r, t, (uint32_t)rng_below(r, t->meta.vps), now, scale_of(t));

	if (t->n < ALL_MAX)
		*insert_at(t, at) = ev;
}

static void change_drop(struct whole *t, struct rng *r)
{
	size_t at = rng_below(r, t->n);

	t->n--;
	memmove(&t->ev[at], &t->ev[at + 1], (t->n - at) * sizeof(*t->ev));
}

/* All from one event on is later, or that one earlier. */
static void change_time(struct whole *t, struct rng *r)
{
	size_t at = rng_below(r, t->n);
	uint64_t by = a_span(r, scale_of(t));

	if (one_in(r, 2)) {
		t->ev[at].time = time_at(t, at, r);
		return;
	}
	for (size_t i = at; i < t->n; i++)
		t->ev[i].time = at_most(t->ev[i].time + by);
	t->meta.end = at_most(t->meta.end + by);
}

static void change_numbers(struct whole *t, struct rng *r)
{
	struct trace_event *ev = &t->ev[rng_below(r, t->n)];
	uint64_t scale = scale_of(t);

	if (ev->type == TRACE_ARM || ev->type == TRACE_SEED) {
		const struct trace_event was = *ev;

		set_timer(ev, r, t, scale);
		if (one_in(r, 2))
			ev->sub = was.sub;
		if (one_in(r, 2))
			ev->extra = was.extra;
	} else {
		struct trace_event like = an_event(r, t, ev->vp, ev->time, scale);

		if (like.type == ev->type)
			*ev = like;
		else if (trace_type_has_vp(ev->type))
			ev->vp = (uint32_t)rng_below(r, t->meta.vps);
	}
}

static void change_end(struct whole *t, struct rng *r)
{
	uint64_t last = t->n ? t->ev[t->n - 1].time : 0;

	t->meta.end = at_most(last + 4 * a_span(r, scale_of(t)));
}

/* Stable, and traces are nearly in order. */
static void put_in_order(struct whole *t)
{
	for (size_t i = 1; i < t->n; i++) {
		struct trace_event ev = t->ev[i];
		size_t at = i;

		for (; at && t->ev[at - 1].time > ev.time; at--)
			t->ev[at] = t->ev[at - 1];
		t->ev[at] = ev;
	}
}

void invent_change(struct whole *t, const struct whole *from, struct rng *r)
{
	unsigned n = 1 + (unsigned)rng_below(r, 3);

	whole_copy(t, from);
	while (n--) {
		unsigned how = (unsigned)rng_below(r, 10);

		if (how < 4 || !t->n)
			change_insert(t, r);
		else if (how < 5)
			change_drop(t, r);
		else if (how < 7)
			change_time(t, r);
		else if (how < 9)
			change_numbers(t, r);
		else
			change_end(t, r);
	}
	put_in_order(t);
	whole_legalize(t);
}
