/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/import/tick_line.h"

#include <stdlib.h>

#include "traces/base/mem.h"
#include "traces/base/sort.h"
#include "traces/import/tick_guess.h"

__extension__ typedef unsigned __int128 wide;
__extension__ typedef __int128 signed_wide;

enum {
	TIMES_MAX = 1 << 16,
	TIMES_MIN = 9,	   /* fewer agree on some period by chance */
	PARTS = 8,	   /* of the recording, in each of which some tick is nearly on time */
	PART_MIN = 4,	   /* times of a part */
	ON_TIME_PARTS = 8, /* of a period: no slop is longer */
	STEPS = 4,	   /* periods that are tried whose ends are apart by less than the slop */
	/* Of so few times many more have to be on time than would be by chance. */
	FEW = 128,
	CHANCE = 4,
	CHANCE_MIN = 8,
	GAPS_PARTS = 4, /* where some were not seen so many of the others are on time: a fourth */
};

void tick_times_add(struct tick_times *t, uint64_t time)
{
	if (!t->step)
		t->step = 1;
	if (t->seen++ % t->step)
		return;
	if (t->n == TIMES_MAX) {
		for (size_t i = 0; i < TIMES_MAX / 2; i++)
			t->time[i] = t->time[2 * i];
		t->n /= 2;
		t->step *= 2;
		if ((t->seen - 1) % t->step)
			return;
	}
	if (t->n == t->room) {
		t->room = t->room ? 2 * t->room : 64;
		t->time = vt_realloc(t->time, t->room * sizeof(*t->time));
	}
	t->time[t->n++] = time;
}

void tick_times_free(struct tick_times *t)
{
	free(t->time);
	*t = (struct tick_times){ 0 };
}

struct ticks {
	const int64_t *t; /* ascending from 0 on */
	size_t n;	  /* of them that are looked at */
	int64_t thin;	  /* every so many was kept */
	int64_t slop;
	bool gaps; /* some ticks were not seen */
};

/* A line: tick k is due at k periods and phase. No period: there is none. */
struct line {
	int64_t period, phase, spread;
};

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/*
 * The line of that period below all ticks, each of which is the next one. If some were not seen
 * what follows them is higher by as many periods.
 */
static struct line line_of(const struct ticks *s, int64_t period)
{
	size_t parts = s->n / PART_MIN < PARTS ? s->n / PART_MIN : PARTS, i = 0;
	struct line line = { .period = period };
	int64_t first = 0, least = 0, most = 0;

	for (size_t p = 0; p < parts; p++) {
		int64_t low = INT64_MAX;

		for (; i < (p + 1) * s->n / parts; i++) {
			int64_t above = s->t[i] - (int64_t)i * s->thin * period;

			low = above < low ? above : low;
		}
		if (!p)
			first = least = most = low;
		if (s->gaps)
			low -= floor_div(low - first + period / 2, period) * period;
		least = low < least ? low : least;
		most = low > most ? low : most;
	}
	line.phase = least;
	line.spread = most - least;
	return line;
}

/* The one whose parts lie best in a row, of periods @step apart; of several the one in the middle.
 */
static struct line straightest(const struct ticks *s, int64_t period, int64_t error, int64_t step)
{
	struct line best = { .spread = INT64_MAX };
	int64_t last = 0;

	for (int64_t p = period - error; p <= period + error; p += step) {
		struct line line;

		if (p <= 0)
			continue;
		line = line_of(s, p);
		if (line.spread < best.spread)
			best = line;
		if (line.spread == best.spread)
			last = p;
	}
	if (last > best.period)
		best = line_of(s, best.period + (last - best.period) / 2);
	return best;
}

/*
 * Timers are set in round numbers of ns: the roundest period that can't be told from the best. What
 * a LAPIC's timer counts is 10 ns long on Xen; where not even that is near, the clock's rate is not
 * quite known.
 */
static int64_t roundest(int64_t best, int64_t radius, uint64_t hz)
{
	for (uint64_t unit = 100000000; unit >= 10; unit /= 10) {
		uint64_t ns = (uint64_t)((wide)best * 1000000000 / hz);
		uint64_t round = (ns + unit / 2) / unit * unit;
		int64_t ticks = (int64_t)(((wide)round * hz + 500000000) / 1000000000);

		if (ticks > 0 && llabs(ticks - best) <= radius)
			return ticks;
	}
	return best;
}

/*
 * The edge of the lower hull of all (number, time) that lies over the middle one: ticks on time
 * stand at its ends. *@apart: how many ticks they are apart.
 */
