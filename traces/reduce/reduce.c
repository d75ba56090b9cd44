/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/reduce/reduce.h"

#include <stdlib.h>
#include <string.h>

#include "traces/base/cli.h"
#include "traces/base/mem.h"
#include "traces/reduce/children.h"
#include "traces/reduce/passes.h"

/* A candidate that is being tried. */
struct trial {
	struct whole trace;
	uint64_t hash;
	size_t place;
	unsigned slot;
};

/* Traces of which it does not hold, by their hashes: open addressing, 0 is free. */
struct failures {
	uint64_t *hash;
	size_t room, n;
};

struct work {
	struct whole *now;
	struct whole_size size;
	const struct reduce_test *test;
	const struct reduce_watch *watch;
	struct reduce_stats *stats;
	struct failures failures;
	struct children children;
	/* Those that were begun, in order; a ring. */
	struct trial *trial;
	size_t first, trials, room;
};

/* ---- what failed ---- */

static size_t find(const struct failures *f, uint64_t hash)
{
	size_t at = hash & (f->room - 1);

	while (f->hash[at] && f->hash[at] != hash)
		at = (at + 1) & (f->room - 1);
	return at;
}

static bool has_failed(const struct failures *f, uint64_t hash)
{
	return f->room && f->hash[find(f, hash)];
}

static void note_failure(struct failures *f, uint64_t hash)
{
	struct failures larger = { .room = f->room ? 2 * f->room : 1024 };

	if (2 * (f->n + 1) > f->room) {
		larger.hash = vt_array(larger.room, sizeof(*larger.hash));
		for (size_t i = 0; i < f->room; i++) {
			if (f->hash[i])
				larger.hash[find(&larger, f->hash[i])] = f->hash[i];
		}
		larger.n = f->n;
		free(f->hash);
		*f = larger;
	}
	f->hash[find(f, hash)] = hash;
	f->n++;
}

/* ---- trials ---- */

static struct trial *trial_at(struct work *w, size_t i)
{
	return &w->trial[(w->first + i) % w->room];
}

static void forget_first(struct work *w)
{
	whole_free(&trial_at(w, 0)->trace);
	w->first = (w->first + 1) % w->room;
	w->trials--;
}

static void forget_all(struct work *w)
{
	children_kill(&w->children);
	while (w->trials)
		forget_first(w);
}

/* Mostly told without looking at every number. */
static bool is_less(const struct whole *t, const struct whole_size *than)
{
	struct whole_size is;

	if (t->n != than->events)
		return t->n < than->events;
	is = whole_size(t);
	return whole_less(&is, than);
}

/* Whether the next place that has a candidate was found; *place is behind it. */
static bool next_trial(struct work *w, const struct pass *p, size_t size, size_t *place)
{
	size_t places = p->places(w->now, size);

	while (*place < places) {
		struct trial *t = trial_at(w, w->trials);

		*t = (struct trial){ .place = (*place)++ };
		if (p->make(w->now, t->place, size, &t->trace) && is_less(&t->trace, &w->size)) {
			t->hash = whole_hash(&t->trace);
			t->hash += !t->hash;
			if (!has_failed(&w->failures, t->hash))
				return true;
		}
		whole_free(&t->trace);
	}
	return false;
}

/* Begins as many as there may be. 0 or -1. */
static int begin_trials(struct work *w, const struct pass *p, size_t size, size_t *place,
			struct vt_error *err)
{
	while (w->trials < w->room && next_trial(w, p, size, place)) {
		struct trial *t = trial_at(w, w->trials++);

		if (w->test->holds)
			continue;
		if (children_start(&w->children, &t->trace, &t->slot, err))
			return -1;
	}
	return 0;
}

/* Waits for the first one: 1 it holds, 0 it does not, -1. */
static int judge_first(struct work *w, struct vt_error *err)
{
	struct trial *t = trial_at(w, 0);
	/* Begun before one like it had failed: who tries one after the other does not try it. */
	bool twice = has_failed(&w->failures, t->hash), late = false;
	int holds, status;

	if (w->test->holds) {
		holds = w->test->holds(w->test->arg, &t->trace);
	} else {
		if (children_wait(&w->children, t->slot, &status, &late, err))
			return -1;
		holds = !late && w->test->judge(w->test->arg, status);
	}
	if (twice)
		return 0;
	w->stats->runs++;
	w->stats->taken += (uint64_t)holds;
	w->stats->late += late;
	if (!holds)
		note_failure(&w->failures, t->hash);
	return holds;
}

static void take_first(struct work *w)
{
	struct trial *t = trial_at(w, 0);

	whole_free(w->now);
	*w->now = t->trace;
	w->size = whole_size(w->now);
	t->trace = (struct whole){ 0 };
	trace_meta_init(&t->trace.meta);
	forget_all(w);
}

static void tell(const struct work *w, const struct pass *p)
{
	if (w->watch && w->watch->step)
		w->watch->step(w->watch->arg, p->name, w->now, w->stats);
}

/* All places of a pass. 1: the trace is smaller now, 0, or -1. */
static int run_chunks(struct work *w, const struct pass *p, size_t size, struct vt_error *err)
{
	size_t place = 0;
	int any = 0, holds;

	for (;;) {
		size_t at;

		if (begin_trials(w, p, size, &place, err))
			return -1;
		if (!w->trials)
			return any;
		at = trial_at(w, 0)->place;
		holds = judge_first(w, err);
		if (holds < 0)
			return -1;
		if (holds) {
			take_first(w);
			any = 1;
			place = p->next == PASS_BEGINS ? 0 : p->next == PASS_GOES_ON ? at + 1 : at;
		} else {
			forget_first(w);
		}
		tell(w, p);
	}
}

static int run_pass(struct work *w, const struct pass *p, struct vt_error *err)
{
	int any = 0;

	if (!p->things)
		return run_chunks(w, p, 0, err);
	for (size_t size = p->things(w->now) / 2 + 1;; size = (size + 1) / 2) {
		int some = run_chunks(w, p, size, err);

		if (some < 0)
			return -1;
		any |= some;
		if (size == 1)
			return any;
	}
}

int reduce(struct whole *t, const struct reduce_test *test, const struct reduce_watch *watch,
	   struct reduce_stats *stats, struct vt_error *err)
{
	struct work w = { .now = t,
			  .size = whole_size(t),
			  .test = test,
			  .watch = watch,
			  .stats = stats,
			  .room = test->holds ? 1 : test->jobs };
	uint64_t began = cli_now_ns();
	int any = 1;

	*stats = (struct reduce_stats){ 0 };
	w.trial = vt_array(w.room, sizeof(*w.trial));
	children_open(&w.children, test);
	while (any > 0) {
		any = 0;
		for (const struct pass *p = passes; any >= 0 && p->name; p++) {
			int some = run_pass(&w, p, err);

			any = some < 0 ? -1 : any | some;
		}
	}
	forget_all(&w);
	children_close(&w.children);
	free(w.trial);
	free(w.failures.hash);
	stats->took_ns = cli_now_ns() - began;
	return any;
}

int reduce_ask(const struct whole *t, const struct reduce_test *test, int *status, bool *late,
	       struct vt_error *err)
{
	struct children c;
	int is = 0, failed;
	unsigned slot;

	*late = false;
	if (test->holds)
		return test->holds(test->arg, t);
	children_open(&c, test);
	failed = children_start(&c, t, &slot, err) || children_wait(&c, slot, &is, late, err);
	children_kill(&c);
	children_close(&c);
	if (status)
		*status = is;
	if (failed)
		return -1;
	return !*late && test->judge(test->arg, is);
}
