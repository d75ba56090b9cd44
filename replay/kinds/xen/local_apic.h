/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * local_apic.h: the guest's local APIC. With lapic=vlapic.c it is the tree's: this file makes the
 * guest's writes of what the trace has, and takes the interrupts out. With lapic=rules a write is
 * no more than vpt.c's timer that comes of it.
 */
#ifndef VTICK_KINDS_XEN_LOCAL_APIC_H
#define VTICK_KINDS_XEN_LOCAL_APIC_H

/* Of guests whose vector the trace does not have. */
#define GUEST_VECTOR 0xf0

static bool lapic_is_xens(void)
{
	return params_now()->lapic == LAPIC_VLAPIC_C;
}

static struct vlapic *lapic_of(struct vp *v)
{
	return &v->vcpu.arch.hvm.vlapic;
}

static bool lapic_masked(const struct vp *v)
{
	return vlapic_get_reg(&v->vcpu.arch.hvm.vlapic, APIC_LVTT) & APIC_LVT_MASKED;
}

/* ns of @ticks, rounded up: the trace's are rounded down. */
static uint64_t guest_ns(uint64_t ticks)
{
	uint64_t ns = at.host->ns(at.host, ticks);

	return at.host->ticks(at.host, ns) < ticks ? ns + 1 : ns;
}

/* ---- what vlapic.c calls ---- */

/* A deadline of 0 is written as 1, and has passed whatever the counter is. */
uint64_t hvm_get_guest_tsc_fixed(struct vcpu *vcpu, uint64_t at_tsc)
{
	const struct vp *v = vp_of(vcpu);

	return max_t(uint64_t, at.host->counter(at.host, v->number), !v->deadline);
}

uint64_t gtsc_to_gtime(const struct domain *d, uint64_t ticks)
{
	return at.host->ns(at.host, ticks);
}

/*
 * A count is a multiple of some ns; what of the trace's time is between two of them is set behind
 * it, here. Where the tree makes another time of the registers than they say, that one stays.
 */
void vlapic_create_periodic_time(struct vcpu *vcpu, struct periodic_time *pt, uint64_t delta,
				 uint64_t period, uint8_t irq, time_cb *cb, void *data, bool level)
{
	const struct count *c = &vp_of(vcpu)->count;

	if (c->written && delta == c->said)
		delta = c->first;
	else if (!c->written && c->means > c->said)
		delta += c->means - c->said;
	if (period && period == c->said)
		period = c->means;
	create_periodic_time(vcpu, pt, delta, period, irq, cb, data, level);
}

/* ---- the guest's writes, to vlapic.c ---- */

static void guest_writes(struct vp *v, uint32_t reg, uint32_t value)
{
	if (guest_wrmsr_x2apic(&v->vcpu, MSR_X2APIC_FIRST + (reg >> 4), value) != X86EMUL_OKAY)
		shell_fail("vlapic.c refuses the guest's write to the APIC's register 0x%x", reg);
}

static uint32_t guest_mode(struct vp *v)
{
	return vlapic_get_reg(lapic_of(v), APIC_LVTT) & APIC_TIMER_MODE_MASK;
}

/* A register is not written again with what it has. */
static void guest_writes_lvtt(struct vp *v, uint32_t mode)
{
	uint32_t value = mode | (uint32_t)v->vector | (v->masked ? APIC_LVT_MASKED : 0);

	if (vlapic_get_reg(lapic_of(v), APIC_LVTT) != value)
		guest_writes(v, APIC_LVTT, value);
}

static void guest_writes_count(struct vp *v, const struct count *c, uint32_t value)
{
	v->count = *c;
	v->count.written = true;
	guest_writes(v, APIC_TMICT, value);
	v->count.written = false;
}

/* The divide configuration for 2^i. */
static const uint32_t guest_tdcr[] = { 0xb, 0x0, 0x1, 0x2, 0x3, 0x8, 0x9, 0xa };

/* The divider is 2^this: the guest's, or the smallest above it with which 32 bits are enough. */
static unsigned guest_shift(uint64_t cycles)
{
	unsigned i = (unsigned)params_now()->divide;

	while (i < ARRAY_SIZE(guest_tdcr) - 1 && cycles >> i >> 32)
		i++;
	return i;
}

/*
 * A count of the period, or of what is left until @first ns have passed. A first tick that is less
 * than a period away is one of a timer that had begun before.
 */
