/* SPDX-License-Identifier: GPL-2.0-only */
/* Traces written by hand, and the numbers that both the engine and the reference must print for
 * them. */
#ifndef VTICK_REPLAY_TESTS_REFERENCE_CASE_H
#define VTICK_REPLAY_TESTS_REFERENCE_CASE_H

#include "replay/tests/reference.h"

/* Events, by time and VP. A list of them ends with stop(). */
struct trace_event in(uint64_t time, uint32_t vp, uint16_t lp);
struct trace_event out(uint64_t time, uint32_t vp, enum trace_reason reason);
struct trace_event wake(uint64_t time, uint32_t vp);
struct trace_event arm(uint64_t time, uint32_t vp, enum trace_dev dev, uint64_t deadline);
struct trace_event arm_periodic(uint64_t time, uint32_t vp, uint64_t deadline, uint64_t period);
struct trace_event disarm(uint64_t time, uint32_t vp);
struct trace_event mask(uint64_t time, uint32_t vp, bool masked);
struct trace_event counter(uint64_t time, uint32_t vp, uint64_t value);
/* The end of the trace. */
struct trace_event stop(uint64_t time);

/*
 * The cells of most cases: without a tick, a slice and slop of the hypervisor.
 *
 *   nearest       passthrough
 *   nearest_none  passthrough:switch=none
 *   current       passthrough:scope=current
 *   keep          virtual
 *   removed       virtual:block=remove
 *   kept          virtual:switch=keep
 *   hrtimer       kvm-hrtimer
 *   preemption    kvm-preemption-timer
 *   native        apic-timer-virtualization
 *   passed        passthrough-2021
 *   vpt           xen-vpt with mode=no-missed-ticks-pending, without a least period
 *   pv            xen-pv
 *   vtm           virtual-vtm
 *   drop          virtual-2005
 */
extern const struct reference_params nearest, nearest_none, current, keep, removed, kept;
extern const struct reference_params hrtimer, preemption, native, passed, vpt, pv, vtm, drop;

/* A cell of every design, and those of virtual and passthrough that differ when a VP stops. */
#define EVERY_DESIGN 13
extern const struct reference_params *const every_design[EVERY_DESIGN];

struct reference_params with_tick(struct reference_params params, uint64_t hz);
struct reference_params with_slop(struct reference_params params, uint64_t ns);

/* A number of the result: its keys, list indices and buckets with dots between. A list ends with a
 * NULL path. */
struct expected {
	const char *path;
	int64_t value;
};

#define EXPECT_NULL INT64_MIN /* JSON's null */

/* Says on stderr, after @who, what in @result is not as expected; returns how many. */
unsigned check_result(const char *who, const json_t *result, const struct expected *expected);

/*
 * Replays the case by engine and reference and asserts that each says what is expected and that
 * they agree in everything else. The clock is 1 GHz, so that ticks are ns; each VP is a domain of
 * its own.
 */
void check_case(uint32_t lps, uint32_t vps, const struct trace_event *ev,
		const struct reference_params *params, const struct expected *expected);

/* The same, and the result, which the caller owns. */
json_t *replay_case(uint32_t lps, uint32_t vps, const struct trace_event *ev,
		    const struct reference_params *params, const struct expected *expected);

/* A number of a result by its path, as in struct expected. */
int64_t result_number(const json_t *result, const char *path);

/* As check_case(), but all VPs are one domain's, by their numbers. */
void check_domain_case(uint32_t lps, uint32_t vps, const struct trace_event *ev,
		       const struct reference_params *params, const struct expected *expected);

#endif
