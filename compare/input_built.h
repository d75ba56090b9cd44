/* SPDX-License-Identifier: GPL-2.0-only */
/* What a policy of a kind was built from, for a report's heading. Nothing is paired by it. */
#ifndef VTICK_COMPARE_INPUT_BUILT_H
#define VTICK_COMPARE_INPUT_BUILT_H

#include "compare/input.h"
#include "compare/json_scan.h"

/* Reads the `built` of a cell's policy into @c->built. 0 or -1. */
int input_read_built(struct cell *c, struct scan *s);

#endif
