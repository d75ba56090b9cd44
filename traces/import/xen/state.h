/* SPDX-License-Identifier: GPL-2.0-only */
/* The second pass's state, which events.c and guest_timer.c share. */
#ifndef VTICK_TRACES_IMPORT_XEN_STATE_H
#define VTICK_TRACES_IMPORT_XEN_STATE_H

#include "traces/import/xen/apart.h"
#include "traces/import/xen/events.h"
#include "traces/import/xen/seeds.h"
#include "traces/schedule.h"

/* What is remembered of a pCPU. But for the slice it is about the run there, and ends with it. */
struct xen_lp {
	bool tdt;	   /* a write of MSR 0x6e0 whose LAPIC_START or STOP is still to come */
	uint32_t crossing; /* event of the last exit or entry of the run, and its reason; 0: none */
	uint32_t reason;
	bool pv_write;	  /* a timer hypercall whose deadline record, if any, is still to come */
	uint32_t next_vp; /* whom the scheduler chose last, or SCHEDULE_NOBODY */
	uint64_t slice;	  /* for how long, ticks */
};

/* The timer that a VP has armed, as the trace has it. */
struct xen_timer {
	bool armed, masked;
	uint64_t deadline, period; /* ticks; period 0: one-shot */
};

struct xen_vp {
	bool yields;   /* a YIELD since it got its pCPU */
	bool wrote;    /* its LAPIC timer was written in this capture */
	bool wrote_pv; /* its PV timer was */
	bool seeded;   /* it has a SEED, */
	uint64_t seed; /* whose first deadline this is */
	bool is_pv;    /* has no local APIC */
	bool gone;     /* it stopped for good */
	uint32_t word; /* vcpu | dom << 16 */
	struct xen_timer timer;
	struct xen_doubt doubt;
};

struct xen_events {
	const struct xen_scan *scan;
	uint64_t clock_hz;
	bool exits;
	const struct xen_seeds *seeds;
	struct trace_writer *writer;
	struct schedule *schedule;
	uint64_t now; /* time of the item at hand */
	struct xen_lp *lp;
	struct xen_vp *vp;
	struct xen_tally tally;
	struct xen_apart apart;
};

/* Turns a record into events, if it means any. 0 or -1. */
typedef int xen_handler(struct xen_events *e, const struct xen_item *item, struct vt_error *err);

/* @ev happens now. 0 or -1. */
int xen_emit(struct xen_events *e, struct trace_event ev, struct vt_error *err);
/* A tick of a timer that no write in the capture set and no SEED stands for. */
bool xen_is_unseen(const struct xen_events *e, uint32_t vp, bool wrote);
/* The number of a VP, SCHEDULE_NOBODY for Xen's own vCPUs and those without a schedule record. */
uint32_t xen_find_vp(const struct xen_events *e, uint32_t word);
/*
 * Whether @vp, which stops now and goes to runstate @to, never runs again, not even if the capture
 * went on: gone.c. Counts what told it.
 */
bool xen_is_gone(struct xen_events *e, uint32_t vp, enum xen_runstate to);
/* A hypercall whose timer write, if it was one, was never followed by a record of its deadline. */
void xen_pv_write_ends(struct xen_events *e, uint32_t lp);
/* What was remembered of the run on @lp is over. */
void xen_run_ends(struct xen_events *e, uint32_t lp);

/* The guest's timer, and the machine's: guest_timer.c. */
xen_handler xen_lapic_start, xen_lapic_stop, xen_lapic_callback;
xen_handler xen_msr_write, xen_iomem_write;
xen_handler xen_pv_hypercall, xen_pv_arm, xen_pv_disarm, xen_pv_set_timer, xen_pv_fire;
xen_handler xen_machine_irq, xen_machine_set;

#endif
