/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/watch/tick_feed.h"

#include "replay/watch/replayed_ticks.h"

/* What a source of ticks is fed with. */
typedef int feed_event(void *source, const struct trace_event *ev, struct vt_error *err);

static int feed_block(struct trace_reader *r, struct trace_legal *legal,
		      const struct trace_event *ev, size_t n, feed_event *feed, void *source,
		      struct vt_error *err)
{
	if (trace_legal_block(legal, r, ev, n, err))
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (feed(source, &ev[i], err))
			return -1;
	}
	return 0;
}

/* The whole trace, from its start. */
static int feed_trace(struct trace_reader *r, feed_event *feed, void *source, struct vt_error *err)
{
	const struct trace_meta *meta = trace_reader_meta(r);
	struct trace_legal *legal = trace_legal_new(meta->lps, meta->vps);
	const struct trace_event *ev;
	size_t n;
	int got = trace_reader_seek(r, 0, err) ? -1 : 1;

	while (got > 0 && (got = trace_reader_next(r, &ev, &n, err)) > 0) {
		if (feed_block(r, legal, ev, n, feed, source, err))
			got = -1;
	}
	trace_legal_free(legal);
	return got;
}

static int feed_recorded(void *source, const struct trace_event *ev, struct vt_error *err)
{
	(void)err;
	recorded_ticks_event(source, ev);
	return 0;
}

int tick_feed_recorded(struct trace_reader *r, const struct recorded_facts *facts, tick_taker *take,
		       void *context, struct recorded_extra *extra, struct vt_error *err)
{
	struct recorded_ticks *ticks =
	    recorded_ticks_new(trace_reader_meta(r), facts, take, context);
	int failed = feed_trace(r, feed_recorded, ticks, err);

	if (!failed) {
		recorded_ticks_end(ticks);
		*extra = *recorded_ticks_extra(ticks);
	}
	recorded_ticks_free(ticks);
	return failed;
}

static int feed_replayed(void *source, const struct trace_event *ev, struct vt_error *err)
{
	return replayed_ticks_event(source, ev, err);
}

int tick_feed_replayed(struct trace_reader *r, FILE *fates, tick_taker *take, void *context,
		       struct vt_error *err)
{
	struct replayed_ticks *ticks;
	int failed;

	rewind(fates);
	ticks = replayed_ticks_new(trace_reader_meta(r), fates, take, context);
	failed = feed_trace(r, feed_replayed, ticks, err) || replayed_ticks_end(ticks, err);
	replayed_ticks_free(ticks);
	return failed ? -1 : 0;
}
