/* SPDX-License-Identifier: GPL-2.0-only */
/* Every legal trace of a few letters. */
#include "replay/tests/small_worlds.h"

#include <string.h>

#define NOBODY SMALL_WORLD_VPS
/* The rest of a trace after its last event: every one-shot is due in it, and some periods. */
#define REST 9u

/* The deadline of an ARM or SEED, and the value of a COUNTER. */
enum to {
	TO_NOTHING,
	TO_AFTER, /* so much after the guest's counter */
	TO_GRID,  /* the first multiple of it after the guest's counter: two VPs can have one */
};

/* Whom an event is of is said of a SCHED_IN and a SEED only: else it is who runs, of a WAKE the
 * VP that is blocked, of two the one that was so first. */
struct letter {
	uint8_t type, vp, sub;
	uint8_t step; /* ticks that pass before it */
	enum to to;
	uint8_t by, period;
};

/* clang-format off */
/* Times beside one another. */
static const struct letter beside[SMALL_WORLD_LETTERS] = {
	{ TRACE_SCHED_IN, .vp = 0, .step = 1 },
	{ TRACE_SCHED_IN, .vp = 1, .step = 1 },
	{ TRACE_SCHED_OUT, .sub = TRACE_PREEMPT, .step = 2 },
	{ TRACE_SCHED_OUT, .sub = TRACE_BLOCK, .step = 0 },
	{ TRACE_SCHED_OUT, .sub = TRACE_OFFLINE, .step = 1 },
	{ TRACE_WAKE, .step = 3 },
	{ TRACE_ARM, .sub = TRACE_TSC_DEADLINE, .step = 0, .to = TO_GRID, .by = 8 },
	{ TRACE_ARM, .sub = TRACE_LAPIC, .step = 1, .to = TO_AFTER, .by = 2, .period = 3 },
	{ TRACE_ARM, .sub = TRACE_ITM, .step = 0, .to = TO_AFTER, .by = 3 },
	{ TRACE_DISARM, .step = 1 },
	{ TRACE_MASK, .step = 1 },
	{ TRACE_COUNTER, .step = 0, .to = TO_AFTER, .by = 5 },
};

/* All in steps of 4, so that deadlines and events meet at one time. */
static const struct letter ties[SMALL_WORLD_LETTERS] = {
	{ TRACE_SCHED_IN, .vp = 0, .step = 0 },
	{ TRACE_SCHED_IN, .vp = 1, .step = 0 },
	{ TRACE_SCHED_OUT, .sub = TRACE_PREEMPT, .step = 4 },
	{ TRACE_SCHED_OUT, .sub = TRACE_WAIT, .step = 0 },
	{ TRACE_SCHED_OUT, .sub = TRACE_BLOCK, .step = 0 },
	{ TRACE_SCHED_OUT, .sub = TRACE_BLOCK, .step = 4 },
	{ TRACE_WAKE, .step = 4 },
	{ TRACE_ARM, .sub = TRACE_TSC_DEADLINE, .step = 0, .to = TO_AFTER, .by = 4 },
	{ TRACE_ARM, .sub = TRACE_TSC_DEADLINE, .step = 4, .to = TO_AFTER, .by = 0 },
	{ TRACE_ARM, .sub = TRACE_LAPIC, .step = 0, .to = TO_AFTER, .by = 4, .period = 4 },
	{ TRACE_MASK, .step = 4 },
	{ TRACE_COUNTER, .step = 4, .to = TO_AFTER, .by = 4 },
};

/* Timers that were armed before. */
static const struct letter before[SMALL_WORLD_LETTERS] = {
	{ TRACE_SEED, .vp = 0, .sub = TRACE_TSC_DEADLINE, .to = TO_AFTER, .by = 3 },
	{ TRACE_SEED, .vp = 1, .sub = TRACE_TSC_DEADLINE, .to = TO_AFTER, .by = 3 },
	{ TRACE_SEED, .vp = 0, .sub = TRACE_LAPIC, .to = TO_AFTER, .by = 2, .period = 3 },
	{ TRACE_SEED, .vp = 1, .sub = TRACE_LAPIC, .to = TO_AFTER, .by = 2, .period = 3 },
	{ TRACE_SCHED_IN, .vp = 0, .step = 1 },
	{ TRACE_SCHED_IN, .vp = 1, .step = 1 },
	{ TRACE_SCHED_OUT, .sub = TRACE_YIELD, .step = 1 },
	{ TRACE_SCHED_OUT, .sub = TRACE_BLOCK, .step = 0 },
	{ TRACE_WAKE, .step = 3 },
	{ TRACE_ARM, .sub = TRACE_LAPIC, .step = 0, .to = TO_AFTER, .by = 4 },
	{ TRACE_MASK, .step = 1 },
	{ TRACE_DISARM, .step = 1 },
};
/* clang-format on */

