/* SPDX-License-Identifier: GPL-2.0-only */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "traces/record/flight.h"
#include "traces/record/sorter.h"

#define N 20000

static uint64_t rng = 3;

static uint64_t rnd(void)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return rng;
}

Test(sorter, nearly_sorted_comes_out_sorted)
{
	struct sorter s = { 0 };
	struct raw_event e, last = { 0 };
	unsigned got = 0;

	for (unsigned i = 0; i < N; i++) {
		e = (struct raw_event){ .ts = 1000 + i * 10 + rnd() % 400,
					.cpu = (uint16_t)(rnd() % 4),
					.seq = i };
		sorter_add(&s, &e);
		while (sorter_take(&s, 1000 + i * 10 > 500 ? 1000 + i * 10 - 500 : 0, &e)) {
			cr_assert(e.ts >= last.ts);
			last = e;
			got++;
		}
	}
	while (sorter_take(&s, UINT64_MAX, &e)) {
		cr_assert(e.ts >= last.ts);
		last = e;
		got++;
	}
	cr_expect(got == N && s.late == 0);
	sorter_free(&s);
}

Test(sorter, ties)
{
	static const struct raw_event in[] = {
		{ .ts = 5, .cpu = 1, .seq = 2, .type = RAW_IN },
		{ .ts = 5, .cpu = 1, .seq = 2, .type = RAW_OUT },
		{ .ts = 5, .cpu = 1, .seq = UINT32_MAX, .type = RAW_FIRE },
		{ .ts = 5, .cpu = 0, .seq = 9, .type = RAW_FIRE },
	};
	static const unsigned order[] = { 3, 2, 1, 0 };
	struct sorter s = { 0 };
	struct raw_event e;

	for (unsigned i = 0; i < 4; i++)
		sorter_add(&s, &in[i]);
	for (unsigned i = 0; i < 4; i++) {
		cr_assert(sorter_take(&s, 5, &e));
		cr_expect(e.cpu == in[order[i]].cpu && e.seq == in[order[i]].seq &&
			  e.type == in[order[i]].type);
	}
	sorter_free(&s);
}

Test(sorter, too_late_is_counted)
{
	struct raw_event e = { .ts = 100 };
	struct sorter s = { 0 };

	sorter_add(&s, &e);
	cr_assert(sorter_take(&s, 100, &e));
	e.ts = 90;
	sorter_add(&s, &e);
	cr_assert(sorter_take(&s, 100, &e));
	cr_expect(e.ts == 100 && s.late == 1);
	sorter_free(&s);
}

Test(flight, keeps_the_last)
{
	struct flight f = { 0 };
	struct raw_event e = { 0 };
	uint64_t dropped = 0;

	for (uint64_t i = 0; i < 300000; i++) {
		e.ts = i;
		flight_add(&f, &e);
		while (flight_prune(&f, i > 1000 ? i - 1000 : 0, &e))
			cr_assert(e.ts == dropped++);
	}
	cr_expect(f.n == 1001);
	cr_expect(flight_at(&f, 0)->ts == 298999 && flight_at(&f, 1000)->ts == 299999);
	flight_free(&f);
}
