/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/late/view.h"

#include <stdlib.h>

#include "replay/watch/tick_feed.h"
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

int late_view_recording(struct late_views *v, struct vt_error *err)
{
	struct late_view *view = begin_view(v);
	int failed =
	    tick_feed_recorded(v->reader, &v->facts, late_take, &view->late, &view->extra, err);

	view->label = vt_strdup("recording");
	view->partial = v->facts.partial;
	if (!failed)
		late_end(&view->late);
	return failed;
}

int late_view_policy(struct late_views *v, const char *spec,
		     const struct policy_fates_options *options, bool stands_in,
		     struct vt_error *err)
{
	struct policy_fates f;
	struct late_view *view;
	int failed = policy_fates(&f, v->path, spec, options, err);

	if (failed) {
		policy_fates_free(&f);
		return -1;
	}
	view = begin_view(v);
	view->fates = f;
	view->label = safe_text(SAFE_TEXT, f.label);
	view->policy = json_incref(f.json);
	view->stands_in = stands_in;
	failed = tick_feed_replayed(v->reader, f.fates, late_take, &view->late, err);
	late_end(&view->late);
	return failed;
}

int late_view_ticks(struct late_views *v, const struct late_view *view, tick_taker *take,
		    void *context, struct vt_error *err)
{
	struct recorded_extra extra;

	if (view->policy)
		return tick_feed_replayed(v->reader, view->fates.fates, take, context, err);
	return tick_feed_recorded(v->reader, &v->facts, take, context, &extra, err);
}

void late_views_free(struct late_views *v)
{
	for (size_t i = 0; i < v->n; i++) {
		free(v->view[i].label);
		json_decref(v->view[i].policy);
		policy_fates_free(&v->view[i].fates);
		late_free(&v->view[i].late);
	}
	free(v->view);
	recorded_facts_free(&v->facts);
	json_decref(v->trace);
	free(v->chosen);
	trace_reader_close(v->reader);
}