static int64_t middle_edge(const struct ticks *s, int64_t *apart)
{
	size_t *hull = vt_array(s->n, sizeof(*hull)), h = 0, e = 0;
	const int64_t *t = s->t;
	int64_t period;

	for (size_t i = 0; i < s->n; i++) {
		while (h >= 2 &&
		       (signed_wide)(hull[h - 1] - hull[h - 2]) * (t[i] - t[hull[h - 2]]) <=
			   (signed_wide)(i - hull[h - 2]) * (t[hull[h - 1]] - t[hull[h - 2]]))
			h--;
		hull[h++] = i;
	}
	while (e + 2 < h && hull[e + 1] < s->n / 2)
		e++;
	*apart = (int64_t)(hull[e + 1] - hull[e]) * s->thin;
	period = (t[hull[e + 1]] - t[hull[e]]) / *apart;
	free(hull);
	return period;
}

/* A line if all ticks were seen, if there is one. */
static struct line line_of_all(struct ticks *s)
{
	int64_t apart, period = middle_edge(s, &apart);

	s->gaps = false;
	return straightest(s, period, 2 * s->slop / apart + 1, 1);
}

/* A line if some were not: over twice as much time each time, so the period gets exact with it. */
static struct line line_with_gaps(struct ticks *s)
{
	size_t all = s->n;
	int64_t error, period = tick_guess(s->t, all, s->thin, &error, &s->n);
	struct line line = { 0 };

	s->gaps = true;
	while (period > 0 && s->n >= TIMES_MIN) {
		int64_t periods = s->t[s->n - 1] / period + 1;
		int64_t step = s->n == all ? 1 : s->slop / (STEPS * periods);

		line = straightest(s, period, error, step ? step : 1);
		if (s->n == all)
			return line;
		period = line.period;
		error = 2 * s->slop / periods + 1;
		s->n = s->n < all / 2 ? 2 * s->n : all;
	}
	s->n = all;
	return (struct line){ 0 };
}

static struct line rounded(const struct ticks *s, struct line line, uint64_t hz)
{
	int64_t radius = line.period ? 2 * line.spread / (s->t[s->n - 1] / line.period + 1) : 0;
	struct line round = radius ? line_of(s, roundest(line.period, radius, hz)) : line;

	return round.spread <= s->slop ? round : line;
}

static size_t on_time(const struct ticks *s, const struct line *line)
{
	size_t n = 0;

	for (size_t i = 0; line->period && i < s->n; i++) {
		int64_t above = s->t[i] - line->phase;

		n += above - floor_div(above, line->period) * line->period <= s->slop;
	}
	return n;
}

static bool convincing(const struct ticks *s, const struct line *line)
{
	uint64_t chance = line->period ? s->n * (uint64_t)s->slop / (uint64_t)line->period : 0;
	size_t n = on_time(s, line);

	if (!line->period || line->spread > s->slop)
		return false;
	/* With gaps more would fit that is none. */
	if (s->gaps && n < s->n / GAPS_PARTS)
		return false;
	return s->n >= FEW || n >= CHANCE * chance + CHANCE_MIN;
}

bool tick_line_find(struct tick_line *out, struct tick_times *times, uint64_t slop, uint64_t hz)
{
	struct ticks s = { .n = times->n, .thin = (int64_t)times->step };
	struct line line;
	int64_t *t, gap;
	uint64_t base;
	bool ok;

	*out = (struct tick_line){ 0 };
	if (times->n < TIMES_MIN)
		return false;
	sort_u64(times->time, times->n);
	base = times->time[0];
	t = vt_array(times->n, sizeof(*t));
	for (size_t i = 0; i < times->n; i++)
		t[i] = (int64_t)(times->time[i] - base);
	s.t = t;
	gap = t[times->n - 1] / ((int64_t)(times->n - 1) * s.thin);
	s.slop = (int64_t)slop < gap / ON_TIME_PARTS ? (int64_t)slop : gap / ON_TIME_PARTS;
	line = rounded(&s, line_of_all(&s), hz);
	ok = s.slop && convincing(&s, &line);
	if (!ok && s.slop) {
		line = rounded(&s, line_with_gaps(&s), hz);
		ok = convincing(&s, &line);
	}
	out->spread = (uint64_t)line.spread;
	if (ok) {
		int64_t first =
		    line.phase - floor_div(line.phase + line.period - 1, line.period) * line.period;

		first += first + (int64_t)base < 0 ? line.period : 0;
		out->period = (uint64_t)line.period;
		out->first = base + (uint64_t)first;
		out->on_time = on_time(&s, &line);
	}
	free(t);
	return ok;
}
