/* SPDX-License-Identifier: GPL-2.0-only */
/* Who runs, and which record means what. */
#include "traces/import/xen/events.h"

#include "traces/import/xen/record.h"
#include "traces/import/xen/state.h"

/* The VP of a record that has its domain and vCPU as two words. */
static uint32_t find_vp2(const struct xen_events *e, const struct xen_record *r)
{
	return xen_find_vp(e, r->w[0] << 16 | (r->w[1] & 0xffff));
}

/* ---- who runs ---- */

/* What the scheduler chose on this pCPU just before, if it was for @vp. */
static uint64_t take_slice(struct xen_lp *lp, uint32_t vp)
{
	uint64_t slice = lp->next_vp == vp ? lp->slice : 0;

	lp->next_vp = SCHEDULE_NOBODY;
	return slice;
}

static int next(struct xen_events *e, const struct xen_item *item, struct vt_error *err)
{
	const struct xen_record *r = &item->record;
	struct xen_lp *lp = &e->lp[item->lp];

	(void)err;
	lp->next_vp = SCHEDULE_NOBODY;
	if (r->n < 4 || r->w[3] == XEN_NO_SLICE)
		return 0;
	lp->next_vp = find_vp2(e, r);
	lp->slice = trace_ns_to_ticks(r->w[3], e->clock_hz);
	return 0;
}

static int sched_in(struct xen_events *e, uint32_t lp, uint32_t vp, struct vt_error *err)
{
	bool again = schedule_vp(e->schedule, lp) == vp;

	if (vp != SCHEDULE_NOBODY && !again)
		xen_doubt_in(&e->vp[vp].doubt, e->now, schedule_lp(e->schedule, vp));
	return schedule_in(e->schedule, e->now, lp, vp, again ? 0 : take_slice(&e->lp[lp], vp),
			   err);
}

/*
 * A vCPU whose I/O the device model emulates, or that is paused, is offline to Xen until that is
 * over; its timers go on. One that does not come back is gone, as far as a trace can tell.
 */
static int sched_out(struct xen_events *e, uint32_t vp, enum xen_runstate to, struct vt_error *err)
{
	static const enum trace_reason reason[4] = {
		[XEN_RUNNABLE] = TRACE_PREEMPT,
		[XEN_BLOCKED] = TRACE_BLOCK,
		[XEN_OFFLINE] = TRACE_WAIT,
	};
	enum trace_reason why = reason[to];

	if (to == XEN_RUNNABLE && e->vp[vp].yields)
		why = TRACE_YIELD;
	if (schedule_lp(e->schedule, vp) != SCHEDULE_NOBODY && xen_is_gone(e, vp, to)) {
		why = TRACE_OFFLINE;
		e->vp[vp].gone = true;
	}
	return schedule_out(e->schedule, e->now, vp, why, err);
}

static int runstate(struct xen_events *e, const struct xen_item *item, struct vt_error *err)
{
	const struct xen_record *r = &item->record;
	unsigned from = xen_runstate_old(r->event), to = xen_runstate_new(r->event);
	uint32_t vp = xen_find_vp(e, r->w[0]), on;

	if (vp == SCHEDULE_NOBODY || from == to)
		return 0;
	if (to == XEN_RUNNING)
		return sched_in(e, item->lp, vp, err);
	on = schedule_lp(e->schedule, vp);
	if (from == XEN_RUNNING) {
		xen_doubt_out(&e->vp[vp].doubt, &e->apart, e->now, item->lp, on);
		if (on == SCHEDULE_NOBODY || on == item->lp)
			return sched_out(e, vp, to, err);
		e->tally.out_elsewhere++;
		return 0;
	}
	/* Whatever else becomes of one that is gone. */
	if (e->vp[vp].gone)
		return 0;
	if (from == XEN_BLOCKED && to == XEN_RUNNABLE) {
		xen_doubt_wake(&e->vp[vp].doubt, e->now, on != SCHEDULE_NOBODY);
		return xen_emit(
		    e,
		    (struct trace_event){ .type = TRACE_WAKE, .vp = vp, .lp = (uint16_t)item->lp },
		    err);
	}
	/*
	 * Paused or destroyed while it waits: there is no run to end, and Xen leaves a paused
	 * vCPU's timers as they are. It comes back as a SCHED_IN, or never.
	 */
	if (to == XEN_OFFLINE)
		e->tally.offline_idle++;
	return 0;
}

static int yields(struct xen_events *e, const struct xen_item *item, struct vt_error *err)
{
	uint32_t vp = find_vp2(e, &item->record);

	(void)err;
	if (vp != SCHEDULE_NOBODY)
		e->vp[vp].yields = schedule_lp(e->schedule, vp) != SCHEDULE_NOBODY;
	return 0;
}

static int continues(struct xen_events *e, const struct xen_item *item, struct vt_error *err)
{
	uint32_t vp = xen_find_vp(e, item->record.w[0]);

	(void)err;
	if (vp == SCHEDULE_NOBODY)
		return 0;
	/* A yield that found nobody else to run is over. */
	e->vp[vp].yields = false;
	e->tally.odd_continue += schedule_lp(e->schedule, vp) != item->lp;
	return 0;
}

static int seed_timers(struct xen_events *e, struct vt_error *err)
{
	for (size_t i = 0; i < e->seeds->n; i++) {
		const struct xen_seed *s = &e->seeds->seed[i];
		struct trace_event ev = { .type = TRACE_SEED,
					  .vp = s->vp,
					  .lp = (uint16_t)s->lp,
					  .sub = TRACE_LAPIC,
					  .value = s->deadline,
					  .extra = s->period };

		e->vp[s->vp].seeded = true;
		e->vp[s->vp].seed = s->deadline;
		e->vp[s->vp].timer = (struct xen_timer){ .armed = true,
							 .deadline = s->deadline,
							 .period = s->period };
		if (schedule_emit(e->schedule, &ev, err))
			return -1;
	}
	return 0;
}

