/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How far apart the pCPUs' TSCs are, by what cannot be: a vCPU that runs on one while it still runs
 * on another, or is woken while it runs. It seems so for no longer than the TSCs differ.
 */
#ifndef VTICK_TRACES_IMPORT_XEN_APART_H
#define VTICK_TRACES_IMPORT_XEN_APART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One or two odd records condemn no capture. */
#define XEN_APART_FEWEST 3

/* All 0: nothing was seen. */
struct xen_apart {
	uint64_t most[XEN_APART_FEWEST]; /* the longest times, in ticks, descending */
};

/* What is open of a vCPU; all 0 at the start. */
struct xen_doubt {
	bool moved, woken;
	uint32_t from;	   /* moved: the LP that it left without a word, */
	uint64_t moved_at; /* when it started on another */
	uint64_t in_at;	   /* when its run began */
	uint64_t woken_at; /* woken: in its run */
};

/* The vCPU starts to run, while it runs on LP @on (or nowhere: UINT32_MAX). */
void xen_doubt_in(struct xen_doubt *d, uint64_t now, uint32_t on);
/* It is woken; it runs if @runs. */
void xen_doubt_wake(struct xen_doubt *d, uint64_t now, bool runs);
/* A record of LP @lp says that it stops there; by those before it runs on @on, or nowhere. */
void xen_doubt_out(struct xen_doubt *d, struct xen_apart *a, uint64_t now, uint32_t lp,
		   uint32_t on);
/* At least so many ticks. */
uint64_t xen_apart_ticks(const struct xen_apart *a);

#endif
