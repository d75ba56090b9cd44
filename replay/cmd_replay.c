/* SPDX-License-Identifier: GPL-2.0-only */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "replay/commands.h"
#include "replay/complete.h"
#include "replay/fleet_options.h"
#include "replay/plugin/cell_options.h"
#include "replay/run/html.h"
#include "replay/run/remarks.h"
#include "replay/run/result.h"
#include "replay/run/runner.h"
#include "replay/run/select.h"
#include "replay/run/table.h"
#include "replay/side_options.h"
#include "replay/watch/survey.h"
#include "traces/base/call_files.h"
#include "traces/base/cli.h"
#include "traces/base/complete.h"
#include "traces/base/file.h"
#include "traces/base/html.h"
#include "traces/base/limits.h"
#include "traces/base/mem.h"
#include "traces/base/options.h"

#define JOBS_MAX 1024u
#define MEMORY_MAX (UINT64_C(1) << 32)
#define WINDOW_MAX UINT64_C(1000000000000)

struct request {
	struct fleet_options fleet; /* of many traces; first: FLEET_OPTIONS */
	struct opt_list traces;
	struct opt_list policies;
	const char *output; /* NULL: JSON to stdout */
	const char *fates;  /* NULL: not asked */
	const char *page;   /* of --report; NULL: not asked */
	const char *costs;  /* NULL: none */
	uint32_t away;	    /* of away_ways */
	bool against;
	bool closed;
	uint32_t residuals;
	bool bound;
	uint32_t rides;	    /* of bound_rides */
	uint64_t window_ns; /* WINDOW_OF_RECORDING: not given */
	uint32_t jobs;
	uint64_t timeout_ns;
	uint64_t memory_mib;
	bool no_sandbox;
};

/* What all cells have in common. */
static int set_up(struct run *run, const struct request *q, struct vt_error *err)
{
	run->jobs = q->jobs;
	run->timeout_ns = q->timeout_ns;
	run->memory_mib = q->memory_mib;
	run->no_sandbox = q->no_sandbox;
	run->has_costs = q->costs != NULL;
	run->away_recorded = q->away == AWAY_RECORDED;
	run->against = q->against;
	run->closed = q->closed;
	run->residuals = q->residuals;
	run->bound = q->bound;
	run->rides = (enum bound_rides)q->rides;
	run->window_ns = q->window_ns;
	return q->costs ? costs_read(&run->costs, q->costs, err) : 0;
}

static int replay(struct run *run, struct selected *selected, const struct request *q,
		  struct runner_signals *signals, struct vt_error *err)
{
	if (set_up(run, q, err))
		return -1;
	if (select_policies(selected, q->policies.item, q->policies.n, q->traces.item, q->traces.n,
			    err) ||
	    run_load_policies(run, (const char *const *)selected->spec, selected->n, err))
		return -1;
	remarks_sandbox(run);
	if (run_open_traces(run, q->traces.item, q->traces.n, err))
		return -1;
	if (q->fates && run->cells != 1)
		return vt_error_set(
		    err, NULL, VT_NO_OFFSET,
		    "replay: --fates is of one policy and one trace, not of %zu cells", run->cells);
	return runner_run(run, signals, err);
}

/* Ends *@f. */
static int commit(struct file **f, struct vt_error *err)
{
	struct file *ended = *f;

	*f = NULL;
	return file_commit(ended, err);
}

/* What a run writes into files; NULL: it is not asked for. */
struct outputs {
	struct file *result, *fates, *page;
};

static int write_page(const struct run *run, const struct request *q, struct file **f,
		      const char *command, struct vt_error *err)
{
	const struct policy_fates_options options = { .costs = q->costs,
						      .away_recorded = q->away == AWAY_RECORDED,
						      .no_sandbox = q->no_sandbox };
	char *text = NULL;
	size_t size = 0;
	FILE *to = vt_text_open(&text, &size);
	int failed;

	failed = html_replay(to, run, &options, command, err);
	vt_text_close(to);
	if (!failed)
		failed = file_write(*f, text, size, err);
	if (!failed)
		failed = commit(f, err);
	free(text);
	return failed;
}

