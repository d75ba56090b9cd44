/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which VP an address of a struct kvm_vcpu names. Addresses are used again once a VM is gone, so an
 * address may name several VPs, one after the other.
 */
#ifndef VTICK_TRACES_RECORD_VPTABLE_H
#define VTICK_TRACES_RECORD_VPTABLE_H

#include <stdint.h>

#include "traces/record/raw.h"
#include "traces/trace.h"

#define VPTABLE_NONE UINT32_MAX

struct sighting {
	struct raw_vcpu v;
	uint32_t vp;
	uint32_t older; /* sighting of the same address, or VPTABLE_NONE */
};

struct vm {
	uint64_t kvm;
	uint32_t tgid;
	char *name;
};

struct vptable {
	struct sighting *seen;
	uint32_t n, room;
	uint32_t *slot; /* hash of the address to its latest sighting + 1; 0: empty */
	uint32_t slots;
	struct vm *vm;
	uint32_t vms;
};

/* Number of the sighting; VPs that are new are added to @meta. */
uint32_t vptable_add(struct vptable *t, struct trace_meta *meta, const struct raw_vcpu *v);
/* The VP that @vcpu was at @ts, or VPTABLE_NONE. */
uint32_t vptable_find(const struct vptable *t, uint64_t vcpu, uint64_t ts);
/* The VM, made if it is new, with no name then. */
struct vm *vptable_vm(struct vptable *t, uint64_t kvm, uint32_t tgid);
void vptable_copy(struct vptable *to, const struct vptable *from);
void vptable_free(struct vptable *t);

#endif
