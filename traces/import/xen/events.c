/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/import/xen/events.h"

#include <stdlib.h>

#include "traces/import/xen/record.h"

#define NOBODY UINT32_MAX

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
	VCPUOP_FIRST_TIMER =
	    6, /* set_periodic_timer, stop_periodic_timer, set_singleshot, stop_singleshot */
	VCPUOP_LAST_TIMER = 9,
};

struct lp_state {
	uint32_t vp;	  /* that runs here, or NOBODY */
	bool tdt;	  /* a write of MSR 0x6e0 whose LAPIC_START or STOP is still to come */
	bool pv_write;	  /* a timer hypercall whose deadline record, if any, is still to come */
	uint32_t next_vp; /* whom the scheduler chose last, or NOBODY */
	uint64_t slice;	  /* for how long, ticks */
};

struct vp_state {
	uint32_t lp;   /* where it runs, or NOBODY */
	bool yields;   /* a YIELD since it got its pCPU */
	bool wrote;    /* its LAPIC timer was written in this capture */
	bool wrote_pv; /* its PV timer was */
	bool is_pv;    /* makes hypercalls as PV guests do */
};

struct xen_events {
	const struct xen_scan *scan;
	uint64_t clock_hz;
	bool exits;
	struct trace_writer *writer;
	struct lp_state *lp;
	struct vp_state *vp;
	struct xen_tally tally;
};

struct xen_events *xen_events_new(const struct xen_scan *s, uint64_t clock_hz, bool exits,
				  struct trace_writer *w)
{
	struct xen_events *e = calloc(1, sizeof(*e));

	if (!e)
		abort();
	*e = (struct xen_events){ .scan = s, .clock_hz = clock_hz, .exits = exits, .writer = w };
	e->lp = calloc(s->pcpus ? s->pcpus : 1, sizeof(*e->lp));
	e->vp = calloc(s->vps.n ? s->vps.n : 1, sizeof(*e->vp));
	if (!e->lp || !e->vp)
		abort();
	for (uint32_t i = 0; i < s->pcpus; i++)
		e->lp[i].vp = e->lp[i].next_vp = NOBODY;
	for (size_t i = 0; i < s->vps.n; i++)
		e->vp[i].lp = NOBODY;
	return e;
}

void xen_events_free(struct xen_events *e)
{
	if (!e)
		return;
	word_map_free(&e->tally.skipped);
	free(e->lp);
	free(e->vp);
	free(e);
}

const struct xen_tally *xen_events_tally(const struct xen_events *e)
{
	return &e->tally;
}

/* The number of a VP, NOBODY for Xen's own vCPUs and for those without a schedule record. */
static uint32_t find_vp(const struct xen_events *e, uint32_t word)
{
	const uint64_t *n = xen_is_vp(word) ? word_map_find(&e->scan->vps, word) : NULL;

	return n ? (uint32_t)*n : NOBODY;
}

static int emit(struct xen_events *e, enum trace_type type, uint64_t time, uint32_t vp, uint32_t lp,
		unsigned sub, uint64_t value, uint64_t extra, struct vt_error *err)
{
	struct trace_event ev = {
		.time = time,
		.value = value,
		.extra = extra,
		.vp = vp,
		.lp = (uint16_t)lp,
		.type = (uint8_t)type,
		.sub = (uint8_t)sub,
	};

	return trace_writer_add(e->writer, &ev, err);
}

/* @deadline_ns as a time of the trace, from a record at @time that says it is @now_ns then. */
static uint64_t xen_time(const struct xen_events *e, uint64_t time, uint64_t deadline_ns,
			 uint64_t now_ns)
{
	uint64_t ticks;

	if (deadline_ns >= now_ns) {
		ticks = time + trace_ns_to_ticks(deadline_ns - now_ns, e->clock_hz);
		return ticks < TRACE_TICK_LIMIT ? ticks : TRACE_TICK_LIMIT - 1;
	}
	ticks = trace_ns_to_ticks(now_ns - deadline_ns, e->clock_hz);
	return ticks < time ? time - ticks : 0;
}

/* A hypercall whose timer write was never followed by a record of its deadline. */
static void pv_write_end(struct xen_events *e, uint32_t lp)
{
	if (e->lp[lp].pv_write)
		e->tally.pv_writes_blind++;
	e->lp[lp].pv_write = false;
}

static int sched_out(struct xen_events *e, uint64_t time, uint32_t vp, enum trace_reason reason,
		     struct vt_error *err)
{
	struct lp_state *lp = &e->lp[e->vp[vp].lp];

