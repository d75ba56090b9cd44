/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The few kernel types that the BPF programs look into, with only the fields they use. The loader
 * fits the offsets to the running kernel (CO-RE), so order and size say nothing here.
 */
#ifndef VTICK_RECORD_KERNEL_H
#define VTICK_RECORD_KERNEL_H

#include <linux/types.h>

typedef __u8 uint8_t;
typedef __u16 uint16_t;
typedef __u32 uint32_t;
typedef __u64 uint64_t;
typedef _Bool bool;

enum { false = 0, true = 1 };

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct hlist_node {
	struct hlist_node *next;
};

struct hlist_head {
	struct hlist_node *first;
};

struct upid {
	int nr;
};

struct pid {
	struct hlist_head tasks[1];
	struct upid numbers[1];
};

struct qstr {
	const unsigned char *name;
};

struct dentry {
	struct qstr d_name;
};

struct path {
	struct dentry *dentry;
};

struct file {
	struct path f_path;
	void *private_data;
};

struct thread_info {
	__u32 cpu;
};

struct sched_entity {
	unsigned char sched_delayed; /* from 6.12 on */
};

struct task_struct {
	struct sched_entity se;
	struct thread_info thread_info;
	unsigned int __state;
	int on_cpu;
	int on_rq;
	int pid;
	int tgid;
	unsigned int flags;
	struct hlist_node pid_links[1];
	struct hlist_head preempt_notifiers;
};

/* Before 5.14. */
struct task_struct___state {
	long state;
};

struct preempt_notifier {
	struct hlist_node link;
};

struct timerqueue_node {
	__s64 expires;
};

struct hrtimer;

struct hrtimer_clock_base {
	struct hrtimer *running;
};

struct hrtimer {
	struct timerqueue_node node;
	void *function;
	struct hrtimer_clock_base *base;
	__u8 state;
};

struct kvm_timer {
	struct hrtimer timer;
	__s64 period;
	__s64 target_expiration;
	__u32 timer_mode;
	__u64 tscdeadline;
	__u32 timer_advance_ns;
	bool hv_timer_in_use;
};

struct kvm_vcpu;

struct kvm_lapic {
	struct kvm_timer lapic_timer;
	struct kvm_vcpu *vcpu;
	void *regs;
};

struct kvm_vcpu_arch {
	__u64 apic_base;
	struct kvm_lapic *apic;
	__u64 l1_tsc_offset;
	__u64 l1_tsc_scaling_ratio;
};

/* Before 5.14 the ratio had another name. */
struct kvm_vcpu_arch___ratio {
	__u64 tsc_scaling_ratio;
};

struct kvm;

struct kvm_vcpu {
	struct kvm *kvm;
	struct preempt_notifier preempt_notifier;
	int vcpu_id;
	struct pid *pid;
	struct kvm_vcpu_arch arch;
};

struct kvm_vcpu___ratio {
	struct kvm_vcpu_arch___ratio arch;
};

struct bpf_iter_meta;

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
};

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	struct file *file;
};

#pragma clang attribute pop

#endif
