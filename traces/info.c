/* SPDX-License-Identifier: GPL-2.0-only */
/* The command `vtick info`: what a trace holds, for people and as JSON. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "traces/base/cli.h"
#include "traces/base/mem.h"
#include "traces/commands.h"
#include "traces/cost_estimate.h"
#include "traces/info.h"
#include "traces/trace.h"

static void help(void)
{
	fputs("usage: vtick info [--json] TRACE...\n"
	      "       vtick info --costs [--half] TRACE\n"
	      "\n"
	      "Says what a trace holds: where it comes from, how long it is, who ran where, which\n"
	      "timers the guests programmed. It reads every event, so the numbers are counts, not\n"
	      "what the header claims.\n"
	      "\n"
	      "  --json   one JSON document (schema vtick.trace-info/1); of several traces, one\n"
	      "           compact document a line\n"
	      "  --costs  instead, what the recorded hypervisor's own work took, as far as the "
	      "recording\n"
	      "           says: a profile for 'vtick replay --costs', each figure with its source\n"
	      "  --half   from the first half of the trace only, so that the second can judge it\n"
	      "\n"
	      "Examples:\n"
	      "  vtick info mail.vtt\n"
	      "  vtick info --json mail.vtt | jq .arms\n"
	      "  vtick info --costs kvm.vtt >kvm.costs && vtick replay --costs kvm.costs kvm.vtt\n"
	      "\n"
	      "A trace that is cut off is read up to its last whole block, with a warning.\n",
	      stdout);
}

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
	if (i.truncated)
		vt_warn(path, "the trace is cut off: this is what its whole blocks hold");
	if (json)
		trace_info_json(&i, flags, stdout);
	else
		trace_info_text(&i, stdout);
	ret = 0;
out:
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
	if (profile) {
		json_dumpf(profile, stdout, JSON_INDENT(2));
		putchar('\n');
	}
	json_decref(profile);
	free(span);
	trace_costs_free(c);
	trace_reader_close(r);
	return profile ? 0 : -1;
}

int cmd_info(int argc, char **argv)
{
	struct vt_error err;
	bool json = false, with_costs = false, half = false;
	int code = EXIT_OK, first = 1;
	bool options = true;

	/* Options may stand behind the traces too; the traces move to the front. */
	for (int i = 1; i < argc; i++) {
		if (!options || argv[i][0] != '-') {
			argv[first++] = argv[i];
		} else if (!strcmp(argv[i], "--")) {
			options = false;
		} else if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) {
			help();
			return EXIT_OK;
		} else if (!strcmp(argv[i], "--json")) {
			json = true;
		} else if (!strcmp(argv[i], "--costs")) {
			with_costs = true;
		} else if (!strcmp(argv[i], "--half")) {
			half = true;
		} else {
			return cli_usage_error("info", "unknown option '%s'", argv[i]);
		}
	}
	if (first == 1)
		return cli_usage_error("info", "no trace named");
	if (half && !with_costs)
		return cli_usage_error("info", "--half is for --costs");
	if (with_costs && (json || first != 2))
		return cli_usage_error("info", "--costs is of one trace, without --json");
	if (with_costs && costs(argv[1], half, &err)) {
		vt_error_print(&err);
		return EXIT_TROUBLE;
	}
	if (with_costs)
		return EXIT_OK;
	for (int i = 1; i < first; i++) {
		if (!json && i > 1)
			putchar('\n');
		if (info(argv[i], json, first > 2 ? JSON_COMPACT : JSON_INDENT(2), &err)) {
			vt_error_print(&err);
			code = EXIT_TROUBLE;
		}
	}
	return code;
}
