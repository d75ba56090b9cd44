/* SPDX-License-Identifier: GPL-2.0-only */
/* What the recorder has to know about the running kernel before it can load anything. */
#ifndef VTICK_TRACES_RECORD_KERNEL_FACTS_H
#define VTICK_TRACES_RECORD_KERNEL_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "traces/base/error.h"

struct btf;

struct kernel_facts {
	struct btf *vmlinux;
	struct btf *kvm; /* of the module; NULL if KVM is built in */
	uint64_t apic_timer_fn;
};

/* 0, or -1 with one sentence that says what is missing and how to get it. */
int kernel_facts_get(struct kernel_facts *f, struct vt_error *err);
void kernel_facts_free(struct kernel_facts *f);

/* Number of arguments of a tracepoint, or -1 if this kernel does not have it. */
int kernel_tracepoint(const struct kernel_facts *f, const char *name);

/* CONFIG_HZ, 0 if not known. */
uint32_t kernel_tick_hz(void);

#endif
