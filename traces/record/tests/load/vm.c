/* SPDX-License-Identifier: GPL-2.0-only */
#define _GNU_SOURCE
#include "traces/record/tests/load/vm.h"

#include <errno.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "traces/record/tests/load/guest.h"

#define MEMORY (1u << 20)
#define CODE 0x1000u	 /* the guest */
#define PARAMS 0x2000u	 /* 256 bytes a vCPU */
#define STACKS 0x6000u	 /* 256 bytes a vCPU */
#define SAMPLES 0x10000u /* shared out among the vCPUs */
#define SAMPLES_END 0xf0000u
#define VCPUS_MAX 64u
#define CPUID_ENTRIES 100u

extern const uint8_t guest_start[], guest_isr[], guest_end[];

static void put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, v);
	put16(p + 2, v >> 16);
}

static void put64(uint8_t *p, uint64_t v)
{
	put32(p, (uint32_t)v);
	put32(p + 4, (uint32_t)(v >> 32));
}

uint32_t param32(const struct vcpu *v, unsigned offset)
{
	uint32_t value;

	memcpy(&value, v->params + offset, sizeof(value));
	return value;
}

void vcpu_stop(struct vcpu *v)
{
	*(volatile uint8_t *)(v->params + P_STOP) = 1;
}

static void on_pause(int number)
{
	(void)number; /* KVM_RUN ends with EINTR */
}

void vcpu_pause(struct vcpu *v)
{
	const struct sigaction action = { .sa_handler = on_pause };

	v->pause = 1;
	sigaction(SIGUSR1, &action, NULL);
	pthread_kill(v->thread, SIGUSR1);
}

static void sleep_ms(uint32_t ms)
{
	nanosleep(&(struct timespec){ .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L }, NULL);
}

/* The guest's CPUID is the host's, with x2APIC and the TSC-deadline timer, which KVM always
 * emulates. */
static int set_cpuid(int kvm, int fd, uint32_t number)
{
	struct kvm_cpuid2 *c =
	    calloc(1, sizeof(*c) + CPUID_ENTRIES * sizeof(struct kvm_cpuid_entry2));
	int ret;

	if (!c)
		return -1;
	c->nent = CPUID_ENTRIES;
	ret = ioctl(kvm, KVM_GET_SUPPORTED_CPUID, c);
	for (uint32_t i = 0; !ret && i < c->nent; i++)
		if (c->entries[i].function == 1) {
			c->entries[i].ecx |= 1u << 21 | 1u << 24;
			c->entries[i].ebx = (c->entries[i].ebx & 0xffffff) | number << 24;
		}
	if (!ret)
		ret = ioctl(fd, KVM_SET_CPUID2, c);
	free(c);
	return ret;
}

static int set_registers(int fd, uint32_t number, uint16_t samples)
{
	struct kvm_mp_state runnable = { .mp_state = KVM_MP_STATE_RUNNABLE };
	struct kvm_regs r = { .rflags = 2, .rip = 0, .rsp = 0xfe };
	struct kvm_sregs s;
	const struct {
		struct kvm_segment *segment;
		uint32_t base;
	} set[] = {
		{ &s.cs, CODE },
		{ &s.ds, PARAMS + number * 256 },
		{ &s.es, samples * 16u },
		{ &s.ss, STACKS + number * 256 },
	};

	if (ioctl(fd, KVM_GET_SREGS, &s))
		return -1;
	for (size_t i = 0; i < sizeof(set) / sizeof(*set); i++) {
		set[i].segment->base = set[i].base;
		set[i].segment->selector = (uint16_t)(set[i].base >> 4);
	}
	s.apic_base |= 3u << 10; /* on, x2APIC */
	if (ioctl(fd, KVM_SET_SREGS, &s) || ioctl(fd, KVM_SET_REGS, &r))
		return -1;
	return ioctl(fd, KVM_SET_MP_STATE, &runnable);
}

static void set_params(struct vcpu *v, const struct vm *vm, const struct load_options *o,
		       uint16_t start, uint16_t end)
{
	static const uint32_t lvtt_mode[] = { 2u << 17, 0, 1u << 17 };
	uint64_t period = (uint64_t)((unsigned __int128)o->period_ns * vm->tsc_khz / 1000000);

	put16(v->params + P_MODE, v->mode);
	put16(v->params + P_BUSY, o->busy);
	put16(v->params + P_FROM_NOW, o->from_now);
	put32(v->params + P_LVTT, lvtt_mode[v->mode] | GUEST_VECTOR);
	put32(v->params + P_LIMIT, o->ticks);
	put64(v->params + P_PERIOD, period);
	/* KVM's APIC bus runs at 1 GHz. */
	put32(v->params + P_COUNT, (uint32_t)o->period_ns);
	put32(v->params + P_FAR, 2000000000);
	put16(v->params + P_CANCEL_EVERY, o->cancel_every);
	put16(v->params + P_CANCEL_LEFT, o->cancel_every);
	put16(v->params + P_PAST_EVERY, o->past_every);
	put16(v->params + P_PAST_LEFT, o->past_every);
	put64(v->params + P_WILD,
	      o->wild_ahead ? (uint64_t)((unsigned __int128)o->wild * vm->tsc_khz / 1000000)
			    : o->wild);
	put16(v->params + P_WILD_AHEAD, o->wild_ahead);
	put16(v->params + P_WILD_EVERY, o->wild_every);
	put16(v->params + P_WILD_LEFT, 1);
	put16(v->params + P_SEG_START, start);
	put16(v->params + P_SEG_END, end);
}

