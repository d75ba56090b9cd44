/* SPDX-License-Identifier: GPL-2.0-only */
/* The pairing against one that does word by word what pairing.h says. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "replay/watch/pairing.h"

static uint64_t distance(const struct pair_event *a, const struct pair_event *b)
{
	return a->time > b->time ? a->time - b->time : b->time - a->time;
}

static void naive(struct pair_event *ev, uint32_t n, uint64_t window)
{
	for (uint32_t i = 0; i < n; i++)
		ev[i].partner = PAIR_NONE;
	for (;;) {
		uint32_t observed = n, predicted = n;
		uint64_t best = 0;

		/* Earlier ones come first, so only what is truly nearer replaces what was found. */
		for (uint32_t o = 0; o < n; o++) {
			for (uint32_t p = 0; p < n; p++) {
				uint64_t far = distance(&ev[o], &ev[p]);

				if (!ev[o].observed || ev[p].observed ||
				    ev[o].partner != PAIR_NONE || ev[p].partner != PAIR_NONE ||
				    far > window || (observed < n && far >= best))
					continue;
				observed = o;
				predicted = p;
				best = far;
			}
		}
		if (observed == n)
			return;
		ev[observed].partner = predicted;
		ev[predicted].partner = observed;
	}
}

static uint64_t seed = 1;

static uint32_t below(uint32_t n)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(seed >> 33) % n;
}

Test(pairing, agrees_with_the_naive_one)
{
	static const uint32_t steps[] = { 1, 2, 3, 8, 50, 1000 };
	struct pair_event a[60], b[60];

	for (unsigned round = 0; round < 20000; round++) {
		uint32_t n = below(round % 100 ? 14 : 60), step = steps[below(6)];
		uint64_t time = below(5), window = below(step * 3);

		for (uint32_t i = 0; i < n; i++) {
			time += below(step);
			a[i] = b[i] = (struct pair_event){ .time = time, .observed = below(2) };
		}
		pair_events(a, n, window);
		naive(b, n, window);
		for (uint32_t i = 0; i < n; i++)
			cr_assert_eq(a[i].partner, b[i].partner,
				     "round %u, event %u of %u: %u and %u", round, i, n,
				     a[i].partner, b[i].partner);
	}
}

Test(pairing, of_two_equally_near_the_earlier)
{
	struct pair_event ev[] = { { .time = 10 },
				   { .time = 20, .observed = true },
				   { .time = 30 } };

	pair_events(ev, 3, 10);
	cr_assert_eq(ev[1].partner, 0u);
	cr_assert_eq(ev[2].partner, PAIR_NONE);
	pair_events(ev, 3, 9);
	cr_assert_eq(ev[1].partner, PAIR_NONE);
}

/* Nearest first is not the most pairs: 20 goes to 21, which leaves 10 and 33 alone. */
Test(pairing, nearest_first)
{
	struct pair_event ev[] = { { .time = 10 },
				   { .time = 20, .observed = true },
				   { .time = 21 },
				   { .time = 33, .observed = true } };

	pair_events(ev, 4, 12);
	cr_assert_eq(ev[1].partner, 2u);
	cr_assert_eq(ev[0].partner, PAIR_NONE);
	cr_assert_eq(ev[3].partner, PAIR_NONE);
}

/* Half a million in one cluster: not quadratic. */
Test(pairing, many, .timeout = 120)
{
	enum { N = 500000 };
	struct pair_event *ev = calloc(N, sizeof(*ev));
	uint32_t matched = 0;

	for (uint32_t i = 0; i < N; i++)
		ev[i] = (struct pair_event){ .time = i * UINT64_C(3) + below(3),
					     .observed = i / 1000 % 2 };
	pair_events(ev, N, 1000000);
	for (uint32_t i = 0; i < N; i++)
		matched += ev[i].partner != PAIR_NONE;
	cr_assert_gt(matched, (uint32_t)N / 2);
	free(ev);
}
