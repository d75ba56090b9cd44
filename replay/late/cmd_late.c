/* SPDX-License-Identifier: GPL-2.0-only */
/* The command `vtick late`: who was late, when and why. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "replay/commands.h"
#include "replay/complete.h"
#include "replay/late/html.h"
#include "replay/late/report.h"
#include "replay/plugin/plugin.h"
#include "replay/run/result.h"
#include "replay/run/select.h"
#include "replay/side_options.h"
#include "traces/base/call_files.h"
#include "traces/base/cli.h"
#include "traces/base/file.h"
#include "traces/base/html.h"
#include "traces/base/json.h"
#include "traces/base/limits.h"
#include "traces/base/mem.h"
#include "traces/base/options.h"
#include "traces/complete_vms.h"
#include "traces/cut/pick.h"
#include "traces/trace.h"

#define WORST_MAX 100000u
#define STAND_IN "xen-vpt"

struct request {
	const char *trace;
	struct opt_list policies, vms;
	uint64_t from_ns, to_ns; /* UINT64_MAX: to the end */
	uint32_t worst;
	bool json, histogram;
	const char *page; /* of --report; NULL: not asked */
	const char *costs;
	uint32_t away; /* of away_ways */
	bool no_sandbox;
};

static void say(const struct request *q, const char *what)
{
	struct vt_error line;

	vt_error_set(&line, q->trace, VT_NO_OFFSET, "%s", what);
	vt_error_print(&line);
}

/* A time in ns as `dump` has it: the first tick whose time in ns is at least that. */
static uint64_t first_tick(uint64_t ns, uint64_t clock_hz)
{
	unsigned __int128 ticks = ((unsigned __int128)ns * clock_hz + 999999999) / 1000000000;

	return ticks < TRACE_TICK_LIMIT ? (uint64_t)ticks : TRACE_TICK_LIMIT;
}

static int set_span(struct late_views *v, const struct request *q, struct vt_error *err)
{
	const struct trace_meta *meta = trace_reader_meta(v->reader);
	uint64_t end_ns = trace_ticks_to_ns(meta->end, meta->clock_hz);

	v->span.from = first_tick(q->from_ns, meta->clock_hz);
	v->span.to = meta->end;
	if (q->to_ns < end_ns)
		v->span.to = first_tick(q->to_ns + 1, meta->clock_hz) - 1;
	if (v->span.from > meta->end)
		return vt_error_set(err, q->trace, VT_NO_OFFSET,
				    "--from is after the end of the trace, which is %.6f s long",
				    (double)end_ns / 1e9);
	if (v->span.to < v->span.from)
		v->span.to = v->span.from;
	v->span.from_ns = q->from_ns;
	v->span.to_ns = q->to_ns < end_ns ? q->to_ns : end_ns;
	return 0;
}

