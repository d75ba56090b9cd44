/* SPDX-License-Identifier: GPL-2.0-only */
#define _GNU_SOURCE
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "compare/commands.h"
#include "compare/comparison.h"
#include "compare/explain.h"
#include "compare/golden.h"
#include "compare/report/report.h"
#include "traces/base/cli.h"
#include "traces/base/file.h"
#include "traces/base/mem.h"
#include "traces/trace.h"

#define ROWS_DEFAULT 50

struct files {
	const char **path;
	size_t n;
};

/* A report into a file. */
struct output {
	report_fn *report;
	const char *path;
	bool full;
};

struct request {
	struct files any, side[2];
	struct files *into; /* where a bare argument goes */
	const char *select[2];
	const char *rules, *today, *which, *trace, *policy, *golden;
	const char *on_fail;
	enum fail_on fail_on;
	report_fn *report;
	struct output *output;
	size_t outputs;
	uint32_t rows;
	struct explain_options explain_options;
	bool explain;
	bool rows_given, allow_new, allow_older, strict, all, metrics, help;
	char date[11];
};

static void help(void)
{
	fputs(
	    "usage: vtick compare [OPTIONS] BASE.json CANDIDATE.json\n"
	    "       vtick compare [OPTIONS] --base POLICY --candidate POLICY RESULT.json...\n"
	    "       vtick compare [OPTIONS] --base-files FILE... --candidate-files FILE...\n"
	    "       vtick compare --golden FILE RESULT.json\n"
	    "\n"
	    "Says what is better and worse in the candidate, and fails if it may not be: by "
	    "default if any\n"
	    "simulated number is worse. Files are results of 'vtick replay -o', goldens made\n"
	    "of them, or hyperfine's --export-json, whose times are tested statistically.\n"
	    "\n"
	    "  --base P, --candidate P  compare these policies: NAME or NAME:key=value,... (or "
	    "commands of\n"
	    "                      hyperfine); of one file, or the one's of BASE and the other's "
	    "of "
	    "CANDIDATE\n"
	    "  --base-files F...   several files a side: replays must agree, runs are put "
	    "together\n"
	    "  --candidate-files F...\n"
	    "  --rules FILE        limits, exceptions and waivers (RULES-FILE.md)\n"
	    "  --which METRIC      say which rule decides about a metric, and stop\n"
	    "  --trace T, --policy P  ... of this trace and policy\n"
	    "  --today YYYY-MM-DD  the day by which waivers expire (default: today, UTC)\n"
	    "  --fail-on WHAT      regression (default) or change: better fails too, for accepted "
	    "results\n"
	    "  --allow-new         a cell that the baseline does not have is no trouble\n"
	    "  --allow-older       a candidate of an older vtick than the baseline is no trouble\n"
	    "  --strict            noisy metrics that could not be decided are trouble\n"
	    "  --format F          text, markdown, json, junit, github or csv, on standard output\n"
	    "  -o FORMAT:FILE      a report into a file as well; may be repeated\n"
	    "  --full FILE         the whole report as markdown, where a comment holds a part\n"
	    "  --rows N            rows of text and markdown at most (default 50; 0: all)\n"
	    "  --all               rows of what is the same, too\n"
	    "  --on-fail TEXT      a line to end a failed report with: what to do now\n"
	    "  --explain           replay cells whose digests differ, name the first tick whose "
	    "fate does\n"
	    "  --trace-dir DIR     where their traces are, as NAME.vtt (default: here)\n"
	    "  --explain-base P, --explain-candidate P  policies (names, .so or .c) to replay, "
	    "where\n"
	    "                      those that the results name are not what made them\n"
	    "  --golden FILE       write RESULT.json as a golden (GOLDEN.md), the form to accept "
	    "and to\n"
	    "                      keep, into FILE (-: standard output), and stop\n"
	    "  --metrics           list what is compared and which way it is better\n"
	    "\n"
	    "  vtick compare golden.txt new.json\n"
	    "  vtick compare --base passthrough --candidate virtual mail.json\n"
	    "  vtick compare --rules gate.json -o junit:report.xml golden.txt new.json\n"
	    "\n"
	    "Exit codes: 0 passed; 1 the gate failed; 2 trouble: bad usage, unreadable, not "
	    "comparable,\n"
	    "something missing. Nothing that is missing ever passes.\n",
	    stdout);
}

static void add_file(struct files *f, const char *path)
{
	f->path = vt_realloc(f->path, (f->n + 1) * sizeof(*f->path));
	f->path[f->n++] = path;
}

static void add_output(struct request *q, report_fn *report, const char *path, bool full)
{
	q->output = vt_realloc(q->output, (q->outputs + 1) * sizeof(*q->output));
	q->output[q->outputs++] = (struct output){ report, path, full };
}

static int set_output(struct request *q, const char *text)
{
	const char *colon = strchr(text, ':');
	char format[16];

	if (!colon || colon == text || (size_t)(colon - text) >= sizeof(format) || !colon[1])
		return cli_usage_error("compare", "-o is '%s', expected FORMAT:FILE", text);
	snprintf(format, sizeof(format), "%.*s", (int)(colon - text), text);
	if (!report_find(format))
		return cli_usage_error(
		    "compare", "-o is '%s', expected one of " REPORT_FORMATS " before the colon",
		    text);
	add_output(q, report_find(format), colon + 1, false);
	return EXIT_OK;
}