/* The result is there: puts it where it belongs. */
static int deliver(const struct run *run, const struct request *q, struct outputs *out,
		   const char *command, struct vt_error *err)
{
	json_t *document = result_document(run, command);
	char *text = result_print(document);
	bool table = out->result != NULL;
	int failed = 0;

	if (table)
		failed = file_write(out->result, text, strlen(text), err);
	if (!failed && table)
		failed = commit(&out->result, err);
	if (!failed && !table)
		fputs(text, stdout);
	if (table && !failed)
		table_print(stdout, run, cli_colour(STDOUT_FILENO));
	/* Last: what has been replayed is not lost where a page cannot be made. */
	if (!failed && out->page)
		failed = write_page(run, q, &out->page, command, err);
	free(text);
	json_decref(document);
	return failed;
}

/* At once: who waits for an hour learns beforehand that the folder is not there. */
static int open_outputs(const struct request *q, struct outputs *out, struct vt_error *err)
{
	if (q->output && !(out->result = file_create(q->output, err)))
		return -1;
	if (q->page && !(out->page = file_create(q->page, err)))
		return -1;
	return q->fates && !(out->fates = file_create(q->fates, err)) ? -1 : 0;
}

/* Only while there are children are signals the runner's: a pipe that nobody reads may be waited
 * for before and behind it, and a signal ends that. */
static int run_cells(struct run *run, const struct request *q, struct vt_error *err)
{
	struct selected selected = { 0 };
	struct runner_signals signals;
	int failed;

	runner_block(&signals);
	failed = replay(run, &selected, q, &signals, err);
	selected_free(&selected);
	if (signals.pending)
		vt_error_print(err);
	runner_unblock(&signals);
	return failed;
}

static int run_fleet(const struct request *q, const char *command)
{
	struct run set = { 0 };
	struct vt_error err;

	if (!set_up(&set, q, &err))
		return fleet_options_run(&q->fleet, &q->traces, &q->policies, &set, command);
	vt_error_print(&err);
	run_free(&set);
	return EXIT_TROUBLE;
}

static int run_request(const struct request *q, const char *command)
{
	struct run run = { 0 };
	struct outputs out = { 0 };
	struct vt_error err;
	size_t lost = 0;
	int failed = open_outputs(q, &out, &err);

	if (out.fates)
		run.fates_fd = file_fd(out.fates);
	if (!failed)
		failed = run_cells(&run, q, &err);
	if (!failed) {
		lost = remarks_lost(&run, true);
		remarks_empty(&run, true);
		remarks_saturated(&run, true);
	}
	if (!failed && !lost && q->fates)
		failed = commit(&out.fates, &err);
	if (!failed)
		failed = deliver(&run, q, &out, command, &err);
	run_free(&run);
	file_abort(out.result);
	file_abort(out.fates);
	file_abort(out.page);
	if (failed)
		vt_error_print(&err);
	return failed || lost ? EXIT_TROUBLE : EXIT_OK;
}

/* What the table cannot tell. 0, or an exit code after its message. */
static int settle(struct request *q)
{
	const char *path = q->output;
	struct vt_error err;
	int code = fleet_options_check(&q->fleet, &q->traces,
				       q->output  ? "-o"
				       : q->fates ? "--fates"
				       : q->page  ? "--report html:"
						  : NULL);

	if (code)
		return code;
	/* Easily mistyped, and it would be the end of a trace. */
	if (path && strlen(path) > 4 && !strcmp(path + strlen(path) - 4, ".vtt"))
		return cli_usage_error(
		    "replay", "-o is '%s', expected a file for the result, not a trace", path);
	if (path && !strcmp(path, "-"))
		q->output = NULL;
	if (q->window_ns != WINDOW_OF_RECORDING && !q->against)
		return cli_usage_error("replay", "--window is given without --against-recording");
	if (q->closed && q->against)
		return cli_usage_error(
		    "replay", "--closed-loop has no recording to be held against, expected it "
			      "without --against-recording");
	if (q->residuals != RESIDUALS_ALL && !q->closed)
		return cli_usage_error("replay", "--residuals is given without --closed-loop");
	if (q->closed && q->bound)
		return cli_usage_error("replay",
				       "--bound is of the recorded schedule, expected it without "
				       "--closed-loop");
	if (q->closed && q->fates)
		return cli_usage_error("replay",
				       "--fates is of the recorded schedule, expected it without "
				       "--closed-loop");
	/* The result, or with -o the table, which no page may come between. */
	if (!path || (q->page && strcmp(path, "-")))
		call_writes("-");
	plugin_note_files(q->policies.item, q->policies.n);
	if (call_files_check(&err)) {
		vt_error_print(&err);
		return EXIT_TROUBLE;
	}
	return EXIT_OK;
}

