/* SPDX-License-Identifier: GPL-2.0-only */
/* The command `vtick export`: a trace for other programs to show. */
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "replay/commands.h"
#include "replay/complete.h"
#include "replay/export/csv.h"
#include "replay/export/perfetto.h"
#include "replay/plugin/plugin.h"
#include "replay/run/policy_fates.h"
#include "replay/run/select.h"
#include "replay/side_options.h"
#include "traces/base/call_files.h"
#include "traces/base/cli.h"
#include "traces/base/limits.h"

static const struct export_format *const formats[] = { &format_perfetto, &format_csv };
#define FORMATS (sizeof(formats) / sizeof(*formats))

struct request {
	const char *path;
	struct opt_list policies;
	const char *output; /* NULL: standard output */
	uint32_t format;    /* of formats */
	struct export_window window;
	const char *costs; /* NULL: none */
	uint32_t away;	   /* of away_ways */
	bool no_sandbox;
};

/* ---- what is written ---- */

static int write_policy(const struct request *q, void *state, const char *spec,
			struct vt_error *err)
{
	const struct policy_fates_options options = {
		.costs = q->costs,
		.away_recorded = q->away == AWAY_RECORDED,
		.no_sandbox = q->no_sandbox,
		.doings = formats[q->format]->doings,
	};
	struct policy_fates f;
	int failed = policy_fates(&f, q->path, spec, &options, err);

	if (!failed)
		failed = formats[q->format]->write(state, f.label, f.fates, err);
	policy_fates_free(&f);
	return failed;
}

static int write_all(const struct request *q, void *state, struct vt_error *err)
{
	struct selected s = { 0 };
	int failed = formats[q->format]->write(state, "recorded", NULL, err);

	if (!failed && q->policies.n)
		failed = select_policies(&s, q->policies.item, q->policies.n, &q->path, 1, err);
	for (size_t i = 0; !failed && i < s.n; i++)
		failed = write_policy(q, state, s.spec[i], err);
	selected_free(&s);
	return failed;
}

static int check_trace(const struct request *q, const struct trace_reader *r, struct vt_error *err)
{
	const struct trace_meta *meta = trace_reader_meta(r);
	uint64_t end = trace_ticks_to_ns(meta->end, meta->clock_hz);

	if (q->window.from > end)
		return vt_error_set(
		    err, q->path, VT_NO_OFFSET,
		    "--from is behind the end of the trace, which is %" PRIu64 " ns long", end);
	if (trace_reader_truncated(r))
		vt_warn(q->path, "the trace is cut off: its whole blocks are exported");
	return 0;
}

static int export_trace(const struct request *q, struct trace_reader *r, struct vt_error *err)
{
	const struct export_format *format = formats[q->format];
	struct file *to;
	void *state;
	int failed;

	if (check_trace(q, r, err))
		return -1;
	to = file_create(q->output ? q->output : "-", err);
	if (!to)
		return -1;
	state = format->open(to, r, &q->window);
	failed = write_all(q, state, err);
	if (format->close(state, !failed, err))
		failed = -1;
	if (!failed)
		return file_commit(to, err);
	file_abort(to);
	return -1;
}

/* ---- the command line ---- */

static int run_request(const struct request *q)
{
	struct vt_error err;
	struct trace_reader *r = trace_reader_open(q->path, &err);
	int failed = r ? export_trace(q, r, &err) : -1;

	trace_reader_close(r);
	if (failed)
		vt_error_print(&err);
	return failed ? EXIT_TROUBLE : EXIT_OK;
}

/* What the table cannot tell. 0, or an exit code after its message. */
static int settle(struct request *q)
{
	const char *path = q->output;
	struct vt_error err;

	if (q->window.from > q->window.to)
		return cli_usage_error("export", "--from is after --to");
	if (!q->policies.n && (q->costs || q->away == AWAY_RECORDED))
		return cli_usage_error("export", "--costs and --away are of replays, expected "
						 "-p POLICY, too");
	/* Easily mistyped, and it would be the end of a trace. */
	if (path && strlen(path) > 4 && !strcmp(path + strlen(path) - 4, ".vtt"))
		return cli_usage_error("export",
				       "-o is '%s', expected a file to write, not a trace", path);
	if (!path && formats[q->format]->binary && isatty(STDOUT_FILENO))
		return cli_usage_error("export",
				       "the file is not for a terminal, expected -o FILE");
	if (!path)
		call_writes("-");
	plugin_note_files(q->policies.item, q->policies.n);
	if (call_files_check(&err)) {
		vt_error_print(&err);
		return EXIT_TROUBLE;
	}
	return EXIT_OK;
}

