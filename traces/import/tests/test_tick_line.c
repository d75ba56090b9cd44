/* SPDX-License-Identifier: GPL-2.0-only */
/* The period of ticks of which only their times are known. In ticks of 1 ns but where a clock is
 * named. */
#include <criterion/criterion.h>

#include "traces/import/tick_line.h"

#define MS UINT64_C(1000000)
#define SLOP UINT64_C(50000)
#define GHZ UINT64_C(1000000000)

/* A host and how late it lets ticks be; what is 0 does not happen. */
struct host {
	uint64_t seed;
	uint64_t jitter;       /* each tick is late by less than this */
	uint64_t away, every;  /* it is away for so long each time, and what was due comes then */
	unsigned late_percent; /* of ticks that come later, ... */
	uint64_t late;	       /* ... by less than this */
	unsigned missing_permille;
	int64_t drift_ppm; /* of the second half */
};

static uint64_t draw(struct host *h, uint64_t below)
{
	h->seed = h->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return below ? (h->seed >> 33) % below : 0;
}

static struct tick_times ticks(struct host h, uint64_t first, uint64_t period, size_t n)
{
	struct tick_times t = { 0 };
	uint64_t last = 0;

	for (size_t i = 0; i < n; i++) {
		uint64_t when = first + i * period;

		if (i > n / 2)
			when = (uint64_t)((int64_t)when +
					  (int64_t)((i - n / 2) * period) * h.drift_ppm / 1000000);
		if (draw(&h, 1000) < h.missing_permille)
			continue;
		when += draw(&h, h.jitter);
		if (draw(&h, 100) < h.late_percent)
			when += draw(&h, h.late);
		if (h.every && when % h.every < h.away)
			when += h.away - when % h.every;
		/* One after the other. */
		when = when <= last ? last + 1000 : when;
		last = when;
		tick_times_add(&t, when, 0);
	}
	return t;
}

static void expect_line(const char *what, struct host h, uint64_t first, uint64_t period, size_t n,
			uint64_t hz, uint64_t near)
{
	struct tick_times t = ticks(h, first, period, n);
	struct tick_line line;
	uint64_t phase;
	bool ok = tick_line_find(&line, &t, SLOP * hz / GHZ, hz);

	cr_expect(ok, "%s: no line, spread %lu", what, (unsigned long)line.spread);
	cr_expect(line.period <= period + near && line.period + near >= period,
		  "%s: period %lu, expected %lu", what, (unsigned long)line.period,
		  (unsigned long)period);
	phase = (line.first + period - first + SLOP * hz / GHZ) % period;
	cr_expect(phase <= 2 * SLOP * hz / GHZ && line.first <= t.tick[0].time,
		  "%s: first %lu, expected %lu", what, (unsigned long)line.first,
		  (unsigned long)first);
	tick_times_free(&t);
}

static void expect_none(const char *what, struct host h, uint64_t period, size_t n)
{
	struct tick_times t = ticks(h, 100000, period, n);
	struct tick_line line;

	cr_expect(!tick_line_find(&line, &t, SLOP, GHZ), "%s: period %lu, spread %lu", what,
		  (unsigned long)line.period, (unsigned long)line.spread);
	tick_times_free(&t);
}

Test(tick_line, of_ticks_on_time)
{
	static const uint64_t period[] = { 200000,  976560,  MS,       4 * MS,	4000320,
					   4001456, 10 * MS, 10012340, 100 * MS };

	for (size_t i = 0; i < sizeof(period) / sizeof(*period); i++)
		for (size_t n = 16; n < 5000; n *= 4)
			expect_line("exact", (struct host){ 0 }, 123456, period[i], n, GHZ, 0);
}

Test(tick_line, of_ticks_that_are_a_little_late)
{
	for (uint64_t seed = 1; seed <= 6; seed++) {
		struct host h = { .seed = seed, .jitter = 40000 };

		expect_line("1000 Hz", h, 5000, MS, 4000, GHZ, 0);
		expect_line("250 Hz", h, 777777, 4 * MS, 2000, GHZ, 0);
		expect_line("100 Hz", h, 100000, 10 * MS, 400, GHZ, 0);
		expect_line("100 Hz, few", h, 100000, 10 * MS, 40, GHZ, 1200);
		expect_line("odd", h, 100000, 4001456, 2000, GHZ, 20);
		/* In ticks of another clock. */
		expect_line("2.4454 GHz", h, 12345, 9781600, 2000, 2445400000, 0);
		expect_line("2.596122 GHz", h, 12345, 25961220, 800, 2596122000, 0);
	}
}

