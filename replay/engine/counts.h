/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a cell counts. The fields stand in plain structs, so that counting is one add; which metric
 * of the result each of them is, catalogue.c says. A new metric is a field here, a row there, and
 * the line that counts.
 */
#ifndef VTICK_REPLAY_ENGINE_COUNTS_H
#define VTICK_REPLAY_ENGINE_COUNTS_H

#include <stdint.h>

#include "replay/engine/histogram.h"
#include "traces/base/count.h"

/* A number that there is not: JSON's null. In fields of int64_t. */
#define COUNT_NONE INT64_MIN

/* Of one LP, or what LPs add up to. */
struct lp_counts {
	uint64_t irqs; /* machine timer interrupts: each is of one of the next four, */
	uint64_t irqs_guest, irqs_hypervisor, irqs_both, irqs_spurious;
	uint64_t irqs_idle, irqs_busy; /* and of one of these */
	uint64_t len_max, guest_len_max;
	uint64_t len_mean_milli, guest_len_mean_milli; /* made at the end */
	__int128 hypervisor_ns;
};

/* Of one VP, or what VPs add up to. */
struct vp_counts {
	uint64_t vps; /* 1 of a VP */
	uint64_t ticks_due, ticks_delivered, ticks_coalesced, ticks_missed, ticks_pending_at_end,
	    ticks_early;
	uint64_t wakeups_due, wakeups_on_time, wakeups_late, wakeups_lost, wakeups_open;
	__int128 pend_sum; /* ns */
	int64_t pend_max;  /* ns, or COUNT_NONE */
	uint64_t ticks_inferred;
};

/* Of the whole cell. */
struct counts {
	struct lp_counts lps; /* both sums are made at the end */
	struct vp_counts vps;
	uint64_t adds, removes, fires, moves; /* of ac_timer lists */
	uint64_t expiries_max;
	uint64_t hardware_writes;
	uint64_t exits_arm, exits_guest_timer;
	uint64_t arms, arms_reached, arms_cancelled, arms_replaced, arms_inferred;
	uint64_t causality_breaks, lost_events;
	uint64_t obs_hv_irqs, obs_fires, obs_pends;
	uint64_t guest_clock_error, hv_clock_error; /* ticks */
	uint64_t idle_longest;			    /* ticks */
	__int128 hypervisor_spend_ns;		    /* of the LPs' hypervisor_ns: by spend() */
	int64_t hypervisor_ns_per_tick;		    /* made at the end; or COUNT_NONE */
	uint64_t digest;			    /* of all VPs, made at the end */
	struct histogram pend, policy_skew, delivery, idle;
};

#endif