static int run(int argc, char **argv)
{
	struct request q = { .window.to = UINT64_MAX };
	int code;

	if (!opt_parse(&command_export, &q, argc, argv, &code))
		return code;
	code = settle(&q);
	if (!code)
		code = run_request(&q);
	opt_free(&command_export, &q);
	return code;
}

static const char *format_name(unsigned number)
{
	return number < FORMATS ? formats[number]->name : NULL;
}

static const char *format_help(unsigned number)
{
	return formats[number]->help;
}

#define AT(field) OPT_AT(struct request, field)

static const struct opt options[] = {
	{ OPT_FILE_IN, .argument = "TRACE", .needed = true,
	  .no_dash = "a trace is read from its end, too", AT(path), .help = "the trace" },
	{ OPT_CHOICE, .name = "format", .choice = format_name, .about_choice = format_help,
	  .value = "perfetto", AT(format), .help = "what to write" },
	{ OPT_TEXT, .name = "policy", .letter = 'p', .argument = "POLICY[:key=value,...]",
	  .many = true, AT(policies), .values = complete_policies,
	  .help = "beside the recording, what a replay with this policy makes of the same trace; "
		  "as for 'vtick replay'",
	  .more = "Each is a group of tracks of its own, or rows with its name." },
	{ OPT_DURATION, .name = "from", .argument = "TIME", AT(window.from),
	  .help = "from this time on, since the start of the trace: 1.5 and 1.5s are seconds, "
		  "50us" },
	{ OPT_DURATION, .name = "to", .argument = "TIME", AT(window.to),
	  .help = "up to this time, what happens at it included",
	  .more = "What lasts over an end of the window is cut there. A row of CSV counts by when "
		  "its tick was delivered, or came to nothing." },
	{ OPT_FILE_OUT, .name = "output", .letter = 'o', .argument = "FILE", .dash = true,
	  AT(output),
	  .help = "the file to write; it appears only when it is whole. Without it, or with -, "
		  "standard output" },
	SIDE_OPTIONS,
	OPT_LIMIT,
	{ 0 },
};

static const char *const examples[] = {
	"vtick export mail.vtt -o mail.pftrace",
	"vtick export --from 1.2 --to 1.3 -p kvm-hrtimer -p virtual kvm.vtt -o part.pftrace",
	"vtick export kvm.vtt | gzip >kvm.pftrace.gz",
	"vtick export --format csv kvm.vtt -o ticks.csv",
	NULL,
};

const struct opt_command command_export = {
	.name = "export",
	.summary = "write a trace for other programs to show",
	.run = run,
	.about =
	    "Writes a trace as a file that Perfetto shows: a track for each LP with the VPs that "
	    "run there, one for each VP with when it runs, waits for an LP or is halted, and under "
	    "it its timer: what the guest wrote, the deadlines that it reached, what the "
	    "hypervisor did about them, and each tick that was late. Arrows lead from the expiry "
	    "of a hypervisor's timer over the wake-up and the run of its VP to the injection. With "
	    "-p the same load stands there once more as a policy would have served it, with its "
	    "interrupts and the length of each LP's timer list.",
	.options = options,
	.notes =
	    "Open the file at https://ui.perfetto.dev: it stays on your machine. Keys w and s "
	    "zoom, "
	    "a and d pan; a click on an instant shows its arrows and what it says, times in ns "
	    "since the start of the trace.\n"
	    "A replay leaves what it did in a temporary file meanwhile (in $TMPDIR, else /tmp), "
	    "some 100 bytes for each event.",
	.examples = examples,
};
