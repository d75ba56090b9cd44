/* SPDX-License-Identifier: GPL-2.0-only */
/* `fidelity` of the result for people. */
#ifndef VTICK_REPLAY_RUN_TABLE_FIDELITY_H
#define VTICK_REPLAY_RUN_TABLE_FIDELITY_H

#include <stdio.h>

#include "replay/run/run.h"

/* The block of one trace, whose cells are @cell[0] to @cell[@cells - 1]. @width: of the policies'
 * column. */
void table_fidelity(FILE *to, const struct run_cell *cell, size_t cells);

#endif
