/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>

#include "traces/base/heap.h"
#include "traces/base/mem.h"
#include "traces/gen/guest.h"
#include "traces/gen/sim.h"

#define NONE UINT32_MAX

/* Look at the clock for the progress line once in so many steps. */
#define PROGRESS_STEPS 8192u

struct sim_vp {
	struct guest guest;
	uint32_t lp;   /* where it runs, waits, or ran last */
	uint32_t next; /* in the run queue */
};

struct sim_lp {
	uint64_t since; /* up to when the running guest's time has been accounted */
	uint64_t slice_end;
	uint32_t vp; /* runs here, or NONE */
	uint32_t head;
	uint32_t tail;
	uint32_t load; /* VPs that run or wait here */
};

struct sim {
	struct guest_sink sink; /* first: emit() gets back from it to the sim */
	const struct gen_config *c;
	struct trace_writer *writer;
	struct vt_error *err;
	struct sim_lp *lp;
	struct sim_vp *vp;
	struct heap
	    heap; /* items: LPs that run a VP, then blocked VPs, at the moment of their wake-up */
};

static int emit(struct guest_sink *sink, const struct trace_event *ev)
{
	struct sim *s = (struct sim *)sink;

	return trace_writer_add(s->writer, ev, s->err);
}

static int emit_sched(struct sim *s, uint64_t now, unsigned type, unsigned sub, uint32_t vp)
{
	const struct trace_event ev = {
		.time = now,
		.vp = vp,
		.lp = type == TRACE_SCHED_OUT ? 0 : (uint16_t)s->vp[vp].lp,
		.type = (uint8_t)type,
		.sub = (uint8_t)sub,
	};

	return emit(&s->sink, &ev);
}

/* The LP's next moment: its guest wants to act, or the slice is over. */
static void plan(struct sim *s, uint32_t lp, uint64_t now)
{
	const struct sim_lp *l = &s->lp[lp];
	uint64_t next;

	if (l->vp == NONE) {
		heap_remove(&s->heap, lp);
		return;
	}
	next = guest_next(&s->vp[l->vp].guest, s->c, now);
	heap_set(&s->heap, lp, next < l->slice_end ? next : l->slice_end);
}

/* An idle LP takes the first VP of its queue. */
static int dispatch(struct sim *s, uint32_t lp, uint64_t now)
{
	struct sim_lp *l = &s->lp[lp];

	if (l->vp == NONE && l->head != NONE) {
		l->vp = l->head;
		l->head = s->vp[l->vp].next;
		l->since = now;
		l->slice_end = now + s->c->slice_ends;
		if (emit_sched(s, now, TRACE_SCHED_IN, 0, l->vp))
			return -1;
		guest_in(&s->vp[l->vp].guest, s->c, now);
	}
	plan(s, lp, now);
	return 0;
}

static void enqueue(struct sim *s, uint32_t lp, uint32_t vp)
{
	struct sim_lp *l = &s->lp[lp];

	s->vp[vp].lp = lp;
	s->vp[vp].next = NONE;
	if (l->head == NONE)
		l->head = vp;
	else
		s->vp[l->tail].next = vp;
	l->tail = vp;
	l->load++;
}

/*
 * Where a VP that has become runnable, or was preempted, waits next. It moves only to an LP where
 * no more VPs are than here with itself: else a crowded LP, whose VPs have few occasions to leave,
 * fills up.
 */
static uint32_t choose_lp(struct sim *s, uint32_t vp)
{
	const struct gen_config *c = s->c;
	struct sim_vp *v = &s->vp[vp];
	uint32_t to;

	if (c->lps == 1 || !c->migrate || rng_below(&v->guest.rng, 100) >= c->migrate)
		return v->lp;
	to = (uint32_t)((v->lp + 1 + rng_below(&v->guest.rng, c->lps - 1)) % c->lps);
	return s->lp[to].load <= s->lp[v->lp].load + 1 ? to : v->lp;
}

