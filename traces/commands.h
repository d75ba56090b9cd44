/* SPDX-License-Identifier: GPL-2.0-only */
/* The subcommands of this folder; argv[0] is the subcommand's name. Each returns an exit code. */
#ifndef VTICK_TRACES_COMMANDS_H
#define VTICK_TRACES_COMMANDS_H

int cmd_record(int argc, char **argv);
int cmd_import(int argc, char **argv);
int cmd_gen(int argc, char **argv);
int cmd_info(int argc, char **argv);
int cmd_dump(int argc, char **argv);
int cmd_check(int argc, char **argv);

#endif
