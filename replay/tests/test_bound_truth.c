/* SPDX-License-Identifier: GPL-2.0-only */
/* The bound's deadlines are the engine's, on random traces of any clock, with times up to the
 * format's limits. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "replay/bound/bound.h"
#include "replay/tests/random_trace.h"

/* It does nothing: what is due is what the guests asked for. */
static const struct vtick_policy idle = { VTICK_POLICY_HEAD, .name = "idle" };

static uint64_t due(const struct random_trace *t, const struct seeds *seeds)
{
	const struct engine_options quiet = { 0 };
	struct engine *e = engine_new(&t->meta, &idle, NULL, &quiet, "idle", NULL);
	json_t *cell;
	uint64_t n;

	engine_seeds(e, seeds);
	engine_events(e, t->ev, t->n);
	cell = engine_finish(e);
	n = (uint64_t)json_integer_value(json_object_get(json_object_get(cell, "ticks"), "due"));
	json_decref(cell);
	engine_free(e);
	return n;
}

Test(bound_truth, deadlines_are_the_engines, .timeout = 240)
{
	const char *tier = getenv("VTICK_TIER");
	unsigned seeds_n = tier && !strcmp(tier, "all") ? 30000 : 2000;

	for (uint64_t seed = 1; seed <= seeds_n; seed++) {
		const uint64_t most = (UINT64_C(1) << 53) - 1;
		struct random_trace t;
		struct seeds seeds;
		struct bound *b;
		struct bound_ticks ticks;
		uint64_t want;

		random_trace_make(&t, seed);
		seeds_init(&seeds, t.meta.vps);
		seeds_look(&seeds, t.ev, t.n);
		/* So much slack that no interrupt is needed one by one. */
		b = bound_new(&t.meta, &seeds,
			      &(struct bound_options){ .slack_ns = UINT64_C(1) << 62,
						       .rides = (enum bound_rides)(seed % 3) });
		bound_events(b, t.ev, t.n);
		bound_end(b);
		ticks = bound_ticks(b);
		want = due(&t, &seeds);
		if (ticks.reached > most)
			ticks.reached = most;
		cr_assert_eq(ticks.reached, want,
			     "seed %" PRIu64 ": %" PRIu64 ", the engine %" PRIu64, seed,
			     ticks.reached, want);
		cr_assert_leq(ticks.at_once, bound_ticks(b).reached);
		bound_free(b);
		seeds_free(&seeds);
		random_trace_free(&t);
	}
}
