/* SPDX-License-Identifier: GPL-2.0-only */
/* What all of a conversion stands on: events that happen now, who runs, what was not seen. */
#include "traces/record/convert_state.h"

uint64_t convert_now(const struct convert *c)
{
	return c->last > c->start ? c->last - c->start : 0;
}

int convert_emit(struct convert *c, struct trace_event ev, struct vt_error *err)
{
	ev.time = convert_now(c);
	return schedule_emit(c->schedule, &ev, err);
}

int convert_emit_vp(struct convert *c, enum trace_type type, uint32_t vp, unsigned sub,
		    struct vt_error *err)
{
	return convert_emit(
	    c, (struct trace_event){ .type = (uint8_t)type, .vp = vp, .sub = (uint8_t)sub }, err);
}

uint64_t convert_ticks(const struct convert *c, int64_t ns)
{
	if (ns < 0 || (uint64_t)ns <= c->start)
		return 0;
	return (uint64_t)ns - c->start < TRACE_TICK_LIMIT ? (uint64_t)ns - c->start
							  : TRACE_TICK_LIMIT - 1;
}

int convert_lost(struct convert *c, uint16_t lp, uint64_t until, uint64_t count,
		 struct vt_error *err)
{
	return convert_emit(c,
			    (struct trace_event){ .type = TRACE_LOST,
						  .lp = lp,
						  .value = convert_ticks(c, (int64_t)until),
						  .extra = count },
			    err);
}

/*
 * What must have happened did not come: the kernel did not run the probe, and did not count that
 * either. Seen on a locked-down kernel, all that happens on a CPU while certain other processes
 * run there. It is told from what follows: a switch-out without a switch-in, an injection without
 * an expiry. Unless events were lost since: then those are among them.
 */
int convert_not_seen(struct convert *c, const struct rec_vp *v, const struct raw_event *e,
		     uint64_t *tally, struct vt_error *err)
{
	if (!v->met || v->holes != c->tally.holes)
		return 0;
	++*tally;
	return convert_lost(c, e->cpu, c->last, 1, err);
}

int convert_run(struct convert *c, uint32_t vp, uint32_t lp, struct vt_error *err)
{
	if (schedule_lp(c->schedule, vp) == lp)
		return 0;
	c->vp[vp].blocked = false;
	c->vp[vp].waker = SCHEDULE_NOBODY;
	c->vp[vp].leaves = false;
	c->vp[vp].lp = lp;
	return schedule_in(c->schedule, convert_now(c), lp, vp, 0, err);
}

int convert_acts(struct convert *c, uint32_t vp, const struct raw_event *e, struct vt_error *err)
{
	struct rec_vp *v = &c->vp[vp];

	v->leaves = false;
	if (schedule_lp(c->schedule, vp) != SCHEDULE_NOBODY)
		return 0;
	if (convert_not_seen(c, v, e, &c->tally.unseen_switches, err) ||
	    convert_run(c, vp, e->cpu, err))
		return -1;
	v->met = true;
	v->holes = c->tally.holes;
	return 0;
}
