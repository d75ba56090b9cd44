/* SPDX-License-Identifier: GPL-2.0-only */
/* The subcommands of this folder: its scripts. */
#ifndef VTICK_CI_COMMANDS_H
#define VTICK_CI_COMMANDS_H

#include "traces/base/options.h"

extern const struct opt_command command_gate, command_accept, command_nightly,
    command_compare_patch, command_bisect, command_fleet;

/*
 * The script of that command, where vtick was built or installed, malloc'ed; NULL if there is none.
 */
char *script_find(const char *command);

/*
 * Reads the command line of @c into @config and becomes the script, which is handed what was read.
 * $VTICK_CALLED tells it by which command it was called, $VTICK_BUILD the folder of that. Returns
 * only if nothing is to be run or nothing can be, after a message: the exit code.
 */
int script_run(const struct opt_command *c, void *config, int argc, char **argv);

#endif
