/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Times at which the machine under a CPU was elsewhere: an hrtimer was due, and expired more than
 * a millisecond later, and nothing was heard of the CPU from one to the other; or for more than a
 * millisecond, and then it went on with what it had been at: until then. From as long before as it
 * is known to have been away, if that is behind what was heard of it last.
 */
#ifndef VTICK_TRACES_IMPORT_KVM_AWAY_H
#define VTICK_TRACES_IMPORT_KVM_AWAY_H

#include <stddef.h>
#include <stdint.h>

enum { KVM_AWAY_NS = 1000000 };

struct kvm_clock;
struct kvm_record;

/* In times of the trace. */
struct kvm_away {
	uint64_t from, until;
	uint64_t before; /* when the CPU was last heard of */
	size_t previous; /* number + 1 of the one before on that CPU; 0: none */
	uint32_t cpu;
};

struct kvm_aways {
	struct kvm_away *item; /* by CPU, disjoint, until kvm_away_sort() */
	size_t n, room;
	size_t *last; /* [cpus] number + 1 of its last one */
};

/* Takes a KVM_LATE record of one of @cpus. */
void kvm_away_record(struct kvm_aways *a, const struct kvm_record *r, const struct kvm_clock *c,
		     uint32_t cpus);
/* There are no more: they stand by time from here on. */
void kvm_away_sort(struct kvm_aways *a);
void kvm_away_free(struct kvm_aways *a);

#endif
