/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/loop/base.h"

static void pends(void *arg, uint32_t vp, uint64_t covers)
{
	const struct base *b = arg;

	tape_base_pends(b->tape, vp, *b->clock.now, covers);
}

static void delivers(void *arg, uint32_t vp)
{
	const struct base *b = arg;

	tape_base_delivers(b->tape, vp, *b->clock.now);
}

/* Nothing costs anything. */
static void works(void *arg, uint32_t lp, uint64_t ticks)
{
	(void)arg;
	(void)lp;
	(void)ticks;
}

static void slice_over(void *arg, uint32_t lp)
{
	const struct base *b = arg;

	tape_base_slice_over(b->tape, lp, *b->clock.now);
}

static void event(void *arg, const struct trace_event *ev)
{
	const struct base *b = arg;

	tape_event(b->tape, ev);
}

void base_begin(struct base *b, struct engine *e, struct tape *t)
{
	b->engine = e;
	b->tape = t;
	b->ear = (struct engine_ear){ .arg = b,
				      .pends = pends,
				      .delivers = delivers,
				      .works = works,
				      .slice_over = slice_over,
				      .event = event,
				      .uncounted = true };
	b->clock = engine_clock(e);
	engine_listen(e, &b->ear);
}

void base_events(struct base *b, const struct trace_event *ev, size_t n)
{
	engine_events(b->engine, ev, n);
}

void base_end(struct base *b, uint64_t end)
{
	while (engine_end(b->engine)->kind == ENGINE_RUNS && *b->clock.due <= end)
		engine_take(b->engine);
	tape_end(b->tape);
}
