/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/export/perfetto.h"

#include <stdlib.h>

#include "traces/base/cli.h"
#include "traces/base/mem.h"

/* "KVM 6.1.0", or "" if the trace does not say. */
static char *hypervisor(const struct trace_meta *meta)
{
	const json_t *source = json_object_get(meta->more, "source");
	const char *name = json_string_value(json_object_get(source, "hypervisor"));
	const char *version = json_string_value(json_object_get(source, "version"));

	return vt_format("%s%s%s", name ? name : "", name && version ? " " : "",
			 name && version ? version : "");
}

static int write_events(struct group *g, struct trace_reader *r, struct vt_error *err)
{
	const struct trace_meta *meta = trace_reader_meta(r);
	struct trace_legal *legal = trace_legal_new(meta->lps, meta->vps);
	struct cli_progress progress;
	const struct trace_event *ev;
	size_t n;
	int got = 0;

	cli_progress_start(&progress, "export", "events", trace_reader_events(r));
	while (!g->over && !g->tracks.to->failed &&
	       (got = trace_reader_next(r, &ev, &n, err)) > 0) {
		if (trace_legal_block(legal, r, ev, n, err)) {
			got = -1;
			break;
		}
		group_events(g, ev, n);
		cli_progress(&progress, trace_reader_block_first(r) + n);
	}
	cli_progress_end(&progress);
	trace_legal_free(legal);
	return got < 0 ? -1 : 0;
}

static int write_recorded(struct packets *to, struct trace_reader *r,
			  const struct export_window *window, uint64_t *flows, struct vt_error *err)
{
	char *who = hypervisor(trace_reader_meta(r));
	char *about = vt_format("What was recorded%s%s: who ran where, what the guests wrote, and "
				"what the hypervisor did about it.",
				*who ? " under " : "", who);
	struct group g;
	int failed;

	group_open(&g, to, trace_reader_meta(r), 1, "recorded", about, window, flows);
	failed = write_events(&g, r, err);
	if (!failed)
		group_end(&g);
	group_close(&g);
	free(about);
	free(who);
	return failed;
}

int perfetto_write(struct file *to, struct trace_reader *r, const struct export_window *window,
		   struct vt_error *err)
{
	struct packets packets;
	uint64_t flows = 0;
	int failed;

	packets_open(&packets, to);
	failed = write_recorded(&packets, r, window, &flows, err);
	if (!failed)
		failed = packets_flush(&packets, err);
	packets_close(&packets);
	return failed;
}
