/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Xen's own clock, NOW(), in which its timers are set, as a capture shows it: the lengths of runs
 * in SWITCH_INFPREV records add up to it on each pCPU (clock.h). Xen bends it once a second after
 * its platform timer, each pCPU's by itself, so that on a machine that stalls what is even in it is
 * not in ticks of the TSC.
 */
#ifndef VTICK_TRACES_IMPORT_XEN_NOW_H
#define VTICK_TRACES_IMPORT_XEN_NOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "traces/import/xen/clock.h"

/* Points of a pCPU's chain of runs, a bounded sample. All 0: none. */
struct xen_now {
	struct clock_point *point;
	size_t n, room;
	uint64_t seen, step;
};

/* @ns: on the chain's own clock; 0: a chain begins, what came before is of no use. */
void xen_now_add(struct xen_now *now, uint64_t tsc, uint64_t ns);
void xen_now_free(struct xen_now *now);

/* The clocks of all pCPUs, as one. */
struct xen_scan;
struct xen_clock {
	struct xen_curve *curve; /* [lps] */
	uint32_t lps;
	uint32_t whole; /* the first one that is known; lps: none is */
};

/* From the scan's chains; a pCPU's that broke is not known. @hz: of the TSC. The caller frees. */
void xen_clock_find(struct xen_clock *c, const struct xen_scan *s, uint64_t hz);
void xen_clock_free(struct xen_clock *c);
/* How far it strays from an even one in the capture, in ns; 0 where it is not known. */
uint64_t xen_clock_stray(const struct xen_clock *c, uint64_t hz);
/* The time of LP @lp, or of another if its is not known, in ns from some time on. */
int64_t xen_clock_ns(const struct xen_clock *c, uint32_t lp, uint64_t tsc);

#endif
