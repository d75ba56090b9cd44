/* SPDX-License-Identifier: GPL-2.0-only */
/* Small random traces that are legal, have every event type, and are full of ties. */
#include "replay/tests/random_trace.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define LPS_MAX 4
#define VPS_MAX 8
#define EVENTS_MAX 300
#define POOL 16
#define NOWHERE UINT32_MAX

struct maker {
	struct random_trace *t;
	uint64_t now;
	uint32_t runs[LPS_MAX]; /* VP, or NOWHERE */
	uint32_t on[VPS_MAX];	/* LP, or NOWHERE */
	uint64_t away[LPS_MAX]; /* until when */
	int64_t off[VPS_MAX];
	uint64_t deadline[VPS_MAX]; /* the last one written */
	uint64_t pool[POOL];	    /* machine times at which something may be due */
	bool huge;  /* counters jump to the end of the world; nothing is periodic then */
	bool jumps; /* they do so, and timers may be periodic: 2^60 deadlines are reached at once */
};

/* splitmix64 */
uint64_t random_next(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

static uint64_t below(struct random_trace *t, uint64_t n)
{
	return random_next(&t->random) % n;
}

static bool one_in(struct random_trace *t, uint64_t n)
{
	return below(t, n) == 0;
}

/* Any number that an event can have. */
static uint64_t any(struct random_trace *t)
{
	uint64_t limit = one_in(t, 2) ? TRACE_TICK_LIMIT : UINT64_C(1) << below(t, 60);

	return one_in(t, 4) ? TRACE_TICK_LIMIT - 1 : below(t, limit);
}

static uint64_t at_most(uint64_t n, uint64_t most)
{
	return n < most ? n : most;
}

static uint64_t counter(const struct maker *m, uint32_t vp)
{
	return (uint64_t)((int64_t)m->now + m->off[vp]);
}

static struct trace_event *add(struct maker *m, unsigned type)
{
	struct trace_event *ev = &m->t->ev[m->t->n++];

	*ev = (struct trace_event){ .time = m->now, .type = (uint8_t)type };
	return ev;
}

static struct trace_event *add_vp(struct maker *m, unsigned type, uint32_t vp)
{
	struct trace_event *ev = add(m, type);

	ev->vp = vp;
	return ev;
}

static void time_passes(struct maker *m)
{
	struct random_trace *t = m->t;
	uint64_t at;

	switch (below(t, 8)) {
	case 0:
	case 1:
	case 2:
		return;
	case 3:
	case 4: /* where something is due, or a tick beside it */
		at = m->pool[below(t, POOL)] + below(t, 3) - 1;
		if (at > m->now && at - m->now < 8 * t->gap)
			m->now = at;
		return;
	case 5:
		m->now += 1 + below(t, 4 * t->gap);
		return;
	default:
		m->now += 1 + below(t, t->gap);
	}
}

static void pass_time(struct maker *m)
{
	time_passes(m);
	m->now = at_most(m->now, TRACE_TICK_LIMIT - 1);
}

static uint64_t a_deadline(struct maker *m, uint32_t vp)
{
	struct random_trace *t = m->t;
	uint64_t c = counter(m, vp), d;

	switch (below(t, 12)) {
	case 0:
		return c;
	case 1:
		return c + 1;
	case 2:
		return c - below(t, c < t->gap ? c + 1 : t->gap);
	case 3: /* a past that may be older than the counter's last jump */
		return below(t, c + 1);
	case 4:
		return m->deadline[vp];
	case 5:
	case 6: /* when another is due, or something is done */
		d = (uint64_t)((int64_t)m->pool[below(t, POOL)] + m->off[vp]);
		return d < TRACE_TICK_LIMIT ? d : c;
	case 7:
		return m->huge ? TRACE_TICK_LIMIT - 1 - below(t, 2) : c + 1 + below(t, 40 * t->gap);
	default:
		return c + 1 + below(t, 3 * t->gap);
	}
}

/* The fields of an ARM or SEED. */
static struct trace_event *write_timer(struct maker *m, struct trace_event *ev)
{
	struct random_trace *t = m->t;
	uint32_t vp = ev->vp;

	ev->sub = (uint8_t)below(t, TRACE_DEVS);
	ev->value =
	    at_most(t->wide && one_in(t, 8) ? any(t) : a_deadline(m, vp), TRACE_TICK_LIMIT - 1);
	if (!m->huge && one_in(t, 3))
		ev->extra = one_in(t, 4) ? 1 + t->gap / 8 : 1 + t->gap / 8 + below(t, 2 * t->gap);
	if (t->wide && ev->extra && one_in(t, 8))
		ev->extra = at_most(ev->extra + any(t), TRACE_TICK_LIMIT - 1);
	m->deadline[vp] = ev->value;
	m->pool[below(t, POOL)] = m->now + (ev->value - counter(m, vp)) % (64 * t->gap);
	return ev;
}

static void set_counter(struct maker *m, uint32_t vp)
{
	struct random_trace *t = m->t;
	struct trace_event *ev = add_vp(m, TRACE_COUNTER, vp);
	uint64_t c = counter(m, vp), far = 20 * t->gap;

	switch (below(t, 6)) {
	case 0: /* forward */
		ev->value = c + below(t, far);
		break;
	case 1: /* back */
		ev->value = c - below(t, c < far ? c + 1 : far);
		break;
	case 2: /* to its deadline */
		ev->value = m->deadline[vp];
		break;
	case 3:
		ev->value = m->huge || m->jumps ? any(t) : m->now;
		break;
	default:
		ev->value = c + below(t, 2 * t->gap);
	}
	/* A periodic timer that is jumped over must not be due more often than a test has time for.
	 */
	if (!m->huge && !m->jumps)
		ev->value = at_most(ev->value, c + far);
	ev->value = at_most(ev->value, TRACE_TICK_LIMIT - 1);
	m->off[vp] = (int64_t)ev->value - (int64_t)m->now;
}

/* Timers that were armed before: of some VPs, at time 0. One in a few deadlines is past, and now
 * and then a counter was set first. */
static void seeds(struct maker *m)
{
	struct random_trace *t = m->t;
	uint32_t vp;

	for (vp = 0; vp < t->meta.vps; vp++) {
		if (one_in(t, 3))
			continue;
		if (one_in(t, 4))
			set_counter(m, vp);
		write_timer(m, add_vp(m, TRACE_SEED, vp))->lp = (uint16_t)below(t, t->meta.lps);
		if (one_in(t, 6))
			add_vp(m, TRACE_WAKE, (uint32_t)below(t, t->meta.vps))->lp =
			    (uint16_t)below(t, t->meta.lps);
	}
}

static void out(struct maker *m, uint32_t vp)
{
	add_vp(m, TRACE_SCHED_OUT, vp)->sub =
	    (uint8_t)(one_in(m->t, 2) ? TRACE_BLOCK : below(m->t, TRACE_REASONS));
	m->runs[m->on[vp]] = NOWHERE;
	m->on[vp] = NOWHERE;
}

static void in(struct maker *m, uint32_t vp)
{
	uint32_t lp = (uint32_t)below(m->t, m->t->meta.lps);
	struct trace_event *ev;

	if (m->runs[lp] != NOWHERE) {
		if (one_in(m->t, 2))
			return;
		out(m, m->runs[lp]);
	}
	ev = add_vp(m, TRACE_SCHED_IN, vp);
	ev->extra = one_in(m->t, 4) ? 0 : 1 + below(m->t, 8 * m->t->gap);
	if (m->t->wide && one_in(m->t, 8))
		ev->extra = any(m->t);
	ev->lp = (uint16_t)lp;
	m->runs[lp] = vp;
	m->on[vp] = lp;
}

/* The machine goes away, unless it is: for no time at all, or until something may be due. */
static void go_away(struct maker *m)
{
	struct random_trace *t = m->t;
	uint32_t lp = (uint32_t)below(t, t->meta.lps);
	struct trace_event *ev;

	if (m->away[lp] > m->now)
		return;
	ev = add(m, TRACE_AWAY);
	ev->lp = (uint16_t)lp;
	ev->value = m->pool[below(t, POOL)];
	if (one_in(t, 2) || ev->value < m->now || ev->value - m->now > 8 * t->gap)
		ev->value = m->now + below(t, 6 * t->gap);
	ev->value = at_most(ev->value, TRACE_TICK_LIMIT - 1);
	m->away[lp] = ev->value;
	m->pool[below(t, POOL)] = ev->value;
}

static void seen(struct maker *m, uint32_t vp)
{
	struct random_trace *t = m->t;
	struct trace_event *ev;

	switch (below(t, 6)) {
	case 0:
		add_vp(m, TRACE_OBS_FIRE, vp);
		break;
	case 1:
		add_vp(m, TRACE_OBS_PEND, vp);
		break;
	case 2:
		add(m, TRACE_OBS_HV_IRQ)->lp = (uint16_t)below(t, t->meta.lps);
		break;
	case 3:
		ev = add(m, TRACE_OBS_PROG);
		ev->lp = (uint16_t)below(t, t->meta.lps);
		ev->value = at_most(m->now + below(t, t->gap), TRACE_TICK_LIMIT - 1);
		break;
	case 4:
		ev = add(m, TRACE_LOST);
		ev->lp = (uint16_t)below(t, t->meta.lps);
		ev->value = m->now;
		ev->extra = t->wide ? any(t) : below(t, 5);
		break;
	default:
		add_vp(m, TRACE_IPI, vp)->extra = below(t, t->meta.vps);
	}
}

static void act(struct maker *m, uint32_t vp)
{
	struct random_trace *t = m->t;
	struct trace_event *ev;

	switch (below(t, 20)) {
	case 0:
	case 1:
	case 2:
	case 3:
	case 4:
		out(m, vp);
		break;
	case 5:
		add_vp(m, TRACE_DISARM, vp);
		break;
	case 6:
	case 7:
	case 8:
		ev = add_vp(m, TRACE_MASK, vp);
		ev->sub = one_in(t, 3);
		ev->extra = below(t, 256);
		break;
	case 9:
	case 10:
		set_counter(m, vp);
		break;
	case 11:
		add_vp(m, TRACE_ACK, vp);
		break;
	case 12:
		add_vp(m, TRACE_EXIT, vp)->extra = below(t, 64);
		break;
	case 13:
		add_vp(m, TRACE_ENTRY, vp);
		break;
	default:
		write_timer(m, add_vp(m, TRACE_ARM, vp));
	}
}

static void step(struct maker *m)
{
	struct random_trace *t = m->t;
	uint32_t vp = (uint32_t)below(t, t->meta.vps);

	pass_time(m);
	if (one_in(t, 12))
		go_away(m);
	if (one_in(t, 12)) {
		seen(m, vp);
		return;
	}
	if (m->on[vp] != NOWHERE) {
		act(m, vp);
		return;
	}
	switch (below(t, 8)) {
	case 0:
	case 1:
		add_vp(m, TRACE_WAKE, vp)->lp = (uint16_t)below(t, t->meta.lps);
		break;
	case 2:
		set_counter(m, vp);
		break;
	default:
		in(m, vp);
	}
}

static void make_meta(struct random_trace *t)
{
	static const uint64_t clocks[] = { 1000000000,	2596122000, 1000000, 999999937,
					   12345678901, 3,	    1 };
	static const uint64_t gaps[] = { 1, 4, 10, 1000, 100000 };
	uint32_t vps = 1 + (uint32_t)below(t, VPS_MAX), i;

	trace_meta_init(&t->meta);
	t->meta.lps = 1 + (uint32_t)below(t, LPS_MAX);
	for (i = 0; i < vps; i++)
		trace_meta_add_vp(&t->meta, (uint32_t)below(t, 3) * 7, i, NULL);
	t->meta.clock_hz = clocks[below(t, sizeof(clocks) / sizeof(clocks[0]))];
	/* At a few Hz the hypervisor's tick, which is at least 1 Hz, would come all the time. */
	t->gap = gaps[below(t, t->meta.clock_hz < 1000 ? 3 : sizeof(gaps) / sizeof(gaps[0]))];
	if (!t->wide)
		return;
	t->meta.clock_hz =
	    one_in(t, 2) ? UINT64_C(1) << below(t, 41) : 1 + below(t, TRACE_CLOCK_HZ_MAX);
	t->gap = UINT64_C(1) << below(t, 50);
}

void random_trace_make(struct random_trace *t, uint64_t seed)
{
	struct maker m = { .t = t };
	size_t events, i;

	*t = (struct random_trace){ .random = seed };
	t->wide = one_in(t, 6);
	t->late = t->wide && one_in(t, 3);
	make_meta(t);
	events = 10 + below(t, one_in(t, 2) ? 50 : EVENTS_MAX - 10);
	/* A step adds at most three events, a SEED comes with two. */
	t->ev = calloc(events + 3 + 3 * VPS_MAX, sizeof(*t->ev));
	if (!t->ev)
		abort();
	m.huge = one_in(t, 10);
	m.jumps = t->wide && !m.huge && one_in(t, 2);
	for (i = 0; i < LPS_MAX; i++)
		m.runs[i] = NOWHERE;
	for (i = 0; i < VPS_MAX; i++)
		m.on[i] = NOWHERE;
	if (!t->late && one_in(t, 2)) /* a period from 0 on would come too often until then */
		seeds(&m);
	if (t->late)
		m.now = any(t);
	else if (one_in(t, 2))
		m.now = below(t, 3 * t->gap);
	while (t->n < events)
		step(&m);
	t->meta.end =
	    at_most(m.now + (one_in(t, 3) ? 0 : below(t, 20 * t->gap)), TRACE_TICK_LIMIT - 1);
}

void random_trace_free(struct random_trace *t)
{
	trace_meta_free(&t->meta);
	free(t->ev);
	*t = (struct random_trace){ 0 };
}

uint64_t random_scale_ns(const struct random_trace *t, bool rate)
{
	return rate && t->late ? UINT64_MAX : trace_ticks_to_ns(3 * t->gap, t->meta.clock_hz);
}

void random_options(struct random_trace *t, struct reference_params *params)
{
	uint64_t hz = t->meta.clock_hz, period = 1 + t->gap / 2 + below(t, 20 * t->gap);

	params->hv_tick_hz = params->hv_slice_ns = params->slop_ns = 0;
	params->recorded_slices = one_in(t, 3);
	if (!one_in(t, 3) && !t->late)
		params->hv_tick_hz = hz / period || t->wide ? hz / period : 1;
	params->hv_tick_phase_ns =
	    one_in(t, 3) ? 1 + trace_ticks_to_ns(below(t, 2 * period), hz) : 0;
	params->hv_tick_idle = one_in(t, 2) ? below(t, 3) : 0;
	if (t->gap == 1 && one_in(t, 10) && !t->late)
		params->hv_tick_hz =
		    3 * hz; /* several on one tick of the counter, the first at time 0 */
	if (!one_in(t, 3))
		params->hv_slice_ns = 1 + trace_ticks_to_ns(below(t, 8 * t->gap), hz);
	if (!one_in(t, 3))
		params->slop_ns = trace_ticks_to_ns(1 + below(t, 3 * t->gap), hz);
}

bool random_trace_legal(const struct trace_meta *meta, const struct trace_event *ev, size_t n)
{
	struct trace_legal *l = trace_legal_new(meta->lps, meta->vps);
	bool legal = true;
	size_t i;

	for (i = 0; i < n && legal; i++)
		legal = !trace_legal_event(l, &ev[i]);
	trace_legal_free(l);
	return legal;
}

static void print_event(const struct trace_event *ev)
{
	fprintf(stderr, "%8" PRIu64 " %-10s", ev->time, trace_type_name(ev->type));
	if (trace_type_has_vp(ev->type))
		fprintf(stderr, " vp %" PRIu32, ev->vp);
	if (trace_type_has_lp(ev->type))
		fprintf(stderr, " lp %u", ev->lp);
	if (ev->type == TRACE_ARM || ev->type == TRACE_SEED)
		fprintf(stderr, " %s", trace_dev_name(ev->sub));
	else if (ev->type == TRACE_SCHED_OUT)
		fprintf(stderr, " %s", trace_reason_name(ev->sub));
	else if (ev->type == TRACE_MASK)
		fprintf(stderr, " %u", ev->sub);
	if (trace_type_has_value(ev->type))
		fprintf(stderr, " %" PRIu64, ev->value);
	if (ev->extra)
		fprintf(stderr, " (%" PRIu64 ")", ev->extra);
	fprintf(stderr, "\n");
}

void random_trace_print(const struct trace_meta *meta, const struct trace_event *ev, size_t n)
{
	size_t i;

	fprintf(stderr, "clock_hz %" PRIu64 ", %" PRIu32 " LPs, %" PRIu32 " VPs, end %" PRIu64 "\n",
		meta->clock_hz, meta->lps, meta->vps, meta->end);
	for (i = 0; i < n; i++)
		print_event(&ev[i]);
}
