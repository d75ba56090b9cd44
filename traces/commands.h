/* SPDX-License-Identifier: GPL-2.0-only */
/* The subcommands of this folder. */
#ifndef VTICK_TRACES_COMMANDS_H
#define VTICK_TRACES_COMMANDS_H

#include "traces/base/options.h"

extern const struct opt_command command_record, command_import, command_gen, command_info,
    command_dump, command_check;

int cmd_record(int argc, char **argv);
int cmd_import(int argc, char **argv);
int cmd_gen(int argc, char **argv);
int cmd_info(int argc, char **argv);
int cmd_dump(int argc, char **argv);
int cmd_check(int argc, char **argv);

#endif
