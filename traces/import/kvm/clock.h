/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The capture's clock, and where the host's CLOCK_MONOTONIC, in which hrtimers expire, lies on it.
 * The two are met at each hrtimer_expire_entry: `now` was read shortly before the event was
 * stamped.
 */
#ifndef VTICK_TRACES_IMPORT_KVM_CLOCK_H
#define VTICK_TRACES_IMPORT_KVM_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "traces/import/kvm/tracecmd_run.h"

/* Slopes are fixed-point numbers with so many bits behind the point. */
#define KVM_SLOPE_BITS 40
#define KVM_SLOPE_ONE (INT64_C(1) << KVM_SLOPE_BITS)

enum { KVM_CLOCK_STEPS = 64 };

struct kvm_clock {
	const char *name;   /* trace-cmd's, owned by the file's report */
	const char *method; /* how hz is known: "nominal", "given", "measured", "assumed" */
	uint64_t hz;	    /* of the time stamps */
	bool raw_tsc;	    /* they are the host's TSC */
	uint64_t t0;	    /* time stamp that is time 0 of the trace */
	/* time = at + (monotonic - from) * slope */
	uint64_t from;
	int64_t at, slope;
	uint64_t samples;
	int64_t p50_ns, p99_ns; /* stamp of hrtimer_expire_entry minus its `now` */
	bool blind;   /* no expiry to measure it by: monotonic time is taken for the stamps' */
	bool unknown; /* nor is it that: hrtimers' times cannot be told */
	/* Where the stamps went on and monotonic time did not: the host was suspended. */
	struct kvm_clock_step {
		uint64_t from; /* monotonic time behind the last expiry before it */
		int64_t ticks; /* in all, as of there */
	} step[KVM_CLOCK_STEPS];
	uint32_t steps;
	int64_t apart_ns; /* how far the stamps of two CPUs are apart, by the hrtimers that expire
			   * on them; 0: not by much */
	int64_t
	    shift_ns; /* stamps named `mono` minus monotonic time, where they are not the same */
};

/*
 * @cpu_hz: given TSC rate, or 0. @truncated: a capture that was cut may lack what the rate takes.
 * 0 or -1.
 */
int kvm_clock_find(struct kvm_clock *c, const struct tracecmd_file *f, uint64_t cpu_hz,
		   bool truncated, const char *path, struct vt_error *err);

/* Ticks since time 0 of a monotonic time; within +-2^60. */
int64_t kvm_clock_at(const struct kvm_clock *c, uint64_t monotonic);
/* The same on a clock that stands still while the host is suspended, and from there. */
int64_t kvm_clock_flat(const struct kvm_clock *c, uint64_t monotonic);
int64_t kvm_clock_step(const struct kvm_clock *c, int64_t flat);
/* (value * slope) / KVM_SLOPE_ONE and value * KVM_SLOPE_ONE / slope, floors, within +-2^60. */
int64_t kvm_scale(int64_t value, int64_t slope);
int64_t kvm_unscale(int64_t value, int64_t slope);
int64_t kvm_ticks_to_ns(const struct kvm_clock *c, int64_t ticks);
int64_t kvm_ns_to_ticks(const struct kvm_clock *c, int64_t ns);

#endif
