/* SPDX-License-Identifier: GPL-2.0-only */
/* Options that commands have in common which replay a trace beside their own work. */
#ifndef VTICK_REPLAY_SIDE_OPTIONS_H
#define VTICK_REPLAY_SIDE_OPTIONS_H

#include "traces/base/options.h"

/* --away: by number of away_ways. */
enum { AWAY_DRAWN, AWAY_RECORDED };
extern const char *const away_ways[];

/* Rows of a command's table. Its config has `const char *costs`, `uint32_t away` and
 * `bool no_sandbox`, and AT() is defined as in the other rows. */
#define SIDE_OPTIONS                                                                               \
	{ OPT_FILE_IN, .name = "costs", .argument = "FILE", AT(costs),                             \
	  .help = "of replays: what the hypervisor's own work takes, as for 'vtick replay'" },     \
	    { OPT_CHOICE,                                                                          \
	      .name = "away",                                                                      \
	      .choices = away_ways,                                                                \
	      .value = "drawn",                                                                    \
	      AT(away),                                                                            \
	      .help = "of replays: when the machine under the hypervisor was elsewhere, as for "   \
		      "'vtick replay'" },                                                          \
	{                                                                                          \
		OPT_SWITCH,                                                                        \
		    .name = "no-sandbox", AT(no_sandbox),                                          \
		    .help = "of replays: let policies ask the kernel for all that vtick may"       \
	}

#endif
