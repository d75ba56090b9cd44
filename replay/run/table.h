/* SPDX-License-Identifier: GPL-2.0-only */
/* The result for people: what the JSON holds in full, a row per policy, at most 120 columns wide.
 */
#ifndef VTICK_REPLAY_RUN_TABLE_H
#define VTICK_REPLAY_RUN_TABLE_H

#include <stdio.h>

#include "replay/run/run.h"

void table_print(FILE *to, const struct run *run, bool colour);

#endif