/* What was due while the host was away comes at once when it is back; its vCPU has to wait. */
Test(tick_line, of_a_host_that_goes_away)
{
	for (uint64_t seed = 1; seed <= 6; seed++) {
		struct host away = {
			.seed = seed, .jitter = 20000, .away = 12 * MS, .every = 40 * MS
		};
		struct host busy = {
			.seed = seed, .jitter = 20000, .late_percent = 70, .late = 15 * MS
		};

		expect_line("away, 1000 Hz", away, 5000, MS, 8000, GHZ, 0);
		expect_line("away, 250 Hz", away, 5000, 4 * MS, 2000, GHZ, 0);
		expect_line("away, 100 Hz", away, 5000, 10 * MS, 800, GHZ, 0);
		expect_line("busy, 250 Hz", busy, 5000, 4 * MS, 2000, GHZ, 5);
		expect_line("busy, 100 Hz", busy, 5000, 10 * MS, 800, GHZ, 20);
	}
}

Test(tick_line, some_ticks_were_not_seen)
{
	for (uint64_t seed = 1; seed <= 6; seed++) {
		struct host h = { .seed = seed, .jitter = 10000, .missing_permille = 20 };

		expect_line("lost, 1000 Hz", h, 5000, MS, 8000, GHZ, 0);
		expect_line("lost, 100 Hz", h, 5000, 10 * MS, 800, GHZ, 0);
		h.missing_permille = 200;
		expect_line("many lost, 250 Hz", h, 5000, 4 * MS, 2000, GHZ, 0);
	}
}

/* It was held up as the recording began, and takes one after the other what it had missed. */
Test(tick_line, of_a_vcpu_that_catches_up)
{
	struct host h = { .seed = 1, .jitter = 20000, .away = 900 * MS, .every = 100000 * MS };

	expect_line("caught up", h, 5000, 4 * MS, 2000, GHZ, 0);
	h.away = 3000 * MS;
	expect_line("a third", h, 5000, 4 * MS, 2000, GHZ, 0);
}

/* Now and then one is out of order. */
Test(tick_line, some_are_early)
{
	struct tick_times t = ticks((struct host){ .seed = 3, .jitter = 20000 }, 5000, MS, 12000);
	struct tick_line line;

	for (size_t i = 500; i < t.n; i += 3000)
		t.tick[i].time -= 700000;
	cr_assert(tick_line_find(&line, &t, SLOP, GHZ));
	cr_expect_eq(line.period, MS, "%lu", (unsigned long)line.period);
	cr_expect(line.first >= 5000 - 1000 && line.first < 5000 + SLOP);
	tick_times_free(&t);
}

/* More than are kept: a sample of them. */
Test(tick_line, of_many_ticks)
{
	expect_line("many", (struct host){ .seed = 1, .jitter = 10000 }, 5000, MS, 300000, GHZ, 0);
}

/* They take no time to speak of, and none at all if it would. */
Test(tick_line, of_ticks_far_apart)
{
	struct host gaps = { .seed = 2, .jitter = 20000, .missing_permille = 100 };

	expect_line("1 Hz", (struct host){ 0 }, 5000, 1000 * MS, 20, GHZ, 0);
	expect_line("1 Hz, lost ones", gaps, 5000, 1000 * MS, 200, GHZ, 200);
	expect_line("0.2 Hz", (struct host){ 0 }, 5000, 5000 * MS, 20, GHZ, 0);
	expect_none("a minute", (struct host){ 0 }, 60000 * MS, 20);
	expect_none("a year", (struct host){ 0 }, UINT64_C(1) << 54, 20);
}

Test(tick_line, none)
{
	expect_none("too few", (struct host){ 0 }, 4 * MS, 8);
	for (uint64_t seed = 1; seed <= 10; seed++) {
		expect_none("too few to tell", (struct host){ .seed = seed, .jitter = 2 * MS },
			    4 * MS, 20);
		expect_none("late by anything", (struct host){ .seed = seed, .jitter = 30 * MS },
			    4 * MS, 400);
		expect_none("random", (struct host){ .seed = seed, .jitter = 4000 * MS }, 4 * MS,
			    1000);
		expect_none("a clock that bends",
			    (struct host){ .seed = seed, .jitter = 20000, .drift_ppm = 100 },
			    4 * MS, 2000);
	}
}
