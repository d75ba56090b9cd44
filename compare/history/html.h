/* SPDX-License-Identifier: GPL-2.0-only */
/* The history as a page for a browser (traces/base/html.h). */
#ifndef VTICK_COMPARE_HISTORY_HTML_H
#define VTICK_COMPARE_HISTORY_HTML_H

#include <jansson.h>

#include "compare/history/history.h"

/* Why numbers changed on purpose, by revision: {"1f2e3d4": "WHY"}. NULL with @err. */
json_t *accepted_read(const char *path, struct vt_error *err);

/*
 * What changed on the nights that @q asks for, and the trend of each series that did; without a
 * metric, of those that `replay` shows, and of what is timed. @accepted may be NULL. -1 with @err,
 * also when nothing matches.
 */
int history_html(struct store *s, const struct history_query *q, const json_t *accepted,
		 const char *command, FILE *to, struct vt_error *err);

#endif
