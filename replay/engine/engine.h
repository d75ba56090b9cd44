/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One cell: a trace's events through one policy to the metrics of RESULT.md, by the rules of
 * RULES.md.
 */
#ifndef VTICK_REPLAY_ENGINE_ENGINE_H
#define VTICK_REPLAY_ENGINE_ENGINE_H

#include <jansson.h>
#include <stdio.h>

#include "replay/engine/cost_profile.h"
#include "replay/engine/seeds.h"
#include "replay/policy.h"
#include "traces/trace.h"

/* The tick of an LP where no VP runs: RULES.md 3.21. */
enum tick_idle { TICK_RUNS, TICK_STOPS, TICK_STOPS_AT_ONCE };

/* What the hypervisor around the policy does by itself; 0 turns each off. */
struct engine_options {
	uint64_t hv_tick_hz;
	uint64_t hv_tick_phase_ns; /* of the first tick, at most a period; 0: a period */
	uint64_t hv_tick_idle;	   /* enum tick_idle */
	uint64_t hv_slice_ns;
	bool recorded_slices; /* each SCHED_IN's own instead */
	uint64_t slop_ns;
	const struct costs *costs; /* NULL: none */
	bool away_recorded;	   /* AWAY events count, instead of what the costs say of it */
};

struct engine;

/* How a cell ended before its time: by the policy's open() or its own word, or by misuse. */
enum engine_end_kind { ENGINE_RUNS, ENGINE_ERROR, ENGINE_MISUSED };

struct engine_end {
	enum engine_end_kind kind;
	char why[200]; /* printable ASCII */
};

/*
 * Prepares a cell and opens the policy. @meta and @policy must outlive the engine. @value holds the
 * policy's parameters in the order of its table: for a choice its index, else the number as it was
 * given; NULL if it has none. @event, if not NULL, is a place (a shared page) where the engine
 * notes the index of the event it works on. @name goes before the policy's log lines.
 */
struct engine *engine_new(const struct trace_meta *meta, const struct vtick_policy *policy,
			  const uint64_t *value, const struct engine_options *options,
			  const char *name, volatile uint64_t *event);

/* Has the cell ended before its time? Then nothing is replayed any more. Valid while @e is. */
const struct engine_end *engine_end(const struct engine *e);

/*
 * Which VPs of SEEDs sleep, @seeds knows, which outlives the engine. Without this none does.
 */
void engine_seeds(struct engine *e, const struct seeds *seeds);

/*
 * Replays @n events that are legal (trace_legal_event()) and follow those before. If the cell ends
 * in it, *@event of engine_new() stays where that was.
 */
void engine_events(struct engine *e, const struct trace_event *ev, size_t n);

/*
 * For who wants to look at each moment: takes the interrupts of the next time at which some are due
 * before @next, which engine_events() is given then (NULL: before the end of the trace). False:
 * there are none, or the cell ended in it. Nothing comes out otherwise by it.
 */
bool engine_step(struct engine *e, const struct trace_event *next);

/*
 * Runs to the end of the trace, closes the policy and returns the cell's metrics: the keys of a
 * CELL of RESULT.md after `status`. The caller owns the object. NULL if the cell ended before, or
 * in this. Call once.
 */
json_t *engine_finish(struct engine *e);

/* What a closed loop is told; each member may be NULL. Times are those of engine_clock(). */
struct engine_ear {
	void *arg;
	/* A pend of @vp that covers so many deadlines, or a call of wake(): 0. */
	void (*pends)(void *arg, uint32_t vp, uint64_t covers);
	void (*delivers)(void *arg, uint32_t vp);
	/* @lp works so many ticks more. */
	void (*works)(void *arg, uint32_t lp, uint64_t ticks);
	/* The slice timer of the VP that runs on @lp runs. */
	void (*slice_over)(void *arg, uint32_t lp);
	/* @ev comes next: what is due before it is over. Of engine_events() alone. */
	void (*event)(void *arg, const struct trace_event *ev);
	/* Nobody asks for metrics: what is dear to count and changes nothing is left out. */
	bool uncounted;
};

void engine_listen(struct engine *e, const struct engine_ear *ear);
/* AWAY events count. */
bool engine_away_recorded(const struct engine *e);
/* What time it is, and when the next interrupt (or step of one) is due; UINT64_MAX: none is. Both
 * stand there as long as the engine does, for who asks at each moment. */
struct engine_clock {
	const uint64_t *now, *due;
};
struct engine_clock engine_clock(const struct engine *e);
/* Takes it. */
void engine_take(struct engine *e);

/*
 * Calls @run, which replays by the next two. If the cell ends in them, it is left by a jump; if the
 * cell ended before, it is not called.
 */
void engine_within(struct engine *e, void (*run)(void *arg), void *arg);
/* As engine_events() of one event, and engine_take(). */
void engine_event_within(struct engine *e, const struct trace_event *ev);
void engine_take_within(struct engine *e);
/* Another engine was at work; @e is again. */
void engine_enter(struct engine *e);

void engine_free(struct engine *e);

#endif
