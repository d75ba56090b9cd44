/* SPDX-License-Identifier: GPL-2.0-only */
/* When a guest's timer write is due, by what the capture tells of it. */
#ifndef VTICK_TRACES_IMPORT_KVM_DEADLINES_H
#define VTICK_TRACES_IMPORT_KVM_DEADLINES_H

#include <stdbool.h>
#include <stdint.h>

#include "traces/import/kvm/events.h"
#include "traces/import/kvm/scan.h"

struct kvm_deadlines {
	const struct kvm_scan *scan;
	struct kvm_tally *tally; /* counts how deadlines came to be known */
	uint64_t now;		 /* time of the write */
};

/* A time of the trace as a deadline: within what a guest's counter can be. */
uint64_t kvm_deadline(int64_t time);

/* Whether @start, which may be NULL, is an hrtimer start with a time and not "never". */
bool kvm_tells_expiry(const struct kvm_record *start);

/*
 * Both: the deadline of @write by VP @vp into @when, in ticks of the trace. @start: the hrtimer
 * start that took the write up, or NULL. False: nothing tells.
 */
bool kvm_tsc_deadline(struct kvm_deadlines *d, uint32_t vp, const struct kvm_record *write,
		      const struct kvm_record *start, uint64_t *when);
/* @ticks: kvm_count_ticks() of what was written. */
bool kvm_count_deadline(struct kvm_deadlines *d, uint32_t vp, const struct kvm_record *write,
			const struct kvm_record *start, uint64_t ticks, uint64_t *when);

/* How long a count of TMICT takes; without any sign of it that of the bus clock's. */
uint64_t kvm_count_ticks(const struct kvm_deadlines *d, uint32_t vp, uint64_t count);

#endif
