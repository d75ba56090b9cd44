/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is taken out of a trace.dat file: one record of fixed size for each event that the import
 * uses, in time order, in a temporary file without a name that both passes map.
 */
#ifndef VTICK_TRACES_IMPORT_KVM_RECORD_H
#define VTICK_TRACES_IMPORT_KVM_RECORD_H

#include <stdint.h>

enum kvm_kind {
	KVM_OTHER =
	    0, /* nothing but its time, CPU and thread: the first record of a CPU or behind a gap */
	KVM_SWITCH,	 /* sched_switch: a = next thread, b = prev_state (KVM_STATE_) */
	KVM_WAKING,	 /* sched_waking: a = thread woken */
	KVM_WAKEUP,	 /* sched_wakeup: a = thread woken */
	KVM_MSR,	 /* kvm_msr, a write of a timer's MSR: a = MSR, b = value */
	KVM_APIC,	 /* kvm_apic, a write of a timer's register: a = register, b = value */
	KVM_ACCEPT,	 /* kvm_apic_accept_irq: a = vector, b = APIC id */
	KVM_EOI,	 /* kvm_eoi: a = vector */
	KVM_START,	 /* hrtimer_start: a = hrtimer, b = expires */
	KVM_EXPIRE,	 /* hrtimer_expire_entry: a = hrtimer, b = now */
	KVM_EXPIRE_EXIT, /* hrtimer_expire_exit: a = hrtimer */
	KVM_HV_IRQ,	 /* local_timer_entry */
	KVM_EXIT,	 /* kvm_exit: a = reason, b = isa: 1 VMX, 2 SVM, 0 not told */
	KVM_ENTRY,	 /* kvm_entry */
	KVM_TO_USER,	 /* kvm_userspace_exit: the VMM goes on */
	/* Hyper-V's synthetic timers, a = the timer's index */
	KVM_HV_CONFIG,	/* kvm_hv_stimer_set_config by the guest: b = config */
	KVM_HV_COUNT,	/* kvm_hv_stimer_set_count by the guest: b = count */
	KVM_HV_START,	/* kvm_hv_stimer_start_one_shot, _periodic: b = 100 ns from now on */
	KVM_HV_FIRE,	/* kvm_hv_stimer_callback, inside its hrtimer's */
	KVM_HV_EXPIRED, /* kvm_hv_stimer_expiration, in the vCPU's thread */
	KVM_GAP,  /* events were lost on this CPU from time a to ts: b = how many, 0 unknown */
	KVM_LATE, /* an hrtimer expires late on a CPU that was silent from the stamp b on: a =
		     expires. link: the stamp until which; 0: until now */
	KVM_KINDS
};

enum {
	/* set by the decoder on KVM_START and KVM_EXPIRE: whose callback it is */
	KVM_F_LAPIC = 1,   /* apic_timer_fn */
	KVM_F_TICK = 2,	   /* the host's scheduler tick */
	KVM_F_UNKNOWN = 4, /* the file has no symbol for it */
	/* set by the scan on KVM_MSR and KVM_APIC */
	KVM_F_MOVED = 8,     /* its ARM stands at the record whose `link` names it */
	KVM_F_IGNORED = 16,  /* it does nothing: wrong mode, or the second record of one write */
	KVM_F_PERIODIC = 32, /* the write started a periodic timer; KVM_HV_START: so the decoder */
	KVM_F_RESET = 64,    /* the LVTT write changed the mode, which stops the timer */
	/* set by the decoder on KVM_START and KVM_EXPIRE */
	KVM_F_STIMER = 128, /* stimer_timer_callback */
};

struct kvm_record {
	uint64_t ts; /* in the capture's clock */
	uint64_t a, b;
	/*
	 * Number + 1 of another record, 0: none. Of an hrtimer start or a VM exit: the register
	 * write that takes effect here. Of a write, if no start took it up: what tells its
	 * deadline, a later start, its exit of the preemption timer, or an injection at once. Of a
	 * KVM_HV_START: its hrtimer start.
	 */
	uint64_t link;
	uint32_t pid; /* the thread that ran on the CPU */
	uint16_t cpu;
	uint8_t kind;
	uint8_t flags;
};

/* prev_state, include/linux/sched.h: TASK_INTERRUPTIBLE .. TASK_PARKED; 0 and bits above: runnable.
 */
enum { KVM_STATE_MASK = 0xff, KVM_STATE_DEAD = 0x10 | 0x20 };

/* kvm_exit (arch/x86/include/uapi/asm/vmx.h, svm.h) */
enum { KVM_ISA_VMX = 1, KVM_ISA_SVM = 2, KVM_VMX_REASON = 0xffff, KVM_VMX_PREEMPTION_TIMER = 52 };

enum { KVM_STIMERS = 4 }; /* of a vCPU */

/* Registers of the local APIC (Intel SDM vol. 3, table 11-1) and their MSRs in x2APIC mode. */
enum {
	APIC_REG_LVTT = 0x320,
	APIC_REG_TMICT = 0x380,
	APIC_REG_TDCR = 0x3e0,
	MSR_X2APIC_BASE = 0x800, /* register = (MSR - base) << 4 */
	MSR_IA32_TSC = 0x10,
	MSR_IA32_TSC_ADJUST = 0x3b,
	MSR_IA32_TSC_DEADLINE = 0x6e0,
	MSR_STIMER_FIRST = 0x400000b0, /* Hyper-V: config and count of four timers */
	MSR_STIMER_LAST = 0x400000b7,
};

#endif
