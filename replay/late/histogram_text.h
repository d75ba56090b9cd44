/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VTICK_REPLAY_LATE_HISTOGRAM_TEXT_H
#define VTICK_REPLAY_LATE_HISTOGRAM_TEXT_H

#include <stdio.h>

#include "replay/late/tally.h"

/* How many ticks of each chosen VM were how late: a line for each power of two of us. */
void late_histogram_text(const struct late *l, FILE *to);

#endif
