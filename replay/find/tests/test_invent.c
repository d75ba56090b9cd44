/* SPDX-License-Identifier: GPL-2.0-only */
/* Invented traces: legal, of the same numbers the same, and of all that a trace can have. */
#include <criterion/criterion.h>

#include "replay/find/invent.h"
#include "replay/find/look.h"

#define SEEDS 400

static void make(struct whole *t, uint64_t seed)
{
	struct rng r = rng_stream(seed, 0);

	invent_trace(t, &r);
}

static bool moves(const struct whole *t)
{
	uint32_t was[8] = { 0 }; /* where it ran last, and 1 */

	for (size_t i = 0; i < t->n; i++) {
		const struct trace_event *ev = &t->ev[i];

		if (ev->type != TRACE_SCHED_IN)
			continue;
		if (was[ev->vp] && was[ev->vp] != ev->lp + 1u)
			return true;
		was[ev->vp] = ev->lp + 1u;
	}
	return false;
}

Test(invent, traces_are_legal_and_cheap)
{
	for (uint64_t seed = 0; seed < SEEDS; seed++) {
		struct whole t, legal;

		make(&t, seed);
		whole_copy(&legal, &t);
		whole_legalize(&legal);
		cr_assert_eq(whole_hash(&t), whole_hash(&legal), "seed %zu", (size_t)seed);
		cr_assert_leq(look_price(&t), 2000, "seed %zu", (size_t)seed);
		whole_free(&t);
		whole_free(&legal);
	}
}

Test(invent, the_same_numbers_make_the_same_trace)
{
	for (uint64_t seed = 0; seed < SEEDS; seed++) {
		struct whole a, b;

		make(&a, seed);
		make(&b, seed);
		cr_assert_eq(whole_hash(&a), whole_hash(&b), "seed %zu", (size_t)seed);
		whole_free(&a);
		whole_free(&b);
	}
}

/* Each kind of event in a tenth of the traces, at least; many short ones, and some long. */
Test(invent, there_is_some_of_everything)
{
	static const uint8_t types[] = {
		TRACE_SEED, TRACE_SCHED_IN, TRACE_SCHED_OUT, TRACE_WAKE,
		TRACE_ARM,  TRACE_DISARM,   TRACE_MASK,	     TRACE_COUNTER
	};
	size_t with[TRACE_TYPES_MAX] = { 0 }, moved = 0, short_ones = 0, long_ones = 0;

	for (uint64_t seed = 0; seed < SEEDS; seed++) {
		bool has[TRACE_TYPES_MAX] = { false };
		struct whole t;

		make(&t, seed);
		for (size_t i = 0; i < t.n; i++)
			has[t.ev[i].type] = true;
		for (size_t i = 0; i < TRACE_TYPES_MAX; i++)
			with[i] += has[i];
		moved += moves(&t);
		short_ones += t.n < 24;
		long_ones += t.n > 60;
		whole_free(&t);
	}
	for (size_t i = 0; i < sizeof(types); i++)
		cr_assert_geq(with[types[i]], SEEDS / 10, "%s: in %zu", trace_types[types[i]].name,
			      with[types[i]]);
	cr_assert_geq(moved, SEEDS / 20);
	cr_assert_geq(short_ones, SEEDS / 3);
	cr_assert_geq(long_ones, SEEDS / 20);
}
