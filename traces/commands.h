/* SPDX-License-Identifier: GPL-2.0-only */
/* The subcommands of this folder. */
#ifndef VTICK_TRACES_COMMANDS_H
#define VTICK_TRACES_COMMANDS_H

#include "traces/base/options.h"

extern const struct opt_command command_record, command_import, command_gen, command_info,
    command_dump, command_check, command_cut;

#endif
