/* SPDX-License-Identifier: GPL-2.0-only */
/* The result as a page for a browser (traces/base/html.h). */
#ifndef VTICK_REPLAY_RUN_HTML_H
#define VTICK_REPLAY_RUN_HTML_H

#include <stdio.h>

#include "replay/run/run.h"

/* @command: as a shell would take it back. */
void html_replay(FILE *to, const struct run *run, const char *command);

#endif
