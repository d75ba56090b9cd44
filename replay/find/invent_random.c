/* SPDX-License-Identifier: GPL-2.0-only */
/* A random trace: of a temper that is its own, so that some are mostly halts, some set the counter
 * again and again, and some go from LP to LP. */
#include <string.h>

#include "replay/find/invent.h"
#include "replay/find/invent_parts.h"
#include "replay/find/look.h"
#include "traces/base/mem.h"

#define LPS_MAX 2u
#define VPS_MAX 3u
#define EVENTS_MIN 3u
#define SCALES 2u
/* Deadlines that its periods may have: more take longer than they find. */
#define PRICE_MAX 2000u
#define NOBODY UINT32_MAX

enum act { ACT_ARM, ACT_OUT, ACT_DISARM, ACT_MASK, ACT_COUNTER, ACTS };

struct temper {
	uint64_t scale[SCALES]; /* of times */
	unsigned weight[ACTS];	/* of what a guest that runs does next */
	unsigned halts;		/* of 4 schedule-outs */
	unsigned wakes;		/* of 4 halts, those that are woken before they are back */
	bool moves;		/* VPs come back on any LP */
};

struct inventing {
	struct whole *t;
	struct rng *r;
	struct trace_legal *legal;
	struct temper temper;
	uint64_t now;
	uint32_t on[LPS_MAX];  /* who runs there */
	uint32_t was[VPS_MAX]; /* the LP where it ran last */
	bool halted[VPS_MAX];
};

/* Half are short, the shorter the better; what takes many steps to show needs the others. */
static size_t a_length(struct rng *r)
{
	static const uint8_t most[] = { 24, 24, 60, 110 };

	return EVENTS_MIN + rng_below(r, most[rng_below(r, sizeof(most))] - EVENTS_MIN);
}

static struct temper a_temper(struct rng *r)
{
	struct temper t = { .halts = (unsigned)rng_below(r, 5),
			    .wakes = (unsigned)rng_below(r, 5),
			    .moves = one_in(r, 2) };

	for (size_t i = 0; i < SCALES; i++)
		t.scale[i] = a_scale(r);
	t.weight[ACT_ARM] = 3;
	t.weight[ACT_OUT] = 2 + (unsigned)rng_below(r, 3);
	t.weight[ACT_DISARM] = (unsigned)rng_below(r, 2);
	t.weight[ACT_MASK] = (unsigned)rng_below(r, 3);
	t.weight[ACT_COUNTER] = one_in(r, 2) ? (unsigned)rng_below(r, 3) : 0;
	return t;
}

static uint64_t this_scale(const struct inventing *i)
{
	return i->temper.scale[rng_below(i->r, SCALES)];
}

/* What is not legal is left out. */
static bool add(struct inventing *i, struct trace_event ev)
{
	ev.time = i->now;
	if (trace_legal_event(i->legal, &ev))
		return false;
	*insert_at(i->t, i->t->n) = ev;
	return true;
}

static enum act an_act(const struct inventing *i)
{
	const unsigned *weight = i->temper.weight;
	unsigned all = 0, at;
	enum act a = 0;

	for (size_t k = 0; k < ACTS; k++)
		all += weight[k];
	for (at = (unsigned)rng_below(i->r, all); at >= weight[a]; a++)
		at -= weight[a];
	return a;
}

static void stop(struct inventing *i, uint32_t vp, uint32_t lp)
{
	bool halts = rng_below(i->r, 4) < i->temper.halts;
	struct trace_event ev = { .type = TRACE_SCHED_OUT, .vp = vp, .lp = (uint16_t)lp };

	ev.sub = (uint8_t)(halts ? TRACE_BLOCK : rng_below(i->r, TRACE_REASONS));
	if (!add(i, ev))
		return;
	i->halted[vp] = ev.sub == TRACE_BLOCK;
	i->on[lp] = NOBODY;
	i->was[vp] = lp;
}