static void guest_counts(struct vp *v, uint64_t first, uint64_t period)
{
	struct vlapic *vlapic = lapic_of(v);
	uint64_t means = period ? period : first, cycles = means / APIC_BUS_CYCLE_NS;
	unsigned shift = guest_shift(cycles);
	/* 0 would be a stop. */
	uint32_t value = (uint32_t)max_t(uint64_t, min_t(uint64_t, cycles >> shift, UINT_MAX), 1);
	struct count c = { .means = means,
			   .said = ((uint64_t)value << shift) * APIC_BUS_CYCLE_NS,
			   .first = first };
	uint64_t begun = max_t(uint64_t, means, c.said);

	guest_writes_lvtt(v, period ? APIC_TIMER_MODE_PERIODIC : APIC_TIMER_MODE_ONESHOT);
	if (vlapic_get_reg(vlapic, APIC_TDCR) != guest_tdcr[shift]) {
		guest_writes_count(v, &(struct count){ 0 }, 0);
		guest_writes(v, APIC_TDCR, guest_tdcr[shift]);
	}
	guest_writes_count(v, &c, value);
	if (first < begun && vlapic->timer_last_update)
		vlapic->timer_last_update -= (s_time_t)(begun - first);
}

static void guest_writes_deadline(struct vp *v, uint64_t deadline)
{
	v->count = (struct count){ 0 };
	guest_writes_lvtt(v, APIC_TIMER_MODE_TSC_DEADLINE);
	vlapic_tdt_msr_set(lapic_of(v), deadline);
}

/* A trace does not say how. Into and out of deadline mode LVTT stops the timer, too. */
static void guest_writes_stop(struct vp *v)
{
	bool by_deadline = guest_mode(v) == APIC_TIMER_MODE_TSC_DEADLINE;

	if (params_now()->stop)
		guest_writes_lvtt(v, by_deadline ? APIC_TIMER_MODE_ONESHOT
						 : APIC_TIMER_MODE_TSC_DEADLINE);
	else if (by_deadline)
		guest_writes_deadline(v, 0);
	else
		guest_writes_count(v, &(struct count){ 0 }, 0);
}

/* ---- what the guest does with its timer, whosever the APIC is ---- */

/* The guest's deadline is @left ticks away; 0: it has passed. */
static void lapic_arms(struct vp *v, const struct vtick_arm *a, uint64_t left)
{
	uint64_t first = at.host->ns(at.host, left), period = a->period ? guest_ns(a->period) : 0;

	if (!lapic_is_xens())
		create_periodic_time(&v->vcpu, pt_of(v), first, period, (uint8_t)v->vector, NULL,
				     NULL, false);
	else if (period || a->dev == VTICK_LAPIC)
		guest_counts(v, first, period);
	else
		guest_writes_deadline(v, a->deadline ? a->deadline : 1);
}

static void lapic_stops(struct vp *v)
{
	if (lapic_is_xens())
		guest_writes_stop(v);
	else
		destroy_periodic_time(pt_of(v));
}

static void lapic_masks(struct vp *v)
{
	if (lapic_is_xens()) {
		guest_writes_lvtt(v, guest_mode(v));
		return;
	}
	pt_of(v)->irq = (uint8_t)v->vector;
	vlapic_set_reg(lapic_of(v), APIC_LVTT, v->masked ? APIC_LVT_MASKED : 0);
	if (!v->masked)
		pt_may_unmask_irq(NULL, pt_of(v));
}

/* ---- its interrupt ---- */

void vpt_vlapic_set_irq(struct vlapic *vlapic, uint8_t vector, uint8_t trigger)
{
	if (lapic_is_xens())
		vlapic_set_irq(vlapic, vector, trigger);
	else
		container_of(vlapic, struct vp, vcpu.arch.hvm.vlapic)->irr = vector;
}

/* hvm_vcpu_has_pending_irq(), hvm_vcpu_ack_pending_irq(). The vector, or -1: there is none. */
static int lapic_takes(struct vp *v)
{
	int vector = v->irr;

	v->irr = -1;
	if (!lapic_is_xens())
		return vector;
	vector = vlapic_has_pending_irq(&v->vcpu);
	if (vector >= 0)
		vlapic_ack_pending_irq(&v->vcpu, vector, false);
	return vector;
}

/* The guest is done with it. */
static void lapic_ends(struct vp *v)
{
	if (lapic_is_xens())
		guest_writes(v, APIC_EOI, 0);
}

/* ---- the begin ---- */

static void lapic_create(struct vp *v)
{
	struct vlapic *vlapic = lapic_of(v);

	v->irr = -1;
	v->vector = GUEST_VECTOR;
	vlapic->pt.source = PTSRC_lapic;
	vlapic->pt.irq = GUEST_VECTOR;
	if (!lapic_is_xens()) {
		vlapic->regs = &v->registers;
		return;
	}
	if (vlapic_init(&v->vcpu))
		shell_fail("no memory");
	vlapic->hw.apic_base_msr |= APIC_BASE_EXTD;
	guest_writes(v, APIC_SPIV, APIC_SPIV_APIC_ENABLED | 0xff);
	guest_writes(v, APIC_TDCR, guest_tdcr[params_now()->divide]);
	guest_writes_lvtt(v, APIC_TIMER_MODE_ONESHOT);
}

#endif
