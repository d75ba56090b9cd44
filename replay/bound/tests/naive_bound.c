/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/bound/tests/naive_bound.h"

#include <stdlib.h>
#include <string.h>

#define INTERVALS 4096u
#define VPS 4u
#define NO_LP UINT32_MAX

/* Something to be served: BOUND.md 2. */
struct interval {
	uint32_t vp, lp;
	uint64_t begins, last; /* the first and the last time at which it can be */
	bool closed, served;
};

struct guest {
	bool armed, masked, runs, sleeps;
	uint64_t due, period, offset;
	unsigned dev;
	uint32_t lp;
};

static struct {
	const struct trace_meta *meta;
	const struct bound_options *o;
	struct guest guest[VPS];
	struct interval list[INTERVALS];
	size_t n;
	struct bound_ticks ticks;
	uint64_t now, slop;
	bool tick_on[NAIVE_LPS];
	size_t tick_from[NAIVE_LPS]; /* intervals of the LP's ticks that are in force */
	size_t slice[NAIVE_LPS];     /* + 1 */
} world;

static size_t add(uint32_t vp, uint32_t lp, uint64_t begins, uint64_t slack)
{
	if (world.n == INTERVALS)
		abort();
	world.list[world.n] =
	    (struct interval){ .vp = vp, .lp = lp, .begins = begins, .last = begins + slack };
	return ++world.n;
}

static bool open_now(const struct interval *i)
{
	return !i->closed && !i->served && i->begins <= world.now && world.now <= i->last;
}

static void ride(uint32_t lp)
{
	for (size_t i = 0; i < world.n; i++) {
		if (world.list[i].lp == lp && open_now(&world.list[i]))
			world.list[i].served = true;
	}
}

/* What is open of the VP can be served until now and no longer. */
static void close_vp(uint32_t vp)
{
	for (size_t i = 0; i < world.n; i++) {
		struct interval *v = &world.list[i];

		if (v->vp == vp && open_now(v)) {
			v->last = world.now;
			v->closed = true;
		}
	}
}

static void wake_vp(uint32_t vp)
{
	if (world.o->rides == RIDES_NONE) {
		close_vp(vp);
		return;
	}
	for (size_t i = 0; i < world.n; i++) {
		if (world.list[i].vp == vp && open_now(&world.list[i]))
			world.list[i].served = true;
	}
}

static void end_vp(uint32_t vp)
{
	for (size_t i = 0; i < world.n; i++) {
		struct interval *v = &world.list[i];

		if (v->vp == vp && open_now(v) && v->begins == world.now)
			v->served = true;
	}
	close_vp(vp);
}

static void reached(uint32_t vp, bool by_write)
{
	struct guest *g = &world.guest[vp];

	if (g->masked)
		return;
	world.ticks.reached++;
	if (by_write)
		world.ticks.at_once++;
	else if (!g->runs && !g->sleeps)
		world.ticks.at_sched_in++;
	else
		add(vp, g->lp, world.now, world.o->slack_ns);
}

/* One deadline after the other, the moment's. */
static void moment(void)
{
	for (uint32_t vp = 0; vp < world.meta->vps; vp++) {
		struct guest *g = &world.guest[vp];

		while (g->armed && g->due <= world.now) {
			reached(vp, false);
			if (g->period)
				g->due += g->period;
			else
				g->armed = false;
		}
	}
}

static void write_timer(uint32_t vp, const struct trace_event *ev)
{
	struct guest *g = &world.guest[vp];
	uint64_t counter = world.now + g->offset, deadline = ev->value;

	g->dev = ev->sub;
	g->period = ev->extra;
	g->armed = true;
	if (deadline <= counter) {
		g->armed = g->dev != TRACE_ITM && g->period;
		if (g->dev != TRACE_ITM)
			reached(vp, true);
		while (g->period && deadline <= counter)
			deadline += g->period;
	}
	g->due = deadline - g->offset;
}

static void set_counter(uint32_t vp, uint64_t value)
{
	struct guest *g = &world.guest[vp];
	uint64_t deadline = g->due + g->offset;

	g->offset = value - world.now;
	if (!g->armed)
		return;
	if (deadline <= value) {
		g->armed = g->dev != TRACE_ITM && g->period;
		if (g->dev != TRACE_ITM) {
			reached(vp, true);
			for (deadline += g->period; g->period && deadline <= value;
			     deadline += g->period)
				reached(vp, true);
		}
	}
	g->due = deadline - g->offset;
}

/* ---- the hypervisor's ---- */

#define OF_HYPERVISOR UINT32_MAX

static void ticks_of_moment(void)
{
	const struct engine_options *h = world.o->hypervisor;

	for (uint32_t lp = 0; h && h->hv_tick_hz && lp < world.meta->lps; lp++) {
		uint64_t period = 1000000000 / h->hv_tick_hz, phase = h->hv_tick_phase_ns;
		uint64_t first = phase && phase < period ? phase : period;

		if (world.tick_on[lp] && world.now >= first && !((world.now - first) % period))
			add(OF_HYPERVISOR, lp, world.now, world.slop);
	}
}

/* It is not needed any more, if it was not by now. */
static void forget(struct interval *i)
{
	if (i->last > world.now)
		i->served = true;
}

