/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/gen/guest.h"

/* No guest counter is set beyond this: sums with times and deadlines stay below TRACE_TICK_LIMIT.
 */
#define COUNTER_MAX (TRACE_TICK_LIMIT / 2)

/* A tickless guest's deadline is 1 to 127 periods away: 2^0 to 2^6, each as likely, and up to
 * twice. */
#define TICKLESS_OCTAVES 7u

static bool halts(const struct gen_config *c)
{
	return c->blocked > 0;
}

static bool sets_counter(const struct gen_config *c, uint32_t vp)
{
	/* The last domains: the first one is often the host's own. */
	return vp / c->vcpus >= c->domains - c->set_itc;
}

void guest_init(struct guest *g, const struct gen_config *c, uint32_t vp)
{
	uint64_t vps = (uint64_t)c->domains * c->vcpus;

	*g = (struct guest){ .rng = rng_stream(c->seed, vp), .vp = vp };
	if (c->phase == GEN_RANDOM)
		g->phase = rng_below(&g->rng, c->period);
	else if (c->phase == GEN_SPREAD)
		g->phase = (uint64_t)((unsigned __int128)c->period * vp / vps);
	g->change_left = GUEST_NEVER;
	g->next_set = sets_counter(c, vp) ? 0 : GUEST_NEVER;
	/* Its first act is to program the timer, which takes it as long as to answer a tick. */
	g->answering = true;
	g->answer_left = c->answer;
}

/* The first point of the guest's grid after @now. */
static uint64_t grid_after(const struct guest *g, const struct gen_config *c, uint64_t now)
{
	if (now < g->phase)
		return g->phase;
	return g->phase + ((now - g->phase) / c->period + 1) * c->period;
}

/* The timer expired and the guest runs: from here on it answers. */
static void take_tick(struct guest *g, const struct gen_config *c)
{
	g->answering = true;
	g->answer_left = c->answer;
	g->change_left = GUEST_NEVER; /* the tick came first */
	if (c->mode == GEN_ONESHOT)
		g->armed = false;
}

/* Does the guest get its tick by itself at @now? */
static bool tick_comes(const struct guest *g, const struct gen_config *c, uint64_t now)
{
	return c->hypervisor == GEN_IDEAL && !g->answering && g->deadline <= now;
}

void guest_in(struct guest *g, const struct gen_config *c, uint64_t now)
{
	if (tick_comes(g, c, now))
		take_tick(g, c);
}

void guest_tick(struct guest *g, const struct gen_config *c)
{
	if (!g->answering)
		take_tick(g, c);
}

void guest_ran(struct guest *g, uint64_t ran)
{
	g->work_left -= (int64_t)ran;
	if (g->answering)
		g->answer_left -= ran;
	else if (g->change_left != GUEST_NEVER)
		g->change_left -= ran;
}

uint64_t guest_next(const struct guest *g, const struct gen_config *c, uint64_t now)
{
	uint64_t left, tick = c->hypervisor == GEN_IDEAL ? g->deadline : GUEST_NEVER;

	if (g->answering)
		return now + g->answer_left;
	if (g->change_left != GUEST_NEVER)
		left = g->change_left;
	else if (halts(c))
		left = g->work_left > 0 ? (uint64_t)g->work_left : 1;
	else
		return tick;
	return tick - now < left ? tick : now + left;
}

static int emit(const struct guest *g, uint64_t now, unsigned type, unsigned sub, uint64_t value,
		uint64_t extra, struct guest_sink *sink)
{
	const struct trace_event ev = {
		.time = now,
		.value = value,
		.extra = extra,
		.vp = g->vp,
		.type = (uint8_t)type,
		.sub = (uint8_t)sub,
	};

	return sink->emit(sink, &ev);
}

static int set_counter(struct guest *g, const struct gen_config *c, uint64_t now,
		       struct guest_sink *sink)
{
	uint64_t value = 0; /* as a kernel does when it starts */

