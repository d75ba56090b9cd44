/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The first pass over the records of a KVM host: who the vCPUs are, which hrtimer starts belong to
 * which register write, where guests' TSCs lie. It marks the records for the second (events.h).
 */
#ifndef VTICK_TRACES_IMPORT_KVM_SCAN_H
#define VTICK_TRACES_IMPORT_KVM_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "traces/import/kvm/away.h"
#include "traces/import/kvm/clock.h"
#include "traces/import/kvm/fit.h"
#include "traces/import/kvm/timer_map.h"
#include "traces/import/kvm/tracecmd_run.h"
#include "traces/import/word_map.h"
#include "traces/schedule.h"

#define KVM_NOBODY SCHEDULE_NOBODY

/* Bits 17 and 18 of LVTT. */
enum kvm_mode { KVM_ONESHOT = 0, KVM_PERIODIC = 1, KVM_DEADLINE = 2, KVM_MODE_UNKNOWN = 4 };

/* A timer that was armed before the capture began; times in ticks of the trace. */
struct kvm_seed {
	bool given;
	uint8_t dev; /* TRACE_LAPIC .. */
	uint16_t lp;
	enum { KVM_SEED_STARTS, KVM_SEED_EXPIRIES } by;
	uint64_t deadline, period;
};

struct kvm_vp {
	uint32_t tid;
	int64_t vcpu;	  /* -1: not known */
	const char *comm; /* the report's */
	uint32_t number;  /* in the trace; see vms.h */
	uint32_t domain, vcpu_number;
	uint32_t before;    /* the VP whose thread ended, and which is this one; KVM_NOBODY: none */
	size_t first, last; /* records of its thread, numbers + 1; 0: none */
	bool ended;	    /* the last one is the end of the thread */
	int vector;	    /* of its timer; -1: not known */
	uint32_t stimer;    /* index + 1 of the Hyper-V timer that is its timer; 0: its LAPIC's */
	bool count_from_exits;	 /* no hrtimer start told how long a count takes, exits did */
	uint64_t count_ns_milli; /* ns a count of TMICT takes, in thousandths; 0: not known */
	struct kvm_pairs pairs;
	struct kvm_fit fit;
	struct kvm_seed seed; /* seeds.h */
};

/* Events of a CPU that were lost. */
struct kvm_gap {
	uint64_t from, until; /* time stamps */
	uint64_t count;	      /* 0: unknown */
	uint32_t cpu;
};

struct kvm_scan {
	const struct tracecmd_file *file;
	struct kvm_clock clock;
	struct word_map tids; /* tid to index in vp */
	struct kvm_vp *vp;
	uint32_t vps;
	struct timer_map timers;
	bool symbols;	 /* the file tells which hrtimers are apic_timer_fn's: others are not */
	bool exits;	 /* kvm_exit was recorded */
	uint32_t *first; /* [cpus] the thread that the CPU's records begin with; KVM_NOBODY: none */
	struct kvm_gap *gap; /* by `from` */
	size_t gaps;
	size_t gap_room;
	struct kvm_aways away;	/* by time */
	uint64_t tick_hz;	/* 0: not known */
	uint64_t tick_phase_ns; /* of the first tick after time 0; 0: not known */
	uint64_t ignored_writes, duplicates, restarts, moved;
};

/*
 * @cut: the file was cut off. @cpu_cut: [cpus] whose events end there, not where the recording
 * ended; or NULL.
 */
int kvm_scan(struct kvm_scan *s, const struct tracecmd_file *f, uint64_t cpu_hz, bool cut,
	     const bool *cpu_cut, const char *path, struct vt_error *err);
void kvm_scan_free(struct kvm_scan *s);

/* The vCPU that is thread @tid, or KVM_NOBODY. */
static inline uint32_t kvm_scan_vp(const struct kvm_scan *s, uint32_t tid)
{
	const uint64_t *n = word_map_find(&s->tids, tid);

	return n ? (uint32_t)*n : KVM_NOBODY;
}

/* @timer is seen to be the timer of @vp, by the record at hand. */
void kvm_scan_owns(struct kvm_scan *s, uint64_t timer, uint32_t vp);

/* Whether the hrtimer of a record is, or may be, a LAPIC's. */
static inline bool kvm_scan_lapic(const struct kvm_scan *s, const struct kvm_record *r)
{
	return r->flags & KVM_F_LAPIC || (r->flags & KVM_F_UNKNOWN && !s->symbols);
}

/* A time stamp as a time of the trace. */
static inline uint64_t kvm_time(const struct kvm_scan *s, uint64_t ts)
{
	return ts - s->clock.t0;
}

#endif
