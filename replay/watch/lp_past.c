/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/watch/lp_past.h"

#include <stdlib.h>
#include <string.h>

#include "traces/base/mem.h"

struct stretch {
	uint64_t from, to;
	uint32_t vp;
};

/* The newest stretches, in order of time. Of what is before the first, nothing is known if some
 * were dropped. */
struct stretches {
	struct stretch *of;
	uint32_t n, room;
	uint64_t forgotten; /* what ended by then may be dropped; 0: nothing was */
};

struct past_lp {
	struct stretches ran, away;
	uint32_t vp; /* that runs now; TICK_NO_VP */
	uint64_t since;
};

struct past_vp {
	uint32_t lp;
	int64_t in;
};

struct lp_past {
	struct past_lp *lp;
	struct past_vp *vp;
	uint32_t lps;
	/* Who ran in the stretch that was asked for. */
	struct tick_ran *ran;
	size_t rans, room;
	uint32_t *place; /* [vps] in ran, plus 1; 0: not in it */
};

struct lp_past *lp_past_new(const struct trace_meta *meta)
{
	struct lp_past *p = vt_alloc(sizeof(*p));

	p->lps = meta->lps;
	p->lp = vt_array(meta->lps, sizeof(*p->lp));
	p->vp = vt_array(meta->vps, sizeof(*p->vp));
	p->place = vt_array(meta->vps, sizeof(*p->place));
	for (uint32_t lp = 0; lp < meta->lps; lp++)
		p->lp[lp].vp = TICK_NO_VP;
	for (uint32_t vp = 0; vp < meta->vps; vp++)
		p->vp[vp] = (struct past_vp){ .lp = TICK_NO_LP, .in = TICK_NEVER };
	return p;
}

void lp_past_free(struct lp_past *p)
{
	if (!p)
		return;
	for (uint32_t lp = 0; lp < p->lps; lp++) {
		free(p->lp[lp].ran.of);
		free(p->lp[lp].away.of);
	}
	free(p->lp);
	free(p->vp);
	free(p->ran);
	free(p->place);
	free(p);
}

static void drop_older_half(struct stretches *s)
{
	uint32_t half = s->n / 2;

	s->forgotten = s->of[half - 1].to;
	s->n -= half;
	memmove(s->of, s->of + half, s->n * sizeof(*s->of));
}

static void add(struct stretches *s, struct stretch stretch)
{
	if (stretch.from == stretch.to)
		return;
	if (s->n == 2 * LP_PAST_KEPT)
		drop_older_half(s);
	if (s->n == s->room) {
		s->room = s->room ? s->room * 2 : 16;
		s->of = vt_realloc(s->of, s->room * sizeof(*s->of));
	}
	s->of[s->n++] = stretch;
}

void lp_past_event(struct lp_past *p, const struct trace_event *ev)
{
	struct past_vp *v;
	struct past_lp *l;

	switch (ev->type) {
	case TRACE_SCHED_IN:
		v = &p->vp[ev->vp];
		v->lp = ev->lp;
		v->in = (int64_t)ev->time;
		l = &p->lp[ev->lp];
		l->vp = ev->vp;
		l->since = ev->time;
		break;
	case TRACE_SCHED_OUT:
		l = &p->lp[p->vp[ev->vp].lp];
		add(&l->ran, (struct stretch){ .from = l->since, .to = ev->time, .vp = ev->vp });
		l->vp = TICK_NO_VP;
		break;
	case TRACE_AWAY:
		add(&p->lp[ev->lp].away, (struct stretch){ .from = ev->time, .to = ev->value });
		break;
	default:
		break;
	}
}

uint32_t lp_past_lp(const struct lp_past *p, uint32_t vp)
{
	return p->vp[vp].lp;
}

int64_t lp_past_in(const struct lp_past *p, uint32_t vp)
{
	return p->vp[vp].in;
}

/* How many ticks of [@from, @to) are in [@begin, @end). */
static uint64_t common(uint64_t from, uint64_t to, uint64_t begin, uint64_t end)
{
	if (begin < from)
		begin = from;
	if (end > to)
		end = to;
	return end > begin ? end - begin : 0;
}

static void count(struct lp_past *p, uint32_t vp, uint64_t ticks)
{
	bool named = vp != TICK_NO_VP && vp != TICK_LONG_AGO;

	if (!ticks)
		return;
	if (named && p->place[vp]) {
		p->ran[p->place[vp] - 1].ticks += ticks;
		return;
	}
	if (p->rans == p->room) {
		p->room = p->room * 2 + 8;
		p->ran = vt_realloc(p->ran, p->room * sizeof(*p->ran));
	}
	p->ran[p->rans++] = (struct tick_ran){ .vp = vp, .ticks = ticks };
	if (named)
		p->place[vp] = (uint32_t)p->rans;
}

static int longest_first(const void *a, const void *b)
{
	const struct tick_ran *x = a, *y = b;

	if (x->ticks != y->ticks)
		return x->ticks > y->ticks ? -1 : 1;
	return (x->vp > y->vp) - (x->vp < y->vp);
}

size_t lp_past_ran(struct lp_past *p, uint32_t lp, uint64_t from, uint64_t to,
		   const struct tick_ran **ran)
{
	const struct past_lp *l = &p->lp[lp];
	uint64_t known = 0, unknown = common(from, to, 0, l->ran.forgotten);

	p->rans = 0;
	if (l->vp != TICK_NO_VP) {
		known = common(from, to, l->since, to);
		count(p, l->vp, known);
	}
	for (uint32_t i = l->ran.n; i && l->ran.of[i - 1].to > from; i--) {
		const struct stretch *s = &l->ran.of[i - 1];
		uint64_t ticks = common(from, to, s->from, s->to);

		known += ticks;
		count(p, s->vp, ticks);
	}
	count(p, TICK_LONG_AGO, unknown);
	count(p, TICK_NO_VP, to - from - known - unknown);
	for (size_t i = 0; i < p->rans; i++) {
		if (p->ran[i].vp < TICK_LONG_AGO)
			p->place[p->ran[i].vp] = 0;
	}
	if (p->rans > 1)
		qsort(p->ran, p->rans, sizeof(*p->ran), longest_first);
	*ran = p->ran;
	return p->rans;
}

uint64_t lp_past_away(const struct lp_past *p, uint32_t lp, uint64_t from, uint64_t to)
{
	const struct stretches *s = &p->lp[lp].away;
	uint64_t ticks = 0;

	for (uint32_t i = s->n; i && s->of[i - 1].to > from; i--)
		ticks += common(from, to, s->of[i - 1].from, s->of[i - 1].to);
	return ticks;
}

void lp_past_fill(struct lp_past *p, struct tick *t)
{
	int64_t in = p->vp[t->vp].in;

	t->lp = p->vp[t->vp].lp;
	t->starts = in > t->expired ? in : t->expired;
	t->away = 0;
	t->rans = 0;
	if (t->lp == TICK_NO_LP)
		return;
	if (t->expired > t->due && t->due >= 0)
		t->away = lp_past_away(p, t->lp, (uint64_t)t->due, (uint64_t)t->expired);
	if (t->starts > t->expired && t->expired >= 0)
		t->rans = lp_past_ran(p, t->lp, (uint64_t)t->expired, (uint64_t)t->starts, &t->ran);
}
