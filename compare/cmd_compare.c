/* SPDX-License-Identifier: GPL-2.0-only */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "compare/commands.h"
#include "compare/comparison.h"
#include "compare/date.h"
#include "compare/explain.h"
#include "compare/folders.h"
#include "compare/golden.h"
#include "compare/report/report.h"
#include "replay/complete.h"
#include "replay/fleet/folder.h"
#include "replay/plugin/plugin.h"
#include "traces/base/call_files.h"
#include "traces/base/cli.h"
#include "traces/base/complete.h"
#include "traces/base/file.h"
#include "traces/base/limits.h"
#include "traces/base/mem.h"
#include "traces/base/options.h"
#include "traces/trace.h"

/* The number of the format that people read. */
#define TEXT 0u

/* A report into a file. */
struct output {
	report_fn *report;
	const char *path;
	bool full;
};

struct request {
	struct opt_list any, side[2];
	struct opt_list allow_empty;
	struct opt_list *into; /* where a bare argument goes */
	const char *select[2];
	const char *rules, *today, *which, *trace, *policy, *golden;
	const char *title, *on_fail;
	uint32_t fail_on; /* enum fail_on */
	uint32_t format;  /* of the report on stdout */
	struct output *output;
	size_t outputs;
	uint32_t rows;
	struct explain_options explain_options;
	bool explain;
	bool allow_new, allow_older, strict, each, all, metrics;
	char date[11];
};

static void add_output(struct request *q, report_fn *report, const char *path, bool full)
{
	call_writes(path);
	q->output = vt_realloc(q->output, (q->outputs + 1) * sizeof(*q->output));
	q->output[q->outputs++] = (struct output){ report, path, full };
}

static int take_file(void *config, const struct opt *o, const char *value, struct vt_error *err)
{
	struct request *q = config;

	(void)o;
	(void)err;
	call_reads(value);
	opt_list_add(q->into, value);
	return 0;
}

/* --base-files and --candidate-files: the files that follow are of that side. */
static int take_side(void *config, const struct opt *o, const char *value, struct vt_error *err)
{
	struct request *q = config;

	(void)value;
	(void)err;
	q->into = &q->side[*o->name == 'c'];
	return 0;
}

static int take_report(void *config, const struct opt *o, const char *value, struct vt_error *err)
{
	size_t len = strcspn(value, ":");
	const char *name;
	unsigned i = 0;

	(void)o;
	while ((name = report_name(i)) && (strlen(name) != len || memcmp(name, value, len)))
		i++;
	if (!name || !value[len] || !value[len + 1])
		return vt_error_set(err, NULL, VT_NO_OFFSET,
				    "is '%s', expected FORMAT:FILE with a format of --format",
				    value);
	add_output(config, report_of(i), value + len + 1, false);
	return 0;
}

static int take_full(void *config, const struct opt *o, const char *value, struct vt_error *err)
{
	(void)o;
	(void)err;
	add_output(config, report_markdown, value, true);
	return 0;
}

static int take_day(void *config, const struct opt *o, const char *value, struct vt_error *err)
{
	struct request *q = config;

	(void)o;
	if (!date_valid(value))
		return vt_error_set(err, NULL, VT_NO_OFFSET, "is '%s', expected YYYY-MM-DD", value);
	q->today = value;
	return 0;
}

/* The files of both sides, from the three ways to give them. */
static int settle_files(struct request *q)
{
	bool selects = q->select[0] || q->select[1];

	if (selects && !(q->select[0] && q->select[1]))
		return cli_usage_error("compare",
				       "--base and --candidate go together, one is missing");
	if (q->side[0].n || q->side[1].n) {
		if (q->any.n)
			return cli_usage_error(
			    "compare",
			    "'%s' is of neither side, expected it behind --base-files or "
			    "--candidate-files",
			    q->any.item[0]);
		if (!q->side[0].n || !q->side[1].n)
			return cli_usage_error("compare", "there are no %s files",
					       q->side[0].n ? "candidate" : "base");
		return EXIT_OK;
	}
	if (q->into != &q->any)
		return cli_usage_error("compare",
				       "no file follows --base-files or --candidate-files");
	if (selects && q->any.n == 1)
		return EXIT_OK; /* both sides share it */
	if (q->any.n != 2)
		return cli_usage_error("compare", "%s, expected a baseline and a candidate%s",
				       q->any.n ? q->any.n == 1 ? "one file" : "more than two files"
						: "no file is given",
				       q->any.n > 2
					   ? "; --base-files and --candidate-files take several"
				       : q->any.n == 1 ? ", or --base and --candidate policies"
						       : "");
	opt_list_add(&q->side[0], q->any.item[0]);
	opt_list_add(&q->side[1], q->any.item[1]);
	return EXIT_OK;
}