	if (g->booted) {
		/* Up to a second forward or back. */
		uint64_t jump = rng_below(&g->rng, 2 * c->clock_hz + 1);

		value = now + g->counter + jump;
		value = value > c->clock_hz ? value - c->clock_hz : 0;
		if (value > COUNTER_MAX)
			value = COUNTER_MAX;
	}
	g->counter = value - now;
	g->next_set = GUEST_NEVER;
	if (c->set_itc_every)
		g->next_set = now + c->set_itc_every / 2 + rng_below(&g->rng, c->set_itc_every + 1);
	return emit(g, now, TRACE_COUNTER, 0, value, 0, sink);
}

/*
 * More work comes in with the time that passes: the share of it that the guest wants to run. Each
 * portion is random but for the answer's own cost; on the long run the share is exact.
 */
static void add_work(struct guest *g, const struct gen_config *c, uint64_t now)
{
	uint64_t mean, run;

	if (!g->booted) {
		g->work_until = now;
		g->work_left = 0;
	}
	if (!halts(c) || g->deadline <= g->work_until)
		return;
	mean =
	    (uint64_t)((unsigned __int128)(g->deadline - g->work_until) * (100 - c->blocked) / 100);
	run = mean;
	if (mean > c->answer)
		run = c->answer + rng_below(&g->rng, 2 * (mean - c->answer) + 1);
	g->work_left += (int64_t)run;
	g->work_until = g->deadline;
}

/* Will the guest move or cancel the timer that it has just programmed, and after which time? */
static void plan_change(struct guest *g, const struct gen_config *c, uint64_t now)
{
	uint64_t limit = g->deadline - now, dice;

	g->change_left = GUEST_NEVER;
	if (!c->cancel && !c->moves)
		return;
	dice = rng_below(&g->rng, 100);
	if (dice >= c->cancel + c->moves)
		return;
	g->cancels = dice < c->cancel;
	if (halts(c)) {
		/* Before it halts, but a guest with next to nothing to do takes the time for it. */
		uint64_t busy = c->answer;

		if (g->work_left > (int64_t)busy)
			busy = (uint64_t)g->work_left;
		if (limit > busy)
			limit = busy;
	}
	if (limit > 1)
		g->change_left = 1 + rng_below(&g->rng, limit - 1);
}

/* Programs the next deadline, or lets a periodic timer run on. */
static int program(struct guest *g, const struct gen_config *c, uint64_t now,
		   struct guest_sink *sink)
{
	bool set = now >= g->next_set;
	uint64_t period = c->mode == GEN_PERIODIC ? c->period : 0;

	g->deadline = grid_after(g, c, now);
	if (c->tickless) {
		unsigned octave = (unsigned)rng_below(&g->rng, TICKLESS_OCTAVES);
		uint64_t skip =
		    (UINT64_C(1) << octave) - 1 + rng_below(&g->rng, UINT64_C(1) << octave);

		g->deadline += skip * c->period;
	}
	if (set) {
		/* A guest that warps its counter stops a timer that would see it. */
		if (g->armed && emit(g, now, TRACE_DISARM, 0, 0, 0, sink))
			return -1;
		g->armed = false;
		if (set_counter(g, c, now, sink))
			return -1;
	}
	if (!(g->armed && c->mode == GEN_PERIODIC) &&
	    emit(g, now, TRACE_ARM, c->device, g->deadline + g->counter, period, sink))
		return -1;
	g->armed = true;
	add_work(g, c, now);
	g->booted = true;
	plan_change(g, c, now);
	return 0;
}

static int change(struct guest *g, const struct gen_config *c, uint64_t now,
		  struct guest_sink *sink)
{
	if (!g->cancels)
		return program(g, c, now, sink);
	g->armed = false;
	g->change_left = GUEST_NEVER;
	/* It will want a timer again soon: after as long as an answer takes. */
	g->answering = true;
	g->answer_left = c->answer;
	return emit(g, now, TRACE_DISARM, 0, 0, 0, sink);
}

int guest_act(struct guest *g, const struct gen_config *c, uint64_t now, struct guest_sink *sink)
{
	if (tick_comes(g, c, now))
		take_tick(g, c);
	if (g->answering && !g->answer_left) {
		g->answering = false;
		if (program(g, c, now, sink))
			return -1;
	} else if (!g->answering && !g->change_left) {
		if (change(g, c, now, sink))
			return -1;
	}
	return halts(c) && !g->answering && g->change_left == GUEST_NEVER && g->work_left <= 0;
}
