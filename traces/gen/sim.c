/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>

#include "traces/base/heap.h"
#include "traces/base/mem.h"
#include "traces/gen/guest.h"
#include "traces/gen/hv.h"
#include "traces/gen/sim.h"

#define NONE UINT32_MAX

/* Look at the clock for the progress line once in so many steps. */
#define PROGRESS_STEPS 8192u

struct sim_vp {
	struct guest guest;
	uint32_t lp;   /* where it runs, waits, or ran last */
	uint32_t next; /* in the run queue, or among those that wake */
	uint64_t wake_at;
};

struct sim_lp {
	uint64_t since;	    /* up to when the running guest's time has been accounted */
	uint64_t slice_end; /* and the switch: when another may run; GUEST_NEVER: not yet */
	bool slice_over;    /* another may run as soon as there is one */
	uint32_t vp;	    /* runs here, or NONE */
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
	struct hv *hv; /* NULL: an ideal one */
	/* Items: LPs at their next interrupt (none under an ideal hypervisor), LPs that run a VP,
	 * then blocked VPs, at the moment of their wake-up. */
	struct heap heap;
	uint32_t first_lp, first_vp; /* of the items */
	/* Under a hypervisor that is not ideal, who wakes next, in the order of the expiries: the
	 * head is one item, the first of the VPs'. */
	uint32_t wake_head, wake_tail;
};

static int emit(struct guest_sink *sink, const struct trace_event *ev)
{
	struct sim *s = (struct sim *)sink;

	if (trace_writer_add(s->writer, ev, s->err))
		return -1;
	if (s->hv && ev->type == TRACE_ARM)
		return hv_arm(s->hv, ev->vp, s->vp[ev->vp].guest.deadline, ev->extra, ev->time);
	if (s->hv && ev->type == TRACE_DISARM)
		return hv_disarm(s->hv, ev->vp, ev->time);
	return 0;
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
		heap_remove(&s->heap, s->first_lp + lp);
		return;
	}
	/* While the hypervisor is at work the guest is not. */
	next = guest_next(&s->vp[l->vp].guest, s->c, l->since > now ? l->since : now);
	if (l->slice_end < next)
		next = l->slice_end;
	if (next == GUEST_NEVER)
		heap_remove(&s->heap, s->first_lp + lp);
	else
		heap_set(&s->heap, s->first_lp + lp, next);
}

/* The guest on the LP has run up to now. */
static void account(struct sim *s, uint32_t lp, uint64_t now)
{
	struct sim_lp *l = &s->lp[lp];

	if (now <= l->since)
		return;
	if (l->vp != NONE)
		guest_ran(&s->vp[l->vp].guest, now - l->since);
	l->since = now;
}

/* Its slice is over and another waits. */
static void plan_switch(struct sim *s, uint32_t lp, uint64_t now)
{
	struct sim_lp *l = &s->lp[lp];
	uint64_t busy_until = hv_busy_until(s->hv, lp);

	account(s, lp, now);
	l->slice_end = (busy_until > now ? busy_until : now) + s->c->switching;
	plan(s, lp, now);
}

/* The VP of the LP goes: it halts, or not. */
static int leave(struct sim *s, uint32_t lp, bool halts, uint64_t now)
{
	struct sim_lp *l = &s->lp[lp];
	uint32_t vp = l->vp;

	if (emit_sched(s, now, TRACE_SCHED_OUT, halts ? TRACE_BLOCK : TRACE_PREEMPT, vp))
		return -1;
	l->vp = NONE;
	l->load--;
	return s->hv ? hv_out(s->hv, vp, halts, now) : 0;
}

/* An idle LP takes the first VP of its queue. */
static int dispatch(struct sim *s, uint32_t lp, uint64_t now)
{
	struct sim_lp *l = &s->lp[lp];

	if (l->vp == NONE && l->head != NONE) {
		l->vp = l->head;
		l->head = s->vp[l->vp].next;
		l->since = now;
		l->slice_end = s->hv ? GUEST_NEVER : now + s->c->slice_ends;
		l->slice_over = false;
		if (emit_sched(s, now, TRACE_SCHED_IN, 0, l->vp))
			return -1;
		guest_in(&s->vp[l->vp].guest, s->c, now);
		if (s->hv && hv_busy_until(s->hv, lp) > now)
			l->since = hv_busy_until(s->hv, lp);
		if (s->hv && hv_in(s->hv, lp, l->vp, now))
			return -1;
	}
	plan(s, lp, now);
	return 0;
}

static void enqueue(struct sim *s, uint32_t lp, uint32_t vp, uint64_t now)
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
	if (l->vp != NONE && l->slice_over && l->slice_end == GUEST_NEVER)
		plan_switch(s, lp, now);
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
	if (emit_sched(s, now, TRACE_WAKE, 0, vp))
		return -1;
	lp = choose_lp(s, vp);
	enqueue(s, lp, vp, now);
	return s->lp[lp].vp == NONE ? dispatch(s, lp, now) : 0;
}