/* It runs, and does something. */
static void act(struct inventing *i, uint32_t vp, uint32_t lp)
{
	struct trace_event ev = { .vp = vp, .lp = (uint16_t)lp, .time = i->now };
	enum act a = an_act(i);

	switch (a) {
	case ACT_ARM:
		ev.type = TRACE_ARM;
		set_timer(&ev, i->r, i->t, this_scale(i));
		break;
	case ACT_OUT:
		stop(i, vp, lp);
		return;
	case ACT_DISARM:
		ev.type = TRACE_DISARM;
		break;
	case ACT_MASK:
		ev.type = TRACE_MASK;
		ev.sub = !one_in(i->r, 3);
		break;
	default:
		ev.type = TRACE_COUNTER;
		ev.value = a_counter(i->r, i->now, this_scale(i));
		break;
	}
	if (!trace_type_has_lp(ev.type))
		ev.lp = 0;
	add(i, ev);
}

/* It does not run, and comes back, in somebody's place perhaps. */
static void start(struct inventing *i, uint32_t vp)
{
	uint32_t lp = i->temper.moves ? (uint32_t)rng_below(i->r, i->t->meta.lps) : i->was[vp];
	struct trace_event ev = { .vp = vp };

	if (i->halted[vp] && rng_below(i->r, 4) < i->temper.wakes) {
		ev.type = TRACE_WAKE;
		add(i, ev);
		i->halted[vp] = false;
		if (one_in(i->r, 3))
			return;
	}
	if (i->on[lp] != NOBODY)
		stop(i, i->on[lp], lp);
	ev = (struct trace_event){ .type = TRACE_SCHED_IN, .vp = vp, .lp = (uint16_t)lp };
	if (!add(i, ev))
		return;
	i->on[lp] = vp;
	i->halted[vp] = false;
}

static void step(struct inventing *i)
{
	uint32_t vp = (uint32_t)rng_below(i->r, i->t->meta.vps), lp = 0;

	i->now = at_most(i->now + a_span(i->r, this_scale(i)));
	while (lp < i->t->meta.lps && i->on[lp] != vp)
		lp++;
	if (lp < i->t->meta.lps)
		act(i, vp, lp);
	else
		start(i, vp);
}

static void add_seeds(struct inventing *i)
{
	for (uint32_t vp = 0; vp < i->t->meta.vps; vp++) {
		struct trace_event ev = { .type = TRACE_SEED, .vp = vp };

		if (one_in(i->r, 2))
			continue;
		ev.lp = (uint16_t)rng_below(i->r, i->t->meta.lps);
		set_timer(&ev, i->r, i->t, this_scale(i));
		i->was[vp] = ev.lp;
		i->halted[vp] = one_in(i->r, 2);
		*insert_at(i->t, i->t->n) = ev;
	}
}

/* Its periods are made longer until it is cheap to look at. */
static void make_cheap(struct whole *t)
{
	while (look_price(t) > PRICE_MAX) {
		for (size_t k = 0; k < t->n; k++) {
			struct trace_event *ev = &t->ev[k];

			if (ev->type == TRACE_ARM || ev->type == TRACE_SEED)
				ev->extra = at_most(2 * ev->extra);
		}
	}
}

void invent_trace(struct whole *t, struct rng *r)
{
	struct inventing i = { .t = t, .r = r, .temper = a_temper(r) };
	size_t n = a_length(r);
	uint32_t vps = 1 + (uint32_t)rng_below(r, VPS_MAX);
	bool domains = one_in(r, 2);

	*t = (struct whole){ 0 };
	trace_meta_init(&t->meta);
	t->meta.clock_hz = 1000000000;
	t->meta.lps = one_in(r, 3) ? LPS_MAX : 1;
	for (uint32_t vp = 0; vp < vps; vp++)
		trace_meta_add_vp(&t->meta, domains ? vp : 0, domains ? 0 : vp, NULL);
	memset(i.on, 0xff, sizeof(i.on));
	if (one_in(r, 2))
		add_seeds(&i);
	i.legal = trace_legal_new(t->meta.lps, t->meta.vps);
	for (size_t k = 0; k < n; k++)
		step(&i);
	trace_legal_free(i.legal);
	t->meta.end = at_most(i.now + 4 * this_scale(&i));
	whole_legalize(t);
	make_cheap(t);
}
