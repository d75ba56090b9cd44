/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/tests/random_guests.h"

#include <stdlib.h>

#define EVENTS_MAX 300
/* So many may come of one run. */
#define RUN_MAX 100

struct guest {
	uint32_t vp;
	uint64_t wakes; /* then it is ready */
	bool blocked;	/* and before that it is; or it is preempted */
};

struct maker {
	struct random_trace *t;
	uint64_t unit, now;
	uint32_t lp;
};

static uint64_t below(struct maker *m, uint64_t n)
{
	return random_next(&m->t->random) % n;
}

static bool one_in(struct maker *m, uint64_t n)
{
	return below(m, n) == 0;
}

static struct trace_event *add(struct maker *m, unsigned type, const struct guest *g)
{
	struct trace_event *ev = &m->t->ev[m->t->n++];

	*ev = (struct trace_event){
		.time = m->now, .type = (uint8_t)type, .vp = g->vp, .lp = (uint16_t)m->lp
	};
	return ev;
}

/* What a guest does without its timer. */
static void act(struct maker *m, const struct guest *g)
{
	static const uint8_t types[] = { TRACE_EXIT, TRACE_ENTRY, TRACE_ACK };

	for (unsigned n = 0; n < 6 && one_in(m, 4); n++) {
		add(m, types[below(m, 3)], g)->lp = 0;
		m->now += below(m, 3) * m->unit / 16;
	}
}

/* Returns the deadline: the next point of the grid, or a later one; sometimes beside it. */
static uint64_t arm(struct maker *m, const struct guest *g)
{
	uint64_t next = (m->now / m->unit + 1) * m->unit;
	struct trace_event *ev = add(m, TRACE_ARM, g);

	if (one_in(m, 4))
		next += below(m, 3) * m->unit;
	if (one_in(m, 8))
		next++;
	ev->sub = TRACE_TSC_DEADLINE;
	ev->lp = 0;
	ev->value = next;
	return next;
}

/* It runs until it halts, or is preempted. */
static void run(struct maker *m, struct guest *g)
{
	uint64_t deadline = 0;

	if (g->blocked && !one_in(m, 8)) {
		uint64_t now = m->now;

		m->now = g->wakes;
		add(m, TRACE_WAKE, g);
		m->now = now;
	}
	add(m, TRACE_SCHED_IN, g);
	for (unsigned rounds = 0; rounds < 6; rounds++) {
		m->now += below(m, 4) * m->unit / 16;
		act(m, g);
		if (!one_in(m, 6))
			deadline = arm(m, g);
		act(m, g);
		m->now += below(m, m->unit);
		if (!one_in(m, 4))
			break;
		/* Its tick comes while it is at work. */
		if (m->now < deadline)
			m->now = deadline + below(m, 4) * m->unit / 16;
	}
	g->blocked = !one_in(m, 6);
	add(m, TRACE_SCHED_OUT, g)->sub = g->blocked ? TRACE_BLOCK : TRACE_PREEMPT;
	g->wakes = m->now;
	if (!g->blocked)
		return;
	if (g->wakes < deadline)
		g->wakes = deadline;
	if (!one_in(m, 3))
		g->wakes += below(m, m->unit / 4);
	if (one_in(m, 8)) /* by something else */
		g->wakes = m->now + below(m, m->unit);
}

/* Each LP by itself, from time 0 on. */
static void fill_lp(struct maker *m, struct guest *guest, size_t most)
{
	uint32_t lps = m->t->meta.lps, vps = m->t->meta.vps;

	m->now = 0;
	while (m->lp < vps && m->t->n < most) {
		struct guest *g = &guest[m->lp];

		for (uint32_t vp = m->lp; vp < vps; vp += lps)
			if (guest[vp].wakes < g->wakes)
				g = &guest[vp];
		if (m->now < g->wakes)
			m->now = g->wakes;
		run(m, g);
	}
	if (m->t->meta.end < m->now)
		m->t->meta.end = m->now;
}

/* By time, else in the order that they have: their LPs are in turn. */
static void sort(struct trace_event *ev, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct trace_event at = ev[i];
		size_t k = i;

		for (; k && ev[k - 1].time > at.time; k--)
			ev[k] = ev[k - 1];
		ev[k] = at;
	}
}

void random_guests_make(struct random_trace *t, uint64_t seed)
{
	static const uint64_t clocks[] = { 1000000000, 1000000, 5000, 150 };
	struct maker m = { .t = t };
	struct guest *guest;

	random_trace_make(t, seed);
	t->wide = t->late = false;
	free(t->ev);
	t->n = 0;
	t->meta.end = 0;
	t->meta.clock_hz = clocks[below(&m, 4)];
	m.unit = (1 + below(&m, 3)) * 100 * (trace_ns_to_ticks(1000, t->meta.clock_hz) + 1);
	t->gap = m.unit / 8;
	t->ev = calloc(EVENTS_MAX + t->meta.lps * RUN_MAX, sizeof(*t->ev));
	guest = calloc(t->meta.vps, sizeof(*guest));
	if (!t->ev || !guest)
		abort();
	for (uint32_t vp = 0; vp < t->meta.vps; vp++)
		guest[vp] = (struct guest){ .vp = vp, .blocked = true, .wakes = below(&m, m.unit) };
	for (m.lp = 0; m.lp < t->meta.lps; m.lp++)
		fill_lp(&m, guest, EVENTS_MAX * (m.lp + 1) / t->meta.lps);
	sort(t->ev, t->n);
	t->meta.end += below(&m, 4 * m.unit);
	free(guest);
}
