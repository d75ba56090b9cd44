/* SPDX-License-Identifier: GPL-2.0-only */
/* The subcommands of this folder. */
#ifndef VTICK_REPLAY_COMMANDS_H
#define VTICK_REPLAY_COMMANDS_H

#include "traces/base/options.h"

extern const struct opt_command command_replay, command_late, command_bound, command_policy,
    command_export, command_merge, command_reduce;

#endif
