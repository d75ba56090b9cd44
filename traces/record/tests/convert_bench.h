/* SPDX-License-Identifier: GPL-2.0-only */
/* Raw events as a kernel would give them, through a conversion and back out of the trace. */
#ifndef VTICK_RECORD_TESTS_CONVERT_BENCH_H
#define VTICK_RECORD_TESTS_CONVERT_BENCH_H

#include <stddef.h>
#include <stdint.h>

#include "traces/record/convert.h"
#include "traces/trace.h"

#define BEGAN UINT64_C(1000000000000) /* ns since boot */
#define VCPU 0xffff888000001000
#define VCPU2 0xffff888000002000
#define TSC_HZ UINT64_C(2000000000)
#define TSC_BEGAN UINT64_C(7000000000000)

/* Of the host that the tests convert for. */
extern const struct clock tsc_clock;

struct bench {
	char path[64];
	struct convert *c;
	struct trace_writer *w;
	struct trace_reader *r;
	const struct trace_event *ev;
	size_t n;
	struct vt_error err;
};

/* A conversion of 4 CPUs; begin() also starts its output, at BEGAN. */
void open_bench(struct bench *b);
void begin(struct bench *b);
/* Closes the trace and reads it back: all of it is legal. */
void end(struct bench *b);
void done(struct bench *b);

/* A raw event at @us after the beginning. */
struct raw_event at(uint64_t us, unsigned type, uint64_t vcpu, uint16_t cpu);
void give(struct bench *b, struct raw_event e);
/* The vCPU is seen, and its sighting comes at once. */
void meet(struct bench *b, uint64_t us, uint64_t vcpu, uint32_t vcpu_id, uint64_t offset);
/* A sighting that meet() would make, of the same VM. */
struct raw_vcpu sighting(uint64_t us, uint64_t vcpu, uint32_t vcpu_id, uint64_t offset);
/* The vCPU is seen; the sighting is to be given later. */
void sight(struct bench *b, struct raw_vcpu *v);

uint64_t tsc_at(uint64_t us);
/* An arm of VCPU's at @us for a deadline at @due that KVM started a timer for, 1 us early. */
struct raw_event arm(uint64_t us, uint64_t due, uint64_t offset);

/* Event @i of the trace. */
void expect(const struct bench *b, size_t i, uint64_t us, unsigned type, unsigned sub);

#endif
