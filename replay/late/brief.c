/* SPDX-License-Identifier: GPL-2.0-only */
/* What `info` and `dump` say of lateness: of what was recorded, nothing of replays. */
#include "replay/late/brief.h"

#include <stdlib.h>

#include "replay/late/view.h"
#include "traces/base/json.h"
#include "traces/base/mem.h"
#include "traces/lateness.h"

/* ---- info ---- */

static json_t *percentile(const struct late_tally *t, unsigned per_mille)
{
	return t->late ? json_integer(histogram_percentile(t->late, per_mille)) : json_null();
}

static json_t *summary_json(const struct late_views *v)
{
	const struct late *l = &v->view[0].late;
	const struct late_tally *t = &l->all;
	json_t *o = json_object();

	json_put_exact(o, "ticks", t->count[TICK_DELIVERED]);
	json_put(o, "p50_ns", percentile(t, 500));
	json_put(o, "p99_ns", percentile(t, 990));
	json_put(o, "max_ns", t->late ? json_integer(t->largest.late) : json_null());
	json_put(o, "max_at_ns", t->late ? json_integer(t->largest.at) : json_null());
	json_put(o, "max_vp", t->late ? json_exact(t->largest.vp) : json_null());
	json_put(o, "max_name", t->late ? json_text(l->meta->vp[t->largest.vp].name) : json_null());
	for (int p = 0; p < TICK_PARTS; p++) {
		char *key = vt_format("%s_ns", tick_part_name((enum tick_part)p));

		json_put(o, key, json_integer(result_saturate(t->part_sum[p])));
		free(key);
	}
	return o;
}

static json_t *summary(const char *path, struct vt_error *err)
{
	struct late_views v = { .path = path, .reader = trace_reader_open(path, err) };
	json_t *o = NULL;

	if (v.reader) {
		v.span.to = trace_reader_meta(v.reader)->end;
		if (!recorded_facts_read(&v.facts, v.reader, err) && !late_view_recording(&v, err))
			o = summary_json(&v);
	}
	late_views_free(&v);
	return o;
}

/* ---- dump ---- */

struct brief {
	struct trace_reader *reader;
	struct recorded_facts facts;
	struct recorded_ticks *ticks;
	struct trace_legal *legal; /* NULL: an event was not legal, and what follows is not told */
	struct lateness *to;	   /* of the event at hand */
	bool told;
};

static void take(void *context, const struct tick *t)
{
	struct brief *b = context;
	int64_t ns[TICK_PARTS];

	if (t->fate != TICK_DELIVERED || !b->to)
		return;
	*b->to = (struct lateness){ .vp = t->vp };
	b->to->late = tick_split(t, trace_reader_meta(b->reader)->clock_hz, ns);
	b->to->host = ns[TICK_HOST];
	b->to->wait = ns[TICK_WAIT];
	b->to->inject = ns[TICK_INJECT];
	b->told = true;
}

static void end(void *state)
{
	struct brief *b = state;

	if (!b)
		return;
	trace_legal_free(b->legal);
	recorded_ticks_free(b->ticks);
	recorded_facts_free(&b->facts);
	trace_reader_close(b->reader);
	free(b);
}

static void *begin(const char *path, struct vt_error *err)
{
	struct brief *b = vt_alloc(sizeof(*b));

	b->reader = trace_reader_open(path, err);
	if (!b->reader || recorded_facts_read(&b->facts, b->reader, err)) {
		end(b);
		return NULL;
	}
	b->ticks = recorded_ticks_new(trace_reader_meta(b->reader), &b->facts, take, b);
	b->legal =
	    trace_legal_new(trace_reader_meta(b->reader)->lps, trace_reader_meta(b->reader)->vps);
	return b;
}

static bool event(void *state, const struct trace_event *ev, struct lateness *l)
{
	struct brief *b = state;

	if (b->legal && trace_legal_event(b->legal, ev)) {
		trace_legal_free(b->legal);
		b->legal = NULL;
	}
	if (!b->legal)
		return false;
	b->to = l;
	b->told = false;
	recorded_ticks_event(b->ticks, ev);
	b->to = NULL;
	return b->told;
}

void late_brief_ready(void)
{
	static const struct lateness_ops ops = { summary, begin, event, end };

	lateness_ops = &ops;
}