	pv_write_end(e, e->vp[vp].lp);
	lp->vp = NOBODY;
	lp->tdt = false;
	e->vp[vp].lp = NOBODY;
	e->vp[vp].yields = false;
	return emit(e, TRACE_SCHED_OUT, time, vp, 0, reason, 0, 0, err);
}

/* What the scheduler chose on this pCPU just before, if it was for @vp. */
static uint64_t take_slice(struct xen_events *e, uint32_t lp, uint32_t vp)
{
	uint64_t slice = e->lp[lp].next_vp == vp ? e->lp[lp].slice : 0;

	e->lp[lp].next_vp = NOBODY;
	return slice;
}

static void next(struct xen_events *e, const struct xen_item *item)
{
	const struct xen_record *r = &item->record;
	struct lp_state *lp = &e->lp[item->lp];

	lp->next_vp = NOBODY;
	if (r->n < 4 || r->w[3] == XEN_NO_SLICE)
		return;
	lp->next_vp = find_vp(e, r->w[0] << 16 | (r->w[1] & 0xffff));
	lp->slice = trace_ns_to_ticks(r->w[3], e->clock_hz);
}

static int sched_in(struct xen_events *e, uint64_t time, uint32_t lp, uint32_t vp,
		    struct vt_error *err)
{
	if (e->lp[lp].vp == vp) {
		e->tally.odd_in++;
		return 0;
	}
	/* The capture says that it runs here now, so whatever it was that ended the other run is
	 * something the capture does not show. */
	if (e->lp[lp].vp != NOBODY) {
		e->tally.forced_out++;
		if (sched_out(e, time, e->lp[lp].vp, TRACE_LOST_VP, err))
			return -1;
	}
	if (e->vp[vp].lp != NOBODY) {
		e->tally.forced_out++;
		if (sched_out(e, time, vp, TRACE_LOST_VP, err))
			return -1;
	}
	e->lp[lp].vp = vp;
	e->vp[vp].lp = lp;
	e->vp[vp].yields = false;
	return emit(e, TRACE_SCHED_IN, time, vp, lp, 0, 0, take_slice(e, lp, vp), err);
}

int xen_events_seed(struct xen_events *e, struct vt_error *err)
{
	for (uint32_t lp = 0; lp < e->scan->pcpus; lp++) {
		const struct xen_pcpu *p = &e->scan->pcpu[lp];
		uint32_t vp = p->first == XEN_FIRST_RUNS ? find_vp(e, p->seed) : NOBODY;

		if (vp == NOBODY)
			continue;
		if (e->vp[vp].lp != NOBODY) {
			e->tally.odd_in++;
			continue;
		}
		if (sched_in(e, 0, lp, vp, err))
			return -1;
	}
	return 0;
}

int64_t xen_events_waits_for(const struct xen_events *e, const struct xen_item *item)
{
	const struct xen_record *r = &item->record;
	uint32_t vp;

	if (item->step != XEN_STEP_RECORD || !xen_is_runstate(r->event) ||
	    xen_runstate_new(r->event) != XEN_RUNNING)
		return -1;
	vp = find_vp(e, r->w[0]);
	if (vp == NOBODY || e->vp[vp].lp == NOBODY || e->vp[vp].lp == item->lp)
		return -1;
	return e->vp[vp].lp;
}

static int runstate(struct xen_events *e, uint64_t time, const struct xen_item *item,
		    struct vt_error *err)
{
	static const enum trace_reason reason[4] = {
		[XEN_RUNNABLE] = TRACE_PREEMPT,
		[XEN_BLOCKED] = TRACE_BLOCK,
		[XEN_OFFLINE] = TRACE_OFFLINE,
	};
	const struct xen_record *r = &item->record;
	unsigned from = xen_runstate_old(r->event), to = xen_runstate_new(r->event);
	uint32_t vp = find_vp(e, r->w[0]);

	if (vp == NOBODY || from == to)
		return 0;
	if (to == XEN_RUNNING)
		return sched_in(e, time, item->lp, vp, err);
	if (from == XEN_RUNNING) {
		if (e->vp[vp].lp == NOBODY) {
			e->tally.odd_out++;
			return 0;
		}
		return sched_out(e, time, vp,
				 to == XEN_RUNNABLE && e->vp[vp].yields ? TRACE_YIELD : reason[to],
				 err);
	}
	if (from == XEN_BLOCKED && to == XEN_RUNNABLE)
		return emit(e, TRACE_WAKE, time, vp, item->lp, 0, 0, 0, err);
	/*
	 * Paused or destroyed while it waits: there is no run to end, and Xen leaves a paused
	 * vCPU's timers as they are. It comes back as a SCHED_IN, or never.
	 */
	if (to == XEN_OFFLINE)
		e->tally.offline_idle++;
	return 0;
}

