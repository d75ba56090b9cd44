/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/tick_idle.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "traces/base/mem.h"

/* Of fewer ticks nothing is said. */
enum { LEAST = 16 };

/* When in an idle stretch an interrupt came. */
enum when { NOT, FIRST, LATER };

struct lp {
	bool busy;
	bool broken;	     /* events of this stretch were lost: it does not count */
	uint64_t since;	     /* the idle stretch's begin */
	enum when of_nobody; /* the last interrupt, as long as no guest's timer expired in it */
};

struct sums {
	uint64_t time[LATER + 1]; /* idle, in ticks of the trace */
	uint64_t irqs[LATER + 1]; /* of nobody */
};

struct tick_idle {
	uint64_t period;
	uint32_t lps;
	uint32_t left; /* by the SCHED_OUT that comes next */
	bool irqs;     /* there were some at all */
	struct sums sums;
	struct lp lp[];
};

static size_t size_of(uint32_t lps)
{
	return sizeof(struct tick_idle) + lps * sizeof(struct lp);
}

struct tick_idle *tick_idle_new(uint32_t lps, uint64_t period)
{
	struct tick_idle *t = vt_alloc(size_of(lps));

	t->lps = lps;
	t->period = period;
	return t;
}

struct tick_idle *tick_idle_copy(const struct tick_idle *t)
{
	struct tick_idle *copy = vt_alloc(size_of(t->lps));

	memcpy(copy, t, size_of(t->lps));
	return copy;
}

void tick_idle_free(struct tick_idle *t)
{
	free(t);
}

/* The stretch of @l, if it is in one, ends at @time. */
static void add_stretch(const struct tick_idle *t, struct sums *s, const struct lp *l,
			uint64_t time)
{
	uint64_t len = time - l->since, first = len < t->period ? len : t->period;

	if (l->busy || l->broken)
		return;
	s->time[FIRST] += first;
	s->time[LATER] += len - first;
}

static void interrupt(struct tick_idle *t, struct lp *l, uint64_t time)
{
	t->irqs = true;
	t->sums.irqs[l->of_nobody]++;
	if (l->busy || l->broken)
		l->of_nobody = NOT;
	else
		l->of_nobody = time - l->since < t->period ? FIRST : LATER;
}

void tick_idle_leaves(struct tick_idle *t, uint32_t lp)
{
	t->left = lp;
}

void tick_idle_event(struct tick_idle *t, const struct trace_event *ev)
{
	uint32_t lp = ev->type == TRACE_SCHED_OUT ? t->left : ev->lp;
	struct lp *l;

	if (!t->period || lp >= t->lps)
		return;
	l = &t->lp[lp];
	switch (ev->type) {
	case TRACE_SCHED_IN:
		add_stretch(t, &t->sums, l, ev->time);
		l->busy = true;
		break;
	case TRACE_SCHED_OUT:
		l->busy = l->broken = false;
		l->since = ev->time;
		break;
	case TRACE_LOST:
		l->broken = true;
		break;
	case TRACE_OBS_HV_IRQ:
		interrupt(t, l, ev->time);
		break;
	default:
		break;
	}
}

void tick_idle_expiry(struct tick_idle *t, uint32_t lp)
{
	if (lp < t->lps)
		t->lp[lp].of_nobody = NOT;
}

/* With what is open at @end. */
static struct sums sums_until(const struct tick_idle *t, uint64_t end)
{
	struct sums s = t->sums;

	for (uint32_t i = 0; i < t->lps; i++) {
		s.irqs[t->lp[i].of_nobody]++;
		add_stretch(t, &s, &t->lp[i], end);
	}
	return s;
}

void tick_idle_own(const struct tick_idle *t, const char *word, uint64_t end, uint64_t *irqs,
		   uint64_t *time)
{
	struct sums s = sums_until(t, end);
	bool first = !strcmp(word, "stop-at-once"), later = first || !strcmp(word, "stop");

	*irqs = (first ? s.irqs[FIRST] : 0) + (later ? s.irqs[LATER] : 0);
	*time = (first ? s.time[FIRST] : 0) + (later ? s.time[LATER] : 0);
}

const char *tick_idle_told(const struct tick_idle *t, uint64_t end)
{
	struct sums s;

	if (!t->period || !t->irqs)
		return NULL;
	s = sums_until(t, end);
	/* How many ticks come in as much time; half of that is neither. */
	if (s.time[FIRST] / t->period >= LEAST && 2 * s.irqs[FIRST] < s.time[FIRST] / t->period)
		return "stop-at-once";
	if (s.time[LATER] / t->period < LEAST)
		return NULL;
	return 2 * s.irqs[LATER] < s.time[LATER] / t->period ? "stop" : "run";
}
