/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The first pass over an xentrace capture: its windows, pCPUs, VPs, span, clock and scheduler.
 *
 * Everything that must be known before the first event can be written is found here; the second
 * pass (stream.h) then reads each pCPU's windows again, merged by time.
 */
#ifndef VTICK_TRACES_IMPORT_XEN_SCAN_H
#define VTICK_TRACES_IMPORT_XEN_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "traces/import/capture.h"
#include "traces/import/word_map.h"
#include "traces/import/xen/clock.h"
#include "traces/import/xen/now.h"
#include "traces/import/xen/runs.h"
#include "traces/import/xen/tickers.h"

#define XEN_NO_WINDOW UINT32_MAX
#define XEN_TDT_SLOTS 256
#define XEN_SCHEDULERS 8
/* TIMER_SLOP, xen/common/timer.c: unless booted with timer_slop=. */
#define XEN_SLOP_NS 50000

/* One poll of one pCPU by the xentrace tool: @length bytes of records at @offset. */
struct xen_window {
	uint64_t offset;
	uint32_t length;
	uint32_t next; /* the pCPU's next window, or XEN_NO_WINDOW */
};

/* What the first schedule record of a pCPU says about time 0. */
enum xen_first { XEN_FIRST_NONE, XEN_FIRST_RUNS, XEN_FIRST_OTHER };

struct xen_pcpu {
	uint32_t id;
	uint32_t window, last_window; /* indices */
	uint64_t first_tsc, last_tsc;
	bool has_tsc;
	enum xen_first first;
	uint32_t seed;	    /* XEN_FIRST_RUNS: vcpu | dom << 16 */
	struct xen_run run; /* as far as the scan has come */
	uint64_t tdt;	    /* last write of MSR 0x6e0, for the clock; 0: none */
	struct clock_chain chain;
	struct clock_line now;
	struct xen_now chain_now; /* points of the chain */
};

/* The last TSC deadline of a VP and what Xen made of it. */
struct xen_tdt {
	uint64_t deadline, tsc, delta_ns;
	uint32_t vp;
};

struct xen_scan {
	const char *path;
	struct capture *capture;
	struct xen_window *window;
	size_t windows, windows_room;
	struct xen_pcpu *pcpu; /* by ascending id */
	uint32_t pcpus;
	struct word_map vps; /* vcpu | dom << 16 -> number by (domain, vcpu) */
	struct xen_runs runs;
	struct xen_tickers tickers;
	struct word_map slice;		/* slice ns -> how often a VP got it */
	uint64_t sched[XEN_SCHEDULERS]; /* records by the scheduler's number in the event ids */
	uint64_t t0, t1;		/* smallest and largest TSC */
	uint64_t t1_offset;		/* of the record that has it */
	uint64_t lost_until;		/* the last TSC at which records were lost; 0: none */
	uint64_t heard_until;		/* the TSC up to which all pCPUs could be heard of */
	uint64_t records, before_tsc;
	bool any_tsc;
	bool truncated;
	struct xen_tdt tdt[XEN_TDT_SLOTS];
	struct clock_slopes by_now, by_switch, by_deadline;
	char sha256[65];
};

/* Reads the capture from its start to its end. 0 or -1; call xen_scan_free() either way. */
int xen_scan(struct xen_scan *s, struct capture *c, const char *path, struct vt_error *err);
void xen_scan_free(struct xen_scan *s);

/* The best rate that the capture gives; false if it gives none. */
bool xen_scan_rate(struct xen_scan *s, struct clock_rate *out);

/* True if there are records of the scheduler: who ran is known. */
bool xen_scan_scheduled(const struct xen_scan *s);

/* The slice that VPs got most often, in ns; 0 if the capture does not tell. */
uint64_t xen_scan_slice(const struct xen_scan *s);
/* "credit", ...: whose records are the most; NULL if there are none. */
const char *xen_scan_scheduler(const struct xen_scan *s);

#endif
