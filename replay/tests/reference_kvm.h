/* SPDX-License-Identifier: GPL-2.0-only */
/* What the reference's KVM designs share: the first half of section 9 of RULES.md. */
#ifndef VTICK_REPLAY_TESTS_REFERENCE_KVM_H
#define VTICK_REPLAY_TESTS_REFERENCE_KVM_H

#include "replay/tests/reference_state.h"

enum kvm_late { KVM_CATCHUP, KVM_REBASE, KVM_DROP };

struct kvm_guest {
	bool armed, masked, deadline_mode;
	int64_t target, deadline, period;
	bool pending, told;
	int64_t kept;
	int64_t served; /* REF_UNKNOWN: none */
	int64_t last;	/* pend */
	int64_t advance_ns;
	uint32_t lp; /* of the last SCHED_IN, REF_NONE before */
	bool moved;
	/* section 10 */
	bool in_use, blocked;
	int64_t set_for; /* the guest-mode timer */
};

/* A policy's state: its parameters, in ticks, and its guests. */
struct kvm {
	enum kvm_late late;
	int64_t min_period;
	uint64_t shift;
	struct kvm_guest *guest;
	bool (*native)(struct ref *r, uint32_t vp); /* section 11; NULL: never */
};

void kvm_open(struct ref *r, uint64_t advance_ns, uint64_t late, uint64_t min_period_ns,
	      uint64_t shift);
void kvm_close(struct ref *r);
struct kvm *kvm_of(struct ref *r);
struct kvm_guest *kvm_guest_of(struct ref *r, uint32_t vp);
bool kvm_native(struct ref *r, uint32_t vp);
/* What was pending is no more. */
void kvm_take(struct ref *r, uint32_t vp);
void kvm_set(struct ref *r, uint32_t vp, int64_t deadline, int64_t period, unsigned dev);
void kvm_expired(struct ref *r, uint32_t vp, enum kvm_late late);
void kvm_add(struct ref *r, uint32_t vp, uint32_t lp, int64_t time);
/* A SCHED_IN, and whether it is on another LP than the one before. */
bool kvm_moves(struct ref *r, uint32_t vp, uint32_t lp);
/* `lead`. */
int64_t kvm_lead(struct ref *r, uint32_t vp);
/* The hooks of all of them. */
void kvm_mask(struct ref *r, uint32_t vp, bool masked);
void kvm_counter(struct ref *r, uint32_t vp, int64_t value);
void kvm_resume(struct ref *r, uint32_t vp, uint32_t lp);

/* Section 9's rules for a timer in the queue, that of section 12 too. */
int64_t kvm_early(struct ref *r, uint32_t vp);
bool kvm_due_at_a_start(struct ref *r, uint32_t vp);
void kvm_soft_start(struct ref *r, uint32_t vp);
void kvm_soft_due(struct ref *r, uint32_t vp, uint32_t lp);

#endif
