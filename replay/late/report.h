/* SPDX-License-Identifier: GPL-2.0-only */
/* What `vtick late` says: for people, and as a document of schema vtick.late/1 (LATE.md). */
#ifndef VTICK_REPLAY_LATE_REPORT_H
#define VTICK_REPLAY_LATE_REPORT_H

#include <stdio.h>

#include "replay/late/view.h"

/* @histogram: each VM's distribution, too. */
void late_text(const struct late_views *v, bool histogram, bool colour, FILE *to);
/* The caller owns it. */
json_t *late_json(const struct late_views *v, bool histogram, const char *command);

/* The name of a VP, of TICK_NO_VP or TICK_LONG_AGO. */
const char *late_vp_name(const struct late *l, uint32_t vp);

#endif
