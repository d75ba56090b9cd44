/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest's timer: its LAPIC's and a PV guest's; and the machine's own.
 *
 * An event of a VP that is not known, as nobody is seen to run on that pCPU, is counted and left
 * out by xen_emit().
 */
#include "traces/import/xen/record.h"
#include "traces/import/xen/state.h"

/* APIC registers, as xAPIC addresses and as x2APIC MSRs (Intel SDM 3A, tables 10-1 and 10-6). */
enum {
	APIC_LVTT = 0xfee00320,
	APIC_TMICT = 0xfee00380,
	APIC_TDCR = 0xfee003e0,
	MSR_TSC = 0x10,
	MSR_TSC_ADJUST = 0x3b,
	MSR_TSC_DEADLINE = 0x6e0,
	MSR_X2APIC_LVTT = 0x832,
	MSR_X2APIC_TMICT = 0x838,
	MSR_X2APIC_TDCR = 0x83e,
	LVTT_MASKED = 1 << 16,
};

/* PV hypercalls and vcpu_op commands that write a timer (xen/include/public/{xen,vcpu}.h). */
enum {
	HYPERCALL_SET_TIMER_OP = 15,
	HYPERCALL_VCPU_OP = 24,
	/* set_periodic_timer, stop_periodic_timer, set_singleshot, stop_singleshot */
	VCPUOP_FIRST_TIMER = 6,
	VCPUOP_LAST_TIMER = 9,
};

/* @deadline_ns as a time of the trace, from a record that says it is @now_ns now. */
static uint64_t xen_time(const struct xen_events *e, uint64_t deadline_ns, uint64_t now_ns)
{
	uint64_t ticks;

	if (deadline_ns >= now_ns) {
		ticks = e->now + trace_ns_to_ticks(deadline_ns - now_ns, e->clock_hz);
		return ticks < TRACE_TICK_LIMIT ? ticks : TRACE_TICK_LIMIT - 1;
	}
	ticks = trace_ns_to_ticks(now_ns - deadline_ns, e->clock_hz);
	return ticks < e->now ? e->now - ticks : 0;
}

/* ---- the local APIC's timer ---- */

/* The VP that a record of the emulated LAPIC is about, or SCHEDULE_NOBODY. */
static uint32_t actor(const struct xen_events *e, const struct xen_item *item)
{
	return schedule_vp(e->schedule, item->lp);
}

/*
 * Whether a record is about the vCPU of another domain, which it does not name: the toolstack that
 * restores a guest makes Xen start that guest's timer in its own hypercall. A PV VP has no local
 * APIC that it could be about; of one that has, the guest's own writes come at other exits than a
 * hypercall's. (@written: the guest's own callbacks come on the way out of any.)
 */
static bool of_another(struct xen_events *e, const struct xen_item *item, bool written)
{
	const struct xen_lp *lp = &e->lp[item->lp];
	uint32_t vp = actor(e, item);
	bool pv = vp != SCHEDULE_NOBODY && e->vp[vp].is_pv;
	bool call = !pv && written && xen_is_hypercall(lp->crossing, lp->reason);

	e->tally.in_pv += pv;
	e->tally.in_hypercall += call;
	return pv || call;
}

/* The same, of a record that shows that the timer was written. */
static uint32_t writer(struct xen_events *e, const struct xen_item *item)
{
	uint32_t vp = actor(e, item);

	e->lp[item->lp].tdt = false;
	if (vp != SCHEDULE_NOBODY)
		e->vp[vp].wrote = true;
	return vp;
}

/* The VP's timer runs from now on, or no more. */
static int arms(struct xen_events *e, uint32_t vp, enum trace_dev dev, uint64_t deadline,
		uint64_t period, struct vt_error *err)
{
	struct trace_event ev = {
		.type = TRACE_ARM, .vp = vp, .sub = (uint8_t)dev, .value = deadline, .extra = period
	};

	if (vp != SCHEDULE_NOBODY) {
		e->tally.periodic += period != 0;
		e->vp[vp].timer.armed = true;
		e->vp[vp].timer.deadline = deadline;
		e->vp[vp].timer.period = period;
	}
	return xen_emit(e, ev, err);
}

