/* SPDX-License-Identifier: GPL-2.0-only */
/* The command `vtick info`: what a trace holds, for people and as JSON. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "traces/base/cli.h"
#include "traces/base/json.h"
#include "traces/base/mem.h"
#include "traces/base/options.h"
#include "traces/commands.h"
#include "traces/cost_estimate.h"
#include "traces/info.h"
#include "traces/lateness.h"
#include "traces/trace.h"

const struct lateness_ops *lateness_ops;

static int count(struct trace_reader *r, struct trace_summary *s, struct vt_error *err)
{
	const struct trace_event *ev;
	struct cli_progress progress;
	size_t n;
	int ret;

	cli_progress_start(&progress, "reading", "events", trace_reader_events(r));
	while ((ret = trace_reader_next(r, &ev, &n, err)) > 0) {
		for (size_t i = 0; i < n; i++)
			trace_summary_event(s, &ev[i]);
		cli_progress(&progress, s->total);
	}
	cli_progress_end(&progress);
	if (!ret)
		trace_summary_end(s, trace_reader_meta(r)->end);
	return ret;
}

static int info(const char *path, bool json, unsigned flags, struct vt_error *err)
{
	struct trace_info i = { .path = path };
	struct trace_reader *r = trace_reader_open(path, err);
	struct stat st;
	int ret = -1;

	if (!r)
		return -1;
	i.meta = trace_reader_meta(r);
	i.truncated = trace_reader_truncated(r);
	i.sha256 = trace_reader_sha256(r);
	i.bytes = stat(path, &st) ? 0 : (uint64_t)st.st_size;
	trace_summary_init(&i.sum, i.meta);
	if (count(r, &i.sum, err))
		goto out;
	if (i.sum.events[TRACE_OBS_FIRE] && lateness_ops) {
		struct vt_error why;

		i.lateness = lateness_ops->summary(path, &why);
		if (!i.lateness)
			vt_warn(path,
				"how late ticks were is not told: vtick check says what is wrong");
	}
	if (i.truncated)
		vt_warn(path, "the trace is cut off: this is what its whole blocks hold");
	if (json)
		trace_info_json(&i, flags, stdout);
	else
		trace_info_text(&i, stdout);
	ret = 0;
out:
	json_decref(i.lateness);
	trace_summary_free(&i.sum);
	trace_reader_close(r);
	return ret;
}

static int costs(const char *path, bool half, struct vt_error *err)
{
	struct trace_reader *r = trace_reader_open(path, err);
	const struct trace_event *ev;
	json_t *profile = NULL;
	int got;
	size_t n;

	if (!r)
		return -1;

	const struct trace_meta *meta = trace_reader_meta(r);
	struct trace_costs *c = trace_costs_new(meta, half ? meta->end / 2 : meta->end);
	bool cut = trace_reader_truncated(r);
	char *span = vt_format("%s %s%.12s", half ? "first half of" : "whole of",
			       cut ? "a trace that is cut off" : "trace ",
			       cut ? "" : trace_reader_sha256(r));

	if (cut)
		vt_warn(path, "the trace is cut off: this is what its whole blocks tell");
	while ((got = trace_reader_next(r, &ev, &n, err)) > 0) {
		for (size_t i = 0; i < n; i++)
			trace_costs_event(c, &ev[i]);
	}
	if (!got)
		profile = trace_costs_profile(c, span, path, err);
	if (profile)
		json_print_to(stdout, profile, JSON_INDENT(2));
	json_decref(profile);
	free(span);
	trace_costs_free(c);
	trace_reader_close(r);
	return profile ? 0 : -1;
}

struct request {
	struct opt_list traces;
	bool json, costs, half;
};

static int all_info(const struct request *q)
{
	struct vt_error err;
	int code = EXIT_OK;

	for (size_t i = 0; i < q->traces.n; i++) {
		if (!q->json && i)
			putchar('\n');
		if (info(q->traces.item[i], q->json,
			 q->traces.n > 1 ? JSON_COMPACT : JSON_INDENT(2), &err)) {
			vt_error_print(&err);
			code = EXIT_TROUBLE;
		}
	}
	return code;
}

static int only_costs(const struct request *q)
{
	struct vt_error err;

	if (q->json || q->traces.n != 1)
		return cli_usage_error("info", "--costs is of one trace, without --json");
	if (costs(q->traces.item[0], q->half, &err)) {
		vt_error_print(&err);
		return EXIT_TROUBLE;
	}
	return EXIT_OK;
}

static int run(int argc, char **argv)
{
	struct request q = { 0 };
	int code;

	if (!opt_parse(&command_info, &q, argc, argv, &code))
		return code;
	if (q.half && !q.costs)
		code = cli_usage_error("info", "--half is for --costs");
	else
		code = q.costs ? only_costs(&q) : all_info(&q);
	opt_free(&command_info, &q);
	return code;
}

#define AT(field) OPT_AT(struct request, field)

static const struct opt options[] = {
	{ OPT_FILE_IN, .argument = "TRACE", .many = true, .needed = true,
	  .no_dash = "a trace is read from its end, too", AT(traces), .help = "the traces" },
	{ OPT_SWITCH, .name = "json", AT(json),
	  .help = "one JSON document (schema vtick.trace-info/1); of several traces, one compact "
		  "document a line" },
	{ OPT_SWITCH, .name = "costs", AT(costs),
	  .help = "instead, what the recorded hypervisor's own work took, as far as the recording "
		  "says: a profile for 'vtick replay --costs', each figure with its source",
	  .more =
	      "It is a document of schema vtick.costs/1, from the OBS_HV_IRQ, OBS_FIRE, OBS_PROG, "
	      "EXIT and ENTRY events. What a recording does not show (IPIs, injections, writes of "
	      "the hardware) is left out, which is 0. Interrupts that came while the machine under "
	      "the hypervisor was away, by AWAY events, or without any those more than ten times "
	      "later than the median, make away_ns and away_every_ns; how late the others were is "
	      "latency_ns, a list. Interrupts on LPs without a VP that neither a guest's timer nor "
	      "the host's tick explains make own_every_ns." },
	{ OPT_SWITCH, .name = "half", AT(half),
	  .help =
	      "with --costs: from the first half of the trace only, so that the second half can "
	      "judge the profile" },
	{ 0 },
};

static const char *const usage[] = { "[OPTION]... TRACE...", "--costs [--half] TRACE", NULL };
static const char *const examples[] = {
	"vtick info mail.vtt",
	"vtick info --json mail.vtt | jq .arms",
	"vtick info --costs kvm.vtt >kvm.costs && vtick replay --costs kvm.costs kvm.vtt",
	NULL,
};

const struct opt_command command_info = {
	.name = "info",
	.summary = "say what a trace holds",
	.run = run,
	.usage = usage,
	.about =
	    "Says what a trace holds: where it comes from, how long it is, who ran where, which "
	    "timers the guests programmed. It reads every event, so the numbers are counts, not "
	    "what the header claims.",
	.options = options,
	.notes = "A trace that is cut off is read up to its last whole block, with a warning.",
	.examples = examples,
	.exits = "Exit codes: 0 fine, 2 a trace could not be read.",
};
