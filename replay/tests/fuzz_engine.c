/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The engine and its policies against the reference, on events that are legal and nothing else: of
 * any clock, with times, counters, deadlines and periods up to the format's limits, with and
 * without costs. The input is a head of 16 bytes, then events of 16 bytes; what would not be legal
 * is left out.
 */
#define _GNU_SOURCE
#include "traces/base/tests/fuzz.h"

#include "replay/tests/random_trace.h"
#include "replay/tests/reference_engine.h"

#define LPS_MAX 3u
#define VPS_MAX 5u
#define EVENTS_MAX 160u

struct head {
	uint8_t policy, lps, vps, domains;
	uint8_t clock; /* 2^n Hz, or one that is no power of 2 */
	uint8_t scale; /* its gap is 2^n ticks */
	uint8_t flags;
	uint8_t end;
	uint64_t seed; /* of parameters, options and costs */
};

enum { FLAG_COSTS = 1, FLAG_DEFAULTS = 2, FLAG_LATE = 4, FLAG_AWAY = 8, FLAG_LATENCIES = 16 };
enum { LATENCIES_MAX = 4 };

struct piece {
	uint8_t type, vp, lp, how;
	uint32_t step;
	uint64_t value;
};

/* A trace in the making. */
struct maker {
	struct random_trace t;
	uint64_t now;
	int64_t off[VPS_MAX];
	uint64_t deadline[VPS_MAX];
	struct trace_legal *legal;
};

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	fuzz_ready();
	return 0;
}

static uint64_t limited(uint64_t n)
{
	return n < TRACE_TICK_LIMIT ? n : TRACE_TICK_LIMIT - 1;
}

static void begin(struct maker *m, const struct head *h)
{
	static const uint64_t odd[] = { 1000000000, 2596122000, 999999937, 12345678901, 3, 7 };
	uint32_t vps = 1 + h->vps % VPS_MAX;

	trace_meta_init(&m->t.meta);
	m->t.meta.lps = 1 + h->lps % LPS_MAX;
	for (uint32_t i = 0; i < vps; i++)
		trace_meta_add_vp(&m->t.meta, i % (1 + h->domains % 3), i, NULL);
	m->t.meta.clock_hz = h->clock < 128 ? UINT64_C(1) << h->clock % 41 : odd[h->clock % 6];
	m->t.wide = true;
	m->t.late = h->flags & FLAG_LATE;
	/* So many steps of four gaps lie below 2^60. */
	m->t.gap = UINT64_C(1) << h->scale % 50;
	m->t.random = h->seed;
	m->legal = trace_legal_new(m->t.meta.lps, m->t.meta.vps);
}

/* The deadline or counter that @p asks for. */
static uint64_t value_of(const struct maker *m, uint32_t vp, const struct piece *p)
{
	uint64_t gap = m->t.gap, c = (uint64_t)((int64_t)m->now + m->off[vp]);

	switch (p->how >> 2 & 7) {
	case 0:
		return limited(c + 1 + p->value % (3 * gap));
	case 1:
		return c - p->value % (c < 20 * gap ? c + 1 : 20 * gap);
	case 2:
		return p->value % TRACE_TICK_LIMIT;
	case 3:
		return limited(c + p->value % 2);
	case 4:
		return m->deadline[vp];
	case 5:
		return TRACE_TICK_LIMIT - 1 - p->value % 2;
	case 6:
		return limited(c + 1 + p->value % (40 * gap));
	default:
		return limited(m->now + p->value % gap);
	}
}

/* Not so short that a test has no time for its expiries. */
static uint64_t period_of(const struct maker *m, const struct piece *p)
{
	uint64_t least = m->t.gap / 8 + 1;

	switch (p->how >> 5 & 3) {
	case 0:
	case 1:
		return 0;
	case 2:
		return limited(least + p->step % (2 * m->t.gap));
	default:
		return limited(least + p->value % TRACE_TICK_LIMIT);
	}
}

/* What the event says, as far as its type has it. */
static void fill(const struct maker *m, struct trace_event *ev, const struct piece *p)
{
	switch (ev->type) {
	case TRACE_SCHED_OUT:
		ev->sub = p->how % TRACE_REASONS;
		break;
	case TRACE_SCHED_IN:
		ev->extra = p->how & 2 ? p->value % TRACE_TICK_LIMIT : p->value % (8 * m->t.gap);
		break;
	case TRACE_ARM:
	case TRACE_SEED:
		ev->sub = p->lp % TRACE_DEVS;
		ev->value = value_of(m, ev->vp, p);
		/* Nothing may come at a rate before the time jumps. */
		ev->extra = m->t.late && !m->now ? 0 : period_of(m, p);
		break;
	case TRACE_AWAY:
		ev->value = limited(m->now + p->value % (8 * m->t.gap));
		break;
	case TRACE_MASK:
		ev->sub = p->lp & 1;
		break;
	case TRACE_COUNTER:
		ev->value = value_of(m, ev->vp, p);
		break;
	case TRACE_IPI:
		ev->extra = p->value % m->t.meta.vps;
		break;
	case TRACE_LOST:
		ev->value = limited(m->now + p->step);
		ev->extra = p->value % TRACE_TICK_LIMIT;
		break;
	default:
		break;
	}
}

