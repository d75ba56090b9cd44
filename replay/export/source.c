/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/export/source.h"

#include "replay/watch/recorded_ticks.h"
#include "replay/watch/replayed_ticks.h"
#include "traces/base/cli.h"

struct source {
	const struct source_taker *to;
	struct recorded_ticks *recorded; /* or */
	struct replayed_ticks *replayed;
	struct doings_reader *doings;
	struct doing doing; /* the next one, */
	int has_doing;	    /* if there is one; -1: trouble */
};

/* What the policy did before event @index, or between the one before and that. */
static int doings_before(struct source *s, uint64_t index, struct vt_error *err)
{
	while (s->has_doing > 0 &&
	       (s->doing.event < index || (s->doing.event == index && !s->doing.after))) {
		s->to->doing(s->to->context, &s->doing);
		s->has_doing = doings_next(s->doings, &s->doing, err);
	}
	return s->has_doing < 0 ? -1 : 0;
}

static int take_event(struct source *s, uint64_t index, const struct trace_event *ev,
		      struct vt_error *err)
{
	if (s->recorded)
		recorded_ticks_event(s->recorded, ev);
	else if (doings_before(s, index, err) || replayed_ticks_event(s->replayed, ev, err))
		return -1;
	if (s->to->event)
		s->to->event(s->to->context, ev);
	return 0;
}

static int take_end(struct source *s, struct vt_error *err)
{
	if (!s->recorded)
		return doings_before(s, UINT64_MAX, err) || replayed_ticks_end(s->replayed, err)
			   ? -1
			   : 0;
	recorded_ticks_end(s->recorded);
	return 0;
}

static int take_block(struct source *s, struct trace_reader *r, const struct trace_event *ev,
		      size_t n, struct vt_error *err)
{
	uint64_t index = trace_reader_block_first(r);

	for (size_t i = 0; i < n; i++) {
		if (take_event(s, index + i, &ev[i], err))
			return -1;
	}
	return 0;
}

static int take_all(struct source *s, struct trace_reader *r, struct vt_error *err)
{
	const struct trace_meta *meta = trace_reader_meta(r);
	struct trace_legal *legal = trace_legal_new(meta->lps, meta->vps);
	struct cli_progress progress;
	const struct trace_event *ev;
	size_t n;
	int got = 1;

	cli_progress_start(&progress, "export", "events", trace_reader_events(r));
	while ((!s->to->goes_on || s->to->goes_on(s->to->context)) &&
	       (got = trace_reader_next(r, &ev, &n, err)) > 0) {
		if (trace_legal_block(legal, r, ev, n, err) || take_block(s, r, ev, n, err)) {
			got = -1;
			break;
		}
		cli_progress(&progress, trace_reader_block_first(r) + n);
	}
	cli_progress_end(&progress);
	trace_legal_free(legal);
	return got < 0 ? -1 : take_end(s, err);
}

static int read_recorded(struct trace_reader *r, const struct source_taker *to,
			 struct vt_error *err)
{
	struct source s = { .to = to };
	struct recorded_facts facts;
	int failed = recorded_facts_read(&facts, r, err);

	if (!failed) {
		s.recorded =
		    recorded_ticks_new(trace_reader_meta(r), &facts, to->tick, to->context);
		failed = take_all(&s, r, err);
		recorded_ticks_free(s.recorded);
	}
	recorded_facts_free(&facts);
	return failed;
}

static int read_replayed(struct trace_reader *r, FILE *fates, const struct source_taker *to,
			 struct vt_error *err)
{
	const struct trace_meta *meta = trace_reader_meta(r);
	struct source s = { .to = to };
	int failed = 0;

	s.replayed = replayed_ticks_new(meta, fates, to->tick, to->context);
	if (to->doing) {
		s.doings = doings_reader_new(fileno(fates), meta);
		s.has_doing = doings_next(s.doings, &s.doing, err);
	}
	failed = s.has_doing < 0 ? -1 : take_all(&s, r, err);
	doings_reader_free(s.doings);
	replayed_ticks_free(s.replayed);
	return failed;
}

int source_read(struct trace_reader *r, FILE *fates, const struct source_taker *to,
		struct vt_error *err)
{
	if (trace_reader_seek(r, 0, err))
		return -1;
	return fates ? read_replayed(r, fates, to, err) : read_recorded(r, to, err);
}
