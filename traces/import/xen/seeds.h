/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Timers that were armed before the capture began, as its first pass tells of them: a periodic one
 * of a LAPIC by the line that its ticks lie on, if they do to within Xen's slop over the whole
 * capture; a PV timer by its first expiry.
 */
#ifndef VTICK_TRACES_IMPORT_XEN_SEEDS_H
#define VTICK_TRACES_IMPORT_XEN_SEEDS_H

#include "traces/import/xen/scan.h"

/* A SEED; times in ticks of the trace. */
struct xen_seed {
	uint32_t vp; /* number */
	uint32_t lp;
	uint64_t deadline, period;
	const char *by;
};

struct xen_seeds {
	struct xen_seed *seed; /* by VP */
	size_t n;
};

/* @hz: of the TSC. Sorts the ticks of the scan. The caller frees. */
void xen_seeds_find(struct xen_seeds *seeds, struct xen_scan *s, uint64_t hz);
void xen_seeds_free(struct xen_seeds *seeds);

#endif
