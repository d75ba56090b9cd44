/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a guest's TSC lies on the capture's clock. KVM turns a TSC deadline into an hrtimer:
 * expires = monotonic(deadline) - advance (arch/x86/kvm/lapic.c: start_sw_tscdeadline()). Each such
 * pair is a point; it lies early by what came between KVM's reading of the clock and of the TSC.
 */
#ifndef VTICK_TRACES_IMPORT_KVM_FIT_H
#define VTICK_TRACES_IMPORT_KVM_FIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "traces/import/kvm/clock.h"

/* lapic_timer_advance_ns starts at this, and stays unless KVM finds that it should move it. */
#define KVM_ADVANCE_NS 1000

struct kvm_pair {
	int64_t expires; /* ticks of the trace, but for suspends: kvm_clock_flat() */
	int64_t time;	 /* when KVM set the hrtimer */
	int64_t ahead;	 /* from then until it expires */
	uint64_t tsc;	 /* the deadline, guest TSC */
};

/* A bounded sample of a VP's pairs, evenly over the capture. */
struct kvm_pairs {
	struct kvm_pair *pair;
	size_t n, room;
	uint64_t seen, step;
};

struct kvm_segment {
	int64_t from;	/* time of its first pair */
	int64_t offset; /* guest TSC - base where the trace's time is 0, of KVM's early hrtimers */
};

struct kvm_fit {
	bool ok;
	uint64_t base;
	int64_t slope; /* guest TSC ticks per tick of the trace */
	struct kvm_segment *segment;
	size_t segments;
	/* expires - deadline, over the sample */
	int64_t median_ns, min_ns, max_ns;
	int64_t p99_ns; /* of the distance from the median */
};

void kvm_pairs_add(struct kvm_pairs *p, const struct kvm_pair *pair);

/*
 * One fit each of @n VPs; pairs that tell nothing are dropped from @pairs. @guest_hz: the guests'
 * rate if it is known, or 0.
 */
void kvm_fit_all(struct kvm_fit *fit, struct kvm_pairs *pairs, size_t n, const struct kvm_clock *c,
		 uint64_t guest_hz);
void kvm_fit_free(struct kvm_fit *fit);

/* Time of the trace at which the guest's TSC is @tsc, as known at @time; within +-2^60. */
int64_t kvm_fit_time(const struct kvm_fit *fit, const struct kvm_clock *c, int64_t time,
		     uint64_t tsc);
/* Guest TSC at the zero of the capture's clock (x86-tsc: guest minus host TSC), modulo 2^64. */
uint64_t kvm_fit_offset(const struct kvm_fit *fit, const struct kvm_clock *c, size_t segment);

#endif
