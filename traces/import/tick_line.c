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
	PART_TICKS = 100,  /* so many make a part, ... */
	PARTS_MIN = 4,	   /* ... or fewer, if there are not as many parts else, ... */
	PART_MIN = 4,	   /* ... but so many */
	STRAY_TICKS = 400, /* of so many in a part one more may be below the line */
	LOWEST_MAX = 32,
	ON_TIME_PARTS = 8, /* of a period: no slop is longer */
	PERIOD_MAX_S = 10, /* what ticks more seldom is not looked at */
	LEVELS = 4,	   /* times that the middle edge is made better */
	ENDS = 4,	   /* slops that the ends of all may still be apart then */
	STEPS = 4,	   /* periods that are tried whose ends are apart by less than the slop */
	/* Of so few times many more have to be on time than would be by chance. */
	FEW = 128,
	CHANCE = 4,
	CHANCE_MIN = 8,
	GAPS_PARTS = 4, /* where some were not seen so many of the others are on time: a fourth */
};

void tick_times_keep(struct tick_times *t, uint64_t time, uint32_t place)
{
	if (t->n == t->room) {
		t->room = t->room ? 2 * t->room : 64;
		t->tick = vt_realloc(t->tick, t->room * sizeof(*t->tick));
	}
	t->tick[t->n++] = (struct tick_time){ time, place };
}

void tick_times_add(struct tick_times *t, uint64_t time, uint32_t place)
{
	if (!t->step)
		t->step = 1;
	if (t->seen++ % t->step)
		return;
	if (t->n == TIMES_MAX) {
		for (size_t i = 0; i < TIMES_MAX / 2; i++)
			t->tick[i] = t->tick[2 * i];
		t->n /= 2;
		t->step *= 2;
		if ((t->seen - 1) % t->step)
			return;
	}
	tick_times_keep(t, time, place);
}

void tick_times_free(struct tick_times *t)
{
	free(t->tick);
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
	int64_t low[PARTS], at[PARTS]; /* the lowest tick of each part and its number */
	size_t parts;
};

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static size_t parts_of(size_t n)
{
	size_t parts = n / PART_TICKS;

	parts = parts > PARTS_MIN ? parts : PARTS_MIN;
	parts = parts < PARTS ? parts : PARTS;
	return parts < n / PART_MIN ? parts : n / PART_MIN;
}

/* The lowest of a part's ticks; of many the second or third: now and then one is out of order. */
struct lowest {
	int64_t above[LOWEST_MAX], at[LOWEST_MAX]; /* ascending */
	size_t n, of;
};

static void add_low(struct lowest *l, int64_t above, int64_t at)
{
	size_t i = l->n < l->of ? l->n++ : l->of - 1;

	for (; i && l->above[i - 1] > above; i--) {
		l->above[i] = l->above[i - 1];
		l->at[i] = l->at[i - 1];
	}
	l->above[i] = above;
	l->at[i] = at;
}

/*
 * The line of that period below the ticks, each of which is the next one. If some were not seen
 * what follows them is higher by as many periods.
 */
static struct line line_of(const struct ticks *s, int64_t period)
{
	struct line line = { .period = period, .parts = parts_of(s->n), .phase = INT64_MAX };
	int64_t most = INT64_MIN;
	size_t i = 0;

	for (size_t p = 0; p < line.parts; p++) {
		size_t to = (p + 1) * s->n / line.parts, of = (to - i) / STRAY_TICKS + 1;
		struct lowest l = { .of = of < LOWEST_MAX ? of : LOWEST_MAX };
		int64_t low;

		for (; i < to; i++) {
			int64_t above = s->t[i] - (int64_t)i * s->thin * period;

			if (l.n < l.of || above < l.above[l.of - 1])
				add_low(&l, above, (int64_t)i * s->thin);
		}
		low = l.above[l.n - 1];
		line.at[p] = l.at[l.n - 1];
		if (s->gaps && p)
			low -= floor_div(low - line.low[0] + period / 2, period) * period;
		line.low[p] = low;
		line.phase = low < line.phase ? low : line.phase;
		most = low > most ? low : most;
	}
	line.spread = most - line.phase;
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

/* The period of the least squares' line through the lowest ticks of the parts. */
static int64_t level_period(const struct line *line)
{
	signed_wide over = 0, under = 0, mean_at = 0, mean_low = 0, n = (signed_wide)line->parts;

	for (size_t p = 0; p < line->parts; p++) {
		mean_at += line->at[p];
		mean_low += line->low[p];
	}
	for (size_t p = 0; p < line->parts; p++) {
		signed_wide at = n * line->at[p] - mean_at;

		over += at * (n * line->low[p] - mean_low);
		under += at * at;
	}
	if (!under)
		return line->period;
	/* Rounded. */
	over = 2 * over + under;
	return line->period + (int64_t)(over / (2 * under) - (over % (2 * under) < 0));
}

/*
 * Timers are set in round numbers of ns: the roundest period that can't be told from the best. What
 * a LAPIC's timer counts is 10 ns long on Xen; where not even that is near, the clock's rate is not
 * quite known.
 */
static struct line rounded(const struct ticks *s, struct line line, uint64_t hz)
{
	struct line round;
	int64_t radius;