const struct small_world small_worlds[] = {
	{ "beside", "times beside one another", beside },
	{ "ties", "deadlines and events at one time", ties },
	{ "before", "timers that were armed before", before },
	{ NULL, NULL, NULL },
};

/* What is known after the events so far. */
struct state {
	uint64_t now;
	uint64_t off[SMALL_WORLD_VPS];
	uint64_t
	    blocked[SMALL_WORLD_VPS]; /* number of the event that did it, from 1; 0: it is not */
	bool masked[SMALL_WORLD_VPS];
	unsigned runs;
	bool begun, armed; /* an event was VP 0's; a timer was armed */
};

struct walk {
	const struct small_world *w;
	small_world_fn *fn;
	void *arg;
	struct trace_meta meta;
	struct trace_event ev[SMALL_WORLD_EVENTS_MAX];
	unsigned events;
	uint64_t count;
	bool ended;
};

static uint64_t target(const struct letter *l, uint64_t counter)
{
	switch (l->to) {
	case TO_AFTER:
		return counter + l->by;
	case TO_GRID:
		return (counter / l->by + 1) * l->by;
	default:
		return 0;
	}
}

/* Whose event it is; NOBODY's: it has none to be of. */
static unsigned whose(const struct state *s, const struct letter *l)
{
	switch (l->type) {
	case TRACE_SEED:
	case TRACE_SCHED_IN:
		return l->vp;
	case TRACE_WAKE:
		if (!s->blocked[0] || (s->blocked[1] && s->blocked[1] < s->blocked[0]))
			return s->blocked[1] ? 1 : NOBODY;
		return 0;
	default:
		return s->runs;
	}
}

/* The state after @l, and the event *@ev that it is; false if there is none. */
static bool take(struct state *s, const struct letter *l, size_t number, struct trace_event *ev)
{
	unsigned vp = whose(s, l);

	if (vp == NOBODY || (!s->begun && vp))
		return false;
	s->begun = true;
	s->now += l->step;
	*ev = (struct trace_event){
		.time = s->now, .type = l->type, .vp = vp, .sub = l->sub, .extra = l->period
	};
	ev->value = target(l, s->now + s->off[vp]);
	switch (l->type) {
	case TRACE_SCHED_IN:
		s->runs = vp;
		s->blocked[vp] = 0;
		break;
	case TRACE_SCHED_OUT:
		s->runs = NOBODY;
		s->blocked[vp] = l->sub == TRACE_BLOCK ? number : 0;
		break;
	case TRACE_WAKE:
		s->blocked[vp] = 0;
		break;
	case TRACE_MASK:
		s->masked[vp] = !s->masked[vp];
		ev->sub = s->masked[vp];
		break;
	case TRACE_COUNTER:
		s->off[vp] = ev->value - s->now;
		break;
	default:
		s->armed |= l->type == TRACE_ARM || l->type == TRACE_SEED;
	}
	return true;
}

static bool legal(const struct walk *k, size_t n)
{
	struct trace_legal *l = trace_legal_new(k->meta.lps, k->meta.vps);
	const char *wrong;
	bool all = trace_legal_events(l, k->ev, n, &wrong) == n;

	trace_legal_free(l);
	return all;
}

static void walk(struct walk *k, size_t n, const struct state *s)
{
	struct state next;
	size_t i;

	if (n == k->events) {
		if (!s->armed)
			return;
		k->meta.end = s->now + REST;
		k->count++;
		k->ended = !k->fn(k->arg, &k->meta, k->ev, n);
		return;
	}
	for (i = 0; i < SMALL_WORLD_LETTERS && !k->ended; i++) {
		next = *s;
		if (take(&next, &k->w->letters[i], n + 1, &k->ev[n]) && legal(k, n + 1))
			walk(k, n + 1, &next);
	}
}

uint64_t small_world_each(const struct small_world *w, unsigned events, small_world_fn *fn,
			  void *arg)
{
	struct walk k = { .w = w, .fn = fn, .arg = arg, .events = events };
	const struct state start = { .runs = NOBODY };
	uint32_t vp;

	trace_meta_init(&k.meta);
	k.meta.clock_hz = 1000000000;
	k.meta.lps = 1;
	for (vp = 0; vp < SMALL_WORLD_VPS; vp++)
		trace_meta_add_vp(&k.meta, vp, 0, NULL);
	if (events <= SMALL_WORLD_EVENTS_MAX)
		walk(&k, 0, &start);
	trace_meta_free(&k.meta);
	return k.count;
}
