/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VTICK_COMPARE_COMMANDS_H
#define VTICK_COMPARE_COMMANDS_H

int cmd_compare(int argc, char **argv);
int cmd_history(int argc, char **argv);

#endif