	if (!line.period || line.spread > s->slop)
		return line;
	round = line_of(s, level_period(&line));
	/* What a single one of the lowest does not decide. */
	if (round.spread <= s->slop)
		line = round;
	/* Where some ticks are late by chance the others may be, by less than what shows. */
	radius = line.spread ? 2 * line.spread + s->slop / 8 : 0;
	radius /= (s->t[s->n - 1] - s->t[0]) / line.period + 1;
	for (uint64_t unit = 100000000; unit >= 10; unit /= 10) {
		uint64_t ns = (uint64_t)((wide)line.period * 1000000000 / hz);
		uint64_t near = (ns + unit / 2) / unit * unit;
		int64_t ticks = (int64_t)(((wide)near * hz + 500000000) / 1000000000);

		if (!ticks || llabs(ticks - line.period) > radius)
			continue;
		round = line_of(s, ticks);
		if (round.spread <= s->slop)
			return round;
	}
	return line;
}

/*
 * The edge of the lower hull of all (number, time) that lies over the middle one: ticks on time
 * stand at its ends, mostly.
 */
static int64_t middle_edge(const struct ticks *s)
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
	period = (t[hull[e + 1]] - t[hull[e]]) / ((int64_t)(hull[e + 1] - hull[e]) * s->thin);
	free(hull);
	return period;
}

/* A line if all ticks were seen, if there is one. */
static struct line line_of_all(struct ticks *s)
{
	int64_t period = middle_edge(s);

	s->gaps = false;
	for (unsigned i = 0; i < LEVELS; i++) {
		struct line line = line_of(s, period);

		period = level_period(&line);
	}
	return straightest(s, period, ENDS * s->slop / ((int64_t)s->n * s->thin) + 1, 1);
}

/* A line if some were not: over twice as much time each time, so the period gets exact with it. */
static struct line line_with_gaps(struct ticks *s)
{
	size_t all = s->n;
	int64_t error, period = tick_guess(s->t, all, s->thin, &error, &s->n);

	s->gaps = true;
	while (period > 0 && s->n >= TIMES_MIN) {
		int64_t periods = s->t[s->n - 1] / period + 1, step = s->slop / (STEPS * periods);
		struct line line = straightest(s, period, error, step ? step : 1);

		if (s->n == all)
			return straightest(s, line.period, step, 1);
		period = line.period;
		error = 2 * s->slop / periods + 1;
		s->n = s->n < all / 2 ? 2 * s->n : all;
	}
	s->n = all;
	return (struct line){ 0 };
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

static int by_time(const void *a, const void *b)
{
	return order_u64(((const struct tick_time *)a)->time, ((const struct tick_time *)b)->time);
}

/*
 * Whether what comes before the ticks that were looked at, @before of them, is of a vCPU that had
 * been held up for more than a period and takes what it missed: one soon after the other, so that
 * they are less and less late.
 */
static bool catches_up(const struct ticks *s, struct line *line, size_t before)
{
	const int64_t *t = s->t - before;
	size_t behind = 0, soon = 0;
	int64_t lowest = 0;

	for (size_t i = 0; i < before; i++) {
		int64_t above = t[i] + (int64_t)(before - i) * s->thin * line->period - line->phase;

		if (above < (i ? -s->slop : line->period))
			return false;
		lowest = above < lowest ? above : lowest;
		behind += above >= line->period;
		soon += above >= line->period && t[i + 1] - t[i] < s->thin * line->period / 2;
	}
	/* It is below all. */
	line->phase += lowest;
	line->spread -= lowest;
	return line->spread <= s->slop && 2 * soon >= behind;
}

static bool any_line(struct ticks *s, struct line *line, uint64_t hz)
{
	static const size_t part[] = { 0, 8, 4, 2 };
	struct ticks all = *s;

	for (size_t k = 0; k < sizeof(part) / sizeof(*part); k++) {
		size_t before = part[k] ? all.n / part[k] : 0;

		s->t = all.t + before;
		s->n = all.n - before;
		if (s->n < TIMES_MIN)
			break;
		*line = rounded(s, line_of_all(s), hz);
		if (convincing(s, line) && catches_up(s, line, before))
			return true;
	}
	*s = all;
	*line = rounded(s, line_with_gaps(s), hz);
	return convincing(s, line);
}

bool tick_line_find(struct tick_line *out, struct tick_times *times, uint64_t slop, uint64_t hz)
{
	struct ticks s = { .n = times->n, .thin = (int64_t)times->step };
	int64_t *t, gap, first;
	struct line line;
	uint64_t base;
	bool ok;

	*out = (struct tick_line){ 0 };
	if (times->n < TIMES_MIN)
		return false;
	sort_by(times->tick, times->n, sizeof(*times->tick), by_time);
	base = times->tick[0].time;
	t = vt_array(times->n, sizeof(*t));
	for (size_t i = 0; i < times->n; i++)
		t[i] = (int64_t)(times->tick[i].time - base);
	s.t = t;
	gap = t[times->n - 1] / ((int64_t)(times->n - 1) * s.thin);
	s.slop = (int64_t)slop < gap / ON_TIME_PARTS ? (int64_t)slop : gap / ON_TIME_PARTS;
	if ((uint64_t)gap / hz >= PERIOD_MAX_S)
		s.slop = 0;
	ok = s.slop && any_line(&s, &line, hz);
	if (ok) {
		/* Each is the next one; with gaps it is not known which the first one is. */
		first = line.phase - (s.t - t) * s.thin * line.period;
		if (s.gaps)
			first -= floor_div(first + line.period - 1, line.period) * line.period;
		if (first + (int64_t)base < 0)
			first -= floor_div(first + (int64_t)base, line.period) * line.period;
		out->period = (uint64_t)line.period;
		out->first = base + (uint64_t)first;
		out->spread = (uint64_t)line.spread;
		out->on_time = on_time(&s, &line);
	}
	free(t);
	return ok;
}
