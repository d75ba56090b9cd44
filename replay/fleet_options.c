/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/fleet_options.h"

#include <unistd.h>

#include "traces/base/cli.h"

int fleet_take_shard(void *config, const struct opt *o, const char *value, struct vt_error *err)
{
	struct fleet_options *f = config;

	(void)o;
	return shard_parse(&f->shard, value, err);
}

static const char *only_with_folder(const struct fleet_options *o)
{
	return o->from		? "--files-from"
	       : o->keep_going	? "--keep-going"
	       : o->shard.parts ? "--shard"
				: NULL;
}

int fleet_options_check(const struct fleet_options *o, const struct opt_list *traces,
			const char *other)
{
	const char *only = only_with_folder(o);

	if (!traces->n && !o->from)
		return cli_usage_error("replay", "TRACE is missing");
	if (!o->folder && o->reports.n)
		return cli_usage_error("replay",
				       "--report is '%s', expected html:FILE (others are of -O)",
				       o->reports.each[0].given);
	if (!o->folder && only)
		return cli_usage_error("replay", "%s is given without -O DIR", only);
	if (o->folder && other)
		return cli_usage_error("replay",
				       "-O is given with %s, expected it without: there is a "
				       "result for each trace",
				       other);
	if (o->shard.parts > 1 && o->reports.n)
		return cli_usage_error("replay",
				       "--report is of all traces, expected it without --shard "
				       "('vtick merge' once all parts are there)");
	return EXIT_OK;
}

/* What all came to. 0, or -1 with @err. */
static int report(const struct fleet_options *o, bool *whole, struct vt_error *err)
{
	struct merge m = { 0 };
	int failed = merge_read(&m, (const char *const *)&o->folder, 1, NULL, NULL, err) ||
		     merge_reports_save(&m, &o->reports, err);

	if (!failed)
		merge_print(stdout, &m, NULL, 0, cli_colour(STDOUT_FILENO));
	*whole = !failed && merge_whole(&m);
	merge_free(&m);
	return failed ? -1 : 0;
}

int fleet_options_run(const struct fleet_options *o, const struct opt_list *traces,
		      const struct opt_list *policies, struct run *set, const char *command)
{
	const struct fleet_request fleet = { .folder = o->folder,
					     .command = command,
					     .traces = traces->item,
					     .n = traces->n,
					     .from = o->from,
					     .policies = policies->item,
					     .policies_n = policies->n,
					     .shard =
						 o->shard.parts ? o->shard : (struct shard){ 1, 1 },
					     .keep_going = o->keep_going };
	struct fleet_counts counts = { 0 };
	struct vt_error err;
	int failed = fleet_replay(&fleet, set, &counts, &err);
	bool whole = !counts.lost && !counts.unreadable;

	run_free(set);
	if (!failed)
		fleet_print(stdout, &fleet, &counts);
	if (!failed && o->reports.n)
		failed = report(o, &whole, &err);
	if (failed)
		vt_error_print(&err);
	return failed || !whole ? EXIT_TROUBLE : EXIT_OK;
}
