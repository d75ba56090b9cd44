/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * entry.h: who calls vpt.c. First the guest, with its local APIC (local_apic.h); then the schedule,
 * the timer's interrupt, and the way into the guest. These callers are written anew, from what
 * Xen's do; the build reads the tree's by patterns (the file `callers`) and says when they are none
 * that this file knows.
 */
#ifndef VTICK_KINDS_XEN_ENTRY_H
#define VTICK_KINDS_XEN_ENTRY_H

/* The guest's deadline of the oldest tick that is pending. The schedule of a period moves by whole
 * ones. */
static uint64_t entry_deadline(struct vp *v)
{
	const struct periodic_time *pt = pt_of(v);
	s_time_t gone = pt->scheduled - (s_time_t)(pt->pending_intr_nr * pt->period) - v->first;

	if (!pt->period || gone <= 0)
		return v->deadline;
	return v->deadline + ((uint64_t)gone + pt->period / 2) / pt->period * v->period;
}

static void entry_clock(const struct vp *v)
{
	int64_t off = v->vcpu.arch.hvm.stime_offset;
	int64_t ticks = (int64_t)at.host->ticks(at.host, (uint64_t)(off < 0 ? -off : off));

	at.host->clock_error(at.host, v->number, off < 0 ? ticks : -ticks);
}

/* vcpu_kick(): a VP that is blocked wakes, one that runs leaves the guest. */
static void entry_kicks(struct vp *v)
{
	struct vtick_host *h = at.host;

	if (!v->kicked)
		return;
	v->kicked = false;
	if (!h->runs(h, v->number))
		h->wake(h, v->number);
	else if (at.runs != v)
		h->kick(h, v->number);
}

/* ---- what the guest writes ---- */

/* A count or a deadline. One that has passed is due at once; 0, which would stop the timer, is one
 * from before the trace. */
static void guest_arms(struct vp *v, const struct vtick_arm *a)
{
	struct vtick_host *h = at.host;
	struct periodic_time *pt = pt_of(v);
	uint64_t counter = h->counter(h, v->number);
	uint64_t left = a->deadline > counter ? a->deadline - counter : 0;

	v->pended = v->burst = false;
	if (!left && a->dev == VTICK_ITM) {
		lapic_stops(v);
		return;
	}
	v->deadline = a->deadline;
	lapic_arms(v, a, left);
	v->first = pt->scheduled;
	/* vpt.c may have made the period a longer one. */
	v->guest_period = a->period;
	v->period = pt->period == guest_ns(a->period) ? a->period : h->ticks(h, pt->period);
}

static void guest_stops(struct vp *v)
{
	lapic_stops(v);
	v->pended = v->burst = false;
}

static void guest_masks(struct vp *v, int masked, uint32_t vector)
{
	v->masked = masked;
	if (vector >= NR_ISAIRQS && vector < 256)
		v->vector = vector;
	lapic_masks(v);
	/* vlapic.c may have begun the timer anew, or stopped it. */
	if (!pt_of(v)->pending_intr_nr)
		v->pended = v->burst = false;
}

/* ---- it comes and goes ---- */

/* context_switch() */
static void entry_saves(struct vp *v, bool blocks)
{
	v->vcpu.pause_flags = blocks ? VPF_blocked : 0;
	if (!list_empty(&v->vcpu.arch.hvm.tm_list))
		pt_save_timer(&v->vcpu);
}

/* vmx_do_resume(), hvm_do_resume() */
static void entry_restores(struct vp *v)
{
	v->vcpu.pause_flags = 0;
	if (v->vcpu.processor != at.lp) {
		v->vcpu.processor = at.lp;
		pt_migrate(&v->vcpu);
	}
	pt_restore_timer(&v->vcpu);
	entry_clock(v);
}

/* ---- a tick ---- */

/* How many deadlines of its period the guest's counter has come to. */
static uint64_t guest_deadlines(const struct vp *v)
{
	uint64_t counter = at.host->counter(at.host, v->number);

	return v->guest_period && counter >= v->deadline
		   ? (counter - v->deadline) / v->guest_period + 1
		   : 0;
}

static void entry_timer_due(struct vp *v)
{
	struct vtick_host *h = at.host;

	v->tick(v->tick_data);
	if (pt_of(v)->pending_intr_nr && !lapic_masked(v)) {
		h->pend(h, v->number, entry_deadline(v));
		v->pended = true;
		v->pended_to = guest_deadlines(v);
	}
	entry_kicks(v);
}

/* The guest takes what is requested. The rest that is pending comes after it, one by one. */
static void entry_takes(struct vp *v, int vector, uint64_t deadline)
{
	struct vtick_host *h = at.host;
	struct hvm_intack intack = { .source = hvm_intsrc_lapic, .vector = (uint8_t)vector };
	s_time_t scheduled = pt_of(v)->scheduled;
	bool more, missed;

	pt_intr_post(&v->vcpu, intack);
	more = pt_of(v)->pending_intr_nr;
	/* What vpt.c found missed and made part of this one, if the guest had it at all. */
	missed = pt_of(v)->scheduled != scheduled && guest_deadlines(v) > v->pended_to;
	if (more || v->burst) {
		if (!v->pended)
			h->pend_one(h, v->number, deadline);
	} else if (!v->pended || missed) {
		h->pend(h, v->number, deadline);
	}
	v->pended = false;
	v->burst = more;
	lapic_ends(v);
	if (more)
		h->kick(h, v->number);
	entry_clock(v);
}

/* vmx_intr_assist(), svm_intr_assist() */
static void entry_resume(struct vp *v)
{
	uint64_t deadline = entry_deadline(v);
	int vector;

	pt_update_irq(&v->vcpu);
	vector = lapic_takes(v);
	if (vector >= 0)
		entry_takes(v, vector, deadline);
	else if (v->pended && !lapic_masked(v))
		shell_fail("vpt.c had the timer of VP %u expire, and at the guest's entry there "
			   "was no interrupt",
			   v->number);
}

/* ---- the begin ---- */

static void entry_create(struct vp *v)
{
	const struct params *p = params_now();

	v->domain.arch.hvm.pl_time = &v->pl_time;
	v->domain.arch.hvm.params[HVM_PARAM_TIMER_MODE] = p->timer_mode;
	v->domain.arch.hvm.params[HVM_PARAM_VPT_ALIGN] = p->align == ALIGN_YES;
	v->vcpu.domain = &v->domain;
	v->vcpu.processor = VTICK_NO_LP;
	INIT_LIST_HEAD(&v->vcpu.arch.hvm.tm_list);
	hvm_init_guest_time(&v->domain);
	lapic_create(v);
}

#endif