int xen_events_seed(struct xen_events *e, struct vt_error *err)
{
	int ret = seed_timers(e, err);

	for (uint32_t lp = 0; !ret && lp < e->scan->pcpus; lp++) {
		const struct xen_pcpu *p = &e->scan->pcpu[lp];

		if (p->first == XEN_FIRST_RUNS)
			ret = schedule_seed(e->schedule, lp, xen_find_vp(e, p->seed), err);
	}
	return ret;
}

int64_t xen_events_waits_for(const struct xen_events *e, const struct xen_item *item)
{
	const struct xen_record *r = &item->record;
	uint32_t lp;

	if (item->step != XEN_STEP_RECORD || !xen_is_runstate(r->event) ||
	    xen_runstate_new(r->event) != XEN_RUNNING)
		return -1;
	lp = schedule_lp(e->schedule, xen_find_vp(e, r->w[0]));
	if (lp == SCHEDULE_NOBODY || lp == item->lp)
		return -1;
	return lp;
}

/* ---- records ---- */

/* Remembers what tells of the timer records behind an exit or an entry. */
static void cross(struct xen_events *e, const struct xen_item *item)
{
	struct xen_lp *lp = &e->lp[item->lp];

	lp->tdt = false;
	lp->crossing = item->record.event;
	lp->reason = item->record.w[0];
}

static int crossing(struct xen_events *e, const struct xen_item *item, struct vt_error *err)
{
	bool entry = xen_is_entry(item->record.event);

	cross(e, item);
	return xen_emit(e,
			(struct trace_event){ .type = entry ? TRACE_ENTRY : TRACE_EXIT,
					      .vp = schedule_vp(e->schedule, item->lp),
					      .extra = entry ? 0 : item->record.w[0] },
			err);
}

/* What becomes of a record; NULL: nothing. */
static xen_handler *handler_of(uint32_t event)
{
	if (xen_is_exit(event) || xen_is_entry(event))
		return crossing;
	if (xen_is_runstate(event))
		return runstate;
	switch (event) {
	case XEN_CONTINUE_RUNNING:
		return continues;
	case XEN_YIELD:
		return yields;
	case XEN_SWITCH_INFNEXT:
		return next;
	case XEN_LAPIC_START:
		return xen_lapic_start;
	case XEN_LAPIC_STOP:
		return xen_lapic_stop;
	case XEN_LAPIC_CALLBACK:
		return xen_lapic_callback;
	case XEN_MSR_WRITE:
		return xen_msr_write;
	case XEN_IOMEM_WRITE:
	case XEN_IOMEM_WRITE_64:
		return xen_iomem_write;
	case XEN_PV_HYPERCALL:
	case XEN_PV_SUBCALL:
		return xen_pv_hypercall;
	case XEN_PV_SET_SINGLESHOT:
		return xen_pv_arm;
	case XEN_PV_STOP:
		return xen_pv_disarm;
	case XEN_PV_SET_TIMER_OP:
		return xen_pv_set_timer;
	case XEN_PV_FIRE:
		return xen_pv_fire;
	case XEN_MACHINE_TIMER_IRQ:
		return xen_machine_irq;
	case XEN_MACHINE_TIMER_SET:
		return xen_machine_set;
	default:
		return NULL;
	}
}

static void skip(struct xen_events *e, uint32_t event)
{
	uint64_t *n = word_map_get(&e->tally.skipped, event, XEN_SKIPPED_IDS_MAX);

	++*(n ? n : &e->tally.skipped_more);
}

bool xen_events_pass(void *events, const struct xen_item *item)
{
	struct xen_events *e = events;
	xen_handler *handler = handler_of(item->record.event);

	if (handler == crossing && !e->exits) {
		cross(e, item);
		return true;
	}
	/* Of SWITCH_INFPREV the scan has taken what it says. */
	if (!handler && item->record.event != XEN_SWITCH_INFPREV)
		skip(e, item->record.event);
	return !handler;
}

/* Until @until nothing is known of the item's LP. */
static int gap(struct xen_events *e, const struct xen_item *item, uint64_t until, uint64_t count,
	       struct vt_error *err)
{
	xen_run_ends(e, item->lp);
	return schedule_lost(e->schedule, e->now, item->lp, until - e->scan->t0, count, err);
}

int xen_events_item(struct xen_events *e, const struct xen_item *item, struct vt_error *err)
{
	const struct xen_record *r = &item->record;
	xen_handler *handler;
	uint32_t vp;

	e->now = item->tsc - e->scan->t0;
	switch (item->step) {
	case XEN_STEP_RECORD:
		handler = handler_of(r->event);
		return handler ? handler(e, item, err) : 0;
	case XEN_STEP_LOST_BEGIN:
		return gap(e, item, r->tsc, r->w[0], err);
	case XEN_STEP_LOST_END:
		vp = xen_find_vp(e, r->w[1] << 16 | r->w[1] >> 16);
		return vp == SCHEDULE_NOBODY ? 0 : sched_in(e, item->lp, vp, err);
	case XEN_STEP_END:
		if (!e->scan->truncated || item->tsc >= e->scan->t1) {
			xen_run_ends(e, item->lp);
			return 0;
		}
		/* The windows that a cut took away are lost records too; how many, nobody knows. */
		e->tally.cut_lps++;
		return gap(e, item, e->scan->t1, 0, err);
	}
	return 0;
}
