/* SPDX-License-Identifier: GPL-2.0-only */
/* The closed loop against the naive program that was written from LOOP.md, and identity. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <string.h>

#include "replay/loop/base.h"
#include "replay/loop/grids.h"
#include "replay/loop/loop.h"
#include "replay/loop/tape.h"
#include "replay/tests/naive_loop.h"
#include "replay/tests/random_guests.h"
#include "replay/tests/reference_engine.h"

#define SEEDS 2000
#define VARIANTS 3

/* A cell and what it is told of. */
struct question {
	const struct random_trace *t;
	struct reference_params base, cell;
	uint64_t quantum;
	unsigned residuals;
	size_t ahead;
	uint64_t limit; /* of the tape; 0: its own */
	struct seeds seeds;
};

static struct engine *engine(const struct question *q, const struct reference_params *params,
			     struct costs *costs)
{
	struct engine *e = engine_of(&q->t->meta, params, costs);

	engine_seeds(e, &q->seeds);
	return e;
}

static uint64_t read_anew_times;

/* What the loop reads, from memory, so many events at once. */
struct feed {
	const struct question *q;
	struct costs *costs;
	size_t next;
	struct base base;
	unsigned anew;
};

static struct engine *new_base(struct feed *f)
{
	return engine(f->q, &f->q->base, f->costs);
}

/* What the tape has not kept comes again. */
static void read_anew(struct feed *f)
{
	struct tape *tape = f->base.tape, *anew = tape_anew(tape);

	engine_free(f->base.engine);
	base_begin(&f->base, new_base(f), anew);
	base_events(&f->base, f->q->t->ev, tape_events(tape));
	if (tape_ended(tape))
		base_end(&f->base, f->q->t->meta.end);
	tape_replace(tape, anew);
	f->base.tape = tape;
	f->anew++;
}

static void pull(void *arg)
{
	struct feed *f = arg;
	size_t left = f->q->t->n - f->next, n = left < f->q->ahead ? left : f->q->ahead;

	if (tape_lost(f->base.tape)) {
		read_anew(f);
	} else if (n) {
		base_events(&f->base, f->q->t->ev + f->next, n);
		f->next += n;
	} else {
		base_end(&f->base, f->q->t->meta.end);
	}
}

static json_t *by_loop(const struct question *q, struct naive_counts *c)
{
	struct costs costs[2];
	struct feed f = { .q = q, .costs = &costs[0] };
	struct engine *cell = engine(q, &q->cell, &costs[1]);
	struct grids *grids = grids_new(&q->t->meta);
	struct tape *tape;
	uint64_t *unit;
	struct loop *l;
	json_t *metrics;

	grids_look(grids, q->t->ev, q->t->n);
	unit = grids_units(grids);
	grids_free(grids);
	tape = tape_new(&q->t->meta, unit);
	if (q->limit)
		tape_set_limit(tape, q->limit);
	base_begin(&f.base, new_base(&f), tape);
	l = loop_new(&q->t->meta, cell, tape, pull, &f, q->quantum);
	loop_residuals(l, q->residuals);
	loop_run(l);
	while (!tape_ended(tape))
		pull(&f);
	read_anew_times += f.anew;

	const struct loop_counts *k = loop_counts(l);
	const struct tape_counts *of = tape_counts(tape);

	*c = (struct naive_counts){ .same = k->same,
				    .near = k->near,
				    .compared = of->compared,
				    .events = of->events,
				    .grid = k->grid,
				    .write = k->write,
				    .kept = k->kept,
				    .runs = k->runs,
				    .items = k->items,
				    .all_items = of->items,
				    .again = k->again,
				    .residuals = of->residuals,
				    .residual_ticks = of->residual_ticks,
				    .negative = of->negative,
				    .work = k->work,
				    .busy = k->busy,
				    .recorded = of->work };
	memcpy(c->wakes, k->wakes, sizeof(c->wakes));
	engine_listen(cell, NULL);
	metrics = engine_finish(cell);
	engine_free(cell);
	engine_free(f.base.engine);
	loop_free(l);
	tape_free(tape);
	free(unit);
	return metrics;
}

static json_t *by_naive(const struct question *q, struct naive_counts *c)
{
	struct costs costs[2];
	struct engine *base = engine(q, &q->base, &costs[0]);
	struct engine *cell = engine(q, &q->cell, &costs[1]);
	json_t *metrics;

	naive_loop(c, &q->t->meta, q->t->ev, q->t->n, base, cell, q->quantum, q->residuals);
	metrics = engine_finish(cell);
	engine_free(cell);
	engine_free(base);
	return metrics;
}

static void ask(const struct question *q, uint64_t seed, bool identity)
{
	struct naive_counts a, b;
	json_t *loop = by_loop(q, &a), *naive = by_naive(q, &b);
	bool same = json_equal(loop, naive) && !memcmp(&a, &b, sizeof(a));

	if (!same || (identity && a.same != a.events)) {
		params_print(&q->base);
		params_print(&q->cell);
		random_trace_print(&q->t->meta, q->t->ev, q->t->n);
	}
	cr_assert(same, "seed %" PRIu64 ": loop and naive program differ", seed);
	cr_assert(!identity || a.same == a.events,
		  "seed %" PRIu64 ": %" PRIu64 " of %" PRIu64 " events come as recorded", seed,
		  a.same, a.events);
	json_decref(loop);
	json_decref(naive);
}

