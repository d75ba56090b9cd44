/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What each guest asked for and got. Each function does what RULES.md says at now; those that take
 * an engine want truth_advance() to have been called for the VP, but for the pends, which call it
 * themselves.
 */
#ifndef VTICK_REPLAY_ENGINE_TRUTH_H
#define VTICK_REPLAY_ENGINE_TRUTH_H

#include "replay/engine/state.h"

static inline uint64_t truth_counter(const struct vp_state *v, uint64_t now)
{
	return now + (uint64_t)v->counter_offset;
}

/* A VP before the first event. */
void truth_begin(struct vp_state *v);

void truth_reach(struct engine *e, struct vp_state *v);

/* Everything that was reached by now is counted. Cheap when nothing was. */
static inline void truth_advance(struct engine *e, struct vp_state *v)
{
	if (v->due <= e->host.now)
		truth_reach(e, v);
}

/* An ARM of any kind. */
void truth_arm_any(struct engine *e, struct vp_state *v, const struct trace_event *ev);

/* ARM. Mostly nothing is left of the one before, and the deadline is one to come. */
static inline void truth_arm(struct engine *e, struct vp_state *v, const struct trace_event *ev)
{
	uint64_t offset = (uint64_t)v->counter_offset, now = e->host.now;

	if (v->outstanding || v->inferred || ev->value <= now + offset) {
		truth_arm_any(e, v, ev);
		return;
	}
	e->counts.arms++;
	e->counts.arms_replaced += v->arm_open;
	v->arm_open = true;
	v->armed_at = now;
	v->period = ev->extra;
	v->due = ev->value - offset;
}

/* Would truth_advance() leave something outstanding? */
static inline bool truth_was_due(const struct engine *e, const struct vp_state *v)
{
	return v->outstanding || (v->due <= e->host.now && !v->masked);
}

/* SEED. */
void truth_seed(struct engine *e, struct vp_state *v, const struct trace_event *ev);
/* DISARM and `offline`. */
void truth_disarm(struct engine *e, struct vp_state *v);
void truth_counter_set(struct engine *e, struct vp_state *v, uint64_t value);

/* The VP goes to sleep. */
static inline void truth_block(struct vp_state *v)
{
	v->in_block = true;
	v->wake_found = v->wake_early = v->wake_pended = v->wake_served = false;
}

/* WAKE. */
void truth_wake(struct engine *e, struct vp_state *v);
/* SCHED_IN, before the hook. */
void truth_sched_in(struct engine *e, struct vp_state *v);
/* The policy's pends, which advance the VP themselves, and its wake. */
void truth_pend(struct engine *e, struct vp_state *v, uint64_t deadline);
void truth_pend_one(struct engine *e, struct vp_state *v, uint64_t deadline);
void truth_served(struct engine *e, struct vp_state *v);
void truth_deliver_pending(struct engine *e, struct vp_state *v);

/* Called at each schedule-in, mostly for nothing. */
static inline void truth_deliver(struct engine *e, struct vp_state *v)
{
	if (v->pending.is)
		truth_deliver_pending(e, v);
}

void truth_end(struct engine *e, struct vp_state *v);

#endif
