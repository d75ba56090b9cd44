/* SPDX-License-Identifier: GPL-2.0-only */
/* The subcommands of this folder; argv[0] is the subcommand's name. Each returns an exit code. */
#ifndef VTICK_REPLAY_COMMANDS_H
#define VTICK_REPLAY_COMMANDS_H

int cmd_replay(int argc, char **argv);
int cmd_policy(int argc, char **argv);

#endif