static int vcpu_open(struct vm *vm, struct vcpu *v, int kvm, uint32_t number,
		     const struct load_options *o)
{
	uint32_t room = (SAMPLES_END - SAMPLES) / 16 / o->vcpus;
	uint16_t start = (uint16_t)(SAMPLES / 16 + number * room);
	int size = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	void *run;

	v->number = number;
	v->linger_ms = o->linger_ms;
	v->pause_ms = o->pause_ms;
	v->mode = (uint16_t)(o->mode == MODE_MIXED ? number % 3 : (uint32_t)o->mode);
	v->params = vm->memory + PARAMS + (size_t)number * 256;
	v->samples = vm->memory + (size_t)start * 16;
	v->capacity = room;
	v->fd = ioctl(vm->fd, KVM_CREATE_VCPU, number);
	if (v->fd < 0 || size < 0)
		return -1;
	run = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_SHARED, v->fd, 0);
	if (run == MAP_FAILED)
		return -1;
	v->run = run;
	v->run_size = (size_t)size;
	if (!vm->tsc_khz) {
		int khz = ioctl(v->fd, KVM_GET_TSC_KHZ, 0);

		if (khz <= 0)
			return -1;
		vm->tsc_khz = (uint32_t)khz;
	}
	set_params(v, vm, o, start, (uint16_t)(start + room));
	return set_cpuid(kvm, v->fd, number) ? -1 : set_registers(v->fd, number, start);
}

static int vm_set_up(struct vm *vm, int kvm, const struct load_options *o, const char **what)
{
	struct kvm_userspace_memory_region region = { .memory_size = MEMORY };

	*what = "too many vCPUs";
	errno = EINVAL;
	if (o->vcpus > VCPUS_MAX)
		return -1;
	*what = "KVM_CREATE_VM";
	vm->fd = ioctl(kvm, KVM_CREATE_VM, 0);
	if (vm->fd < 0)
		return -1;
	*what = "KVM_CREATE_IRQCHIP";
	ioctl(vm->fd, KVM_SET_TSS_ADDR, 0xfffbd000UL);
	if (ioctl(vm->fd, KVM_CREATE_IRQCHIP, 0))
		return -1;
	*what = "guest memory";
	vm->memory = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (vm->memory == MAP_FAILED) {
		vm->memory = NULL;
		return -1;
	}
	region.userspace_addr = (uintptr_t)vm->memory;
	if (ioctl(vm->fd, KVM_SET_USER_MEMORY_REGION, &region))
		return -1;
	memcpy(vm->memory + CODE, guest_start, (size_t)(guest_end - guest_start));
	put16(vm->memory + GUEST_VECTOR * 4u, (uint32_t)(guest_isr - guest_start));
	put16(vm->memory + GUEST_VECTOR * 4u + 2, CODE >> 4);
	*what = "a vCPU";
	vm->vcpu = calloc(o->vcpus, sizeof(*vm->vcpu));
	if (!vm->vcpu)
		return -1;
	for (uint32_t i = 0; i < o->vcpus; i++)
		vm->vcpu[i].fd = -1;
	for (uint32_t i = 0; i < o->vcpus; i++)
		if (vcpu_open(vm, &vm->vcpu[i], kvm, i, o))
			return -1;
	return 0;
}

int vm_open(struct vm *vm, int kvm, const struct load_options *o, char *fault, unsigned size)
{
	const char *what;

	*vm = (struct vm){ .fd = -1 };
	if (!vm_set_up(vm, kvm, o, &what))
		return 0;
	snprintf(fault, size, "%s: %s", what, strerror(errno));
	vm_close(vm, o);
	return -1;
}

void vm_close(struct vm *vm, const struct load_options *o)
{
	for (uint32_t i = 0; vm->vcpu && i < o->vcpus; i++) {
		/* The mapping keeps the VM alive, too. */
		if (vm->vcpu[i].run)
			munmap(vm->vcpu[i].run, vm->vcpu[i].run_size);
		if (vm->vcpu[i].fd >= 0)
			close(vm->vcpu[i].fd);
	}
	free(vm->vcpu);
	if (vm->fd >= 0)
		close(vm->fd);
	if (vm->memory)
		munmap(vm->memory, MEMORY);
	*vm = (struct vm){ .fd = -1 };
}

static void run(struct vcpu *v)
{
	for (;;) {
		if (ioctl(v->fd, KVM_RUN, 0)) {
			if (errno == EINTR && v->pause) {
				v->pause = 0;
				sleep_ms(v->pause_ms);
			}
			if (errno == EINTR || errno == EAGAIN)
				continue;
			snprintf(v->fault, sizeof(v->fault), "KVM_RUN: %s", strerror(errno));
			return;
		}
		if (v->run->exit_reason == KVM_EXIT_IO && v->run->io.port == GUEST_PORT)
			return;
		if (v->run->exit_reason == KVM_EXIT_INTR)
			continue;
		snprintf(v->fault, sizeof(v->fault),
			 "the guest ended with exit reason %u (error %u)", v->run->exit_reason,
			 v->run->internal.suberror);
		return;
	}
}

void *vcpu_run(void *arg)
{
	struct vcpu *v = arg;
	struct rusage usage;

	v->tid = (pid_t)syscall(SYS_gettid);
	run(v);
	if (!getrusage(RUSAGE_THREAD, &usage)) {
		v->blocks = usage.ru_nvcsw;
		v->preemptions = usage.ru_nivcsw;
	}
	if (v->linger_ms)
		sleep_ms(v->linger_ms);
	return NULL;
}
