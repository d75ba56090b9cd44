/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What tells when a TSC deadline of a KVM guest is due: the guest's TSC, or the hrtimer that KVM
 * set for the write. The rules that the importer and the live recorder share.
 *
 * KVM sets expires = monotonic(deadline) - advance (start_sw_tscdeadline()). Where the guest's TSC
 * was deduced, it is held against that each time: what the recording itself says is believed first.
 */
#ifndef VTICK_TRACES_TSC_DEADLINE_H
#define VTICK_TRACES_TSC_DEADLINE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * KVM multiplies the distance to a deadline by a million, in 64 bits: from so many guest TSC ticks
 * on it overflows, and the hrtimer's time tells nothing of the deadline.
 */
#define TSC_DISTANCE_MAX (UINT64_MAX / 1000000)

/* Mismatches running that end a solution. */
#define TSC_MISMATCHES 3

enum {
	/* A deadline and its hrtimer's time that lie farther apart disagree, ... */
	TSC_AGREE_NS = 10000,
	/*
	 * ... unless the host was held up between KVM's readings of its clock and of the TSC: then
	 * this one hrtimer is early, and by no more than such a stall (a run of them is none).
	 */
	TSC_STALL_NS = 200000,
	TSC_NEAR_NS = 100000000, /* deadlines so near do not feel that KVM counts in whole kHz */
};

/* No guest that is awake waits so long for its next tick: what lies farther is "never". */
#define TSC_FAR_NS INT64_C(60000000000)

enum tsc_says {
	TSC_SAYS_BOTH,	  /* they agree: the deadline is where the guest's TSC puts it */
	TSC_SAYS_STALL,	  /* the same, and the hrtimer is early */
	TSC_SAYS_HRTIMER, /* they disagree: it is when the hrtimer expires, plus the advance */
	TSC_SAYS_NEVER,	  /* KVM's arithmetic overflowed: it is never, and the hrtimer is not its */
};

/* The first three in one unit; @distance from the write to the deadline in guest TSC ticks. */
enum tsc_says tsc_deadline_says(int64_t by_tsc, int64_t by_hrtimer, int64_t agree, int64_t stall,
				uint64_t distance);

/* The last pairs running of a guest TSC and an hrtimer that do not go with the solution. */
struct tsc_mismatches {
	int64_t offset[TSC_MISMATCHES]; /* of the guest's TSC that each tells, in any unit */
	unsigned n;
};

/*
 * One more: true if these make the solution anew, as the last TSC_MISMATCHES go together within
 * @agree. They are sorted then. A pair that goes with the solution sets n to 0.
 */
bool tsc_mismatch(struct tsc_mismatches *m, int64_t offset, int64_t agree);

#endif
