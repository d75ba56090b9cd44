/* SPDX-License-Identifier: GPL-2.0-only */
#include "compare/history/history.h"

#include <getopt.h>
#include <string.h>

#include "compare/commands.h"
#include "compare/history/import.h"
#include "traces/base/cli.h"

#define NIGHTS_DEFAULT 60

struct request {
	struct history_query query;
	const char *db;
	const char *rebuild, *update; /* folders */
	bool csv, nights_given, help;
};

static void help(void)
{
	fputs(
	    "usage: vtick history [--db FILE] [--trace GLOB] [--policy GLOB] [METRIC]\n"
	    "       vtick history [--db FILE] --update FOLDER | --rebuild FOLDER\n"
	    "\n"
	    "Shows how a metric went from night to night: a sparkline, the last value, the last\n"
	    "change with its revision. Without METRIC: what changed on the latest nights.\n"
	    "\n"
	    "  METRIC           a name as 'vtick compare' prints it, or a glob: "
	    "'timer_interrupts.*'\n"
	    "  --trace GLOB     only these traces\n"
	    "  --policy GLOB    only these policies; 'virtual' takes its variants too\n"
	    "  --nights N       the last N nights (default 60, with --csv all; 0: all)\n"
	    "  --csv            one row per night: date,revision,number,trace,policy,metric,value\n"
	    "  --ascii          no block characters in the sparkline\n"
	    "  --db FILE        the index (default history.db)\n"
	    "  --update FOLDER  first take in what the index lacks of FOLDER's files\n"
	    "                   DATE-REVISION-N.json (results) and DATE-REVISION-N.timing.json\n"
	    "                   (hyperfine's export of the same night)\n"
	    "                   a file that cannot be read is left out with a warning: exit code "
	    "2\n"
	    "  --rebuild FOLDER the same, from nothing\n"
	    "\n"
	    "  vtick history --db nightly/history.db --rebuild nightly/results\n"
	    "  vtick history --db nightly/history.db timer_interrupts.total --policy virtual\n"
	    "\n"
	    "ci/nightly.sh keeps such a folder and its index. Exit codes: 0 fine, 2 trouble.\n",
	    stdout);
}

static int set_option(struct request *r, int option, const char *name)
{
	switch (option) {
	case 'd':
		r->db = optarg;
		break;
	case 'r':
		r->rebuild = optarg;
		break;
	case 'u':
		r->update = optarg;
		break;
	case 't':
		r->query.trace = optarg;
		break;
	case 'p':
		r->query.policy = optarg;
		break;
	case 'n':
		r->nights_given = true;
		if (cli_parse_u64(optarg, &r->query.nights))
			return cli_usage_error("history", "--nights is '%s', expected a number",
					       optarg);
		break;
	case 'c':
		r->csv = true;
		break;
	case 'a':
		r->query.ascii = true;
		break;
	case 'h':
		r->help = true;
		break;
	case ':':
		return cli_usage_error("history", "'%s' lacks its value", name);
	default:
		return cli_usage_error("history", "'%s' is no option", name);
	}
	return EXIT_OK;
}

static int parse(struct request *r, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "db", required_argument, NULL, 'd' },
		{ "rebuild", required_argument, NULL, 'r' },
		{ "update", required_argument, NULL, 'u' },
		{ "trace", required_argument, NULL, 't' },
		{ "policy", required_argument, NULL, 'p' },
		{ "nights", required_argument, NULL, 'n' },
		{ "csv", no_argument, NULL, 'c' },
		{ "ascii", no_argument, NULL, 'a' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int option;

	opterr = 0;
	optind = 1;
	while ((option = getopt_long(argc, argv, ":h", longs, NULL)) != -1) {
		int code = set_option(r, option, argv[optind - 1]);

		if (code)
			return code;
	}
	if (argc - optind > 1)
		return cli_usage_error("history",
				       "'%s' is one metric too many, expected one or a glob",
				       argv[optind + 1]);
	if (r->rebuild && r->update)
		return cli_usage_error("history", "--rebuild and --update exclude each other");
	r->query.metric = argv[optind];
	if (!r->nights_given && !r->csv)
		r->query.nights = NIGHTS_DEFAULT;
	return EXIT_OK;
}

static int show(const struct request *r, struct vt_error *err)
{
	struct store store;
	int failed;

	if (store_open(&store, r->db, err))
		return -1;
	if (r->csv)
		failed = history_csv(&store, &r->query, stdout, err);
	else if (r->query.metric)
		failed = history_trends(&store, &r->query, stdout, err);
	else
		failed = history_changes(&store, &r->query, stdout, err);
	store_close(&store);
	return failed;
}

int cmd_history(int argc, char **argv)
{
	struct request r = { .db = "history.db" };
	const char *folder;
	struct vt_error err;
	size_t left_out = 0;
	int code = parse(&r, argc, argv), failed = 0;

	if (code)
		return code;
	if (r.help) {
		help();
		return EXIT_OK;
	}
	folder = r.rebuild ? r.rebuild : r.update;
	if (folder)
		failed = store_import(r.db, folder, r.rebuild != NULL, &left_out, &err);
	if (!failed && (!folder || r.query.metric || r.csv))
		failed = show(&r, &err);
	if (failed)
		vt_error_print(&err);
	return failed || left_out ? EXIT_TROUBLE : EXIT_OK;
}