static int choose_vms(struct late_views *v, const struct request *q, struct vt_error *err)
{
	const struct trace_meta *meta = trace_reader_meta(v->reader);
	struct cut_pick pick;
	int failed = cut_pick(&pick, meta, &q->vms, q->trace, err);

	v->chosen = vt_array((size_t)meta->vps + 1, sizeof(*v->chosen));
	for (uint32_t vp = 0; !failed && vp < meta->vps; vp++)
		v->chosen[vp] = pick.number[vp] != CUT_LEFT_OUT;
	cut_pick_free(&pick);
	return failed;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int open_trace(struct late_views *v, const struct request *q, struct vt_error *err)
{
	char *name = vt_strdup(base_name(q->trace));
	size_t n = strlen(name);

	if (n > 4 && !strcmp(name + n - 4, ".vtt"))
		name[n - 4] = '\0';
	v->path = q->trace;
	v->worst = q->worst;
	v->reader = trace_reader_open(q->trace, err);
	if (v->reader)
		v->trace = result_trace(name, v->reader);
	free(name);
	if (!v->reader)
		return -1;
	if (trace_reader_truncated(v->reader))
		vt_warn(q->trace, "the trace is cut off: this is what its whole blocks tell");
	return set_span(v, q, err) || choose_vms(v, q, err) ||
	       recorded_facts_read(&v->facts, v->reader, err);
}

static int add_policies(struct late_views *v, const struct request *q, struct vt_error *err)
{
	const struct policy_fates_options options = { .costs = q->costs,
						      .away_recorded = q->away == AWAY_RECORDED,
						      .no_sandbox = q->no_sandbox };
	struct selected s = { 0 };
	const char *const stand_in[] = { STAND_IN };
	bool stands_in = !q->policies.n;
	int failed = select_policies(&s, stands_in ? stand_in : q->policies.item,
				     stands_in ? 1 : q->policies.n, &q->trace, 1, err);

	for (size_t i = 0; !failed && i < s.n; i++)
		failed = late_view_policy(v, s.spec[i], &options, stands_in, err);
	selected_free(&s);
	return failed;
}

static int look(struct late_views *v, const struct request *q, struct vt_error *err)
{
	if (open_trace(v, q, err))
		return -1;
	if (v->facts.fires && !v->facts.partial && late_view_recording(v, err))
		return -1;
	if (q->policies.n || v->facts.partial) {
		if (add_policies(v, q, err))
			return -1;
	} else {
		if (!v->facts.fires)
			say(q, "nothing was recorded of expiries (OBS_FIRE): -p POLICY shows what "
			       "a replay makes of it");
		if (q->costs || q->away == AWAY_RECORDED)
			say(q,
			    "--costs and --away are of replays, and without -p there is none: the "
			    "recording's own times stand here");
	}
	/* A recording that has some VPs alone does not come first. */
	return v->facts.fires && v->facts.partial ? late_view_recording(v, err) : 0;
}

static int write_page(const struct request *q, struct late_views *v, const char *command,
		      struct vt_error *err)
{
	char *text = NULL;
	size_t size = 0;
	FILE *to = vt_text_open(&text, &size);
	int failed = late_html(v, command, to, err);

	vt_text_close(to);
	if (!failed)
		failed = file_save(q->page, text, size, err);
	free(text);
	return failed;
}

static void print(const struct request *q, const struct late_views *v, const char *command)
{
	json_t *document;
	char *text;

	if (!q->json) {
		late_text(v, q->histogram, cli_colour(STDOUT_FILENO), stdout);
		return;
	}
	document = late_json(v, q->histogram, command);
	text = result_print(document);
	fputs(text, stdout);
	free(text);
	json_decref(document);
}

static int late(const struct request *q, const char *command)
{
	struct late_views v = { 0 };
	struct vt_error err;
	int failed = look(&v, q, &err);

	if (!failed && q->page)
		failed = write_page(q, &v, command, &err);
	if (failed)
		vt_error_print(&err);
	else
		print(q, &v, command);
	late_views_free(&v);
	return failed ? EXIT_TROUBLE : EXIT_OK;
}

static int take_report(void *config, const struct opt *o, const char *value, struct vt_error *err)
{
	struct request *q = config;

	(void)o;
	if (!(q->page = html_file(value, err)))
		return -1;
	call_writes(q->page);
	return 0;
}

static int run(int argc, char **argv)
{
	struct request q = { .to_ns = UINT64_MAX };
	struct vt_error err;
	int code;

	if (!opt_parse(&command_late, &q, argc, argv, &code))
		return code;
	call_writes("-");
	plugin_note_files(q.policies.item, q.policies.n);
	if (q.from_ns > q.to_ns) {
		code = cli_usage_error("late", "--from is after --to");
	} else if (call_files_check(&err)) {
		vt_error_print(&err);
		code = EXIT_TROUBLE;
	} else {
		char *command = cli_command_line("late", argc, argv);

		code = late(&q, command);
		free(command);
	}
	opt_free(&command_late, &q);
	return code;
}

#define AT(field) OPT_AT(struct request, field)

static const struct opt options[] = {
	{ OPT_FILE_IN, .argument = "TRACE", .needed = true,
	  .no_dash = "a trace is read from its end, too", AT(trace), .help = "the trace" },
	{ OPT_TEXT, .name = "policy", .letter = 'p', .argument = "POLICY[:key=value,...]",
	  .many = true, AT(policies), .values = complete_policies,
	  .help = "beside the recording, what a replay with this policy makes of the same trace; "
		  "as for 'vtick replay'" },
	{ OPT_TEXT, .name = "vm", .argument = "NAME", .many = true, AT(vms), .values = complete_vms,
	  .help = "these VMs only: a name of a VM or VP, the number of a domain, or a pattern; "
		  "several with commas between",
	  .more = "A VM counts whole. Others are still told of where they ran meanwhile." },
	{ OPT_DURATION, .name = "from", .argument = "TIME", AT(from_ns),
	  .help = "ticks that were delivered from this time on, since the start of the trace: 1.5 "
		  "and 1.5s are seconds, 50us" },
	{ OPT_DURATION, .name = "to", .argument = "TIME", AT(to_ns),
	  .help = "ticks that were delivered up to this time, one at it included" },
	{ OPT_NUMBER, .name = "number", .letter = 'n', .argument = "N", .max = WORST_MAX,
	  .value = "10", AT(worst), .help = "show so many of the worst ticks" },
	{ OPT_SWITCH, .name = "histogram", AT(histogram),
	  .help = "how many ticks were how late, too, by VM" },
	{ OPT_SWITCH, .name = "json", AT(json),
	  .help = "one JSON document (schema vtick.late/1), which 'vtick compare' takes",
	  .more = "LATE.md says what stands in it." },
	{ OPT_CALL, .name = "report", .argument = "html:FILE", .take = take_report,
	  .values = html_values,
	  .help = "a page for a browser as well, with timelines around the worst ticks",
	  .more = "One file that loads nothing." },
	SIDE_OPTIONS,
	OPT_LIMIT,
	{ 0 },
};

static const char *const examples[] = {
	"vtick late host.vtt",
	"vtick late --vm web -n 3 host.vtt",
	"vtick late -p kvm-hrtimer -p virtual --from 1 --to 2 host.vtt",
	"vtick late --json old.vtt >old.json; vtick late --json new.vtt >new.json; vtick compare "
	"old.json new.json",
	NULL,
};

const struct opt_command command_late = {
	.name = "late",
	.summary = "say which guests' ticks were late, when and why",
	.run = run,
	.about =
	    "Says which VMs' and VPs' timer interrupts came late, how late, when, and why: the "
	    "hypervisor's timer was late (host), the VP waited for an LP (wait), and who ran "
	    "there meanwhile, or the injection took its time (inject). The three add up.",
	.options = options,
	.notes =
	    "The times are those of the recording, where it has the hypervisor's expiries. A Xen "
	    "logs few of them: there a replay of xen-vpt stands in, and the answer says so. "
	    "Nothing "
	    "is guessed: ticks without a recorded expiry are counted apart (NO EXP.).\n"
	    "P50 and P99 are of the time from deadline to delivery. HOST %, WAIT % and INJECT % "
	    "are "
	    "shares of all of a VM's lateness. COAL. (coalesced) and MISSED ticks never came by "
	    "themselves.",
	.examples = examples,
};