/* Does each AWAY stand in front of what else happens on its tick, as FORMAT.md has it? */
static bool aways_in_front(const struct random_trace *t)
{
	for (size_t i = 1; i < t->n; i++) {
		if (t->ev[i].type == TRACE_AWAY && t->ev[i - 1].type != TRACE_AWAY &&
		    t->ev[i - 1].time == t->ev[i].time)
			return false;
	}
	return true;
}

static const char *any_policy(uint64_t *random)
{
	size_t n = 0, i;

	while (reference_policy(n))
		n++;
	do
		i = random_next(random) % n;
	while (reference_policy_of_tests(i));
	return reference_policy(i);
}

/* Deadlines on a grid of their VP, as ticks are. */
static void put_on_grids(struct random_trace *t)
{
	uint64_t unit = 100 * (trace_ns_to_ticks(1000, t->meta.clock_hz) + 1);

	unit += random_next(&t->random) % (4 * unit);
	for (size_t i = 0; i < t->n; i++) {
		struct trace_event *ev = &t->ev[i];

		if (ev->type == TRACE_ARM && !ev->extra)
			ev->value = (ev->value / unit + 1 + random_next(&t->random) % 3) * unit;
	}
}

static void make_fifo(struct trace_meta *meta)
{
	json_object_set_new(meta->more, "host_model", json_pack("{s:s}", "scheduler", "fifo"));
}

/* Of each trace: base and cell are the same; they differ; the cell has costs, too. */
static void ask_of(struct random_trace *t, uint64_t seed, unsigned variant)
{
	static uint64_t cost[REFERENCE_COSTS], latencies[3];
	uint64_t ns = random_scale_ns(t, false);
	struct question q = { .t = t, .residuals = 100 };

	seeds_init(&q.seeds, t->meta.vps);
	seeds_look(&q.seeds, t->ev, t->n);
	q.base.policy = any_policy(&t->random);
	engine_params(&q.base, &t->random, ns, random_scale_ns(t, true));
	random_options(t, &q.base);
	q.cell = q.base;
	if (variant) {
		q.cell.policy = any_policy(&t->random);
		engine_params(&q.cell, &t->random, ns, random_scale_ns(t, true));
		random_options(t, &q.cell);
	}
	for (unsigned i = 0; i < REFERENCE_COSTS; i++)
		cost[i] = i < REFERENCE_AWAY && random_next(&t->random) % 3
			      ? random_next(&t->random) % (ns + 1)
			      : 0;
	if (random_next(&t->random) % 2)
		cost[REFERENCE_OWN_EVERY] = ns / 4 + random_next(&t->random) % (4 * ns + 1);
	for (unsigned i = 0; i < 3; i++)
		latencies[i] = random_next(&t->random) % (2 * ns + 1);
	if (variant == 2)
		q.cell.cost_ns = cost;
	if (variant == 2 && random_next(&t->random) % 2) {
		q.cell.latency_ns = latencies;
		q.cell.latencies = (uint32_t)(1 + random_next(&t->random) % 3);
	}
	if (variant && random_next(&t->random) % 2)
		q.residuals = (unsigned)(random_next(&t->random) % 101);
	q.base.away_recorded = q.cell.away_recorded = random_next(&t->random) % 2;
	q.quantum = random_next(&t->random) % 3 ? 1 + random_next(&t->random) % (6 * t->gap) : 0;
	if (random_next(&t->random) % 3 == 0)
		q.quantum = LOOP_SLICES;
	q.ahead = (size_t)1 << random_next(&t->random) % 8;
	q.limit = random_next(&t->random) % 2 ? 1 + random_next(&t->random) % 8 : 0;
	ask(&q, seed, !variant && (!q.cell.away_recorded || aways_in_front(t)));
	seeds_free(&q.seeds);
}

static uint64_t last_seed(void)
{
	const char *tier = getenv("VTICK_TIER");

	return tier && !strcmp(tier, "all") ? 20 * SEEDS : SEEDS;
}

Test(loop, random_guests)
{
	uint64_t last = last_seed() / 4;
	struct random_trace t;

	for (uint64_t seed = 1; seed <= last; seed++) {
		for (unsigned variant = 0; variant < VARIANTS; variant++) {
			random_guests_make(&t, seed);
			cr_assert(random_trace_legal(&t.meta, t.ev, t.n), "seed %" PRIu64, seed);
			ask_of(&t, seed, variant);
			random_trace_free(&t);
		}
	}
}

Test(loop, random_traces)
{
	uint64_t last = last_seed();
	struct random_trace t;

	for (uint64_t seed = 1; seed <= last; seed++) {
		for (unsigned variant = 0; variant < VARIANTS; variant++) {
			random_trace_make(&t, seed);
			if (seed % 3 == 0)
				put_on_grids(&t);
			/* (Who runs next in the recording is not who became ready first.) */
			if (variant && seed % 4 == 0)
				make_fifo(&t.meta);
			if (!t.late && !t.wide)
				ask_of(&t, seed, variant);
			random_trace_free(&t);
		}
	}
	cr_assert(read_anew_times > last / 10, "the recording was read anew %" PRIu64 " times",
		  read_anew_times);
}