static int take_report(void *config, const struct opt *o, const char *value, struct vt_error *err)
{
	struct request *q = config;

	(void)o;
	if (strncmp(value, "html:", strlen("html:"))) {
		if (!merge_reports_take(&q->fleet.reports, value, err))
			return 0;
		return vt_error_set(err, NULL, VT_NO_OFFSET,
				    "is '%s', expected html:FILE, or with -O json:FILE, "
				    "csv:FILE or text:FILE",
				    value);
	}
	if (!(q->page = html_file(value, err)))
		return -1;
	call_writes(q->page);
	return 0;
}

static int run(int argc, char **argv)
{
	struct request q = {
		.jobs = cli_jobs(JOBS_MAX),
		.window_ns = WINDOW_OF_RECORDING,
		.timeout_ns = RUN_TIMEOUT_AUTO,
	};
	int code;

	if (!opt_parse(&command_replay, &q, argc, argv, &code))
		return code;
	code = settle(&q);
	if (!code) {
		char *command = cli_command_line("replay", argc, argv);

		code = q.fleet.folder ? run_fleet(&q, command) : run_request(&q, command);
		free(command);
	}
	merge_reports_free(&q.fleet.reports);
	opt_free(&command_replay, &q);
	return code;
}

#define AT(field) OPT_AT(struct request, field)
#define F(field) AT(fleet.field)

/* One page, or with -O what merge has. */
static void report_values(struct completion *c)
{
	html_values(c);
	if (!strchr(complete_typed(c), ':'))
		merge_report_values(c);
}

static const struct opt options[] = {
	{ OPT_FILE_IN, .argument = "TRACE", .many = true,
	  .no_dash = "a trace is read from its end, too", AT(traces),
	  .help = "the traces to replay; with -O folders, too: all files in them that are called "
		  "*.vtt" },
	{ OPT_TEXT, .name = "policy", .letter = 'p', .argument = "POLICY[:key=value,...]",
	  .many = true, AT(policies), .values = complete_policies,
	  .help =
	      "an installed policy ('vtick policy list'), a .so, or a .c that is compiled with "
	      "$CC; all, or a pattern like 'kvm-*': the installed ones that fit, by name. Without "
	      "it passthrough, virtual, and what recorded the trace (KVM: kvm-hrtimer, Xen: "
	      "xen-vpt). Behind the colon: its parameters ('vtick policy show NAME') and what the "
	      "hypervisor around it does (below)",
	  .more = "See POLICIES." },
	{ OPT_FILE_OUT, .name = "output", .letter = 'o', .argument = "FILE", .dash = true,
	  AT(output),
	  .help =
	      "the result as JSON into FILE, a table on stdout; without it, or with -, the JSON "
	      "goes to stdout" },
	FLEET_OPTIONS,
	{ OPT_CALL, .name = "report", .argument = "FORMAT:FILE", .many = true, .take = take_report,
	  .values = report_values,
	  .help = "html: a page for a browser as well, the policies side by side, a trace after "
		  "the other; with -O instead json, csv or text: what they come to over all traces "
		  "in DIR, as 'vtick merge' says it",
	  .more = "A page is one file that loads nothing. It has a timeline around the tick that "
		  "was pended "
		  "latest "
		  "in each trace, for which the first four policies are replayed once more (of the "
		  "first "
		  "20 traces)." },
	{ OPT_FILE_OUT, .name = "fates", .argument = "FILE", .dash = true, AT(fates),
	  .help = "what became of each tick, a line each (one policy, one trace); - is standard "
		  "output",
	  .more = "See FATES." },
	{ OPT_FILE_IN, .name = "costs", .argument = "FILE", AT(costs),
	  .help = "what the hypervisor's own work takes ('vtick info --costs' derives it from a "
		  "recording): interrupts last, close ones are shared",
	  .more = "Without it nothing takes any time. See COSTS." },
	OPT_LIMIT,
	{ OPT_CHOICE, .name = "away", .choices = away_ways, .value = "drawn", AT(away),
	  .help = "when the machine under the hypervisor was elsewhere, so that interrupts wait: "
		  "drawn, "
		  "as the cost profile has it, or recorded, as the trace's AWAY events have it",
	  .more = "recorded needs no profile." },
	{ OPT_SWITCH, .name = "against-recording", AT(against),
	  .help =
	      "hold what each policy does against what the recorded hypervisor did (the trace's "
	      "OBS_ events): precision and recall, event by event",
	  .more = "See FIDELITY." },
	{ OPT_SWITCH, .name = "closed-loop", AT(closed),
	  .help = "let guests and schedule answer: what they would have done under each policy, "
		  "instead "
		  "of the recorded schedule",
	  .more = "See CLOSED LOOP." },
	{ OPT_NUMBER, .name = "residuals", .argument = "PERCENT", .max = RESIDUALS_ALL,
	  .value = "100", AT(residuals),
	  .help = "with --closed-loop: how much is kept of the recorded delays that no rule "
		  "explains; 0: none, as if only rules delayed anything",
	  .more = "See CLOSED LOOP." },
	{ OPT_SWITCH, .name = "bound", AT(bound),
	  .help =
	      "beside each cell the fewest machine timer interrupts that serve its ticks within "
	      "its slop, and how many times as many the policy took",
	  .more = "See BOUND." },
	{ OPT_CHOICE, .name = "free-rides", .choices = bound_rides, .value = "exits", AT(rides),
	  .help = "with --bound: what serves a tick without an interrupt, as for 'vtick bound'" },
	{ OPT_TIME, .name = "window", .argument = "TIME", .max = WINDOW_MAX, AT(window_ns),
	  .help = "with --against-recording: how far apart two events may be to be the same one; "
		  "without it the recording's own lateness, as FIDELITY.md says",
	  .more =
	      "That is the 99th percentile of how late the recorded hypervisor's expiries were, "
	      "at least 10us; 1ms where the recording does not tell." },
	{ OPT_NUMBER, .name = "jobs", .letter = 'j', .argument = "N", .min = 1, .max = JOBS_MAX,
	  AT(jobs), .help = "child processes at once; without it the number of CPUs",
	  .more = "With more children than traces the policies of a trace are spread over several, "
		  "each of which decodes the trace." },
	{ OPT_DURATION, .name = "cell-timeout", .argument = "TIME", AT(timeout_ns),
	  .help = "give a cell up that takes longer in all, a bare number is seconds; 0: never; "
		  "without it 10s, and 2s more for each million events of the trace",
	  .more =
	      "From loading the policy to closing it, on the clock. It may take as long, but at "
	      "least 1s and at most 10s, to say what it is beforehand. So long may the survey of "
	      "--against-recording take, too. Time in which the command is stopped does not "
	      "count." },
	{ OPT_WIDE, .name = "cell-memory", .argument = "MIB", .max = MEMORY_MAX, .value = "1024",
	  AT(memory_mib), .help = "give a policy up that takes more memory; 0: no limit",
	  .more = "Address space in mebibytes, counted for each cell by itself. Not in builds with "
		  "AddressSanitizer." },
	{ OPT_SWITCH, .name = "no-sandbox", AT(no_sandbox),
	  .help =
	      "let policies ask the kernel for all that vtick may: for debuggers, profilers and "
	      "policies with libraries of their own",
	  .more = "See CONTAINMENT." },
	{ 0 },
};

