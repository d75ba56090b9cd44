/* SPDX-License-Identifier: GPL-2.0-only */
/* Invented for the tests of the kind kvm: the names that its shell uses, and no more. */
#ifndef TEST_LAPIC_H
#define TEST_LAPIC_H

#include <linux/kvm_host.h>

struct kvm_timer {
	struct hrtimer timer;
	s64 period;
	ktime_t target_expiration;
	u32 timer_mode_mask;
	u64 tscdeadline;
	u32 timer_advance_ns;
	atomic_t pending;
	bool hv_timer_in_use;
};

struct kvm_lapic {
	struct kvm_timer lapic_timer;
	struct kvm_vcpu *vcpu;
	bool apicv_active;
	int requested; /* vector; 0: none */
	u32 *regs;
};

void kvm_apic_ack_interrupt(struct kvm_vcpu *vcpu, int vector);

static inline u32 kvm_lapic_get_reg(struct kvm_lapic *apic, int offset)
{
	return apic->regs[offset >> 4];
}

static inline void kvm_lapic_set_irr(int vector, struct kvm_lapic *apic)
{
	apic->requested = vector;
}

static inline bool kvm_vcpu_apicv_active(struct kvm_vcpu *vcpu)
{
	return vcpu->arch.apic->apicv_active;
}

#endif
