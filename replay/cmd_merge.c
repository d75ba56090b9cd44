/* SPDX-License-Identifier: GPL-2.0-only */
#include <string.h>
#include <unistd.h>

#include "replay/commands.h"
#include "replay/complete.h"
#include "replay/merge/merge.h"
#include "traces/base/call_files.h"
#include "traces/base/cli.h"
#include "traces/base/limits.h"
#include "traces/base/options.h"

struct request {
	struct opt_list folders, metrics;
	const char *output; /* NULL: not asked for */
	const char *base;
	struct merge_reports reports;
};

static int take_report(void *config, const struct opt *o, const char *value, struct vt_error *err)
{
	struct request *q = config;

	(void)o;
	return merge_reports_take(&q->reports, value, err);
}

static int deliver(const struct request *q, const struct merge *m, struct file **out,
		   struct vt_error *err)
{
	if (merge_reports_save(m, &q->reports, err))
		return -1;
	if (*out) {
		struct file *whole = *out;

		*out = NULL;
		if (file_commit(whole, err))
			return -1;
	}
	if (!q->output || strcmp(q->output, "-"))
		merge_print(stdout, m, q->metrics.item, q->metrics.n, cli_colour(STDOUT_FILENO));
	return 0;
}

static int run_request(const struct request *q)
{
	struct merge m = { 0 };
	struct file *out = NULL;
	struct vt_error err;
	int failed = 0;

	if (q->output && !(out = file_create(q->output, &err)))
		failed = -1;
	if (!failed)
		failed = merge_read(&m, q->folders.item, q->folders.n, q->base, out, &err) ||
			 deliver(q, &m, &out, &err);
	file_abort(out);
	if (failed)
		vt_error_print(&err);
	failed = failed || !merge_whole(&m);
	merge_free(&m);
	return failed ? EXIT_TROUBLE : EXIT_OK;
}

static int run(int argc, char **argv)
{
	struct request q = { 0 };
	struct vt_error err;
	int code;

	if (opt_parse(&command_merge, &q, argc, argv, &code)) {
		if (!q.output)
			call_writes("-");
		if (call_files_check(&err)) {
			vt_error_print(&err);
			code = EXIT_TROUBLE;
		} else {
			code = run_request(&q);
		}
		opt_free(&command_merge, &q);
	}
	merge_reports_free(&q.reports);
	return code;
}

#define AT(field) OPT_AT(struct request, field)

static const struct opt options[] = {
	{ OPT_FILE_IN, .argument = "DIR", .many = true, .needed = true,
	  .no_dash = "a folder is expected", AT(folders),
	  .help = "folders that 'vtick replay -O' filled" },
	{ OPT_FILE_OUT, .name = "output", .letter = 'o', .argument = "FILE", .dash = true,
	  AT(output),
	  .help = "one result of all traces into FILE, in order of their names; - is standard "
		  "output, instead of the tables",
	  .more = "'vtick compare' takes it. It has a `rollup`, too. However many results there "
		  "are, one is in memory." },
	{ OPT_CALL, .name = "report", .argument = "FORMAT:FILE", .many = true, .take = take_report,
	  .values = merge_report_values,
	  .help = "what policies come to over all traces into a file as well: json, csv (a line "
		  "for each metric of each policy, for plots) or text (all metrics)" },
	{ OPT_TEXT, .name = "base", .argument = "POLICY", AT(base), .values = complete_policies,
	  .help = "the policy that ratios are to, as the tables call it; without it the first" },
	{ OPT_TEXT, .name = "metric", .argument = "METRIC", .many = true, AT(metrics),
	  .values = complete_metrics,
	  .help = "tables of these metrics ('vtick compare --metrics'); a pattern like 'ticks.*' "
		  "stands for several" },
	OPT_LIMIT,
	{ 0 },
};

static const char *const examples[] = {
	"vtick replay -O out -p all traces/ && vtick merge out -o all.json",
	"vtick merge --base virtual --report csv:rollup.csv out",
	NULL,
};

const struct opt_command command_merge = {
	.name = "merge",
	.summary = "put the results of many traces together",
	.run = run,
	.about =
	    "Puts the results of 'vtick replay -O' together and says what policies come to over "
	    "all traces: sums, geometric means of the ratios to a base policy, and the traces at "
	    "both ends.",
	.options = options,
	.notes = "The same results give the same bytes, in whatever order and by however many "
		 "calls they were made. Results of other policies, costs, modes or builds are "
		 "refused.",
	.examples = examples,
	.exits = "Exit codes: 0 fine, 2 trouble: also a trace that could not be read, that has no "
		 "result yet, or a lost cell.",
};
