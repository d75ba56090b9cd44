/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which VP an address of a struct kvm_vcpu names. Addresses of vCPUs and of VMs are used again once
 * a VM is gone, so one may name several, one after the other. A vCPU lives as long as its VM: where
 * a VM seems to have two of one number, it is a new VM at an old one's address.
 */
#ifndef VTICK_TRACES_RECORD_VPTABLE_H
#define VTICK_TRACES_RECORD_VPTABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "traces/record/raw.h"
#include "traces/trace.h"

#define VPTABLE_NONE UINT32_MAX

struct sighting {
	uint32_t vp;
	uint32_t older; /* sighting of the same address, or VPTABLE_NONE */
	bool gone;	/* another vCPU was made there since */
	struct raw_vcpu v;
};

struct vm {
	uint64_t kvm;
	uint32_t tgid;
	char *given; /* name, as it was given; NULL: none was */
	char *name;  /* the same, with a number if the process has more of them */
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
/* A vCPU was made (RAW_CREATED): what is seen at its address next is no older one, and its VM is a
 * new one if the one that is known has such a vCPU. */
void vptable_created(struct vptable *t, const struct trace_meta *meta, const struct raw_event *e);
/* The VP that @vcpu was at @ts, or VPTABLE_NONE. */
uint32_t vptable_find(const struct vptable *t, uint64_t vcpu, uint64_t ts);
/* Number of the latest VM at that address, or VPTABLE_NONE. */
uint32_t vptable_vm(const struct vptable *t, uint64_t kvm, uint32_t tgid);
/* A new VM; @name may be NULL. The second and later ones of a process get "/2" and so on. Its
 * number. */
uint32_t vptable_add_vm(struct vptable *t, uint64_t kvm, uint32_t tgid, const char *name);
void vptable_copy(struct vptable *to, const struct vptable *from);
void vptable_free(struct vptable *t);

#endif
