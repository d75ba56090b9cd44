/* SPDX-License-Identifier: GPL-2.0-only */
#include "compare/history/history.h"

#include <stdlib.h>

#include "compare/commands.h"
#include "compare/history/html.h"
#include "compare/history/import.h"
#include "replay/complete.h"
#include "traces/base/call_files.h"
#include "traces/base/cli.h"
#include "traces/base/file.h"
#include "traces/base/html.h"
#include "traces/base/limits.h"
#include "traces/base/mem.h"
#include "traces/base/options.h"

#define NIGHTS_DEFAULT 60
#define NIGHTS_NOT_SAID UINT64_MAX

struct request {
	struct history_query query;
	const char *db;
	const char *rebuild, *update; /* folders */
	bool csv;
	const char *page, *accepted; /* of --report, --accepted; NULL: not given */
};

/* The page, into its file. */
static int show_page(const struct request *r, struct store *store, const char *command,
		     struct vt_error *err)
{
	json_t *accepted = NULL;
	char *text = NULL;
	size_t size = 0;
	FILE *to;
	int failed;

	if (r->accepted && !(accepted = accepted_read(r->accepted, err)))
		return -1;
	to = vt_text_open(&text, &size);
	failed = history_html(store, &r->query, accepted, command, to, err);
	vt_text_close(to);
	if (!failed)
		failed = file_save(r->page, text, size, err);
	free(text);
	json_decref(accepted);
	return failed;
}

static int show_text(const struct request *r, struct store *store, struct vt_error *err)
{
	if (r->csv)
		return history_csv(store, &r->query, stdout, err);
	if (r->query.metric)
		return history_trends(store, &r->query, stdout, err);
	return history_changes(store, &r->query, stdout, err);
}

static int show(const struct request *r, const char *command, struct vt_error *err)
{
	struct store store;
	int failed;

	if (store_open(&store, r->db, err))
		return -1;
	failed = r->page ? show_page(r, &store, command, err) : 0;
	if (!failed)
		failed = show_text(r, &store, err);
	store_close(&store);
	return failed;
}

static int take_report(void *config, const struct opt *o, const char *value, struct vt_error *err)
{
	struct request *r = config;

	(void)o;
	if (!(r->page = html_file(value, err)))
		return -1;
	call_writes(r->page);
	return 0;
}

/* An index that is written is neither standard output nor a night; one that is shown is not
 * standard output. */
static int check_db(const struct request *r, struct vt_error *err)
{
	if (r->rebuild || r->update)
		call_writes(r->db);
	else
		call_reads(r->db);
	return call_files_check(err);
}

static int run(int argc, char **argv)
{
	struct request r = { .query.nights = NIGHTS_NOT_SAID };
	const char *folder;
	struct vt_error err;
	size_t left_out = 0;
	int code, failed;

	if (!opt_parse(&command_history, &r, argc, argv, &code))
		return code;
	if (r.rebuild && r.update)
		return cli_usage_error("history", "--rebuild and --update exclude each other");
	if (r.query.nights == NIGHTS_NOT_SAID)
		r.query.nights = r.csv ? 0 : NIGHTS_DEFAULT;
	if (r.accepted && !r.page)
		return cli_usage_error("history", "--accepted is of the page: --report html:FILE");
	folder = r.rebuild ? r.rebuild : r.update;
	failed = check_db(&r, &err);
	if (!failed && folder)
		failed = store_import(r.db, folder, r.rebuild != NULL, &left_out, &err);
	if (!failed && (!folder || r.query.metric || r.csv || r.page)) {
		char *command = cli_command_line("history", argc, argv);

		failed = show(&r, command, &err);
		free(command);
	}
	if (failed)
		vt_error_print(&err);
	return failed || left_out ? EXIT_TROUBLE : EXIT_OK;
}

#define AT(field) OPT_AT(struct request, field)

static const struct opt options[] = {
	{ OPT_TEXT, .argument = "METRIC", AT(query.metric), .values = complete_metrics,
	  .help = "a name as 'vtick compare' prints it, or a glob: 'timer_interrupts.*'" },
	{ OPT_TEXT, .name = "trace", .argument = "GLOB", AT(query.trace),
	  .help = "only these traces" },
	{ OPT_TEXT, .name = "policy", .argument = "GLOB", AT(query.policy),
	  .values = complete_policies,
	  .help = "only these policies; 'virtual' takes its variants too",
	  .more = "As virtual matches virtual:block=keep,..." },
	{ OPT_WIDE, .name = "nights", .argument = "N", AT(query.nights),
	  .help = "the last N nights; without it 60, with --csv all; 0: all" },
	{ OPT_SWITCH, .name = "csv", AT(csv),
	  .help = "one row per night of each series: "
		  "date,revision,number,trace,policy,metric,value" },
	{ OPT_CALL, .name = "report", .argument = "html:FILE", .take = take_report,
	  .values = html_values,
	  .help = "a page for a browser as well: what changed, and each trend as a picture",
	  .more = "One file that loads nothing. Without METRIC it has the metrics that replay "
		  "shows, and what is timed." },
	{ OPT_FILE_IN, .name = "accepted", .argument = "FILE", AT(accepted),
	  .help = "with --report: why numbers were to change, by revision, {\"REVISION\": "
		  "\"WHY\"}: marked in the pictures",
	  .more = "ci/history-page.sh makes it of the trailers 'Golden: WHY'." },
	{ OPT_SWITCH, .name = "ascii", AT(query.ascii),
	  .help = "no block characters in the sparkline",
	  .more = "Instead of them _ . : - = + * #. So it is, too, where the locale's "
		  "character set is not UTF-8." },
	OPT_LIMIT,
	{ OPT_FILE_IN, .name = "db", .argument = "FILE", .value = "history.db", .both = true,
	  AT(db), .help = "the index" },
	{ OPT_FOLDER, .name = "update", .argument = "FOLDER", AT(update),
	  .help =
	      "first take in what the index lacks of FOLDER's files DATE-REVISION-N.json (results) "
	      "and DATE-REVISION-N.timing.json (hyperfine's export of the same night)",
	  .more =
	      "If they do not simply follow those that it has, it is made anew. The nights that "
	      "can be read are taken in all at once or, where the index fails, not at all. One "
	      "that "
	      "cannot be read is left out and is trouble (exit code 2) the first time." },
	{ OPT_FOLDER, .name = "rebuild", .argument = "FOLDER", AT(rebuild),
	  .help = "the same, from nothing",
	  .more = "It puts the index in place when it is whole, without the nights that cannot be "
		  "read. A file that is no index is not written over." },
	{ 0 },
};

static const char *const usage[] = {
	"[--db FILE] [--trace GLOB] [--policy GLOB] [METRIC]",
	"[--db FILE] --update FOLDER | --rebuild FOLDER",
	NULL,
};
static const char *const examples[] = {
	"vtick history --db nightly/history.db --rebuild nightly/results",
	"vtick history --db nightly/history.db timer_interrupts.total --policy virtual",
	NULL,
};

const struct opt_command command_history = {
	.name = "history",
	.summary = "show how metrics went from night to night",
	.run = run,
	.usage = usage,
	.about =
	    "Shows how a metric went from night to night: a sparkline, the last value, the last "
	    "change with its revision. Without METRIC: what changed on the latest nights.",
	.options = options,
	.notes = "ci/nightly.sh keeps such a folder and its index.",
	.examples = examples,
};
