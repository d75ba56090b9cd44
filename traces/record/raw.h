/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the BPF programs put into the ring and the maps, and user space takes out. Included by both
 * sides.
 */
#ifndef VTICK_RECORD_RAW_H
#define VTICK_RECORD_RAW_H

#ifndef __bpf__ /* there kernel.h has these types */
#include <stdint.h>
#endif

/* Counters are kept by type: hits = recorded + lost holds for each of them. */
enum raw_type {
	/* At the same time, CPU and sequence number the lower comes first. */
	RAW_VCPU = 0, /* a vCPU is seen for the first time: struct raw_vcpu */
	RAW_OUT = 1, /* its thread is switched out; a: task state, flags: RAW_PREEMPT, RAW_IN_RUN */
	RAW_IN = 2,  /* in */
	RAW_WAKING = 3, /* somebody wakes it, on the waker's CPU; flags: RAW_LEAVES */
	RAW_WAKEUP = 4, /* it is runnable: the RAW_WAKING that came before its RAW_OUT did that */
	RAW_OFFSET = 5, /* the vCPU's TSC offset changed: a: the new one, b: its scaling ratio */
	RAW_ARM_TSC =
	    6, /* a: guest TSC, b: expires (ns), c: timer advance (ns), flags: RAW_STARTED */
	RAW_ARM_LAPIC =
	    7, /* a: deadline (ns), b: period (ns; 0 one-shot), flags: RAW_STARTED, RAW_TDCR */
	RAW_DISARM = 8, /* flags: RAW_LAPIC for TMICT = 0, else MSR 0x6e0 = 0 */
	RAW_IGNORED =
	    9,	       /* a write that KVM ignores: the LVTT is in another mode; flags: RAW_LAPIC */
	RAW_LVTT = 10, /* a: new LVTT, b: old timer mode */
	RAW_FIRE = 11, /* KVM's timer for the vCPU expired; a: when it was due (ns) */
	RAW_PEND = 12, /* the LVTT's vector was accepted by the vCPU's APIC */
	RAW_TIMER_IRQ = 13, /* this CPU took a local timer interrupt */
	RAW_CREATED = 14,   /* a vCPU was made at this address: what it named before is gone; a:
			       struct kvm, b: vcpu_id, c: tgid */
	RAW_TYPES = 15,
	/* Made by user space. */
	RAW_LOST = 15,	 /* a: until, b: count; cpu */
	RAW_MISSED = 16, /* the same, but no CPU is known */
	RAW_AWAY = 17,	 /* the machine under the CPU is elsewhere; a: until */
};

#define RAW_PREEMPT 1
#define RAW_STARTED 2 /* KVM started a host timer for it: the deadline was not past */
#define RAW_LAPIC 4
#define RAW_TDCR 8    /* not a TMICT write: the divider was changed under a running timer */
#define RAW_IN_RUN 16 /* its thread is inside KVM_RUN */
#define RAW_LEAVES 32 /* it is still on its CPU, and will leave it to sleep */

/* LVTT timer modes, bits 17 and 18 of the register; kvm_timer.timer_mode has them in place. */
#define LVTT_MODE_MASK (3u << 17)
#define LVTT_ONESHOT 0u
#define LVTT_PERIODIC (1u << 17)
#define LVTT_TSCDEADLINE (2u << 17)
#define LVTT_MASKED (1u << 16)

/*
 * One event. @ts (CLOCK_MONOTONIC) and @seq were taken together on @cpu; an arm carries the time at
 * which KVM started its timer, which lies some us before the tracepoint of the write.
 */
struct raw_event {
	uint64_t ts;
	uint64_t vcpu; /* address of the struct kvm_vcpu: a name, nothing more */
	uint32_t seq;
	uint16_t cpu;
	uint8_t type;
	uint8_t flags;
	uint64_t a, b;
	uint32_t c;
	uint32_t unused;
};

/* In the ring an event may end early, the rest is 0: behind its flags, or behind a. */
#define RAW_SHORT 24
#define RAW_WITH_A 32
/* A RAW_OUT that ends behind b: the vCPU there is switched in, as by a RAW_IN. */
#define RAW_BOTH 40

#define RAW_SNAPSHOT 1 /* found at the start of the recording */
#define RAW_ON_CPU 2   /* its thread runs just now, on ev.cpu */
#define RAW_ASLEEP 4   /* its thread sleeps inside KVM_RUN */
#define RAW_WRITTEN 8  /* its timer is what a write made of it whose event follows */

struct raw_vcpu {
	struct raw_event ev; /* type RAW_VCPU; cpu; flags as above */
	uint64_t kvm;
	uint64_t tsc_offset, tsc_ratio;
	uint64_t tscdeadline; /* guest TSC, 0: none */
	uint64_t expires;     /* of KVM's timer, ns, if it is queued, else 0 */
	uint64_t target;      /* of the timer in a LAPIC mode, ns */
	uint64_t period;      /* ns */
	uint32_t tgid;
	uint32_t vcpu_id;
	uint32_t timer_mode; /* LVTT_* */
	uint32_t lvtt;
	uint32_t advance;  /* ns */
	uint32_t hardware; /* 1: a timer of the CPU's (VMX) has the deadline, no hrtimer */
};

/*
 * One per CPU, in an array that user space maps. The BPF side adds to lost and remembers since when
 * while lost != acked; user space reads (lost, first, last) and sets acked.
 */
struct raw_cpu {
	uint64_t seq;
	uint64_t hits[RAW_TYPES];
	uint64_t lost, acked;
	uint64_t first, last;
	uint64_t lost_by_type[RAW_TYPES];
	uint64_t unused[5]; /* 320 bytes: five cache lines */
};

#endif
