/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/late/view.h"

#include <inttypes.h>
#include <stdlib.h>

#include "replay/watch/replayed_ticks.h"
#include "traces/base/mem.h"
#include "traces/base/safe_text.h"
#include "traces/trace.h"

static struct late_view *begin_view(struct late_views *v)
{
	struct late_view *view;

	v->view = vt_realloc(v->view, (v->n + 1) * sizeof(*v->view));
	view = &v->view[v->n++];
	*view = (struct late_view){ 0 };
	late_begin(&view->late, trace_reader_meta(v->reader), v->chosen, &v->span, v->worst);
	return view;
}

/* What a source of ticks is fed with. */
typedef int feed_event(void *source, const struct trace_event *ev, struct vt_error *err);

static int feed_block(struct late_views *v, struct trace_legal *legal, const struct trace_event *ev,
		      size_t n, feed_event *feed, void *source, struct vt_error *err)
{
	for (size_t i = 0; i < n; i++) {
		const char *wrong = trace_legal_event(legal, &ev[i]);

		if (wrong)
			return vt_error_set(err, v->path, trace_reader_block_offset(v->reader),
					    "event %" PRIu64 " (%s) at time %" PRIu64 ": %s",
					    trace_reader_block_first(v->reader) + i,
					    trace_type_name(ev[i].type), ev[i].time, wrong);
		if (feed(source, &ev[i], err))
			return -1;
	}
	return 0;
}

/* The whole trace, from its start. */
static int feed_trace(struct late_views *v, feed_event *feed, void *source, struct vt_error *err)
{
	const struct trace_meta *meta = trace_reader_meta(v->reader);
	struct trace_legal *legal = trace_legal_new(meta->lps, meta->vps);
	const struct trace_event *ev;
	size_t n;
	int got = trace_reader_seek(v->reader, 0, err) ? -1 : 1;

	while (got > 0 && (got = trace_reader_next(v->reader, &ev, &n, err)) > 0) {
		if (feed_block(v, legal, ev, n, feed, source, err))
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

int late_view_recording(struct late_views *v, struct vt_error *err)
{
	struct late_view *view = begin_view(v);
	struct recorded_ticks *r =
	    recorded_ticks_new(trace_reader_meta(v->reader), &v->facts, late_take, &view->late);
	int failed = feed_trace(v, feed_recorded, r, err);

	view->label = vt_strdup("recording");
	view->partial = v->facts.partial;
	if (!failed) {
		recorded_ticks_end(r);
		view->extra = *recorded_ticks_extra(r);
		late_end(&view->late);
	}
	recorded_ticks_free(r);
	return failed;
}

static int feed_replayed(void *source, const struct trace_event *ev, struct vt_error *err)
{
	return replayed_ticks_event(source, ev, err);
}

int late_view_policy(struct late_views *v, const char *spec,
		     const struct policy_fates_options *options, bool stands_in,
		     struct vt_error *err)
{
	struct policy_fates f;
	struct late_view *view;
	struct replayed_ticks *r;
	int failed = policy_fates(&f, v->path, spec, options, err);

	if (failed) {
		policy_fates_free(&f);
		return -1;
	}
	view = begin_view(v);
	view->label = safe_text(SAFE_TEXT, f.label);
	view->policy = json_incref(f.json);
	view->stands_in = stands_in;
	r = replayed_ticks_new(trace_reader_meta(v->reader), f.fates, late_take, &view->late);
	failed = feed_trace(v, feed_replayed, r, err) || replayed_ticks_end(r, err);
	late_end(&view->late);
	replayed_ticks_free(r);
	policy_fates_free(&f);
	return failed ? -1 : 0;
}

void late_views_free(struct late_views *v)
{
	for (size_t i = 0; i < v->n; i++) {
		free(v->view[i].label);
		json_decref(v->view[i].policy);
		late_free(&v->view[i].late);
	}
	free(v->view);
	recorded_facts_free(&v->facts);
	json_decref(v->trace);
	free(v->chosen);
	trace_reader_close(v->reader);
}
