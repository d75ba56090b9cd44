/* SPDX-License-Identifier: GPL-2.0-only */
/* The second pass over the records of a KVM host: they become events of the trace. */
#ifndef VTICK_TRACES_IMPORT_KVM_EVENTS_H
#define VTICK_TRACES_IMPORT_KVM_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "traces/import/kvm/scan.h"
#include "traces/schedule.h"
#include "traces/trace.h"

struct kvm_tally {
	uint64_t arms_tsc, arms_lapic, arms_stimer, disarms;
	uint64_t unknown_writes; /* nothing tells when their deadline is: no events */
	uint64_t from_exits;	 /* deadlines that only an exit of the preemption timer told */
	uint64_t
	    other_timers;     /* writes of another timer of the VP than the one that is replayed, */
	uint64_t other_fires; /* and its expiries */
	uint64_t runs;	      /* switches to a vCPU */
	uint64_t by_hrtimer;  /* deadlines that the guest's TSC told otherwise than the hrtimer */
	uint64_t early;	      /* hrtimers that KVM set early, as it was held up */
	uint64_t never;	      /* of those taken from the hrtimer, that are never within the trace */
	uint64_t seeds, seeds_by_expiries; /* SEED events; of those, told by expiries alone */
	uint64_t unseen_ticks;	/* expiries of timers whose write is not in the capture */
	uint64_t foreign_fires; /* expiries of timers whose vCPU is not known */
	uint64_t other_vectors; /* injections of other interrupts than the timer's */
	uint64_t other_eois;
	uint64_t no_vp_pend;   /* timer injections outside vCPU threads that belong to nobody */
	uint64_t early_wakes;  /* wake-ups that raced with the vCPU's own way to sleep */
	uint64_t blind_sleeps; /* of threads, said to block as kvm_exit was not recorded */
	uint64_t counter_writes;
	uint64_t resets;		/* timers stopped by a change of LVTT's mode */
	const char *tick_idle;		/* tick_idle.h */
	struct schedule_tally schedule; /* who runs, against the last switch; and gaps */
};

struct kvm_events;

struct kvm_events *kvm_events_new(const struct kvm_scan *s, bool exits, struct trace_writer *w);
void kvm_events_free(struct kvm_events *e);
const struct kvm_tally *kvm_events_tally(struct kvm_events *e);

/* Writes all events. 0 or -1. */
int kvm_events_run(struct kvm_events *e, struct vt_error *err);

#endif
