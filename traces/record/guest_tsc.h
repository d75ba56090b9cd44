/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a guest's TSC to the host's time. KVM keeps an offset for each vCPU, but not every kernel's
 * is what the guest sees (one that runs guests without hardware help may show them the host's TSC).
 * So it is held against the timers that KVM starts: they expire at the deadline.
 */
#ifndef VTICK_TRACES_RECORD_GUEST_TSC_H
#define VTICK_TRACES_RECORD_GUEST_TSC_H

#include <stdbool.h>
#include <stdint.h>

#include "traces/record/clock.h"
#include "traces/tsc_deadline.h"

enum guest_tsc_how {
	GUEST_TSC_KVM = 0,    /* KVM's offset */
	GUEST_TSC_HOST = 1,   /* none: the guest sees the host's TSC */
	GUEST_TSC_SOLVED = 2, /* taken from timers that KVM started */
};

struct guest_tsc {
	uint64_t kvm_offset, ratio;
	uint64_t offset; /* the one in use */
	enum guest_tsc_how how;
	bool confirmed; /* a timer agreed with it */
	struct tsc_mismatches off;
	uint64_t renewals; /* solutions that three timers running made anew */
};

/* A write of the TSC deadline. */
struct guest_tsc_write {
	uint64_t deadline; /* guest TSC */
	uint64_t at;	   /* ns, when KVM saw it */
	bool started;	   /* KVM started an hrtimer for it, ... */
	uint64_t told;	   /* ... which expires then (ns), the advance added */
};

/* KVM's view, at first sight or when it changed. */
void guest_tsc_set(struct guest_tsc *g, uint64_t kvm_offset, uint64_t ratio);

/*
 * When a write is due, into @ns, and what told it; of one that KVM started no hrtimer for that is
 * TSC_SAYS_BOTH. Until a timer agrees with an offset, or three do with each other, each deadline
 * is when its hrtimer expires.
 */
enum tsc_says guest_tsc_deadline(struct guest_tsc *g, const struct clock *c,
				 const struct guest_tsc_write *w, int64_t *ns);

#endif
