/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/export/perfetto.h"

#include <stdlib.h>

#include "replay/export/group.h"
#include "replay/export/source.h"
#include "traces/base/mem.h"

struct perfetto {
	struct packets packets;
	struct trace_reader *trace;
	struct export_window window;
	uint64_t flows;
	uint32_t groups;
};

static void *begin(struct file *to, struct trace_reader *r, const struct export_window *window)
{
	struct perfetto *p = vt_alloc(sizeof(*p));

	p->trace = r;
	p->window = *window;
	packets_open(&p->packets, to);
	return p;
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

static char *about(const struct perfetto *p, const char *name, bool replayed)
{
	char *who, *text;

	if (replayed)
		return vt_format("What %s made of the same load, in a replay: the schedule and the "
				 "writes are the recording's.",
				 name);
	who = hypervisor(trace_reader_meta(p->trace));
	text = vt_format("What was recorded%s%s: who ran where, what the guests wrote, and what "
			 "the hypervisor did about it.",
			 *who ? " under " : "", who);
	free(who);
	return text;
}

static bool goes_on(void *group)
{
	return !((struct group *)group)->tracks.to->failed;
}

static int write(void *state, const char *name, FILE *fates, struct vt_error *err)
{
	struct perfetto *p = state;
	char *text = about(p, name, fates);
	const struct group_about what = { .number = ++p->groups,
					  .name = name,
					  .about = text,
					  .replayed = fates,
					  .window = p->window,
					  .flows = &p->flows };
	struct group g;
	const struct source_taker taker = { .context = &g,
					    .tick = group_tick,
					    .event = group_event,
					    .doing = group_doing,
					    .goes_on = goes_on };
	int failed;

	group_open(&g, &p->packets, trace_reader_meta(p->trace), &what);
	failed = source_read(p->trace, fates, &taker, err);
	if (!failed)
		group_end(&g);
	group_close(&g);
	free(text);
	return failed;
}

static int end(void *state, bool whole, struct vt_error *err)
{
	struct perfetto *p = state;
	int failed = whole ? packets_flush(&p->packets, err) : 0;

	packets_close(&p->packets);
	free(p);
	return failed;
}

const struct export_format format_perfetto = {
	.name = "perfetto",
	.help = "Perfetto's own trace format, for https://ui.perfetto.dev or a trace_processor of "
		"your own",
	.binary = true,
	.doings = true,
	.open = begin,
	.write = write,
	.close = end,
};
