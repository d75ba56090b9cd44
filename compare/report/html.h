/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of a comparison's page. */
#ifndef VTICK_COMPARE_REPORT_HTML_H
#define VTICK_COMPARE_REPORT_HTML_H

#include "compare/comparison.h"
#include "traces/base/html.h"

/* A small table a trace: its cells side by side, what differs with both values. */
void html_cells(struct html *h, const struct comparison *c);
/* The distributions of ticks that differ, the worst first. */
void html_distributions(struct html *h, const struct comparison *c);

#endif