/* The VP that a record on LP @lp is about, or NOBODY, counted in @missed. */
static uint32_t actor(struct xen_events *e, uint32_t lp, uint64_t *missed)
{
	uint32_t vp = e->lp[lp].vp;

	if (vp == NOBODY)
		++*missed;
	else if (e->vp[vp].is_pv)
		e->tally.in_pv++;
	return vp;
}

static int lapic_start(struct xen_events *e, uint64_t time, const struct xen_item *item,
		       struct vt_error *err)
{
	const struct xen_record *r = &item->record;
	uint32_t vp = actor(e, item->lp, &e->tally.no_vp_arm);
	uint64_t period_ns = xen_u64(r->w[2], r->w[3]);
	uint64_t period = trace_ns_to_ticks(period_ns, e->clock_hz);
	bool tdt = e->lp[item->lp].tdt;

	e->lp[item->lp].tdt = false;
	if (vp == NOBODY)
		return 0;
	/* A period below a tick would read as a one-shot. */
	if (period_ns && !period)
		period = 1;
	e->vp[vp].wrote = true;
	return emit(e, TRACE_ARM, time, vp, 0, tdt ? TRACE_TSC_DEADLINE : TRACE_LAPIC,
		    xen_time(e, time, xen_u64(r->w[0], r->w[1]), 0), period, err);
}

static int lapic_stop(struct xen_events *e, uint64_t time, const struct xen_item *item,
		      struct vt_error *err)
{
	uint32_t vp = actor(e, item->lp, &e->tally.no_vp_disarm);

	e->lp[item->lp].tdt = false;
	if (vp == NOBODY)
		return 0;
	e->vp[vp].wrote = true;
	return emit(e, TRACE_DISARM, time, vp, 0, 0, 0, 0, err);
}

static int lapic_callback(struct xen_events *e, uint64_t time, const struct xen_item *item,
			  struct vt_error *err)
{
	uint32_t vp = actor(e, item->lp, &e->tally.no_vp_pend);

	if (vp == NOBODY)
		return 0;
	if (!e->vp[vp].wrote)
		e->tally.unseen_ticks++;
	return emit(e, TRACE_OBS_PEND, time, vp, 0, 0, 0, 0, err);
}

/*
 * An LVTT write gives a MASK event. Its mode needs no event of its own: where a change of mode
 * stops or restarts the timer, Xen logs the LAPIC_STOP or LAPIC_START.
 */
static int lvtt_write(struct xen_events *e, uint64_t time, const struct xen_item *item,
		      uint32_t value, struct vt_error *err)
{
	uint32_t vp = actor(e, item->lp, &e->tally.no_vp_mask);

	if (vp == NOBODY)
		return 0;
	return emit(e, TRACE_MASK, time, vp, 0, (value & LVTT_MASKED) != 0, 0, value & 0xff, err);
}

static int msr_write(struct xen_events *e, uint64_t time, const struct xen_item *item,
		     struct vt_error *err)
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
		return lvtt_write(e, time, item, r->w[1], err);
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

static int iomem_write(struct xen_events *e, uint64_t time, const struct xen_item *item,
		       struct vt_error *err)
{
	const struct xen_record *r = &item->record;
	bool wide = r->event == XEN_IOMEM_WRITE_64;

	if (wide && r->w[1])
		return 0;
	switch (r->w[0]) {
	case APIC_LVTT:
		e->tally.register_writes++;
		/* A write without its data says nothing. */
		if (r->n < (wide ? 3 : 2))
			return 0;
		return lvtt_write(e, time, item, r->w[wide ? 2 : 1], err);
	case APIC_TMICT:
	case APIC_TDCR:
		e->tally.register_writes++;
		return 0;
	default:
		return 0;
	}
}

