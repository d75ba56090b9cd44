/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a guest's TSC to the host's time. KVM keeps an offset for each vCPU, but not every kernel's
 * is what the guest sees (one that runs guests without hardware help may show them the host's TSC).
 * So the offset is checked against the timers that KVM starts: they expire at the deadline.
 */
#ifndef VTICK_TRACES_RECORD_GUEST_TSC_H
#define VTICK_TRACES_RECORD_GUEST_TSC_H

#include <stdbool.h>
#include <stdint.h>

#include "traces/record/clock.h"

enum guest_tsc_how {
	GUEST_TSC_KVM = 0,    /* KVM's offset */
	GUEST_TSC_HOST = 1,   /* none: the guest sees the host's TSC */
	GUEST_TSC_SOLVED = 2, /* taken from a timer that KVM started */
};

struct guest_tsc {
	uint64_t kvm_offset, ratio;
	uint64_t offset; /* the one in use */
	enum guest_tsc_how how;
	bool confirmed; /* a timer agreed with it */
};

/* KVM's view, at first sight or when it changed. */
void guest_tsc_set(struct guest_tsc *g, uint64_t kvm_offset, uint64_t ratio);

/*
 * The time (ns) of a deadline that the guest wrote. @due: when KVM's timer was to expire, exactly
 * if
 * @started; else the time of the write, near which the deadline lies.
 */
int64_t guest_tsc_deadline(struct guest_tsc *g, const struct clock *c, uint64_t deadline,
			   uint64_t due, bool started);

#endif