enum {
	OPT_BASE = 256,
	OPT_CANDIDATE,
	OPT_BASE_FILES,
	OPT_CANDIDATE_FILES,
	OPT_RULES,
	OPT_WHICH,
	OPT_TRACE,
	OPT_POLICY,
	OPT_TODAY,
	OPT_FAIL_ON,
	OPT_ALLOW_NEW,
	OPT_ALLOW_OLDER,
	OPT_STRICT,
	OPT_FORMAT,
	OPT_FULL,
	OPT_ROWS,
	OPT_ALL,
	OPT_ON_FAIL,
	OPT_EXPLAIN,
	OPT_EXPLAIN_BASE,
	OPT_EXPLAIN_CANDIDATE,
	OPT_TRACE_DIR,
	OPT_METRICS,
	OPT_GOLDEN,
};

static const struct option longs[] = {
	{ "base", required_argument, NULL, OPT_BASE },
	{ "candidate", required_argument, NULL, OPT_CANDIDATE },
	{ "base-files", no_argument, NULL, OPT_BASE_FILES },
	{ "candidate-files", no_argument, NULL, OPT_CANDIDATE_FILES },
	{ "rules", required_argument, NULL, OPT_RULES },
	{ "which", required_argument, NULL, OPT_WHICH },
	{ "trace", required_argument, NULL, OPT_TRACE },
	{ "policy", required_argument, NULL, OPT_POLICY },
	{ "today", required_argument, NULL, OPT_TODAY },
	{ "fail-on", required_argument, NULL, OPT_FAIL_ON },
	{ "allow-new", no_argument, NULL, OPT_ALLOW_NEW },
	{ "allow-older", no_argument, NULL, OPT_ALLOW_OLDER },
	{ "strict", no_argument, NULL, OPT_STRICT },
	{ "format", required_argument, NULL, OPT_FORMAT },
	{ "full", required_argument, NULL, OPT_FULL },
	{ "rows", required_argument, NULL, OPT_ROWS },
	{ "all", no_argument, NULL, OPT_ALL },
	{ "on-fail", required_argument, NULL, OPT_ON_FAIL },
	{ "explain", no_argument, NULL, OPT_EXPLAIN },
	{ "explain-base", required_argument, NULL, OPT_EXPLAIN_BASE },
	{ "explain-candidate", required_argument, NULL, OPT_EXPLAIN_CANDIDATE },
	{ "trace-dir", required_argument, NULL, OPT_TRACE_DIR },
	{ "golden", required_argument, NULL, OPT_GOLDEN },
	{ "metrics", no_argument, NULL, OPT_METRICS },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

static int set_checked(struct request *q, int option)
{
	switch (option) {
	case OPT_TODAY:
		if (!date_valid(optarg))
			return cli_usage_error("compare", "--today is '%s', expected YYYY-MM-DD",
					       optarg);
		q->today = optarg;
		break;
	case OPT_FAIL_ON:
		if (strcmp(optarg, "regression") && strcmp(optarg, "change"))
			return cli_usage_error(
			    "compare", "--fail-on is '%s', expected regression or change", optarg);
		q->fail_on = *optarg == 'c' ? FAIL_ON_CHANGE : FAIL_ON_REGRESSION;
		break;
	case OPT_FORMAT:
		q->report = report_find(optarg);
		if (!q->report)
			return cli_usage_error(
			    "compare", "--format is '%s', expected one of " REPORT_FORMATS, optarg);
		break;
	case OPT_ROWS:
		if (cli_parse_u32(optarg, &q->rows))
			return cli_usage_error("compare", "--rows is '%s', expected a number",
					       optarg);
		q->rows_given = true;
		break;
	default:
		return set_output(q, optarg);
	}
	return EXIT_OK;
}

static int set_option(struct request *q, int option, const char *given)
{
	switch (option) {
	case 1: /* no option: a file */
		add_file(q->into, optarg);
		break;
	case OPT_BASE:
	case OPT_CANDIDATE:
		q->select[option == OPT_CANDIDATE] = optarg;
		break;
	case OPT_BASE_FILES:
	case OPT_CANDIDATE_FILES:
		q->into = &q->side[option == OPT_CANDIDATE_FILES];
		break;
	case OPT_RULES:
		q->rules = optarg;
		break;
	case OPT_WHICH:
		q->which = optarg;
		break;
	case OPT_TRACE:
		q->trace = optarg;
		break;
	case OPT_POLICY:
		q->policy = optarg;
		break;
	case OPT_ALLOW_NEW:
		q->allow_new = true;
		break;
	case OPT_ALLOW_OLDER:
		q->allow_older = true;
		break;
	case OPT_STRICT:
		q->strict = true;
		break;
	case OPT_FULL:
		add_output(q, report_markdown, optarg, true);
		break;
	case OPT_ALL:
		q->all = true;
		break;
	case OPT_ON_FAIL:
		q->on_fail = optarg;
		break;
	case OPT_EXPLAIN:
		q->explain = true;
		break;
	case OPT_EXPLAIN_BASE:
	case OPT_EXPLAIN_CANDIDATE:
		q->explain_options.policy[option == OPT_EXPLAIN_CANDIDATE] = optarg;
		q->explain = true;
		break;
	case OPT_TRACE_DIR:
		q->explain_options.trace_dir = optarg;
		break;
	case OPT_GOLDEN:
		q->golden = optarg;
		break;
	case OPT_METRICS:
		q->metrics = true;
		break;
	case 'h':
		q->help = true;
		break;
	case ':':
		return cli_usage_error("compare", "'%s' lacks its value", given);
	case '?':
		return cli_usage_error("compare", "'%s' is no option", given);
	default:
		return set_checked(q, option);
	}
	return EXIT_OK;
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
			    q->any.path[0]);
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
	add_file(&q->side[0], q->any.path[0]);
	add_file(&q->side[1], q->any.path[1]);
	return EXIT_OK;
}

