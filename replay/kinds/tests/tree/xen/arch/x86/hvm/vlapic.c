/* SPDX-License-Identifier: GPL-2.0-only */
/* Invented for the tests of the kind xen: writes that become a timer, and one interrupt at a time.
 */
#include <asm/hvm/vlapic.h>
#include <public/hvm/params.h>
#include <xen/domain_page.h>

int vlapic_init(struct vcpu *v)
{
	struct page_info *page = alloc_domheap_page(v->domain, MEMF_no_owner);

	if (!page)
		return -ENOMEM;
	vcpu_vlapic(v)->regs = __map_domain_page_global(page);
	clear_page(vcpu_vlapic(v)->regs);
	vcpu_vlapic(v)->pt.source = PTSRC_lapic;
	vcpu_vlapic(v)->hw.timer_divisor = 1;
	return 0;
}

static uint32_t mode_of(uint32_t lvtt)
{
	return lvtt & APIC_TIMER_MODE_MASK;
}

static void ticked(struct vcpu *v, void *data)
{
	vcpu_vlapic(v)->timer_last_update = hvm_get_guest_time(v);
}

static void counts(struct vlapic *l, uint32_t lvtt, bool anew)
{
	struct vcpu *v = vlapic_vcpu(l);
	bool periodic = mode_of(lvtt) == APIC_TIMER_MODE_PERIODIC;
	uint64_t period =
	    (uint64_t)vlapic_get_reg(l, APIC_TMICT) * l->hw.timer_divisor * APIC_BUS_CYCLE_NS;
	s_time_t now = hvm_get_guest_time(v);
	uint64_t gone = anew ? 0 : now - l->timer_last_update;

	if (periodic && period)
		gone %= period;
	if (gone >= period) {
		destroy_periodic_time(&l->pt);
		return;
	}
	create_periodic_time(v, &l->pt, period - gone, periodic ? period : 0, l->pt.irq,
			     periodic ? ticked : NULL, NULL, false);
	l->timer_last_update = now - gone;
}

static void lvtt_write(struct vlapic *l, uint32_t lvtt)
{
	bool was = mode_of(vlapic_get_reg(l, APIC_LVTT)) == APIC_TIMER_MODE_TSC_DEADLINE;

	if (was != (mode_of(lvtt) == APIC_TIMER_MODE_TSC_DEADLINE))
		vlapic_set_reg(l, APIC_TMICT, 0);
	l->pt.irq = lvtt & 0xff;
	counts(l, lvtt, false);
	vlapic_set_reg(l, APIC_LVTT, lvtt);
	if (!(lvtt & APIC_LVT_MASKED))
		pt_may_unmask_irq(NULL, &l->pt);
}

int guest_wrmsr_x2apic(struct vcpu *v, uint32_t msr, uint64_t value)
{
	struct vlapic *l = vcpu_vlapic(v);
	uint32_t reg = (msr - MSR_X2APIC_FIRST) << 4;

	HVM_DBG_LOG(DBG_LEVEL_VLAPIC, "0x%x", reg);
	ASSERT(v == current);
	if (!(l->hw.apic_base_msr & APIC_BASE_EXTD))
		return X86EMUL_EXCEPTION;
	if (reg == APIC_LVTT) {
		lvtt_write(l, value);
		return X86EMUL_OKAY;
	}
	vlapic_set_reg(l, reg, value);
	if (reg == APIC_TDCR)
		l->hw.timer_divisor = 1 << (((value & 3) + (value & 8) / 2 + 1) & 7);
	if (reg == APIC_TMICT)
		counts(l, vlapic_get_reg(l, APIC_LVTT), true);
	if (reg == APIC_EOI)
		vlapic_set_reg(l, APIC_ISR, 0);
	return X86EMUL_OKAY;
}

void vlapic_tdt_msr_set(struct vlapic *l, uint64_t deadline)
{
	struct vcpu *v = vlapic_vcpu(l);
	uint64_t tsc = hvm_get_guest_tsc(v);

	if (mode_of(vlapic_get_reg(l, APIC_LVTT)) != APIC_TIMER_MODE_TSC_DEADLINE)
		return;
	if (!deadline) {
		destroy_periodic_time(&l->pt);
		return;
	}
	create_periodic_time(v, &l->pt,
			     deadline > tsc ? gtsc_to_gtime(v->domain, deadline - tsc) : 0, 0,
			     l->pt.irq, NULL, NULL, false);
}

void vlapic_set_irq(struct vlapic *l, uint8_t vector, uint8_t trigger)
{
	if (vlapic_get_reg(l, APIC_IRR) != vector)
		vcpu_kick(vlapic_vcpu(l));
	vlapic_set_reg(l, APIC_IRR, vector);
}

int vlapic_has_pending_irq(struct vcpu *v)
{
	uint32_t vector = vlapic_get_reg(vcpu_vlapic(v), APIC_IRR);

	return vector && !vlapic_get_reg(vcpu_vlapic(v), APIC_ISR) ? (int)vector : -1;
}

int vlapic_ack_pending_irq(struct vcpu *v, int vector, bool force)
{
	vlapic_set_reg(vcpu_vlapic(v), APIC_ISR, vector);
	vlapic_set_reg(vcpu_vlapic(v), APIC_IRR, 0);
	return 1;
}