/* Standard input is read once. */
static bool is_given_twice(const struct request *q)
{
	const struct opt_list *lists[] = { &q->any, &q->side[0], &q->side[1] };
	size_t n = 0;

	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
		for (size_t k = 0; k < lists[i]->n; k++)
			n += !strcmp(lists[i]->item[k], "-");
	}
	return n > 1;
}

/* What the table cannot tell. 0, or an exit code after its message. */
static int settle(struct request *q)
{
	struct vt_error err;

	for (int i = 0; i < 2; i++) {
		if (!q->explain_options.policy[i])
			continue;
		plugin_note_files(&q->explain_options.policy[i], 1);
		q->explain = true;
	}
	q->explain |= q->explain_options.reduce;
	if (q->metrics || q->which)
		return EXIT_OK;
	if (is_given_twice(q))
		return cli_usage_error("compare", "standard input is given twice, expected once");
	if (q->trace || q->policy)
		return cli_usage_error("compare", "--trace and --policy are of --which");
	if (q->golden)
		return q->any.n == 1
			   ? EXIT_OK
			   : cli_usage_error("compare", "--golden takes one result, %zu are given",
					     q->any.n);
	call_writes("-"); /* the report of --format */
	if (call_files_check(&err)) {
		vt_error_print(&err);
		return EXIT_TROUBLE;
	}
	return settle_files(q);
}

static const char *today(struct request *q)
{
	time_t now = time(NULL);
	struct tm tm;

	if (q->today)
		return q->today;
	if (!gmtime_r(&now, &tm) || !strftime(q->date, sizeof(q->date), "%Y-%m-%d", &tm))
		return "9999-12-31"; /* no clock: no waiver */
	return q->date;
}

static int write_report(const struct request *q, const struct comparison *c, const struct output *o,
			struct vt_error *err)
{
	struct report_options options = {
		.lines = o->full ? 0 : q->rows,
		.each = o->full || q->each || q->all,
		.bytes_max = o->report == report_markdown && !o->full ? MARKDOWN_MAX : 0,
		.colour = !o->path && cli_colour(STDOUT_FILENO),
	};
	char *text = NULL;
	size_t len = 0;
	FILE *f;
	int failed;

	if (!o->path) {
		o->report(stdout, c, &options);
		return 0;
	}
	f = vt_text_open(&text, &len);
	o->report(f, c, &options);
	vt_text_close(f);
	failed = file_save(o->path, text, len, err);
	free(text);
	return failed;
}

static int write_reports(const struct request *q, const struct comparison *c, struct vt_error *err)
{
	const struct output standard = { .report = report_of(q->format) };

	for (size_t i = 0; i < q->outputs; i++) {
		if (write_report(q, c, &q->output[i], err))
			return -1;
	}
	/* Whoever reads text sees the first line; other formats go into files. */
	if (c->troubles.n && q->format != TEXT) {
		struct vt_error line;

		vt_error_set(&line, NULL, VT_NO_OFFSET, "compare: %.700s", c->headline);
		vt_error_print(&line);
	}
	return write_report(q, c, &standard, err);
}

static int read_side(struct side *s, const struct opt_list *f, struct vt_error *err)
{
	for (size_t i = 0; i < f->n; i++) {
		if (strcmp(f->item[i], "-") && folder_is(f->item[i])) {
			if (folders_read(s, f->item[i], err))
				return -1;
			continue;
		}
		s->input = vt_realloc(s->input, (s->inputs + 1) * sizeof(*s->input));
		if (input_read(&s->input[s->inputs++], f->item[i], err))
			return -1;
	}
	return 0;
}

