/* SPDX-License-Identifier: GPL-2.0-only */
/* What was found, and what policies make of it. */
#ifndef VTICK_REPLAY_FIND_SHOW_H
#define VTICK_REPLAY_FIND_SHOW_H

#include "replay/find/find.h"

/* Replays what was found, as `vtick replay` does, and prints both numbers and the trace to
 * @to (NULL: nothing). 0, or -1: a policy does not say the same of it any more, or a signal came.
 * Between reduce_signals_begin() and reduce_signals_end(). */
int show_found(const struct find *f, const struct whole *t, FILE *to, struct vt_error *err);
void show_none(const struct find *f, const struct found *found, FILE *to);

#endif
