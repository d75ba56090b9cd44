/* SPDX-License-Identifier: GPL-2.0-only */
/* Against a list that is searched from end to end. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "traces/base/heap.h"
#include "traces/base/human.h"
#include "traces/base/sort.h"

#define ITEMS 40

static uint32_t random_below(uint32_t n)
{
	static uint64_t state = 1;

	state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(state >> 33) % n;
}

static void same(const struct heap *h, const int64_t *time)
{
	uint32_t n = 0, first = ITEMS;

	for (uint32_t i = 0; i < ITEMS; i++) {
		cr_assert_eq(heap_has(h, i), time[i] >= 0);
		if (time[i] < 0)
			continue;
		n++;
		if (first == ITEMS || time[i] < time[first])
			first = i;
	}
	cr_assert_eq(h->len, n);
	if (n) {
		cr_assert_eq(h->entry[0].item, first);
		cr_assert_eq(h->entry[0].time, (uint64_t)time[first]);
	}
}

Test(heap, is_a_sorted_list)
{
	int64_t time[ITEMS];
	struct heap h;

	heap_init(&h, ITEMS);
	for (int i = 0; i < ITEMS; i++)
		time[i] = -1;
	for (int step = 0; step < 20000; step++) {
		uint32_t item = random_below(ITEMS);

		if (random_below(3)) {
			time[item] = random_below(50);
			heap_set(&h, item, (uint64_t)time[item]);
		} else {
			time[item] = -1;
			heap_remove(&h, item);
		}
		same(&h, time);
	}
	heap_free(&h);
}

Test(sort, numbers)
{
	int64_t v[] = { 3, INT64_MIN, 0, INT64_MAX, -1, 3 };
	const int64_t sorted[] = { INT64_MIN, -1, 0, 3, 3, INT64_MAX };
	uint64_t u[] = { 3, UINT64_MAX, 0, UINT64_C(1) << 63 };
	const uint64_t sorted_u[] = { 0, 3, UINT64_C(1) << 63, UINT64_MAX };

	sort_i64(v, 6);
	cr_expect_arr_eq(v, sorted, sizeof(v));
	sort_u64(u, 4);
	cr_expect_arr_eq(u, sorted_u, sizeof(u));
	sort_i64(NULL, 0);
	cr_expect(order_i64(INT64_MIN, INT64_MAX) < 0 && order_i64(1, 1) == 0);
	cr_expect(order_u64(UINT64_MAX, 0) > 0);
}

static void time_is(int64_t ns, const char *expected)
{
	char text[16];

	human_time(text, sizeof(text), ns);
	cr_expect_str_eq(text, expected);
}

Test(human, one_and_more)
{
	cr_assert_str_eq(human_s(0), "s");
	cr_assert_str_eq(human_s(1), "");
	cr_assert_str_eq(human_s(2), "s");
	cr_assert_str_eq(human_y(1), "y");
	cr_assert_str_eq(human_y(12), "ies");
}

Test(human, numbers)
{
	char text[16];

	time_is(0, "0");
	time_is(850, "850ns");
	time_is(50000, "50us");
	time_is(1250000, "1.25ms");
	time_is(-3200000000, "-3.2s");
	time_is(999999, "999.9us");
	time_is(INT64_MIN, "-9223372036s");
	human_count(text, sizeof(text), 999999);
	cr_expect_str_eq(text, "999999");
	human_count(text, sizeof(text), 12345678);
	cr_expect_str_eq(text, "12.34M");
}