static void pv_hypercall(struct xen_events *e, const struct xen_item *item)
{
	const struct xen_record *r = &item->record;
	uint32_t number = r->w[0] & 0xfffff;
	bool timer = number == HYPERCALL_SET_TIMER_OP;

	pv_write_end(e, item->lp);
	/* Bits 20 and 21: the first argument is there, as 32 or as 64 bits. */
	if (number == HYPERCALL_VCPU_OP && r->w[0] >> 20 & 3 && r->n >= 2)
		timer = r->w[1] >= VCPUOP_FIRST_TIMER && r->w[1] <= VCPUOP_LAST_TIMER;
	e->lp[item->lp].pv_write = timer;
}

/* The extra PV timer records name their VP: dom << 16 | vcpu. */
static int pv_timer(struct xen_events *e, uint64_t time, const struct xen_item *item,
		    struct vt_error *err)
{
	const struct xen_record *r = &item->record;
	uint64_t deadline = xen_u64(r->w[2], r->w[3]), now = xen_u64(r->w[4], r->w[5]);
	uint32_t vp = find_vp(e, r->w[0]);
	bool arms;

	if (r->event == XEN_PV_FIRE) {
		if (vp == NOBODY) {
			e->tally.no_vp_pend++;
			return 0;
		}
		if (!e->vp[vp].wrote_pv)
			e->tally.unseen_ticks++;
		return emit(e, TRACE_OBS_FIRE, time, vp, 0, 0, 0, 0, err);
	}
	e->lp[item->lp].pv_write = false;
	arms = r->event == XEN_PV_SET_SINGLESHOT || (r->event == XEN_PV_SET_TIMER_OP && deadline);
	if (vp == NOBODY || e->vp[vp].lp == NOBODY) {
		++*(arms ? &e->tally.no_vp_arm : &e->tally.no_vp_disarm);
		return 0;
	}
	e->vp[vp].wrote_pv = true;
	e->tally.pv_deadlines += arms;
	if (!arms)
		return emit(e, TRACE_DISARM, time, vp, 0, 0, 0, 0, err);
	/* As a LAPIC's, a past deadline fires at once (xen/common/domain.c:
	 * VCPUOP_set_singleshot_timer). */
	return emit(e, TRACE_ARM, time, vp, 0, TRACE_LAPIC, xen_time(e, time, deadline, now), 0,
		    err);
}

static int machine_timer_set(struct xen_events *e, uint64_t time, const struct xen_item *item,
			     struct vt_error *err)
{
	const struct xen_record *r = &item->record;
	uint64_t deadline = xen_u64(r->w[0], r->w[1]);

	e->tally.machine_timer++;
	/* 0 turns it off: never. */
	return emit(e, TRACE_OBS_PROG, time, 0, item->lp, 0,
		    deadline ? xen_time(e, time, deadline, xen_u64(r->w[2], r->w[3]))
			     : TRACE_TICK_LIMIT - 1,
		    0, err);
}

static int crossing(struct xen_events *e, uint64_t time, const struct xen_item *item,
		    struct vt_error *err)
{
	const struct xen_record *r = &item->record;
	uint32_t vp = e->lp[item->lp].vp;
	bool entry = xen_is_entry(r->event);

	e->lp[item->lp].tdt = false;
	if (vp == NOBODY) {
		e->tally.no_vp_exit++;
		return 0;
	}
	return emit(e, entry ? TRACE_ENTRY : TRACE_EXIT, time, vp, 0, 0, 0, entry ? 0 : r->w[0],
		    err);
}

static void skip(struct xen_events *e, uint32_t event)
{
	uint64_t *n = word_map_get(&e->tally.skipped, event, XEN_SKIPPED_IDS_MAX);

	++*(n ? n : &e->tally.skipped_more);
}

bool xen_events_pass(void *events, const struct xen_item *item)
{
	struct xen_events *e = events;
	uint32_t event = item->record.event;

	if (xen_is_exit(event) || xen_is_entry(event)) {
		if (e->exits)
			return false;
		e->lp[item->lp].tdt = false;
		return true;
	}
	if (xen_is_runstate(event))
		return false;
	switch (event) {
	case XEN_CONTINUE_RUNNING:
	case XEN_YIELD:
	case XEN_LAPIC_START:
	case XEN_LAPIC_STOP:
	case XEN_LAPIC_CALLBACK:
	case XEN_MSR_WRITE:
	case XEN_IOMEM_WRITE:
	case XEN_IOMEM_WRITE_64:
	case XEN_PV_HYPERCALL:
	case XEN_PV_SUBCALL:
	case XEN_PV_SET_SINGLESHOT:
	case XEN_PV_STOP:
	case XEN_PV_FIRE:
	case XEN_PV_SET_TIMER_OP:
	case XEN_MACHINE_TIMER_IRQ:
	case XEN_MACHINE_TIMER_SET:
	case XEN_SWITCH_INFNEXT:
		return false;
	case XEN_SWITCH_INFPREV:
		return true; /* the scan has taken what it says */
	default:
		skip(e, event);
		return true;
	}
}

