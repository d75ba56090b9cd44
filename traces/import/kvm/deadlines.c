/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/import/kvm/deadlines.h"

#include "traces/tsc_deadline.h"

enum {
	/* A TSC rate that a short capture tells is so exact: one part in this many. */
	RATE_PARTS = 10000,
};

/* A time of the trace as a deadline: a guest's counter is not below 0. */
uint64_t kvm_deadline(int64_t time)
{
	if (time < 0)
		return 0;
	return (uint64_t)time < TRACE_TICK_LIMIT ? (uint64_t)time : TRACE_TICK_LIMIT - 1;
}

/* An hrtimer start that says when it expires: beyond this its time is "never". */
bool kvm_tells_expiry(const struct kvm_record *start)
{
	return start && start->b < UINT64_C(1) << 62;
}

/*
 * What the capture itself says is believed before what was deduced from it: where the guest's TSC
 * puts a deadline elsewhere than the hrtimer that KVM set for it, the hrtimer's time it is.
 */
static uint64_t checked_deadline(struct kvm_deadlines *d, const struct kvm_fit *fit, int64_t time,
				 const struct kvm_record *start)
{
	const struct kvm_clock *c = &d->scan->clock;
	int64_t told = kvm_clock_at(c, start->b) + kvm_ns_to_ticks(c, KVM_ADVANCE_NS);
	int64_t ahead = time - (int64_t)d->now;
	int64_t near = kvm_ns_to_ticks(c, TSC_AGREE_NS);
	int64_t distance = ahead > 0 ? kvm_scale(ahead, fit->slope) : 0;

	if (c->raw_tsc && ahead > 0)
		near += ahead / RATE_PARTS;
	switch (tsc_deadline_says(time, told, near, kvm_ns_to_ticks(c, TSC_STALL_NS),
				  (uint64_t)distance)) {
	case TSC_SAYS_BOTH:
		return kvm_deadline(time);
	case TSC_SAYS_STALL:
		d->tally->early++;
		return kvm_deadline(time);
	case TSC_SAYS_NEVER:
		told = (int64_t)TRACE_TICK_LIMIT - 1;
		break;
	case TSC_SAYS_HRTIMER:
		break;
	}
	d->tally->by_hrtimer++;
	d->tally->never += told > (int64_t)(d->scan->file->t1 - d->scan->file->t0);
	return kvm_deadline(told);
}

/* What tells the deadline of a write that no hrtimer start took up, or NULL. */
static const struct kvm_record *evidence(const struct kvm_deadlines *d,
					 const struct kvm_record *write)
{
	return write->link ? &d->scan->file->record[write->link - 1] : NULL;
}

/* The deadline by evidence(): @early is how far KVM sets an hrtimer before it, in ns. */
static bool evident_deadline(struct kvm_deadlines *d, const struct kvm_record *by, int64_t early,
			     uint64_t *when)
{
	const struct kvm_clock *c = &d->scan->clock;

	if (!by)
		return false;
	switch (by->kind) {
	case KVM_EXIT:
		d->tally->from_exits++;
		*when = kvm_time(d->scan, by->ts);
		return true;
	case KVM_START:
		*when = kvm_tells_expiry(by)
			    ? kvm_deadline(kvm_clock_at(c, by->b) + kvm_ns_to_ticks(c, early))
			    : TRACE_TICK_LIMIT - 1;
		return true;
	default:
		/* Injected before the guest ran again. */
		*when = d->now;
		return true;
	}
}

/* @start: the hrtimer start that took the write up, or NULL. False: nothing tells the deadline. */
bool kvm_tsc_deadline(struct kvm_deadlines *d, uint32_t vp, const struct kvm_record *write,
		      const struct kvm_record *start, uint64_t *when)
{
	const struct kvm_clock *c = &d->scan->clock;
	const struct kvm_fit *fit = &d->scan->vp[vp].fit;

	if (fit->ok && !(start && !kvm_tells_expiry(start))) {
		int64_t time = kvm_fit_time(fit, c, (int64_t)d->now, write->b);

		*when = start ? checked_deadline(d, fit, time, start) : kvm_deadline(time);
		return true;
	}
	return evident_deadline(d, start ? start : evidence(d, write), KVM_ADVANCE_NS, when);
}

uint64_t kvm_count_ticks(const struct kvm_deadlines *d, uint32_t vp, uint64_t count)
{
	/* A count is 32 bits; without any start seen it is taken at the bus clock's rate. */
	uint64_t milli = d->scan->vp[vp].count_ns_milli;

	return trace_ns_to_ticks(count * (milli ? milli : 1000) / 1000, d->scan->clock.hz);
}

/* When the count of a TMICT write of @ticks has run out. False: nothing tells. */
bool kvm_count_deadline(struct kvm_deadlines *d, uint32_t vp, const struct kvm_record *write,
			const struct kvm_record *start, uint64_t ticks, uint64_t *when)
{
	const struct kvm_vp *v = &d->scan->vp[vp];

	/* KVM's own one-shot and periodic hrtimers expire at the very time, not early. */
	if (kvm_tells_expiry(start)) {
		*when = kvm_deadline(kvm_clock_at(&d->scan->clock, start->b));
		return true;
	}
	if (!v->count_ns_milli || v->count_from_exits)
		return evident_deadline(d, evidence(d, write), 0, when);
	*when = kvm_deadline((int64_t)(d->now + ticks));
	return true;
}
