/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From merged xentrace records to trace events.
 *
 * No record of the emulated LAPIC names its vCPU: it is the one that runs on that pCPU. So who
 * runs where is followed first, and what cannot be placed is counted, never guessed.
 */
#ifndef VTICK_TRACES_IMPORT_XEN_EVENTS_H
#define VTICK_TRACES_IMPORT_XEN_EVENTS_H

#include "traces/import/word_map.h"
#include "traces/import/xen/scan.h"
#include "traces/import/xen/seeds.h"
#include "traces/import/xen/stream.h"
#include "traces/schedule.h"
#include "traces/trace.h"

#define XEN_SKIPPED_IDS_MAX 4096

/* What the second pass counts for the header. */
struct xen_tally {
	uint64_t events[TRACE_TYPES]; /* that were written, by type */
	struct word_map skipped;      /* event id -> records that the importer has no use for */
	uint64_t skipped_more;	      /* of further ids, when there are too many */
	uint64_t unseen_ticks;
	uint64_t pv_writes_blind; /* PV timer hypercalls without a deadline record */
	uint64_t pv_deadlines;
	uint64_t register_writes; /* of the timer's registers: LVTT, TMICT, TDCR, MSR 0x6e0 */
	uint64_t counter_writes;  /* guest TSC, converted away */
	uint64_t periodic;	  /* periodic timers that guests armed */
	uint64_t machine_timer;	  /* the machine's own timer: programmed or fired */
	uint64_t offline_idle;	  /* to offline while not running, and back */
	uint64_t gone_offline;	  /* VPs that stopped for good: Xen says so later, */
	uint64_t gone_asleep;	  /* or nothing came of their timer */
	uint64_t in_pv;		  /* LAPIC records while a PV vCPU runs, left out */
	uint64_t in_hypercall;	  /* and in a hypercall of one that has a local APIC */
	uint64_t cut_lps;	  /* pCPUs whose records end early because the capture is cut */
	uint64_t odd_continue;	  /* CONTINUE_RUNNING of a VP that did not run there */
	uint64_t
	    out_elsewhere; /* a pCPU's changes from running of a VP that ran on another by then */
	uint64_t apart_ns; /* pCPUs' TSCs are at least so far apart; 0: within Xen's slop */
	struct schedule_tally schedule;
	const struct xen_seeds *seeds;
};

struct xen_events;

/* @seeds outlive the events. */
struct xen_events *xen_events_new(const struct xen_scan *s, const struct xen_seeds *seeds,
				  uint64_t clock_hz, bool exits, struct trace_writer *w);
void xen_events_free(struct xen_events *e);
const struct xen_tally *xen_events_tally(struct xen_events *e);

/* The timers that were armed before, and who runs at time 0, as each pCPU's first schedule record
 * tells. 0 or -1. */
int xen_events_seed(struct xen_events *e, struct vt_error *err);
/* Items in order of time. 0 or -1. */
int xen_events_item(struct xen_events *e, const struct xen_item *item, struct vt_error *err);

/* For xen_merge_new(): deals with a record that means nothing beyond its own pCPU. */
bool xen_events_pass(void *events, const struct xen_item *item);

/*
 * The LP that still runs the VP which @item would start, or -1: if that LP has a record of the same
 * tick, it goes first (on one tick OUT precedes IN).
 */
int64_t xen_events_waits_for(const struct xen_events *e, const struct xen_item *item);

#endif
