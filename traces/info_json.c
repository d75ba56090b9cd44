/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>

#include "traces/base/json.h"
#include "traces/info.h"

static json_t *arms(const struct trace_summary *s)
{
	json_t *o = json_object();
	uint64_t total = s->events[TRACE_ARM];

	json_put_exact(o, "total", total);
	json_put_exact(o, "one_shot", total - s->arms_periodic);
	json_put_exact(o, "periodic", s->arms_periodic);
	json_put_exact(o, "past", s->arms_past);
	for (unsigned d = 0; d < TRACE_DEVS; d++)
		json_put_exact(o, trace_dev_name(d), s->arms_by_dev[d]);
	json_put_exact(o, "inferred", s->events[TRACE_SEED]);
	return o;
}

static json_t *per_lp(const struct trace_info *i)
{
	json_t *list = json_array();

	for (uint32_t n = 0; n < i->meta->lps; n++) {
		const struct summary_lp *lp = &i->sum.lp[n];
		json_t *o = json_object();

		json_put_exact(o, "sched_in", lp->sched_in);
		json_put_exact(o, "sched_out", lp->sched_out);
		json_put_exact(o, "busy_ns", trace_ticks_to_ns(lp->busy, i->meta->clock_hz));
		json_push(list, o);
	}
	return list;
}

static json_t *per_vp(const struct trace_info *i)
{
	json_t *list = json_array();

	for (uint32_t n = 0; n < i->meta->vps; n++) {
		const struct summary_vp *vp = &i->sum.vp[n];
		const struct trace_vp *name = &i->meta->vp[n];
		json_t *o = json_object();

		json_put_exact(o, "domain", name->domain);
		json_put_exact(o, "vcpu", name->vcpu);
		json_put(o, "name", json_text(name->name));
		json_put_exact(o, "sched_in", vp->sched_in);
		json_put_exact(o, "sched_out", vp->sched_out);
		json_put_exact(o, "wakes", vp->wakes);
		json_put_exact(o, "arms", vp->arms);
		json_put_exact(o, "disarms", vp->disarms);
		json_put_exact(o, "run_ns",
			       trace_ticks_to_ns(vp->ticks[SUMMARY_RUNS], i->meta->clock_hz));
		json_put_exact(o, "waiting_ns",
			       trace_ticks_to_ns(vp->ticks[SUMMARY_WAITS], i->meta->clock_hz));
		json_put_exact(o, "blocked_ns",
			       trace_ticks_to_ns(vp->ticks[SUMMARY_BLOCKED], i->meta->clock_hz));
		json_push(list, o);
	}
	return list;
}

void trace_info_json(const struct trace_info *i, size_t flags, FILE *to)
{
	const struct trace_meta *meta = i->meta;
	const struct trace_summary *s = &i->sum;
	json_t *doc = json_object(), *events = json_object(), *out = json_object(), *saturated;
	json_int_t unseen = json_integer_value(json_object_get(meta->more, "unseen_ticks"));

	for (unsigned t = 0; t < TRACE_TYPES; t++)
		json_put_exact(events, trace_type_name(t), s->events[t]);
	for (unsigned r = 0; r < TRACE_REASONS; r++)
		json_put_exact(out, trace_reason_name(r), s->sched_out[r]);
	json_put(doc, "schema", json_text("vtick.trace-info/1"));
	json_put_exact(doc, "clock_hz", meta->clock_hz);
	json_put_exact(doc, "duration_ns", trace_ticks_to_ns(meta->end, meta->clock_hz));
	json_put_exact(doc, "lps", meta->lps);
	json_put_exact(doc, "vps", meta->vps);
	json_put(doc, "events", events);
	json_put_exact(doc, "events_total", s->total);
	json_put(doc, "arms", arms(s));
	json_put(doc, "sched_out", out);
	json_put(doc, "lateness", i->lateness ? json_incref(i->lateness) : json_null());
	json_put(doc, "per_lp", per_lp(i));
	json_put(doc, "per_vp", per_vp(i));
	json_put_exact(doc, "lost_records", s->lost);
	json_put_exact(doc, "bytes", i->bytes);
	json_put(doc, "bytes_per_event_milli",
		 s->total
		     ? json_integer((json_int_t)((unsigned __int128)i->bytes * 1000 / s->total))
		     : json_null());
	json_put(doc, "sha256", i->truncated ? json_null() : json_text(i->sha256));
	json_put(doc, "truncated", json_boolean(i->truncated || trace_meta_truncated(meta)));
	json_put_exact(doc, "unseen_ticks", unseen > 0 ? (uint64_t)unseen : 0);
	saturated = json_saturated(doc);
	if (saturated)
		json_put(doc, "saturated", saturated);
	/* What the header says besides: source, class, host_model, ... */
	if (json_object_update_missing(doc, meta->more))
		abort();
	/* And what a reader may count on, where the header is silent. */
	if (!json_object_get(doc, "class"))
		json_put(doc, "class", json_null());
	if (!json_object_get(doc, "host_model"))
		json_put(doc, "host_model", json_object());
	if (!json_object_get(doc, "source"))
		json_put(doc, "source", json_object());
	if (!json_object_get(doc, "skipped"))
		json_put(doc, "skipped", json_object());
	if (!json_object_get(doc, "notes"))
		json_put(doc, "notes", json_array());
	json_print_to(to, doc, flags | JSON_SORT_KEYS);
	json_decref(doc);
}
