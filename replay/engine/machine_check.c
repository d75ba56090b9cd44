/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/engine/machine_check.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "replay/engine/machine.h"

static const char *broken(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static const char *broken(const char *fmt, ...)
{
	static char text[200];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return text;
}

/* Whether the flags of @t are those of the timers in this queue of LP @l. */
static bool belongs(const struct lp_state *l, const struct queue *q, const struct vtick_timer *t)
{
	bool match_only = t->flags & VTICK_TIMER_MATCH_ONLY, reached = t->flags & TIMER_REACHED;

	return match_only == (q != &l->queue) && reached == (q == &l->reached);
}

static const char *check_queue(const struct engine *e, uint32_t lp, const struct queue *q,
			       const char *name)
{
	const struct lp_state *l = &e->lp[lp];

	for (uint32_t i = 0; i < q->len; i++) {
		const struct queue_entry *x = &q->entry[i];
		const struct vtick_timer *t = x->timer;

		if (t->position != q->first + i + 1)
			return broken("LP %" PRIu32 ": %s[%" PRIu32
				      "]: its timer says position %" PRIu32,
				      lp, name, i, t->position);
		if (t->lp != lp || t->expiry != x->expiry)
			return broken("LP %" PRIu32 ": %s[%" PRIu32
				      "]: its timer has another LP or expiry",
				      lp, name, i);
		if (!belongs(l, q, t))
			return broken("LP %" PRIu32 ": %s[%" PRIu32
				      "]: flags %#x are of another queue",
				      lp, name, i, t->flags);
		uint32_t ahead = q->heap ? (i - 1) / QUEUE_ARITY : i - 1;

		if (i && queue_before(x, &q->entry[ahead]))
			return broken("LP %" PRIu32 ": %s[%" PRIu32 "] comes before %s[%" PRIu32
				      "]",
				      lp, name, i, name, ahead);
		if (x->seq >= e->seq)
			return broken("LP %" PRIu32 ": %s[%" PRIu32 "] is of a later add", lp, name,
				      i);
	}
	return NULL;
}

/* @kept: by the policy, which alone knows what is in it. */
static const char *check_lengths(const struct lp_state *l, uint32_t lp, bool kept)
{
	uint32_t own = 0;

	for (uint32_t i = 0; !kept && i < l->queue.len; i++)
		own += machine_is_own(&l->queue.entry[i]);
	if (!kept && l->own_len != own)
		return broken("LP %" PRIu32 ": own_len %" PRIu32 ", %" PRIu32 " are in the queue",
			      lp, l->own_len, own);
	if (l->counts.len_max < l->queue.len || l->guests_longest < l->queue.len ||
	    l->counts.len_max >= l->lengths)
		return broken("LP %" PRIu32 ": the longest list is not the longest", lp);
	return NULL;
}

static const char *check_who_runs(const struct engine *e, uint32_t lp)
{
	uint32_t vp = e->lp[lp].running;

	if (vp == VTICK_NO_VP)
		return NULL;
	if (vp >= e->meta->vps || !e->vp[vp].running || e->vp[vp].lp != lp)
		return broken("LP %" PRIu32 " runs VP %" PRIu32 ", which does not run there", lp,
			      vp);
	return NULL;
}

static const char *check_matches(const struct engine *e)
{
	const struct matches *m = &e->matches;

	for (uint32_t node = 1; node < m->inner; node++) {
		if (m->node[node] != matches_least(m, node))
			return broken("matches: node %" PRIu32 " is not the least below it", node);
	}
	if (m->earliest != matches_least(m, 0))
		return broken("matches: the earliest is not the least");
	if (m->at[matches_first(m)] != m->earliest)
		return broken("matches: the first is not the earliest");
	return NULL;
}

static const char *check_dirty(const struct engine *e)
{
	if (e->dirty_count)
		return broken("%" PRIu32 " LPs are not settled", e->dirty_count);
	for (uint32_t lp = 0; lp < e->meta->lps; lp++) {
		if (e->lp[lp].dirty)
			return broken("LP %" PRIu32 " is dirty and not in the list", lp);
	}
	return NULL;
}

const char *machine_check(const struct engine *e)
{
	const char *wrong = check_dirty(e);

	for (uint32_t lp = 0; lp < e->meta->lps && !wrong; lp++) {
		const struct lp_state *l = &e->lp[lp];

		wrong = e->keeps_queue ? NULL : check_queue(e, lp, &l->queue, "queue");
		if (!wrong)
			wrong = check_queue(e, lp, &l->match_only, "match_only");
		if (!wrong)
			wrong = check_queue(e, lp, &l->reached, "reached");
		if (!wrong)
			wrong = check_lengths(l, lp, e->keeps_queue);
		if (!wrong)
			wrong = check_who_runs(e, lp);
	}
	return wrong ? wrong : check_matches(e);
}