/* What a legal event changes. */
static void note(struct maker *m, const struct trace_event *ev)
{
	switch (ev->type) {
	case TRACE_ARM:
	case TRACE_SEED:
		m->deadline[ev->vp] = ev->value;
		break;
	case TRACE_COUNTER:
		m->off[ev->vp] = (int64_t)ev->value - (int64_t)ev->time;
		break;
	default:
		break;
	}
}

static void add(struct maker *m, const struct piece *p)
{
	/* What matters comes more often than the other types. */
	static const uint8_t types[] = { TRACE_SCHED_IN,  TRACE_SCHED_OUT, TRACE_ARM,
					 TRACE_ARM,	  TRACE_COUNTER,   TRACE_MASK,
					 TRACE_DISARM,	  TRACE_WAKE,	   TRACE_SCHED_IN,
					 TRACE_SCHED_OUT, TRACE_ACK,	   TRACE_EXIT,
					 TRACE_LOST,	  TRACE_IPI,	   TRACE_OBS_FIRE,
					 TRACE_COUNTER,	  TRACE_SEED,	   TRACE_AWAY };
	struct trace_event ev = { .type = types[p->type % sizeof(types)] };

	if (p->how & 1)
		m->now = limited(m->now + p->step % (4 * m->t.gap));
	ev.time = m->now;
	if (trace_type_has_vp(ev.type))
		ev.vp = p->vp % m->t.meta.vps;
	if (trace_type_has_lp(ev.type))
		ev.lp = (uint16_t)(p->lp % m->t.meta.lps);
	fill(m, &ev, p);
	if (trace_legal_event(m->legal, &ev))
		return;
	note(m, &ev);
	m->t.ev[m->t.n++] = ev;
}

static const char *policy_of(const struct head *h)
{
	size_t n = 0;

	while (reference_policy(n))
		n++;
	return reference_policy(h->policy % n);
}

static struct reference_params params_of(struct maker *m, const struct head *h, uint64_t *costs,
					 uint64_t *latencies)
{
	struct reference_params params = { .policy = policy_of(h) };
	uint64_t ns = random_scale_ns(&m->t, false);

	engine_params(&params, h->flags & FLAG_DEFAULTS ? NULL : &m->t.random, ns,
		      random_scale_ns(&m->t, true));
	for (unsigned i = 0; i < REFERENCE_COSTS; i++)
		costs[i] = random_next(&m->t.random) % 3 ? random_next(&m->t.random) % (ns + 1) : 0;
	if (costs[REFERENCE_AWAY])
		costs[REFERENCE_AWAY_EVERY] =
		    costs[REFERENCE_AWAY] + 1 + random_next(&m->t.random) % (8 * ns + 1);
	if (costs[REFERENCE_OWN_EVERY])
		costs[REFERENCE_OWN_EVERY] = ns / 4 + random_next(&m->t.random) % (4 * ns + 1);
	if (h->flags & FLAG_COSTS)
		params.cost_ns = costs;
	if (h->flags & FLAG_COSTS && h->flags & FLAG_LATENCIES) {
		params.latency_ns = latencies;
		params.latencies = (uint32_t)(1 + random_next(&m->t.random) % LATENCIES_MAX);
		for (unsigned i = 0; i < params.latencies; i++)
			latencies[i] = random_next(&m->t.random) % (2 * ns + 1);
	}
	params.away_recorded = h->flags & FLAG_AWAY;
	random_options(&m->t, &params);
	return params;
}

static void compare(const struct random_trace *t, const struct reference_params *params)
{
	json_t *engine = engine_replay_checked(&t->meta, t->ev, t->n, params);
	json_t *reference = reference_replay(&t->meta, t->ev, t->n, params);

	if (!results_equal(engine, reference)) {
		params_print(params);
		random_trace_print(&t->meta, t->ev, t->n);
		results_differ(engine, reference);
		FUZZ_HOLDS(false, "engine and reference say the same");
	}
	json_decref(engine);
	json_decref(reference);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct trace_event ev[EVENTS_MAX];
	struct maker m = { .t.ev = ev };
	uint64_t costs[REFERENCE_COSTS], latencies[LATENCIES_MAX];
	struct reference_params params;
	struct head h;
	struct piece p;

	if (size < sizeof(h))
		return 0;
	memcpy(&h, data, sizeof(h));
	begin(&m, &h);
	for (size_t at = sizeof(h); size - at >= sizeof(p) && m.t.n < EVENTS_MAX; at += sizeof(p)) {
		memcpy(&p, data + at, sizeof(p));
		/* What is true at time 0 comes first. */
		if (h.flags & FLAG_LATE && p.how & 1 && !m.now)
			m.now = limited(h.seed >> 3);
		add(&m, &p);
	}
	m.t.meta.end = limited(m.now + h.end * (m.t.gap / 8));
	FUZZ_HOLDS(random_trace_legal(&m.t.meta, ev, m.t.n), "the harness makes legal events");
	params = params_of(&m, &h, costs, latencies);
	compare(&m.t, &params);
	trace_legal_free(m.legal);
	trace_meta_free(&m.t.meta);
	return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	uint64_t state = seed;

	if (size >= sizeof(struct head) && fuzz_next(&state) % 8 == 0) {
		data[fuzz_next(&state) % sizeof(struct head)] = (uint8_t)fuzz_next(&state);
		return size;
	}
	return fuzz_mutate_list(data, size, max, sizeof(struct head), sizeof(struct piece), seed);
}