static int record(struct xen_events *e, uint64_t time, const struct xen_item *item,
		  struct vt_error *err)
{
	const struct xen_record *r = &item->record;
	uint32_t vp;

	if (xen_is_runstate(r->event))
		return runstate(e, time, item, err);
	if (xen_is_exit(r->event) || xen_is_entry(r->event))
		return crossing(e, time, item, err);
	vp = e->lp[item->lp].vp;
	switch (r->event) {
	case XEN_CONTINUE_RUNNING:
		vp = find_vp(e, r->w[0]);
		if (vp == NOBODY)
			return 0;
		/* A yield that found nobody else to run is over. */
		e->vp[vp].yields = false;
		e->tally.odd_continue += e->vp[vp].lp != item->lp;
		return 0;
	case XEN_YIELD:
		vp = find_vp(e, r->w[0] << 16 | (r->w[1] & 0xffff));
		if (vp != NOBODY)
			e->vp[vp].yields = e->vp[vp].lp != NOBODY;
		return 0;
	case XEN_LAPIC_START:
		return lapic_start(e, time, item, err);
	case XEN_LAPIC_STOP:
		return lapic_stop(e, time, item, err);
	case XEN_LAPIC_CALLBACK:
		return lapic_callback(e, time, item, err);
	case XEN_MSR_WRITE:
		return msr_write(e, time, item, err);
	case XEN_IOMEM_WRITE:
	case XEN_IOMEM_WRITE_64:
		return iomem_write(e, time, item, err);
	case XEN_PV_HYPERCALL:
	case XEN_PV_SUBCALL:
		if (vp != NOBODY)
			e->vp[vp].is_pv = true;
		pv_hypercall(e, item);
		return 0;
	case XEN_PV_SET_SINGLESHOT:
	case XEN_PV_STOP:
	case XEN_PV_FIRE:
	case XEN_PV_SET_TIMER_OP:
		return pv_timer(e, time, item, err);
	case XEN_MACHINE_TIMER_IRQ:
		e->tally.machine_timer++;
		return emit(e, TRACE_OBS_HV_IRQ, time, 0, item->lp, 0, 0, 0, err);
	case XEN_MACHINE_TIMER_SET:
		return machine_timer_set(e, time, item, err);
	case XEN_SWITCH_INFNEXT:
		next(e, item);
		return 0;
	default:
		return 0; /* xen_events_pass() has them */
	}
}

/* From here to @until nothing is known of this LP. */
static int gap(struct xen_events *e, uint64_t time, uint32_t lp, uint64_t until, uint64_t count,
	       struct vt_error *err)
{
	if (e->lp[lp].vp != NOBODY && sched_out(e, time, e->lp[lp].vp, TRACE_LOST_VP, err))
		return -1;
	pv_write_end(e, lp);
	e->lp[lp].tdt = false;
	return emit(e, TRACE_LOST, time, 0, lp, 0, until, count, err);
}

int xen_events_item(struct xen_events *e, const struct xen_item *item, struct vt_error *err)
{
	uint64_t t0 = e->scan->t0, time = item->tsc - t0;
	uint32_t vp;

	switch (item->step) {
	case XEN_STEP_RECORD:
		return record(e, time, item, err);
	case XEN_STEP_LOST_BEGIN:
		e->tally.lost_gaps++;
		e->tally.lost_records += item->record.w[0];
		return gap(e, time, item->lp, item->record.tsc - t0, item->record.w[0], err);
	case XEN_STEP_LOST_END:
		vp = find_vp(e, item->record.w[1] << 16 | item->record.w[1] >> 16);
		return vp == NOBODY ? 0 : sched_in(e, time, item->lp, vp, err);
	case XEN_STEP_END:
		pv_write_end(e, item->lp);
		if (!e->scan->truncated || item->tsc >= e->scan->t1)
			return 0;
		/* The windows that a cut took away are lost records too; how many, nobody knows. */
		e->tally.cut_lps++;
		return gap(e, time, item->lp, e->scan->t1 - t0, 0, err);
	}
	return 0;
}
