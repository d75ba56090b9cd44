/* SPDX-License-Identifier: GPL-2.0-only */
/* The guest's timer: what the guest writes, and what KVM makes of it. */
#include "traces/record/convert_state.h"
#include "traces/tick_idle.h"

/* A timer that was started will not fire. */
static void cancel(struct convert *c, struct rec_vp *v)
{
	c->tally.cancelled += v->awaits_fire;
	v->awaits_fire = false;
}

static void write_replaces(struct convert *c, struct rec_vp *v)
{
	cancel(c, v);
	v->written = true;
	v->seeded = false;
}

void convert_timer_gone(struct convert *c, uint32_t vp)
{
	c->vp[vp].armed = false;
	cancel(c, &c->vp[vp]);
}

static void note_residual(struct convert *c, uint64_t told, int64_t deadline)
{
	int64_t off = (int64_t)told - deadline;
	uint64_t size = (uint64_t)(off < 0 ? -off : off);
	uint64_t step = size / RESIDUAL_STEP_NS;

	c->tally.residual[step < RESIDUAL_STEPS ? step : RESIDUAL_STEPS - 1]++;
	c->tally.residuals++;
	if (size > c->tally.residual_max)
		c->tally.residual_max = size;
}

/* When a write of the TSC deadline is due, in ns. */
static int64_t tsc_deadline(struct convert *c, uint32_t vp, const struct raw_event *e)
{
	struct guest_tsc *g = &c->vp[vp].tsc;
	const struct guest_tsc_write w = {
		.deadline = e->a,
		.at = e->ts,
		.started = e->flags & RAW_STARTED,
		.told = e->b + e->c,
	};
	uint64_t renewals = g->renewals;
	int64_t deadline;

	switch (guest_tsc_deadline(g, c->clock, &w, &deadline)) {
	case TSC_SAYS_NEVER:
		c->tally.never++;
		c->tally.by_hrtimer++;
		break;
	case TSC_SAYS_HRTIMER:
		c->tally.by_hrtimer++;
		break;
	case TSC_SAYS_STALL:
		c->tally.early++;
		note_residual(c, w.told, deadline);
		break;
	case TSC_SAYS_BOTH:
		if (w.started)
			note_residual(c, w.told, deadline);
		break;
	}
	c->tally.renewals += g->renewals - renewals;
	return deadline;
}

int convert_armed(struct convert *c, uint32_t vp, const struct raw_event *e, struct vt_error *err)
{
	struct rec_vp *v = &c->vp[vp];
	struct trace_event ev = { .type = TRACE_ARM, .vp = vp };

	if (convert_acts(c, vp, e, err))
		return -1;
	write_replaces(c, v);
	if (e->type == RAW_ARM_TSC) {
		ev.sub = TRACE_TSC_DEADLINE;
		v->due = tsc_deadline(c, vp, e);
		c->tally.arms_tsc++;
	} else {
		ev.sub = TRACE_LAPIC;
		v->due = (int64_t)e->a;
		ev.extra = e->b < TRACE_TICK_LIMIT ? e->b : TRACE_TICK_LIMIT - 1;
		++*(e->flags & RAW_TDCR ? &c->tally.arms_tdcr : &c->tally.arms_tmict);
	}
	ev.value = convert_ticks(c, v->due);
	v->armed = true;
	v->dev = ev.sub;
	v->period = ev.extra;
	v->periodic = ev.extra != 0;
	v->awaits_fire = (e->flags & RAW_STARTED) && !v->periodic;
	v->holes = c->tally.holes;
	if (v->awaits_fire)
		c->tally.started++;
	else if (!v->periodic)
		c->tally.at_once++;
	return convert_emit(c, ev, err);
}

int convert_disarmed(struct convert *c, uint32_t vp, const struct raw_event *e,
		     struct vt_error *err)
{
	if (convert_acts(c, vp, e, err))
		return -1;
	write_replaces(c, &c->vp[vp]);
	c->vp[vp].armed = false;
	++*(e->flags & RAW_LAPIC ? &c->tally.disarms_tmict : &c->tally.disarms_msr);
	return convert_emit_vp(c, TRACE_DISARM, vp, 0, err);
}

int convert_lvtt(struct convert *c, uint32_t vp, const struct raw_event *e, struct vt_error *err)
{
	uint32_t mode = (uint32_t)e->a & LVTT_MODE_MASK, old = (uint32_t)e->b;
	bool stops = mode != old && (mode == LVTT_TSCDEADLINE || old == LVTT_TSCDEADLINE);
	struct rec_vp *v = &c->vp[vp];
	struct trace_event ev = {
		.type = TRACE_MASK,
		.vp = vp,
		.sub = e->a & LVTT_MASKED ? 1 : 0,
		.extra = e->a & 0xff,
	};

	if (convert_acts(c, vp, e, err))
		return -1;
	c->tally.lvtt++;
	v->masked = ev.sub;
	if (stops && v->armed) {
		/* To or from TSC-deadline mode stops the timer. */
		write_replaces(c, v);
		v->armed = false;
		if (convert_emit_vp(c, TRACE_DISARM, vp, 0, err))
			return -1;
	} else if (mode != old && v->armed) {
		c->tally.mode_changes++;
	}
	return convert_emit(c, ev, err);
}

int convert_fired(struct convert *c, uint32_t vp, const struct raw_event *e, struct vt_error *err)
{
	struct rec_vp *v = &c->vp[vp];

	tick_idle_expiry(c->tick_idle, e->cpu);
	if (v->awaits_fire)
		c->tally.fired++;
	else if (v->seeded && v->armed)
		c->tally.fired_seeded++;
	else if (v->periodic && v->armed)
		c->tally.fired_periodic++;
	else
		c->tally.fired_unarmed++;
	c->tally.unseen_ticks += !v->written && !v->seeded;
	if (v->periodic) {
		convert_period_on(v, (int64_t)e->ts);
	} else {
		v->armed = false;
		v->awaits_fire = false;
	}
	return convert_emit_vp(c, TRACE_OBS_FIRE, vp, 0, err);
}

int convert_pended(struct convert *c, uint32_t vp, const struct raw_event *e, struct vt_error *err)
{
	struct rec_vp *v = &c->vp[vp];

	c->tally.pends++;
	if (convert_acts(c, vp, e, err))
		return -1;
	if (v->awaits_fire) {
		v->awaits_fire = false;
		if (v->holes == c->tally.holes)
			v->armed = false;
		if (convert_not_seen(c, v, e, &c->tally.unseen_fires, err))
			return -1;
		c->tally.fired_unknown++;
	}
	return convert_emit_vp(c, TRACE_OBS_PEND, vp, 0, err);
}
