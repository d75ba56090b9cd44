/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/find/try.h"

#include "replay/find/invent.h"
#include "traces/reduce/reduce.h"

/* Traces that are looked at before the best of them is changed. What takes many steps to show is
 * found so or not at all: of a long trace no change makes up for what the other policy is worse. */
#define DRAWS 40u
/* Changes of one trace; of those that follow a better one as many. */
#define CHANGES 60u
/* One in so many seeds begins by itself, the others with a piece of a trace that was given. */
#define OWN_OF 2u

static void begin(struct whole *t, const struct try_from *from, uint64_t seed, struct rng *rng)
{
	const struct whole *piece_of =
	    from->n && seed % OWN_OF ? &from->given[rng_below(rng, from->n)] : NULL;

	if (piece_of && piece_of->n)
		invent_piece(t, piece_of, rng);
	else
		invent_trace(t, rng);
}

/* The first that shows it, or the best. What it is worth. */
static int64_t draw(struct look *l, struct whole *t, const struct try_from *from, uint64_t seed,
		    struct rng *rng)
{
	int64_t is;

	begin(t, from, seed, rng);
	is = look_at(l, t);
	for (unsigned left = DRAWS - 1; is <= 0 && left && !l->failed; left--) {
		struct whole other;
		int64_t then;

		begin(&other, from, seed, rng);
		then = look_at(l, &other);
		if (then <= is) {
			whole_free(&other);
			continue;
		}
		is = then;
		whole_free(t);
		*t = other;
	}
	return is;
}

/* Changes it towards what is looked for. What is no step back is taken, so that it gets about. */
static bool climb(struct look *l, struct whole *t, int64_t is, struct rng *rng)
{
	for (unsigned left = CHANGES; is <= 0 && left && !l->failed; left--) {
		struct whole other;
		int64_t then;

		invent_change(&other, t, rng);
		then = look_at(l, &other);
		if (then < is) {
			whole_free(&other);
			continue;
		}
		if (then > is)
			left = CHANGES;
		is = then;
		whole_free(t);
		*t = other;
	}
	return is > 0;
}

static bool holds(void *arg, const struct whole *t)
{
	return look_at(arg, t) > 0;
}

bool try_one(struct look *l, const struct try_from *from, uint64_t number, struct whole *found)
{
	const struct reduce_test test = { .arg = l, .holds = holds };
	struct reduce_stats stats;
	struct vt_error none;
	uint64_t dear = l->dear;
	bool is;

	if (number < from->n) {
		whole_copy(found, &from->given[number]);
		if (look_price(found) > l->dear)
			l->dear = look_price(found);
		is = look_at(l, found) > 0;
	} else {
		struct rng rng = rng_stream(number - from->n, 0);

		is = climb(l, found, draw(l, found, from, number - from->n, &rng), &rng);
	}
	/* It fails by children and signals alone. */
	if (is)
		reduce(found, &test, NULL, &stats, &none);
	l->dear = dear;
	return is && !l->failed;
}
