/* SPDX-License-Identifier: GPL-2.0-only */
/* Small virtual machines on the raw KVM ioctls: 1 MiB of memory, the guest of guest.S on every
 * vCPU. */
#ifndef VTICK_RECORD_TESTS_LOAD_VM_H
#define VTICK_RECORD_TESTS_LOAD_VM_H

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct load_options {
	uint32_t vms, vcpus;
	uint32_t ticks; /* per vCPU; UINT32_MAX: until the VMM says stop */
	uint64_t period_ns;
	uint32_t cancel_every, past_every;
	uint64_t wild;	     /* deadline written in front of others, or ... */
	bool wild_ahead;     /* ... how far, in ns */
	uint32_t wild_every; /* of the first and every nth; 0: never */
	int mode;	     /* MODE_*, or MODE_MIXED: vCPU i has mode i % 3 */
	bool busy;
	bool from_now;	    /* deadlines a period from now, not on a grid */
	uint32_t linger_ms; /* the VMM sleeps so long behind the guest's end */
	uint32_t pause_ms;  /* and so long when it is told to */
};

#define MODE_MIXED 3

struct vcpu {
	pthread_t thread;
	bool started;
	pid_t tid;
	int fd;
	uint32_t number;
	uint16_t mode;
	uint32_t linger_ms, pause_ms;
	volatile sig_atomic_t pause;
	struct kvm_run *run;
	size_t run_size;
	uint8_t *params;  /* the block of guest.h, in guest memory */
	uint8_t *samples; /* 16 bytes each */
	uint32_t capacity;
	long blocks, preemptions; /* of the thread, by the kernel's count, up to the guest's end */
	char fault[160];	  /* why the thread ended, if not by the guest's own will */
};

struct vm {
	int fd;
	uint8_t *memory;
	uint32_t tsc_khz;
	struct vcpu *vcpu;
};

/* 0, or -1 with one line in @fault. */
int vm_open(struct vm *vm, int kvm, const struct load_options *o, char *fault, unsigned size);
void vm_close(struct vm *vm, const struct load_options *o);

/* The vCPU's thread: runs the guest until it ends. */
void *vcpu_run(void *vcpu);

uint32_t param32(const struct vcpu *v, unsigned offset);
void vcpu_stop(struct vcpu *v);
/* The vCPU's thread leaves the guest and sleeps in the VMM for pause_ms. */
void vcpu_pause(struct vcpu *v);

#endif
