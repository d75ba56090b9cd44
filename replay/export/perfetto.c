/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/export/perfetto.h"

#include <stdlib.h>

#include "replay/export/group.h"
#include "replay/watch/recorded_ticks.h"
#include "replay/watch/replayed_ticks.h"
#include "traces/base/cli.h"
#include "traces/base/mem.h"

/* Where a group's ticks and doings come from: a recording, or a replay. */
struct source {
	struct recorded_ticks *recorded;
	struct replayed_ticks *replayed;
	struct doings_reader *doings;
	struct doing doing; /* the next one, */
	int has_doing;	    /* if there is one; -1: trouble */
};

struct perfetto {
	struct packets packets;
	struct trace_reader *trace;
	struct export_window window;
	uint64_t flows;
	uint32_t groups;
};

/* ---- events and what belongs to them, in one order ---- */

/* What the policy did before event @index, or between the one before and that. */
static int doings_before(struct source *s, struct group *g, uint64_t index, struct vt_error *err)
{
	while (s->has_doing > 0 &&
	       (s->doing.event < index || (s->doing.event == index && !s->doing.after))) {
		group_doing(g, &s->doing);
		s->has_doing = doings_next(s->doings, &s->doing, err);
	}
	return s->has_doing < 0 ? -1 : 0;
}

static int put_event(struct source *s, struct group *g, uint64_t index,
		     const struct trace_event *ev, struct vt_error *err)
{
	if (s->recorded)
		recorded_ticks_event(s->recorded, ev);
	else if (doings_before(s, g, index, err) || replayed_ticks_event(s->replayed, ev, err))
		return -1;
	group_event(g, ev);
	return 0;
}

static int put_events(struct source *s, struct group *g, struct trace_reader *r,
		      const struct trace_event *ev, size_t n, struct vt_error *err)
{
	uint64_t index = trace_reader_block_first(r);

	for (size_t i = 0; i < n; i++) {
		if (put_event(s, g, index + i, &ev[i], err))
			return -1;
	}
	return 0;
}

static int put_end(struct source *s, struct group *g, struct vt_error *err)
{
	if (s->recorded)
		recorded_ticks_end(s->recorded);
	else if (doings_before(s, g, UINT64_MAX, err) || replayed_ticks_end(s->replayed, err))
		return -1;
	group_end(g);
	return 0;
}

static int write_group(struct perfetto *p, struct source *s, struct group *g, struct vt_error *err)
{
	struct trace_reader *r = p->trace;
	const struct trace_meta *meta = trace_reader_meta(r);
	struct trace_legal *legal = trace_legal_new(meta->lps, meta->vps);
	struct cli_progress progress;
	const struct trace_event *ev;
	size_t n;
	int got = 0;

	cli_progress_start(&progress, "export", "events", trace_reader_events(r));
	while (!p->packets.failed && (got = trace_reader_next(r, &ev, &n, err)) > 0) {
		if (trace_legal_block(legal, r, ev, n, err) || put_events(s, g, r, ev, n, err)) {
			got = -1;
			break;
		}
		cli_progress(&progress, trace_reader_block_first(r) + n);
	}
	cli_progress_end(&progress);
	trace_legal_free(legal);
	if (p->packets.failed)
		return packets_flush(&p->packets, err);
	return got < 0 ? -1 : put_end(s, g, err);
}

/* ---- groups ---- */

static void open_group(struct perfetto *p, struct group *g, const char *name, const char *about,
		       bool replayed)
{
	const struct group_about what = { .number = ++p->groups,
					  .name = name,
					  .about = about,
					  .replayed = replayed,
					  .window = p->window,
					  .flows = &p->flows };

	group_open(g, &p->packets, trace_reader_meta(p->trace), &what);
}

/* "KVM 6.1.0", or "" if the trace does not say. */
static char *hypervisor(const struct trace_meta *meta)
{
	const json_t *source = json_object_get(meta->more, "source");
	const char *name = json_string_value(json_object_get(source, "hypervisor"));
	const char *version = json_string_value(json_object_get(source, "version"));

	return vt_format("%s%s%s", name ? name : "", name && version ? " " : "",
			 name && version ? version : "");
}

static int write_recorded(struct perfetto *p, struct vt_error *err)
{
	const struct trace_meta *meta = trace_reader_meta(p->trace);
	struct source s = { 0 };
	struct recorded_facts facts;
	struct group g;
	int failed = recorded_facts_read(&facts, p->trace, err);

	if (!failed) {
		char *who = hypervisor(meta);
		char *about =
		    vt_format("What was recorded%s%s: who ran where, what the guests wrote, and "
			      "what the hypervisor did about it.",
			      *who ? " under " : "", who);

		open_group(p, &g, "recorded", about, false);
		s.recorded = recorded_ticks_new(meta, &facts, group_tick, &g);
		failed = write_group(p, &s, &g, err);
		recorded_ticks_free(s.recorded);
		group_close(&g);
		free(about);
		free(who);
	}
	recorded_facts_free(&facts);
	return failed;
}

int perfetto_write(struct file *to, struct trace_reader *r, const struct export_window *window,
		   struct vt_error *err)
{
	struct perfetto p = { .trace = r, .window = *window };
	int failed;

	packets_open(&p.packets, to);
	failed = write_recorded(&p, err);
	if (!failed)
		failed = packets_flush(&p.packets, err);
	packets_close(&p.packets);
	return failed;
}
