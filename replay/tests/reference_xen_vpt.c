/* SPDX-License-Identifier: GPL-2.0-only */
/* The reference's periodic_time: section 13 of RULES.md. */
#include <stdlib.h>

#include "replay/tests/reference_xen_pv.h"

struct vpt {
	bool on, masked, do_not_freeze;
	int64_t scheduled, period, deadline;
	int64_t pending;
	/* the clock of mode 0 */
	bool frozen;
	int64_t frozen_since, lag, last;

	struct pv_guest pv;
};

enum { MODE, MIN_PERIOD, ALIGN, PV };

static struct vpt *vpt_of(struct ref *r, uint32_t vp)
{
	return &((struct vpt *)r->policy)[vp];
}

static bool is_pv(struct ref *r, uint32_t vp)
{
	return ref_param(r->params, PV) == 1 && r->meta->vp[vp].domain == 0;
}

static unsigned mode(const struct ref *r)
{
	return (unsigned)ref_param(r->params, MODE);
}

static void set(struct ref *r, uint32_t vp)
{
	ref_timer_add(r, &r->vp[vp].timer, r->vp[vp].lp, vpt_of(r, vp)->scheduled);
}

/* True if there were any. One by one; do_not_freeze looks at what was pending before the first of
 * them. */
static bool missed(struct ref *r, uint32_t vp)
{
	struct vpt *v = vpt_of(r, vp);

	if (!v->period || r->now <= v->scheduled)
		return false;
	if (mode(r) == 2)
		v->do_not_freeze = v->pending == 0;
	while (v->scheduled <= r->now) {
		v->scheduled += v->period;
		v->deadline += v->period;
		if (mode(r) != 2)
			v->pending++;
	}
	return true;
}

static void clock_after(struct ref *r, uint32_t vp, int64_t n)
{
	struct vpt *v = vpt_of(r, vp);

	v->last += n * v->period;
	if (mode(r) == 0 && r->now - v->lag < v->last)
		v->lag = r->now - v->last;
	ref_clock_error(&r->guest_clock_error, v->lag);
}

/* @before: the oldest pending tick was pended before the VP ran. */
static void inject(struct ref *r, uint32_t vp, bool before)
{
	struct vpt *v = vpt_of(r, vp);
	int64_t deadline, n, i;
	bool more;

	if (v->pending == 0 || v->masked)
		return;
	if (!v->period) {
		v->pending = 0;
		v->on = false;
		if (!before)
			ref_pend(r, vp, v->deadline);
		return;
	}
	deadline = v->deadline - v->pending * v->period;
	more = missed(r, vp);
	n = mode(r) <= 1 ? v->pending : 1;
	v->pending = 0;
	set(r, vp);
	clock_after(r, vp, n);
	if (n == 1) {
		if (!before || more)
			ref_pend(r, vp, deadline);
		return;
	}
	for (i = 0; i < n; i++)
		if (i > 0 || !before)
			ref_pend_one(r, vp, deadline + i * v->period);
}

static void vpt_open(struct ref *r)
{
	r->policy = ref_alloc(r->meta->vps, sizeof(struct vpt));
}

static void vpt_close(struct ref *r)
{
	free(r->policy);
}

static void vpt_disarm(struct ref *r, uint32_t vp)
{
	struct vpt *v = vpt_of(r, vp);

	if (is_pv(r, vp)) {
		ref_pv_disarm(r, vp, &v->pv);
		return;
	}
	ref_timer_del(r, &r->vp[vp].timer);
	v->pending = 0;
	v->on = false;
}

static void vpt_arm(struct ref *r, uint32_t vp, int64_t deadline, int64_t period, unsigned dev)
{
	struct vpt *v = vpt_of(r, vp);
	int64_t delta = deadline - ref_counter(r, vp);
	int64_t least =
	    (int64_t)trace_ns_to_ticks(ref_param(r->params, MIN_PERIOD), r->meta->clock_hz);

	if (is_pv(r, vp)) {
		ref_pv_arm(r, vp, &v->pv, deadline, period, dev,
			   (int64_t)trace_ns_to_ticks(1000000, r->meta->clock_hz));
		return;
	}
	vpt_disarm(r, vp);
	if (delta < 0)
		delta = 0;
	if (!delta && dev == TRACE_ITM)
		return;
	v->on = true;
	v->do_not_freeze = false;
	v->deadline = deadline;
	v->period = period && period < least ? least : period;
	v->scheduled = r->now + delta;
	if (v->period && ref_param(r->params, ALIGN) == 1)
		v->scheduled += delta / 2;
	else if (v->period && v->scheduled % v->period)
		v->scheduled = (v->scheduled / v->period + 1) * v->period;
	v->last = r->now - v->lag;
	set(r, vp);
}

static void vpt_mask(struct ref *r, uint32_t vp, bool masked)
{
	vpt_of(r, vp)->masked = vpt_of(r, vp)->pv.masked = masked;
	if (!is_pv(r, vp) && !masked)
		inject(r, vp, false);
}

static void vpt_counter(struct ref *r, uint32_t vp, int64_t value)
{
	(void)r;
	(void)vp;
	(void)value;
}

static void vpt_due(struct ref *r, uint32_t vp, uint32_t lp)
{
	struct vpt *v = vpt_of(r, vp);

	if (is_pv(r, vp)) {
		ref_pv_due(r, vp, &v->pv, lp);
		return;
	}
	v->pending++;
	v->scheduled += v->period;
	v->deadline += v->period;
	v->do_not_freeze = false;
	if (r->vp[vp].lp != REF_NONE)
		inject(r, vp, false);
	else if (!v->masked)
		ref_pend(r, vp, v->deadline - v->pending * v->period);
}

static void vpt_out(struct ref *r, uint32_t vp, uint32_t lp, unsigned reason)
{
	struct vpt *v = vpt_of(r, vp);

	(void)lp;
	if (is_pv(r, vp)) {
		ref_pv_out(r, vp, &v->pv);
		return;
	}
	if (reason == TRACE_BLOCK || !v->on)
		return;
	if (!v->do_not_freeze)
		ref_timer_del(r, &r->vp[vp].timer);
	if (mode(r) == 0) {
		v->frozen = true;
		v->frozen_since = r->now;
	}
}

static void vpt_in(struct ref *r, uint32_t vp, uint32_t lp)
{
	struct vpt *v = vpt_of(r, vp);
	bool before = v->pending > 0;

	if (is_pv(r, vp)) {
		ref_pv_in(r, vp, &v->pv, lp);
		return;
	}
	if (v->frozen)
		v->lag += r->now - v->frozen_since;
	v->frozen = false;
	ref_clock_error(&r->guest_clock_error, v->lag);
	if (v->on && v->pending == 0) {
		missed(r, vp);
		set(r, vp);
	}
	inject(r, vp, before);
}

static const struct ref_hooks hooks = {
	.open = vpt_open,
	.close = vpt_close,
	.arm = vpt_arm,
	.disarm = vpt_disarm,
	.mask = vpt_mask,
	.counter_set = vpt_counter,
	.sched_in = vpt_in,
	.sched_out = vpt_out,
	.timer_due = vpt_due,
};

const struct ref_policy ref_xen_vpt = { .name = "xen-vpt", .hooks = &hooks };
