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
	/* How far its ticks, which are even in the trace's time, and the recorded ones, which are
	 * in Xen's own, drift apart; 0: by less than Xen's slop. */
	uint64_t slip_ns;
	const char *by;
};

struct xen_seeds {
	struct xen_seed *seed; /* by VP */
	size_t n;
	uint64_t stray_ns; /* of Xen's own clock from the TSC */
};

/*
 * @hz: of the TSC. Sorts the ticks of the scan. Without @infer no timer is, but what else the
 * importer has to say of Xen's clock. The caller frees.
 */
void xen_seeds_find(struct xen_seeds *seeds, struct xen_scan *s, uint64_t hz, bool infer);
/* How many of them slip, and the most of it. */
size_t xen_seeds_slip(const struct xen_seeds *seeds, uint64_t *most_ns);
void xen_seeds_free(struct xen_seeds *seeds);

#endif
