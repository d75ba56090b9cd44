/* SPDX-License-Identifier: GPL-2.0-only */
/* The command `vtick export`: a trace for other programs to show. */
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "replay/commands.h"
#include "replay/export/perfetto.h"
#include "traces/base/call_files.h"
#include "traces/base/cli.h"

struct request {
	const char *path;
	const char *output; /* NULL: standard output */
	uint32_t format;    /* of formats */
	struct export_window window;
};

static const char *const formats[] = { "perfetto", NULL };

static int export_trace(const struct request *q, struct trace_reader *r, struct vt_error *err)
{
	const struct trace_meta *meta = trace_reader_meta(r);
	uint64_t end = trace_ticks_to_ns(meta->end, meta->clock_hz);
	struct file *to;
	int failed;

	if (q->window.from > end)
		return vt_error_set(
		    err, q->path, VT_NO_OFFSET,
		    "--from is behind the end of the trace, which is %" PRIu64 " ns long", end);
	if (trace_reader_truncated(r))
		vt_warn(q->path, "the trace is cut off: its whole blocks are exported");
	to = file_create(q->output ? q->output : "-", err);
	if (!to)
		return -1;
	failed = perfetto_write(to, r, &q->window, err);
	if (!failed)
		return file_commit(to, err);
	file_abort(to);
	return -1;
}

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
	/* Easily mistyped, and it would be the end of a trace. */
	if (path && strlen(path) > 4 && !strcmp(path + strlen(path) - 4, ".vtt"))
		return cli_usage_error("export",
				       "-o is '%s', expected a file to write, not a trace", path);
	if (!path && isatty(STDOUT_FILENO))
		return cli_usage_error("export",
				       "the file is not for a terminal, expected -o FILE");
	if (!path)
		call_writes("-");
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

#define AT(field) OPT_AT(struct request, field)

static const struct opt options[] = {
	{ OPT_FILE_IN, .argument = "TRACE", .needed = true,
	  .no_dash = "a trace is read from its end, too", AT(path), .help = "the trace" },
	{ OPT_CHOICE, .name = "format", .choices = formats, .value = "perfetto", AT(format),
	  .help = "perfetto: Perfetto's own trace format, for https://ui.perfetto.dev or a "
		  "trace_processor of your own" },
	{ OPT_DURATION, .name = "from", .argument = "TIME", AT(window.from),
	  .help = "from this time on, since the start of the trace: 1.5 and 1.5s are seconds, "
		  "50us" },
	{ OPT_DURATION, .name = "to", .argument = "TIME", AT(window.to),
	  .help = "up to this time, an event at it included",
	  .more = "What lasts over an end of the window is cut there." },
	{ OPT_FILE_OUT, .name = "output", .letter = 'o', .argument = "FILE", .dash = true,
	  AT(output),
	  .help = "the file to write; it appears only when it is whole. Without it, or with -, "
		  "standard output" },
	{ 0 },
};

static const char *const examples[] = {
	"vtick export mail.vtt -o mail.pftrace",
	"vtick export --from 1.2 --to 1.3 kvm.vtt -o part.pftrace",
	"vtick export kvm.vtt | gzip >kvm.pftrace.gz",
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
	    "hypervisor did about them. Arrows lead from the expiry of a hypervisor's timer over "
	    "the wake-up and the run of its VP to the injection.",
	.options = options,
	.notes =
	    "Open the file at https://ui.perfetto.dev: it stays on your machine. Keys w and s "
	    "zoom, "
	    "a and d pan; a click on an instant shows its arrows and what it says, times in ns "
	    "since the start of the trace.",
	.examples = examples,
};
