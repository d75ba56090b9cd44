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

/* "As it was recorded", and who is latest and why: lines of SAFE_TEXT. */
void late_answer(FILE *to, const struct late_view *view);
/* Who ran while a tick waited, "web 3ms, no VP 1ms"; malloc'ed. */
char *late_ran_text(const struct late *l, const struct late_sample *s);
/* The name of a VP, of TICK_NO_VP or TICK_LONG_AGO. */
const char *late_vp_name(const struct late *l, uint32_t vp);

#endif