static void list_cell_options(FILE *to, unsigned width)
{
	opt_wrap(to, "What the hypervisor around a policy does, behind its name and a colon:", 0, 0,
		 width);
	for (size_t i = 0; i < cell_options; i++) {
		const struct cell_option *o = &cell_option[i];

		if (!cell_option_of_policy(o))
			continue;

		char *name = vt_format("%s=%s", o->name, o->unit);
		char *help = vt_format("%s (default %s)", o->help, o->fallback);

		fprintf(to, "  %-20s ", name);
		opt_wrap(to, help, 23, 23, width);
		free(name);
		free(help);
	}
}

static const char *const examples[] = {
	"vtick replay mail.vtt -o mail.json",
	"vtick replay -p all -o all.json host.vtt",
	"vtick replay -p virtual -p virtual:switch=keep -p ./mine.c mail.vtt | jq .cells[0]",
	NULL,
};

const struct opt_command command_replay = {
	.name = "replay",
	.summary = "replay traces through guest-timer policies",
	.run = run,
	.about =
	    "Replays every trace through every policy and says what the policy would have cost: "
	    "timer interrupts, length of the hypervisor's timer list, how late guests' ticks "
	    "fire.",
	.options = options,
	.notes =
	    "A policy that crashes, hangs or takes too much memory loses its own cell and nothing "
	    "else. A trace that is cut off is replayed up to its last whole block, with a "
	    "warning.",
	.lists = list_cell_options,
	.examples = examples,
	.exits = "Exit codes: 0 fine, 2 trouble, a lost cell too.",
};
