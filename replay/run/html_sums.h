/* SPDX-License-Identifier: GPL-2.0-only */
/* The policies of a replay over all its traces. */
#ifndef VTICK_REPLAY_RUN_HTML_SUMS_H
#define VTICK_REPLAY_RUN_HTML_SUMS_H

#include "replay/run/run.h"
#include "traces/base/html.h"

/* A table: means against the first policy, sums, and where the worst is. */
void html_sums(struct html *h, const struct run *run);

#endif