static int disarms(struct xen_events *e, uint32_t vp, struct vt_error *err)
{
	if (vp != SCHEDULE_NOBODY)
		e->vp[vp].timer.armed = false;
	return xen_emit(e, (struct trace_event){ .type = TRACE_DISARM, .vp = vp }, err);
}

int xen_lapic_start(struct xen_events *e, const struct xen_item *item, struct vt_error *err)
{
	const struct xen_record *r = &item->record;
	uint64_t period_ns = xen_u64(r->w[2], r->w[3]);
	uint64_t period = trace_ns_to_ticks(period_ns, e->clock_hz);
	bool tdt = e->lp[item->lp].tdt;

	if (of_another(e, item, true))
		return 0;
	/* A period below a tick would read as a one-shot. */
	if (period_ns && !period)
		period = 1;
	return arms(e, writer(e, item), tdt ? TRACE_TSC_DEADLINE : TRACE_LAPIC,
		    xen_time(e, xen_u64(r->w[0], r->w[1]), 0), period, err);
}

int xen_lapic_stop(struct xen_events *e, const struct xen_item *item, struct vt_error *err)
{
	if (of_another(e, item, true))
		return 0;
	return disarms(e, writer(e, item), err);
}

int xen_lapic_callback(struct xen_events *e, const struct xen_item *item, struct vt_error *err)
{
	uint32_t vp = actor(e, item);

	if (of_another(e, item, false))
		return 0;
	if (vp != SCHEDULE_NOBODY)
		e->tally.unseen_ticks += xen_is_unseen(e, vp, e->vp[vp].wrote);
	return xen_emit(e, (struct trace_event){ .type = TRACE_OBS_PEND, .vp = vp }, err);
}

/*
 * An LVTT write gives a MASK event. Its mode needs no event of its own: where a change of mode
 * stops or restarts the timer, Xen logs the LAPIC_STOP or LAPIC_START.
 */
static int lvtt_write(struct xen_events *e, const struct xen_item *item, uint32_t value,
		      struct vt_error *err)
{
	uint32_t vp = actor(e, item);
	bool masked = value & LVTT_MASKED;

	if (of_another(e, item, false))
		return 0;
	if (vp != SCHEDULE_NOBODY)
		e->vp[vp].timer.masked = masked;
	return xen_emit(e,
			(struct trace_event){
			    .type = TRACE_MASK, .vp = vp, .sub = masked, .extra = value & 0xff },
			err);
}

int xen_msr_write(struct xen_events *e, const struct xen_item *item, struct vt_error *err)
{
	const struct xen_record *r = &item->record;

	switch (r->w[0]) {
	case MSR_TSC_DEADLINE:
		e->tally.register_writes++;
		/* It tells that the LAPIC_START behind it, before the guest goes on, is a deadline.
		 */
		e->lp[item->lp].tdt = true;
		return 0;
	case MSR_X2APIC_LVTT:
		e->tally.register_writes++;
		return lvtt_write(e, item, r->w[1], err);
	case MSR_X2APIC_TMICT:
	case MSR_X2APIC_TDCR:
		e->tally.register_writes++;
		return 0;
	case MSR_TSC:
	case MSR_TSC_ADJUST:
		e->tally.counter_writes++;
		return 0;
	default:
		return 0;
	}
}

int xen_iomem_write(struct xen_events *e, const struct xen_item *item, struct vt_error *err)
{
	const struct xen_record *r = &item->record;
	unsigned data = r->event == XEN_IOMEM_WRITE_64 ? 2 : 1;

	/* The high half of a 64-bit address. */
	if (data == 2 && r->w[1])
		return 0;
	switch (r->w[0]) {
	case APIC_LVTT:
		e->tally.register_writes++;
		/* A write without its data says nothing. */
		return r->n > data ? lvtt_write(e, item, r->w[data], err) : 0;
	case APIC_TMICT:
	case APIC_TDCR:
		e->tally.register_writes++;
		return 0;
	default:
		return 0;
	}
}