static void slice_begins(const struct trace_event *ev)
{
	const struct engine_options *h = world.o->hypervisor;
	uint64_t slice = !h ? 0 : h->recorded_slices ? ev->extra : h->hv_slice_ns;

	world.slice[ev->lp] = slice ? add(OF_HYPERVISOR, ev->lp, world.now + slice, world.slop) : 0;
	if (!h || h->hv_tick_idle == TICK_RUNS)
		return;
	world.tick_on[ev->lp] = true;
	world.tick_from[ev->lp] = world.n;
}

static void hypervisor_out(uint32_t lp)
{
	const struct engine_options *h = world.o->hypervisor;

	if (world.slice[lp])
		forget(&world.list[world.slice[lp] - 1]);
	if (!h || h->hv_tick_idle == TICK_RUNS)
		return;
	for (size_t i = world.tick_from[lp]; i < world.n; i++) {
		if (world.list[i].vp == OF_HYPERVISOR && world.list[i].lp == lp)
			forget(&world.list[i]);
	}
	world.tick_on[lp] = false;
}

/* ---- events ---- */

static void guest_event(const struct trace_event *ev)
{
	struct guest *g = &world.guest[ev->vp];

	switch (ev->type) {
	case TRACE_SCHED_IN:
		wake_vp(ev->vp);
		g->sleeps = false;
		g->runs = true;
		g->lp = ev->lp;
		slice_begins(ev);
		break;
	case TRACE_SCHED_OUT:
		if (ev->sub == TRACE_OFFLINE) {
			end_vp(ev->vp);
			g->armed = false;
		}
		close_vp(ev->vp);
		g->runs = false;
		g->sleeps = ev->sub == TRACE_BLOCK;
		hypervisor_out(g->lp);
		break;
	case TRACE_WAKE:
		if (g->sleeps)
			wake_vp(ev->vp);
		g->sleeps = false;
		break;
	case TRACE_ARM:
		end_vp(ev->vp);
		write_timer(ev->vp, ev);
		break;
	case TRACE_DISARM:
		end_vp(ev->vp);
		g->armed = false;
		break;
	case TRACE_MASK:
		g->masked = ev->sub;
		break;
	case TRACE_COUNTER:
		set_counter(ev->vp, ev->value);
		break;
	default:
		break;
	}
}

/* Where the hypervisor is at work by the event. */
static uint32_t works_on(const struct trace_event *ev)
{
	bool all = world.o->rides == RIDES_ALL;

	switch (ev->type) {
	case TRACE_SCHED_IN:
		return ev->lp;
	case TRACE_SCHED_OUT:
		return world.guest[ev->vp].lp;
	case TRACE_ARM:
	case TRACE_DISARM:
	case TRACE_MASK:
	case TRACE_COUNTER:
	case TRACE_EXIT:
	case TRACE_ENTRY:
		return world.guest[ev->vp].runs ? world.guest[ev->vp].lp : NO_LP;
	case TRACE_ACK:
	case TRACE_IPI:
	case TRACE_OBS_FIRE:
	case TRACE_OBS_PEND:
		return all && world.guest[ev->vp].runs ? world.guest[ev->vp].lp : NO_LP;
	case TRACE_WAKE:
	case TRACE_OBS_HV_IRQ:
	case TRACE_OBS_PROG:
		return all ? ev->lp : NO_LP;
	default:
		return NO_LP;
	}
}

/* ---- all sets of times ---- */

static unsigned least(uint32_t lp, uint64_t end)
{
	unsigned best = UINT32_MAX;

	for (uint32_t set = 0; set < UINT32_C(1) << (end + 1); set++) {
		unsigned size = (unsigned)__builtin_popcount(set);
		bool all = true;

		for (size_t i = 0; i < world.n && all && size < best; i++) {
			const struct interval *v = &world.list[i];
			bool in = v->served || v->lp != lp || v->last > end;

			for (uint64_t t = v->begins; !in && t <= v->last; t++)
				in = set >> t & 1;
			all = in;
		}
		if (all && size < best)
			best = size;
	}
	return best;
}

void naive_bound(const struct trace_meta *meta, const struct trace_event *ev, size_t n,
		 const struct bound_options *options, struct naive_bound *answer)
{
	struct seeds seeds;
	size_t at = 0;

	memset(&world, 0, sizeof(world));
	world.meta = meta;
	world.o = options;
	world.slop = options->hypervisor ? options->hypervisor->slop_ns : 0;
	for (uint32_t lp = 0; lp < meta->lps; lp++)
		world.tick_on[lp] =
		    options->hypervisor && options->hypervisor->hv_tick_idle == TICK_RUNS;
	seeds_init(&seeds, meta->vps);
	seeds_look(&seeds, ev, n);
	for (world.now = 0; world.now <= meta->end; world.now++) {
		moment();
		ticks_of_moment();
		for (; at < n && ev[at].time == world.now; at++) {
			uint32_t lp;

			if (ev[at].type == TRACE_SEED) {
				world.guest[ev[at].vp].lp = ev[at].lp;
				world.guest[ev[at].vp].sleeps = seeds_blocked(&seeds, ev[at].vp);
				write_timer(ev[at].vp, &ev[at]);
				continue;
			}
			if (trace_types[ev[at].type].vp)
				guest_event(&ev[at]);
			lp = works_on(&ev[at]);
			if (lp != NO_LP && options->rides != RIDES_NONE)
				ride(lp);
		}
	}
	seeds_free(&seeds);
	for (uint32_t lp = 0; lp < meta->lps; lp++)
		answer->least[lp] = least(lp, meta->end);
	answer->ticks = world.ticks;
}
