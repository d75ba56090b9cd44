/* SPDX-License-Identifier: GPL-2.0-only */
/* What `vtick late` says, as a page for a browser (traces/base/html.h). */
#ifndef VTICK_REPLAY_LATE_HTML_H
#define VTICK_REPLAY_LATE_HTML_H

#include <stdio.h>

#include "replay/late/view.h"

/* Reads the trace again for what is drawn. 0 or -1. */
int late_html(struct late_views *v, const char *command, FILE *to, struct vt_error *err);

#endif
