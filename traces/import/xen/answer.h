/* SPDX-License-Identifier: GPL-2.0-only */
/* What the trace of an xentrace capture cannot answer. */
#ifndef VTICK_TRACES_IMPORT_XEN_ANSWER_H
#define VTICK_TRACES_IMPORT_XEN_ANSWER_H

#include "traces/import/import.h"
#include "traces/import/xen/events.h"
#include "traces/import/xen/scan.h"

/* What to record: the classes SCHED, HVM, PV and HW. */
#define XEN_RECORD "xentrace -D -e 0x00aaf000 -S 256"

/* Fills @o's verdict, if it wants one. */
void xen_answer(const struct import_options *o, const struct xen_scan *s,
		const struct xen_tally *t);

#endif
