/* SPDX-License-Identifier: GPL-2.0-only */
/* Timers that were armed before the output began: what a sighting tells of them, and SEED events.
 */
#include "traces/record/convert_state.h"

/* The timer that was found in TSC-deadline mode. False: none that will be due. */
static bool found_deadline(const struct convert *c, struct rec_vp *v, const struct raw_vcpu *r)
{
	const struct guest_tsc_write w = {
		.deadline = r->tscdeadline,
		.at = r->ev.ts,
		.started = r->expires != 0,
		.told = r->expires + r->advance,
	};

	v->dev = TRACE_TSC_DEADLINE;
	v->due = (int64_t)w.told;
	/* An expired one whose interrupt is not injected yet is no armed one. */
	if (!r->expires && !(r->hardware && r->tscdeadline))
		return false;
	return !r->tscdeadline ||
	       guest_tsc_deadline(&v->tsc, c->clock, &w, &v->due) != TSC_SAYS_NEVER;
}

/* The same in the modes of a count. */
static bool found_count(struct rec_vp *v, const struct raw_vcpu *r)
{
	v->dev = TRACE_LAPIC;
	v->due = (int64_t)(r->expires ? r->expires : r->target);
	if (r->timer_mode != LVTT_PERIODIC)
		return r->expires || r->hardware;
	v->period = r->period;
	/* While its callback runs it is not queued; what was given up lies behind. */
	return r->period && (r->expires || r->hardware || r->target + r->period > r->ev.ts);
}

void convert_sighted(struct convert *c, const struct sighting *s)
{
	struct rec_vp *v = &c->vp[s->vp];
	const struct raw_vcpu *r = &s->v;

	if (v->sighted)
		return;
	v->sighted = true;
	v->lp = r->ev.cpu;
	v->masked = r->lvtt & LVTT_MASKED;
	if (!(r->ev.flags & RAW_SNAPSHOT))
		return;
	v->blocked = r->ev.flags & RAW_ASLEEP;
	if (r->ev.flags & RAW_WRITTEN)
		return;
	guest_tsc_set(&v->tsc, r->tsc_offset, r->tsc_ratio);
	v->armed = r->timer_mode == LVTT_TSCDEADLINE ? found_deadline(c, v, r) : found_count(v, r);
	v->periodic = v->armed && v->period;
}

void convert_period_on(struct rec_vp *v, int64_t now)
{
	uint64_t late = (uint64_t)now - (uint64_t)v->due;

	if (v->due <= now)
		v->due = (int64_t)((uint64_t)v->due + late / v->period * v->period + v->period);
}

/* Whether its timer stands before the output and is due in it: puts a period's next deadline
 * there. */
static bool seeds(const struct convert *c, struct rec_vp *v)
{
	int64_t start = (int64_t)c->start;

	if (!v->armed || v->masked)
		return false;
	if (!v->periodic)
		return v->due > start || v->awaits_fire;
	convert_period_on(v, start);
	return true;
}

static int seed(struct convert *c, uint32_t vp, struct vt_error *err)
{
	struct rec_vp *v = &c->vp[vp];
	const struct trace_event ev = {
		.type = TRACE_SEED,
		.vp = vp,
		.lp = (uint16_t)v->lp,
		.sub = v->dev,
		.value = convert_ticks(c, v->due),
		.extra = v->period < TRACE_TICK_LIMIT ? v->period : TRACE_TICK_LIMIT - 1,
	};

	v->seeded = true;
	c->tally.seeds++;
	return convert_emit(c, ev, err);
}

int convert_seeds(struct convert *c, struct vt_error *err)
{
	/* What the start found is known by now, though its time is still to come. */
	for (uint32_t i = 0; i < c->table.n; i++)
		if (c->table.seen[i].v.ev.flags & RAW_SNAPSHOT)
			convert_sighted(c, &c->table.seen[i]);
	for (uint32_t vp = 0; vp < c->vp_known; vp++) {
		struct rec_vp *v = &c->vp[vp];

		v->written = false;
		v->seeded = false;
		if (c->no_infer)
			v->armed = false;
		else if (v->lp < c->meta.lps && seeds(c, v) && seed(c, vp, err))
			return -1;
	}
	return 0;
}