/* Reads both sides and compares them. 0 or -1. */
static int read_and_compare(struct request *q, struct comparison *c, struct vt_error *err)
{
	if (folders_are(&q->side[0]) && folders_are(&q->side[1]))
		return folders_compare(c, q->side, err);
	if (q->side[0].n) {
		if (read_side(&c->side[0], &q->side[0], err) ||
		    read_side(&c->side[1], &q->side[1], err))
			return -1;
	} else {
		if (read_side(&c->side[0], &q->any, err))
			return -1;
		c->side[1].input = c->side[0].input;
		c->side[1].inputs = c->side[0].inputs;
	}
	comparison_run(c);
	return 0;
}

static int compare(struct request *q, struct comparison *c, struct vt_error *err)
{
	c->side[0].name = "baseline";
	c->side[1].name = "candidate";
	c->fail_on = q->fail_on;
	c->allow_new = q->allow_new;
	c->allow_older = q->allow_older;
	c->strict = q->strict;
	c->allow_empty = &q->allow_empty;
	c->keep_all = q->all;
	c->title = q->title;
	c->on_fail = q->on_fail;
	if (rules_load(&c->rules, q->rules, today(q), err))
		return -1;
	for (int i = 0; i < 2; i++) {
		if (q->select[i] && selection_parse(&c->side[i].select, q->select[i], err))
			return -1;
	}
	if (read_and_compare(q, c, err))
		return -1;
	if (q->explain && comparison_explain(c, &q->explain_options, err))
		return -1;
	return write_reports(q, c, err);
}

static int run_compare(struct request *q)
{
	struct comparison c = { 0 };
	struct vt_error err;
	int code;

	if (compare(q, &c, &err)) {
		vt_error_print(&err);
		code = EXIT_TROUBLE;
	} else {
		code = comparison_exit(&c);
	}
	for (int i = 1; i >= 0; i--) {
		struct side *s = &c.side[i];

		if (i && s->input == c.side[0].input)
			continue;
		for (size_t k = 0; k < s->inputs; k++)
			input_free(&s->input[k]);
		free(s->input);
	}
	comparison_free(&c);
	return code;
}

static int run_which(struct request *q)
{
	struct rules rules;
	struct vt_error err;
	int failed = rules_load(&rules, q->rules, today(q), &err) ||
		     rules_which(&rules, q->which, q->trace, q->policy, &err);

	if (failed)
		vt_error_print(&err);
	rules_free(&rules);
	return failed ? EXIT_TROUBLE : EXIT_OK;
}

static int run_golden(const struct request *q)
{
	struct vt_error err;

	if (!golden_make(q->golden, q->any.item[0], &err))
		return EXIT_OK;
	vt_error_print(&err);
	return EXIT_TROUBLE;
}

static int run_request(struct request *q)
{
	int code = settle(q);

	if (code)
		return code;
	if (q->metrics)
		metrics_print(stdout);
	else if (q->which)
		return run_which(q);
	else if (q->golden)
		return run_golden(q);
	else
		return run_compare(q);
	return EXIT_OK;
}

static int run(int argc, char **argv)
{
	struct request q = { 0 };
	int code;

	q.into = &q.any;
	if (opt_parse(&command_compare, &q, argc, argv, &code))
		code = run_request(&q);
	opt_list_free(&q.any);
	opt_list_free(&q.allow_empty);
	opt_list_free(&q.side[0]);
	opt_list_free(&q.side[1]);
	free(q.output);
	return code;
}

#define AT(field) OPT_AT(struct request, field)

static void result_values(struct completion *c)
{
	complete_files(c, ".json");
}

