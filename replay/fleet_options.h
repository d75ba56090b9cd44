/* SPDX-License-Identifier: GPL-2.0-only */
/* What `vtick replay` takes beside -O, and what it does then. */
#ifndef VTICK_REPLAY_FLEET_OPTIONS_H
#define VTICK_REPLAY_FLEET_OPTIONS_H

#include "replay/fleet/fleet.h"
#include "replay/merge/merge.h"
#include "traces/base/options.h"

struct fleet_options {
	const char *folder; /* of -O; NULL: one result for all */
	const char *from;   /* of --files-from; NULL: not given */
	struct shard shard; /* 0 parts: not given */
	bool keep_going;
	struct merge_reports reports;
};

/* Rows of a table. Its config begins with the struct fleet_options that F() is a field of. */
#define FLEET_OPTIONS                                                                              \
	{ OPT_FOLDER,                                                                              \
	  .name = "output-dir",                                                                    \
	  .letter = 'O',                                                                           \
	  .argument = "DIR",                                                                       \
	  F(folder),                                                                               \
	  .help = "a result for each trace, in DIR; those that are there and current are left "    \
		  "alone, so the same command goes on where it was ended",                         \
	  .more = "See MANY TRACES." },                                                            \
	    { OPT_FILE_IN,                                                                         \
	      .name = "files-from",                                                                \
	      .argument = "FILE",                                                                  \
	      .dash = true,                                                                        \
	      F(from),                                                                             \
	      .help = "with -O: the paths of more traces or folders, a line each, or ended by "    \
		      "NULs; - is standard input" },                                               \
	    { OPT_SWITCH, .name = "keep-going", F(keep_going),                                     \
	      .help = "with -O: a trace that cannot be read does not end the call; it is named "   \
		      "at the end and in DIR" },                                                   \
	{                                                                                          \
		OPT_CALL, .name = "shard", .argument = "I/N", .take = fleet_take_shard,            \
			  .help = "with -O: only part I of N (from 1), the parts having about as " \
				  "many events each"                                               \
	}

opt_take_fn fleet_take_shard;

/* What @o and @traces cannot be together; @other: an option that is not for many traces, or NULL.
 * EXIT_OK, or an exit code after its message. */
int fleet_options_check(const struct fleet_options *o, const struct opt_list *traces,
			const char *other);

/* Replays them as @set says, which is freed, tells what came of it, and writes the reports. The
 * exit code. */
int fleet_options_run(const struct fleet_options *o, const struct opt_list *traces,
		      const struct opt_list *policies, struct run *set, const char *command);

#endif