static int wake(struct sim *s, uint32_t vp, uint64_t now)
{
	uint32_t lp;

	/* Its timer expires on the LP where it ran last: that one wakes it. */
	heap_remove(&s->heap, s->c->lps + vp);
	if (emit_sched(s, now, TRACE_WAKE, 0, vp))
		return -1;
	lp = choose_lp(s, vp);
	enqueue(s, lp, vp);
	return s->lp[lp].vp == NONE ? dispatch(s, lp, now) : 0;
}

static int preempt(struct sim *s, uint32_t lp, uint64_t now)
{
	uint32_t vp = s->lp[lp].vp, to;

	if (emit_sched(s, now, TRACE_SCHED_OUT, TRACE_PREEMPT, vp))
		return -1;
	s->lp[lp].vp = NONE;
	s->lp[lp].load--;
	to = choose_lp(s, vp);
	enqueue(s, to, vp);
	if (to != lp && s->lp[to].vp == NONE && dispatch(s, to, now))
		return -1;
	return dispatch(s, lp, now);
}

/* The LP's guest acts, its slice is over, or both. */
static int step(struct sim *s, uint32_t lp, uint64_t now)
{
	struct sim_lp *l = &s->lp[lp];
	uint32_t vp = l->vp;
	struct guest *g = &s->vp[vp].guest;
	int halts;

	guest_ran(g, now - l->since);
	l->since = now;
	halts = guest_act(g, s->c, now, &s->sink);
	if (halts < 0)
		return -1;
	if (halts) {
		if (emit_sched(s, now, TRACE_SCHED_OUT, TRACE_BLOCK, vp))
			return -1;
		l->vp = NONE;
		l->load--;
		heap_set(&s->heap, s->c->lps + vp, g->deadline + s->c->wake);
		return dispatch(s, lp, now);
	}
	if (now >= l->slice_end) {
		if (l->head != NONE)
			return preempt(s, lp, now);
		l->slice_end = now + s->c->slice_ends; /* alone: a slice more */
	}
	plan(s, lp, now);
	return 0;
}

static int run(struct sim *s, struct cli_progress *progress)
{
	const struct gen_config *c = s->c;
	uint32_t steps = 0;

	/* The first slices differ in length, so that the LPs do not switch in step for ever. */
	for (uint32_t i = 0; i < c->lps; i++) {
		if (dispatch(s, i, 0))
			return -1;
		s->lp[i].slice_end =
		    c->slice_ends - (uint64_t)((unsigned __int128)c->slice * i / c->lps);
		plan(s, i, 0);
	}
	while (s->heap.len && s->heap.entry[0].time < c->end) {
		struct heap_entry e = s->heap.entry[0];

		if (e.item < c->lps ? step(s, e.item, e.time) : wake(s, e.item - c->lps, e.time))
			return -1;
		if (++steps % PROGRESS_STEPS == 0)
			cli_progress(progress, trace_ticks_to_ns(e.time, c->clock_hz) / 1000000);
	}
	return 0;
}

int gen_simulate(const struct gen_config *c, struct trace_writer *w, struct cli_progress *progress,
		 struct vt_error *err)
{
	uint32_t vps = c->domains * c->vcpus;
	struct sim s = { .sink = { emit }, .c = c, .writer = w, .err = err };
	int ret;

	s.lp = vt_array(c->lps, sizeof(*s.lp));
	s.vp = vt_array(vps, sizeof(*s.vp));
	heap_init(&s.heap, c->lps + vps);
	for (uint32_t i = 0; i < c->lps; i++)
		s.lp[i] = (struct sim_lp){ .vp = NONE, .head = NONE, .tail = NONE };
	for (uint32_t i = 0; i < vps; i++) {
		guest_init(&s.vp[i].guest, c, i);
		enqueue(&s, i % c->lps, i);
	}
	ret = run(&s, progress);
	heap_free(&s.heap);
	free(s.vp);
	free(s.lp);
	return ret;
}
