/* SPDX-License-Identifier: GPL-2.0-only */
/* Invented for the tests of the kind xen: a local APIC that has a timer. */
#ifndef TEST_TREE_VLAPIC_H
#define TEST_TREE_VLAPIC_H

#include <asm/hvm/vpt.h>

#define APIC_BUS_CYCLE_NS 10

struct vlapic {
	struct hvm_hw_lapic hw;
	struct hvm_hw_lapic_regs *regs;
	struct periodic_time pt;
	s_time_t timer_last_update;
};

#define vcpu_vlapic(v) (&(v)->arch.hvm.vlapic)
#define vlapic_vcpu(l) container_of(l, struct vcpu, arch.hvm.vlapic)

static inline uint32_t vlapic_get_reg(const struct vlapic *l, uint32_t reg)
{
	return *(const uint32_t *)&l->regs->data[reg];
}

static inline void vlapic_set_reg(struct vlapic *l, uint32_t reg, uint32_t value)
{
	*(uint32_t *)&l->regs->data[reg] = value;
}

int vlapic_init(struct vcpu *v);
int guest_wrmsr_x2apic(struct vcpu *v, uint32_t msr, uint64_t value);
void vlapic_tdt_msr_set(struct vlapic *l, uint64_t deadline);
void vlapic_set_irq(struct vlapic *l, uint8_t vector, uint8_t trigger);
int vlapic_has_pending_irq(struct vcpu *v);
int vlapic_ack_pending_irq(struct vcpu *v, int vector, bool force);

#endif
