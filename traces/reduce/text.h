/* SPDX-License-Identifier: GPL-2.0-only */
/* A small trace as text, for mails. */
#ifndef VTICK_TRACES_REDUCE_TEXT_H
#define VTICK_TRACES_REDUCE_TEXT_H

#include <stdio.h>

#include "traces/reduce/whole.h"

/* As dump has the events, as narrow as the times allow. */
void whole_print(FILE *to, const struct whole *t);
/* What `vtick import text` makes the trace of again, under a line that says so. */
void whole_print_import(FILE *to, const struct whole *t);

#endif
