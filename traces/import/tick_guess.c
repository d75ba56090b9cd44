/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/import/tick_guess.h"

#include <stdlib.h>

#include "traces/base/mem.h"
#include "traces/base/sort.h"

enum {
	FIRST = 32,	   /* periods that are looked at first, then twice as many each time, ... */
	LAST = 1024,	   /* ... up to so many */
	GUESSES = 64,	   /* that are followed; half as many each time, ... */
	GUESSES_MIN = 8,   /* ... but so many */
	WINDOW_PARTS = 16, /* of a period: ticks agree that are no farther apart */
	ERROR_STEPS = 5,   /* of the last search: as many as nobody can tell apart */
};

struct guess {
	int64_t period;
	size_t score; /* times that agree */
};

struct search {
	const int64_t *t;
	size_t n;
	int64_t *rest;	    /* room for 2 n */
	int64_t gap, width; /* mean distance of two ticks; of the windows */
	int64_t step;	    /* from one period that is tried to the next */
	struct guess guess[GUESSES];
	size_t guesses;
};

/* How many of the first @n times lie in the best window of the period, which may wrap. */
static struct guess try_period(struct search *s, size_t n, int64_t period)
{
	struct guess g = { .period = period };
	size_t end = 0;

	for (size_t i = 0; i < n; i++)
		s->rest[i] = s->t[i] % period;
	sort_i64(s->rest, n);
	for (size_t i = 0; i < n; i++)
		s->rest[n + i] = s->rest[i] + period;
	for (size_t i = 0; i < n; i++) {
		while (end < i + n && s->rest[end] - s->rest[i] <= s->width)
			end++;
		g.score = end - i > g.score ? end - i : g.score;
	}
	return g;
}

/* Keeps the guess if it is among the best @room, and better than its neighbours. */
static void keep(struct search *s, struct guess g, size_t room)
{
	size_t worst = 0;

	for (size_t i = 0; i < s->guesses;) {
		if (llabs(s->guess[i].period - g.period) > s->step) {
			i++;
			continue;
		}
		if (s->guess[i].score >= g.score)
			return;
		s->guess[i] = s->guess[--s->guesses];
	}
	if (s->guesses < room) {
		s->guess[s->guesses++] = g;
		return;
	}
	for (size_t i = 1; i < s->guesses; i++)
		if (s->guess[i].score < s->guess[worst].score)
			worst = i;
	if (s->guess[worst].score < g.score)
		s->guess[worst] = g;
}

/* The times in the first @span. */
static size_t within(const struct search *s, int64_t span)
{
	size_t n = 0;

	while (n < s->n && s->t[n] <= span)
		n++;
	return n;
}

/* A period that is wrong by no more than this is wrong by half a window at the end of @span. */
static int64_t step_of(const struct search *s, int64_t span)
{
	int64_t step = s->width / (2 * (span / s->gap + 1));

	return step ? step : 1;
}

/* All periods that the mean distance leaves: some ticks were not seen, or were due before the
 * recording began. */
static void first_guesses(struct search *s, int64_t span)
{
	int64_t from = s->gap - 2 * s->gap / 5, to = s->gap + 3 * s->gap / 5;
	size_t n = within(s, span);

	s->step = step_of(s, span);
	for (int64_t p = from + !from; p <= to; p += s->step)
		keep(s, try_period(s, n, p), GUESSES);
}

/* Looks at each guess and what is next to it again, over more time. */
static void better_guesses(struct search *s, int64_t span, size_t room)
{
	struct guess old[GUESSES];
	size_t olds = s->guesses, n = within(s, span);
	int64_t apart = s->step;

	for (size_t i = 0; i < olds; i++)
		old[i] = s->guess[i];
	s->guesses = 0;
	s->step = step_of(s, span);
	for (size_t i = 0; i < olds; i++)
		for (int64_t p = old[i].period - apart; p <= old[i].period + apart; p += s->step)
			if (p > 0)
				keep(s, try_period(s, n, p), room);
}

/* The best; of what is a multiple of it and nearly as good, that: its parts fit as well. */
static struct guess best_guess(const struct search *s)
{
	struct guess best = { 0 }, longest;

	for (size_t i = 0; i < s->guesses; i++)
		if (s->guess[i].score > best.score)
			best = s->guess[i];
	longest = best;
	for (size_t i = 0; i < s->guesses; i++)
		if (10 * s->guess[i].score >= 9 * best.score &&
		    s->guess[i].period > longest.period + longest.period / 50)
			longest = s->guess[i];
	return longest;
}

int64_t tick_guess(const int64_t *t, size_t n, int64_t thin, int64_t *error, size_t *used)
{
	struct search s = { .t = t, .n = n };
	int64_t all = n ? t[n - 1] : 0, span, last;
	size_t room = GUESSES;

	s.gap = n > 1 ? all / ((int64_t)(n - 1) * thin) : 0;
	s.width = s.gap / WINDOW_PARTS;
	if (!s.width || thin > LAST)
		return 0;
	s.rest = vt_array(2 * n, sizeof(*s.rest));
	span = all < FIRST * s.gap * thin ? all : FIRST * s.gap * thin;
	last = all < LAST * s.gap * thin ? all : LAST * s.gap * thin;
	first_guesses(&s, span);
	while (span < last) {
		span = span < last / 2 ? 2 * span : last;
		room = room > 2 * GUESSES_MIN ? room / 2 : GUESSES_MIN;
		better_guesses(&s, span, room);
	}
	free(s.rest);
	*error = ERROR_STEPS * s.step;
	*used = within(&s, span);
	return best_guess(&s).period;
}
