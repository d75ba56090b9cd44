/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The second pass: the pCPUs' records, merged by time.
 *
 * A pCPU's stream is the concatenation of its windows. Its records lie in time order, so the merge
 * needs one record and one small buffer per pCPU. Ties go to the lower pCPU.
 */
#ifndef VTICK_TRACES_IMPORT_XEN_STREAM_H
#define VTICK_TRACES_IMPORT_XEN_STREAM_H

#include "traces/import/xen/record.h"
#include "traces/import/xen/scan.h"

/* What xen_merge_next() brings. */
enum xen_step {
	XEN_STEP_RECORD,
	XEN_STEP_LOST_BEGIN, /* .record is a LOST_RECORDS; the time is that of the first lost one */
	XEN_STEP_LOST_END,   /* the same record at its own time: recording goes on */
	XEN_STEP_END,	     /* the pCPU has no more records */
};

struct xen_item {
	enum xen_step step;
	uint32_t lp; /* index of the pCPU in the scan */
	uint64_t tsc;
	struct xen_record record;
};

struct xen_merge;

/*
 * True of a record that means nothing beyond its own pCPU: then it has been dealt with, and the
 * merge goes on to the next. Most records are such.
 */
typedef bool xen_pass(void *arg, const struct xen_item *item);

struct xen_merge *xen_merge_new(const struct xen_scan *s, xen_pass *pass, void *arg);
void xen_merge_free(struct xen_merge *m);

/* The item that xen_merge_next() would take from LP @lp, or NULL if that one has ended. */
const struct xen_item *xen_merge_peek(const struct xen_merge *m, uint32_t lp);
/* The LP whose item is next in time; -1 at the end of all. */
int64_t xen_merge_first(const struct xen_merge *m);
/* Goes on behind the item of LP @lp, which need not be the first. 0 or -1. */
int xen_merge_advance(struct xen_merge *m, uint32_t lp, struct vt_error *err);
/* How many records have been read. */
uint64_t xen_merge_done(const struct xen_merge *m);
/* Reads each stream's first record. 0 or -1. */
int xen_merge_start(struct xen_merge *m, struct vt_error *err);

#endif