static const struct opt options[] = {
	{ OPT_CALL, .argument = "RESULT.json", .many = true, .take = take_file,
	  .values = result_values,
	  .help =
	      "results of 'vtick replay -o', folders that 'vtick replay -O' filled, goldens made "
	      "of results, documents of 'vtick late --json', or hyperfine's --export-json; - is "
	      "standard input",
	  .more =
	      "Two folders are compared a trace after the other, and what is the same on both "
	      "sides is only counted: reports list the cells of traces in which a policy differs, "
	      "with --all every one." },
	{ OPT_GROUP, .help = "What is compared" },
	{ OPT_TEXT, .name = "base", .argument = "POLICY", AT(select[0]),
	  .values = complete_policies,
	  .help =
	      "the policy to compare with, NAME or NAME:key=value,... (or a command of hyperfine)",
	  .more = "By trace, with as many parameters as tell it from others. hv-tick, hv-slice and "
		  "slop are written as for vtick-replay(1)." },
	{ OPT_TEXT, .name = "candidate", .argument = "POLICY", AT(select[1]),
	  .values = complete_policies,
	  .help = "the policy to compare; both of one file, or the one of BASE and the other of "
		  "CANDIDATE" },
	{ OPT_CALL, .name = "base-files", .take = take_side,
	  .help = "the files that follow are the baseline's: replays must agree, runs are put "
		  "together",
	  .more =
	      "A result may be spread over several; cells that are in more than one must agree, "
	      "else the side is not deterministic." },
	{ OPT_CALL, .name = "candidate-files", .take = take_side,
	  .help = "the files that follow are the candidate's" },
	{ OPT_GROUP, .help = "What may be worse" },
	{ OPT_FILE_IN, .name = "rules", .argument = "FILE", AT(rules),
	  .help = "limits, exceptions and waivers (RULES-FILE.md); without it any worsening of an "
		  "exact metric fails" },
	{ OPT_TEXT, .name = "which", .argument = "METRIC", AT(which), .values = complete_metrics,
	  .help = "say which rule decides about a metric, and stop",
	  .more = "It lists the rules that match." },
	{ OPT_TEXT, .name = "trace", .argument = "TRACE", AT(trace),
	  .help = "with --which: of this trace" },
	{ OPT_TEXT, .name = "policy", .argument = "POLICY", AT(policy), .values = complete_policies,
	  .help = "with --which: of this policy" },
	{ OPT_CALL, .name = "today", .argument = "YYYY-MM-DD", .take = take_day,
	  .help = "the day by which waivers expire; without it today, UTC" },
	{ OPT_CHOICE, .name = "fail-on", .argument = "WHAT", .choice = fail_on_name,
	  .value = "regression", AT(fail_on),
	  .help = "what fails: what is worse, or any change, a gain too",
	  .more = "With change a gain is accepted and becomes the new floor." },
	{ OPT_SWITCH, .name = "allow-new", AT(allow_new),
	  .help = "a cell that the baseline does not have is no trouble, but a warning" },
	{ OPT_SWITCH, .name = "allow-older", AT(allow_older),
	  .help = "a candidate of an older vtick than the baseline is no trouble",
	  .more = "What it does not count yet is not compared." },
	{ OPT_TEXT, .name = "allow-empty", .argument = "TRACE", .many = true, AT(allow_empty),
	  .help = "a trace without a guest timer write whose deadline is known is no trouble; a "
		  "name, or a pattern as rules have them",
	  .more = "Nothing can be told of policies there, so without it that is trouble." },
	{ OPT_SWITCH, .name = "strict", AT(strict),
	  .help =
	      "noisy metrics that could not be decided are trouble, and so are numbers that both "
	      "sides do not hold exactly (2^53 - 1 and more)" },
	OPT_LIMIT,
	{ OPT_GROUP, .help = "The report" },
	{ OPT_CHOICE, .name = "format", .argument = "FORMAT", .choice = report_name,
	  .value = "text", AT(format), .help = "of the report on standard output",
	  .more =
	      "mail is text whose lines are short enough for a mailing list. markdown is for a "
	      "comment on a pull request: at most 65000 characters, the worst are kept. junit "
	      "is a test case for each cell, github annotations of a "
	      "workflow. html is one page for a browser that loads nothing: the verdict, what "
	      "moved, "
	      "each trace with its policies side by side, how late ticks are; 500 rows of single "
	      "metrics, with --each all." },
	{ OPT_CALL, .name = "report", .letter = 'o', .argument = "FORMAT:FILE", .many = true,
	  .take = take_report, .values = report_values, .help = "a report into a file as well",
	  .more = "Files appear whole or not at all." },
	{ OPT_CALL, .name = "full", .argument = "FILE", .take = take_full,
	  .values = complete_all_files,
	  .help = "the whole report as markdown, where a comment holds a part" },
	{ OPT_NUMBER, .name = "rows", .argument = "N", .value = "10", AT(rows),
	  .help = "lines of text, mail and markdown at most, the worst first; 0: all",
	  .more = "Each is a policy and a cause: what moves together. Markdown folds the rest." },
	{ OPT_SWITCH, .name = "each", AT(each),
	  .help = "in text and markdown a row for each metric of each cell, too" },
	{ OPT_SWITCH, .name = "all", AT(all),
	  .help = "rows of what is the same, too; it is --each" },
	{ OPT_TEXT, .name = "title", .argument = "TEXT", AT(title),
	  .help = "what is compared, in a line of text, mail, markdown and JSON",
	  .more = "Markdown begins with it." },
	{ OPT_TEXT, .name = "on-fail", .argument = "TEXT", AT(on_fail),
	  .help = "a line to end a failed report with: what to do now",
	  .more = "Such as the command that accepts the candidate." },
	{ OPT_GROUP, .help = "Where it happened" },
	{ OPT_SWITCH, .name = "explain", AT(explain),
	  .help = "replay cells whose digests differ, name the first tick whose fate does",
	  .more =
	      "Of the first five cells, the worst first: both policies are replayed from the trace "
	      "by 'vtick replay --fates'; named are the first tick whose fate differs, with its "
	      "VP, "
	      "LP and deadline, what each policy did with it, and the events around it. A result "
	      "may "
	      "name a policy that is installed, and no file: that has to be given here. If a "
	      "policy no "
	      "longer gives the result's digest, that is said instead. What cannot be explained is "
	      "a "
	      "warning, and the verdict stands; a replay that fails is trouble." },
	{ OPT_SWITCH, .name = "reduce", AT(explain_options.reduce),
	  .help =
	      "with --explain: the tick on the smallest trace that still shows it, too, as events "
	      "and as text for 'vtick import text'",
	  .more =
	      "The tick's fates stay what they are (delivered later, missed, merged), its VP and "
	      "times do not. It takes hundreds of replays, several at once; vtick-reduce(1) says "
	      "what is tried. It implies --explain." },
	{ OPT_FOLDER, .name = "trace-dir", .argument = "DIR", .value = ".",
	  AT(explain_options.trace_dir),
	  .help = "with --explain: where the traces are, as NAME.vtt" },
	{ OPT_TEXT, .name = "explain-base", .argument = "POLICY", AT(explain_options.policy[0]),
	  .values = complete_policies,
	  .help = "replay this policy, a name, .so, .c or KIND:tree=DIR, where the baseline was "
		  "not made by one "
		  "that is "
		  "installed",
	  .more = "Parameters are those of the cell. It implies --explain." },
	{ OPT_TEXT, .name = "explain-candidate", .argument = "POLICY",
	  AT(explain_options.policy[1]), .values = complete_policies,
	  .help = "the same for the candidate" },
	{ OPT_GROUP, .help = "Instead" },
	{ OPT_FILE_OUT, .name = "golden", .argument = "FILE", .dash = true, AT(golden),
	  .help = "write RESULT.json as a golden (GOLDEN.md), the form to accept and to keep, into "
		  "FILE "
		  "(-: standard output), and stop" },
	{ OPT_SWITCH, .name = "metrics", AT(metrics),
	  .help = "list what is compared and which way it is better" },
	{ 0 },
};

static const char *const usage[] = {
	"[OPTION]... BASE.json CANDIDATE.json",
	"[OPTION]... BASEDIR CANDIDATEDIR",
	"[OPTION]... --base POLICY --candidate POLICY RESULT.json...",
	"[OPTION]... --base-files FILE... --candidate-files FILE...",
	"--which METRIC [--rules FILE] [--trace TRACE] [--policy POLICY]",
	"--golden FILE RESULT.json",
	NULL,
};
static const char *const examples[] = {
	"vtick compare golden.txt new.json",
	"vtick compare --base passthrough --candidate virtual mail.json",
	"vtick compare --rules gate.json -o junit:report.xml golden.txt new.json",
	NULL,
};

const struct opt_command command_compare = {
	.name = "compare",
	.summary = "compare two results, fail if the second is worse",
	.run = run,
	.usage = usage,
	.about = "Says what is better and worse in the candidate, and fails if it may not be: by "
		 "default if any simulated number is worse. hyperfine's times are tested "
		 "statistically.",
	.options = options,
	.examples = examples,
	.exits = "Exit codes: 0 passed; 1 the gate failed; 2 trouble: bad usage, unreadable, not "
		 "comparable, something missing. Nothing that is missing ever passes.",
};