static int parse(struct request *q, int argc, char **argv)
{
	int option;

	opterr = 0;
	optind = 1;
	/* '-': what is no option comes in order, so that it falls to the option before it. */
	while ((option = getopt_long(argc, argv, "-:o:h", longs, NULL)) != -1) {
		int code = set_option(q, option, argv[optind - 1]);

		if (code)
			return code;
	}
	for (; optind < argc; optind++) /* behind "--" */
		add_file(q->into, argv[optind]);
	if (q->help || q->metrics || q->which)
		return EXIT_OK;
	if (q->trace || q->policy)
		return cli_usage_error("compare", "--trace and --policy are of --which");
	if (q->golden)
		return q->any.n == 1
			   ? EXIT_OK
			   : cli_usage_error("compare", "--golden takes one result, %zu are given",
					     q->any.n);
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
		.rows = o->full ? 0 : q->rows,
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
	f = open_memstream(&text, &len);
	if (!f)
		abort();
	o->report(f, c, &options);
	if (fclose(f))
		abort();
	failed = file_save(o->path, text, len, err);
	free(text);
	return failed;
}

/* Neither a result nor the rules may be written over. */
static int outputs_apart(const struct request *q, struct vt_error *err)
{
	const struct files *const side[] = { &q->any, &q->side[0], &q->side[1] };
	int failed = 0;

	for (size_t o = 0; !failed && o < q->outputs; o++) {
		const char *path = q->output[o].path;

		failed = file_apart(path, q->rules, err);
		for (size_t i = 0; i < sizeof(side) / sizeof(*side); i++) {
			for (size_t k = 0; !failed && k < side[i]->n; k++)
				failed = file_apart(path, side[i]->path[k], err);
		}
	}
	return failed;
}

static int write_reports(const struct request *q, const struct comparison *c, struct vt_error *err)
{
	const struct output standard = { .report = q->report };

	for (size_t i = 0; i < q->outputs; i++) {
		if (write_report(q, c, &q->output[i], err))
			return -1;
	}
	/* Whoever reads text sees the first line; other formats go into files. */
	if (c->troubles.n && q->report != report_text) {
		struct vt_error line;

		vt_error_set(&line, NULL, VT_NO_OFFSET, "compare: %.700s", c->headline);
		vt_error_print(&line);
	}
	return write_report(q, c, &standard, err);
}

static int read_side(struct side *s, const struct files *f, struct vt_error *err)
{
	s->input = vt_alloc(f->n * sizeof(*s->input));
	for (; s->inputs < f->n; s->inputs++) {
		if (input_read(&s->input[s->inputs], f->path[s->inputs], err)) {
			s->inputs++;
			return -1;
		}
	}
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
	c->keep_all = q->all;
	c->on_fail = q->on_fail;
	if (outputs_apart(q, err))
		return -1;
	if (rules_load(&c->rules, q->rules, today(q), err))
		return -1;
	for (int i = 0; i < 2; i++) {
		if (q->select[i] && selection_parse(&c->side[i].select, q->select[i], err))
			return -1;
	}
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
	if (q->explain)
		comparison_explain(c, &q->explain_options);
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

	if (!golden_make(q->golden, q->any.path[0], &err))
		return EXIT_OK;
	vt_error_print(&err);
	return EXIT_TROUBLE;
}

int cmd_compare(int argc, char **argv)
{
	struct request q = { .report = report_text,
			     .rows = ROWS_DEFAULT,
			     .explain_options.trace_dir = "." };
	int code;

	q.into = &q.any;
	code = parse(&q, argc, argv);
	if (!code && q.help)
		help();
	else if (!code && q.metrics)
		metrics_print(stdout);
	else if (!code && q.which)
		code = run_which(&q);
	else if (!code && q.golden)
		code = run_golden(&q);
	else if (!code)
		code = run_compare(&q);
	free(q.any.path);
	free(q.side[0].path);
	free(q.side[1].path);
	free(q.output);
	return code;
}