static int preempt(struct sim *s, uint32_t lp, uint64_t now)
{
	uint32_t vp = s->lp[lp].vp, to;

	if (leave(s, lp, false, now))
		return -1;
	to = choose_lp(s, vp);
	enqueue(s, to, vp, now);
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

	account(s, lp, now);
	halts = guest_act(g, s->c, now, &s->sink);
	if (halts < 0)
		return -1;
	if (halts) {
		if (leave(s, lp, true, now))
			return -1;
		if (!s->hv)
			heap_set(&s->heap, s->first_vp + vp, g->deadline + s->c->wake);
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

static int interrupt(struct sim *s, uint32_t lp, uint64_t now)
{
	struct sim_lp *l = &s->lp[lp];

	account(s, lp, now);
	if (hv_interrupt(s->hv, lp, now))
		return -1;
	if (l->since < hv_busy_until(s->hv, lp))
		l->since = hv_busy_until(s->hv, lp);
	plan(s, lp, now);
	return 0;
}

/* ---- what the hypervisor says ---- */

static int hear_tick(void *arg, uint32_t vp, uint64_t now)
{
	struct sim *s = arg;
	uint32_t lp = s->vp[vp].lp;

	account(s, lp, now);
	guest_tick(&s->vp[vp].guest, s->c);
	plan(s, lp, now);
	return 0;
}

static int hear_wake(void *arg, uint32_t vp, uint64_t now)
{
	struct sim *s = arg;

	s->vp[vp].wake_at = now + s->c->wake;
	s->vp[vp].next = NONE;
	if (s->wake_head == NONE) {
		s->wake_head = vp;
		heap_set(&s->heap, s->first_vp, s->vp[vp].wake_at);
	} else {
		s->vp[s->wake_tail].next = vp;
	}
	s->wake_tail = vp;
	return 0;
}

static int hear_slice(void *arg, uint32_t lp, uint64_t now)
{
	struct sim *s = arg;

	s->lp[lp].slice_over = true;
	if (s->lp[lp].head != NONE)
		plan_switch(s, lp, now);
	return 0;
}

static void hear_programmed(void *arg, uint32_t lp, uint64_t at)
{
	struct sim *s = arg;

	if (at == HV_NEVER)
		heap_remove(&s->heap, lp);
	else
		heap_set(&s->heap, lp, at);
}

/* ---- all ---- */

/* The first of those that wake does. */
static int wake_first(struct sim *s, uint64_t now)
{
	uint32_t vp = s->wake_head;

	s->wake_head = s->vp[vp].next;
	if (s->wake_head == NONE)
		heap_remove(&s->heap, s->first_vp);
	else
		heap_set(&s->heap, s->first_vp, s->vp[s->wake_head].wake_at);
	return wake(s, vp, now);
}

static int step_item(struct sim *s, struct heap_entry e)
{
	if (e.item < s->first_lp)
		return interrupt(s, e.item, e.time);
	if (e.item < s->first_vp)
		return step(s, e.item - s->first_lp, e.time);
	if (s->hv)
		return wake_first(s, e.time);
	heap_remove(&s->heap, e.item);
	return wake(s, e.item - s->first_vp, e.time);
}

/* An ideal hypervisor has all that runs from the start on; of another's it is recorded. */
static int start(struct sim *s)
{
	const struct gen_config *c = s->c;

	for (uint32_t i = 0; s->hv && i < c->domains * c->vcpus; i++) {
		if (emit_sched(s, 0, TRACE_WAKE, 0, i))
			return -1;
	}
	for (uint32_t i = 0; i < c->lps; i++) {
		if (dispatch(s, i, 0))
			return -1;
		if (s->hv)
			continue;
		/* The first slices differ in length, so that the LPs do not switch in step for
		 * ever. */
		s->lp[i].slice_end =
		    c->slice_ends - (uint64_t)((unsigned __int128)c->slice * i / c->lps);
		plan(s, i, 0);
	}
	return 0;
}

static int run(struct sim *s, struct cli_progress *progress)
{
	const struct gen_config *c = s->c;
	uint32_t steps = 0;

	if (start(s))
		return -1;

	while (s->heap.len && s->heap.entry[0].time < c->end) {
		struct heap_entry e = s->heap.entry[0];

		if (step_item(s, e))
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
	struct sim s = { .sink = { emit }, .c = c, .writer = w, .err = err, .wake_head = NONE };
	const struct hv_calls calls = { &s, hear_tick, hear_wake, hear_slice, hear_programmed };
	int ret;

	if (c->hypervisor != GEN_IDEAL) {
		s.hv = hv_new(c, &calls, &s.sink);
		s.first_lp = c->lps;
	}
	s.first_vp = s.first_lp + c->lps;
	s.lp = vt_array(c->lps, sizeof(*s.lp));
	s.vp = vt_array(vps, sizeof(*s.vp));
	heap_init(&s.heap, s.first_vp + vps);
	for (uint32_t i = 0; i < c->lps; i++)
		s.lp[i] = (struct sim_lp){ .vp = NONE, .head = NONE, .tail = NONE };
	for (uint32_t i = 0; i < vps; i++) {
		guest_init(&s.vp[i].guest, c, i);
		enqueue(&s, i % c->lps, i, 0);
	}
	ret = run(&s, progress);
	heap_free(&s.heap);
	hv_free(s.hv);
	free(s.vp);
	free(s.lp);
	return ret;
}