/* ---- a PV guest's ---- */

int xen_pv_hypercall(struct xen_events *e, const struct xen_item *item, struct vt_error *err)
{
	const struct xen_record *r = &item->record;
	uint32_t number = r->w[0] & 0xfffff;
	bool timer = number == HYPERCALL_SET_TIMER_OP;

	(void)err;
	xen_pv_write_ends(e, item->lp);
	/* Bits 20 and 21: the first argument is there, as 32 or as 64 bits. */
	if (number == HYPERCALL_VCPU_OP && r->w[0] >> 20 & 3 && r->n >= 2)
		timer = r->w[1] >= VCPUOP_FIRST_TIMER && r->w[1] <= VCPUOP_LAST_TIMER;
	e->lp[item->lp].pv_write = timer;
	return 0;
}

/* The extra PV timer records name their VP: dom << 16 | vcpu. */
static uint32_t pv_writer(struct xen_events *e, const struct xen_item *item)
{
	uint32_t vp = xen_find_vp(e, item->record.w[0]);

	e->lp[item->lp].pv_write = false;
	if (schedule_lp(e->schedule, vp) == SCHEDULE_NOBODY)
		return SCHEDULE_NOBODY;
	e->vp[vp].wrote_pv = true;
	return vp;
}

/* As a LAPIC's, a past deadline fires at once (xen/common/domain.c: VCPUOP_set_singleshot_timer).
 */
int xen_pv_arm(struct xen_events *e, const struct xen_item *item, struct vt_error *err)
{
	const struct xen_record *r = &item->record;
	uint64_t deadline = xen_u64(r->w[2], r->w[3]), now = xen_u64(r->w[4], r->w[5]);
	uint32_t vp = pv_writer(e, item);

	e->tally.pv_deadlines += vp != SCHEDULE_NOBODY;
	return arms(e, vp, TRACE_LAPIC, xen_time(e, deadline, now), 0, err);
}

int xen_pv_disarm(struct xen_events *e, const struct xen_item *item, struct vt_error *err)
{
	return disarms(e, pv_writer(e, item), err);
}

/* The older hypercall: a deadline of 0 stops the timer. */
int xen_pv_set_timer(struct xen_events *e, const struct xen_item *item, struct vt_error *err)
{
	bool arms = xen_u64(item->record.w[2], item->record.w[3]);

	return arms ? xen_pv_arm(e, item, err) : xen_pv_disarm(e, item, err);
}

int xen_pv_fire(struct xen_events *e, const struct xen_item *item, struct vt_error *err)
{
	uint32_t vp = xen_find_vp(e, item->record.w[0]);

	if (vp != SCHEDULE_NOBODY)
		e->tally.unseen_ticks += xen_is_unseen(e, vp, e->vp[vp].wrote_pv);
	return xen_emit(e, (struct trace_event){ .type = TRACE_OBS_FIRE, .vp = vp }, err);
}

/* ---- the machine's ---- */

int xen_machine_irq(struct xen_events *e, const struct xen_item *item, struct vt_error *err)
{
	e->tally.machine_timer++;
	return xen_emit(
	    e, (struct trace_event){ .type = TRACE_OBS_HV_IRQ, .lp = (uint16_t)item->lp }, err);
}

int xen_machine_set(struct xen_events *e, const struct xen_item *item, struct vt_error *err)
{
	const struct xen_record *r = &item->record;
	uint64_t deadline = xen_u64(r->w[0], r->w[1]), now = xen_u64(r->w[2], r->w[3]);

	e->tally.machine_timer++;
	/* 0 turns it off: never. */
	return xen_emit(e,
			(struct trace_event){ .type = TRACE_OBS_PROG,
					      .lp = (uint16_t)item->lp,
					      .value = deadline ? xen_time(e, deadline, now)
								: TRACE_TICK_LIMIT - 1 },
			err);
}
