/* SPDX-License-Identifier: GPL-2.0-only */
/* The header of a trace imported from xentrace: what the capture is, and what it cannot tell. */
#ifndef VTICK_TRACES_IMPORT_XEN_HEADER_H
#define VTICK_TRACES_IMPORT_XEN_HEADER_H

#include "traces/import/import.h"
#include "traces/import/xen/events.h"
#include "traces/import/xen/scan.h"
#include "traces/trace.h"

/*
 * Fills an initialised @meta. @tally is what the second pass counted; NULL before it (the header of
 * a file that is still being written says nothing of that).
 */
void xen_header(struct trace_meta *meta, const struct import_options *o, const struct xen_scan *s,
		const struct clock_rate *rate, const struct xen_tally *tally);

#endif
