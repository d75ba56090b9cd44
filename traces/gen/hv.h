/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hypervisor under generated guests, where it is not ideal: full virtualization. Each LP has a
 * list of timers, with one timer of each guest whose deadline it keeps and one of the slice of the
 * VP that runs. An interrupt serves what is due, is programmed no sooner than the slop from now,
 * and takes the LP for as long as it costs. A preempted VP's timer is off the list, a halted one's
 * stays. Its interrupts, expiries and injections are written as they would have been recorded.
 */
#ifndef VTICK_TRACES_GEN_HV_H
#define VTICK_TRACES_GEN_HV_H

#include "traces/gen/config.h"
#include "traces/gen/guest.h"

#define HV_NEVER UINT64_MAX

struct hv;

/* What the machine is told; -1 ends the run. */
struct hv_calls {
	void *arg;
	/* The running @vp gets its tick. */
	int (*deliver)(void *arg, uint32_t vp, uint64_t now);
	/* The halted @vp has a tick waiting. */
	int (*wake)(void *arg, uint32_t vp, uint64_t now);
	/* Who runs on @lp has used up its slice. */
	int (*slice_over)(void *arg, uint32_t lp, uint64_t now);
	/* @lp takes its next interrupt at @at, HV_NEVER: none is programmed. */
	void (*programmed)(void *arg, uint32_t lp, uint64_t at);
};

/* @c, @calls and @sink outlive it. */
struct hv *hv_new(const struct gen_config *c, const struct hv_calls *calls,
		  struct guest_sink *sink);
void hv_free(struct hv *hv);

/* @vp starts to run, or stops; @halts: until its tick comes. 0 or -1, as all of these. */
int hv_in(struct hv *hv, uint32_t lp, uint32_t vp, uint64_t now);
int hv_out(struct hv *hv, uint32_t vp, bool halts, uint64_t now);

/* The running @vp programs its timer for @deadline (machine ticks, after @now), or stops it. */
int hv_arm(struct hv *hv, uint32_t vp, uint64_t deadline, uint64_t period, uint64_t now);
int hv_disarm(struct hv *hv, uint32_t vp, uint64_t now);

/* @lp takes its interrupt. */
int hv_interrupt(struct hv *hv, uint32_t lp, uint64_t now);
/* Up to when the hypervisor itself is at work on @lp. */
uint64_t hv_busy_until(const struct hv *hv, uint32_t lp);

#endif
