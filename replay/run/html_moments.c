/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/run/html_moments.h"

#include <inttypes.h>
#include <stdlib.h>

#include "replay/watch/moment.h"
#include "replay/watch/tick_feed.h"
#include "traces/base/human.h"
#include "traces/base/mem.h"

/* Bars of all timelines of a page together, and of one at most. */
enum { BARS_ALL = 8000, BARS_MAX = 1500 };

struct sides {
	const struct run_cell *cell[MOMENT_POLICIES];
	struct policy_fates fates[MOMENT_POLICIES];
	size_t n;
};

/* The tick that was noticed the longest after its deadline; of equal ones that which was delivered
 * the longest after it. */
struct latest {
	struct tick tick;
	size_t side, of; /* whose it is; who is being looked at */
	bool any;
};

static int64_t pend_of(const struct tick *t)
{
	return t->expired == TICK_NEVER ? t->at - t->due : t->expired - t->due;
}

static void look(void *latest, const struct tick *t)
{
	struct latest *l = latest;
	const struct tick *best = &l->tick;

	if (t->fate != TICK_DELIVERED)
		return;
	if (l->any && (pend_of(t) < pend_of(best) ||
		       (pend_of(t) == pend_of(best) && t->at - t->due <= best->at - best->due)))
		return;
	l->tick = *t;
	l->tick.ran = NULL;
	l->tick.rans = 0;
	l->side = l->of;
	l->any = true;
}

static int replay_sides(struct sides *s, const struct run *run, const struct run_cell *cell,
			const struct policy_fates_options *options, struct vt_error *err)
{
	for (size_t p = 0; p < run->plugins && s->n < MOMENT_POLICIES; p++) {
		if (cell[p].status != CELL_OK)
			continue;
		s->cell[s->n] = &cell[p];
		if (policy_fates(&s->fates[s->n++], cell[p].trace->path, cell[p].plugin->spec,
				 options, err))
			return -1;
	}
	return 0;
}

static char *title_of(const struct sides *s, const struct latest *l, const struct trace_meta *meta)
{
	char late[24];

	human_time(late, sizeof(late), tick_ns(pend_of(&l->tick), meta->clock_hz));
	return vt_format(
	    "Around the tick that was pended latest: of %s, due at %.6f s, pended after %s by %s",
	    l->tick.vp < meta->vps ? meta->vp[l->tick.vp].name : "?",
	    (double)trace_ticks_to_ns((uint64_t)l->tick.due, meta->clock_hz) / 1e9, late,
	    s->cell[l->side]->label);
}

static int put(struct html *h, struct trace_reader *r, const struct sides *s, size_t bars,
	       struct vt_error *err)
{
	const struct trace_meta *meta = trace_reader_meta(r);
	struct latest latest = { .any = false };
	struct moment m;
	char *title;
	int failed = 0;

	for (latest.of = 0; latest.of < s->n; latest.of++) {
		if (tick_feed_replayed(r, s->fates[latest.of].fates, look, &latest, err))
			return -1;
	}
	if (!latest.any)
		return 0;
	moment_begin(&m, meta, &latest.tick, bars);
	for (size_t i = 0; !failed && i < s->n; i++) {
		moment_side(&m, s->cell[i]->label);
		failed = tick_feed_replayed(r, s->fates[i].fates, moment_take, &m, err);
	}
	title = title_of(s, &latest, meta);
	if (!failed)
		failed = moment_put(&m, r, title, h, err);
	free(title);
	moment_free(&m);
	return failed;
}

int html_moment(struct html *h, const struct run *run, const struct run_cell *cell,
		const struct policy_fates_options *options, struct vt_error *err)
{
	size_t bars = BARS_ALL / (run->traces < MOMENT_TRACES ? run->traces : MOMENT_TRACES);
	struct sides s = { .n = 0 };
	struct trace_reader *r = NULL;
	int failed = replay_sides(&s, run, cell, options, err);

	if (!failed && s.n) {
		r = trace_reader_open(cell->trace->path, err);
		failed = r ? put(h, r, &s, bars < BARS_MAX ? bars : BARS_MAX, err) : -1;
	}
	trace_reader_close(r);
	for (size_t i = 0; i < s.n; i++)
		policy_fates_free(&s.fates[i]);
	return failed;
}
