/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Holds what a policy does in a replay against what the recorded hypervisor did: FIDELITY.md says
 * what is compared with what. Costs a look at a pointer where nobody asks.
 */
#ifndef VTICK_REPLAY_WATCH_WITNESS_H
#define VTICK_REPLAY_WATCH_WITNESS_H

#include "replay/engine/state.h"
#include "replay/watch/survey.h"

enum witness_kind { WITNESS_EXPIRIES, WITNESS_INJECTIONS, WITNESS_IRQS, WITNESS_KINDS };

/* What the VP did, and of machine interrupts the LP: in the order of the names in fidelity_json.c.
 */
enum witness_state { WITNESS_RUNNING, WITNESS_PREEMPTED, WITNESS_BLOCKED, WITNESS_STATES };
enum { WITNESS_BUSY, WITNESS_IDLE };

/* All, then by halves of the trace, then by state. */
enum witness_group {
	WITNESS_ALL,
	WITNESS_HALF_1,
	WITNESS_HALF_2,
	WITNESS_STATE_0,
	WITNESS_GROUPS = WITNESS_STATE_0 + WITNESS_STATES
};

struct witness_tally {
	uint64_t predicted, observed, matched;
	struct histogram dt;	   /* ns, predicted - observed, of the matched */
	struct histogram distance; /* its magnitude */
};

struct witness_kind_tally {
	struct witness_tally group[WITNESS_GROUPS];
	uint64_t recorded;   /* observed, whether it counts or not: 0: the recording says nothing */
	uint64_t unseen;     /* observed of timers that were armed before the recording began */
	uint64_t unrecorded; /* predicted where the recording could not have observed it */
	uint64_t lost_predicted, lost_observed; /* near a LOST */
	/* Ticks within the window of a prediction, and all, of those VPs or LPs that take part. */
	unsigned __int128 near, all;
};

struct witness {
	const struct survey *rec;
	struct witness_kind_tally kind[WITNESS_KINDS];
	/* Private to witness.c. */
	const struct engine *engine;
	uint64_t window;			    /* ticks */
	struct witness_track *track[WITNESS_KINDS]; /* [vps], [vps], [lps] */
	struct witness_vp *vp;
	struct witness_hole *hole;
	size_t holes;
};

/* Has what @e does from now on witnessed, by the window and the facts of @rec. engine_free() frees
 * it. */
void witness_new(struct engine *e, const struct survey *rec);
void witness_free(struct witness *w);
/* The events that wait for others near them are matched. */
void witness_end(struct witness *w);

/* ---- what the engine tells; each follows a test of the pointer ---- */

void witness_write_irq(struct engine *e, uint32_t lp);
void witness_write_expiry(struct engine *e, uint32_t vp);
void witness_write_injection(struct engine *e, const struct vp_state *v);
void witness_write_armed(struct engine *e, const struct vp_state *v);
void witness_write_reached(struct engine *e, const struct vp_state *v);
void witness_write_observed(struct engine *e, const struct trace_event *ev);

static inline bool witnessed(const struct engine *e)
{
	return __builtin_expect(e->witness != NULL, 0);
}

/* @lp takes a machine timer interrupt. */
static inline void witness_irq(struct engine *e, uint32_t lp)
{
	if (witnessed(e))
		witness_write_irq(e, lp);
}

/* A timer of the policy's for @vp expires. */
static inline void witness_expiry(struct engine *e, uint32_t vp)
{
	if (witnessed(e))
		witness_write_expiry(e, vp);
}

/* @v gets its timer interrupt. */
static inline void witness_injection(struct engine *e, const struct vp_state *v)
{
	if (witnessed(e))
		witness_write_injection(e, v);
}

/* @v writes its timer; the truth does not know yet. */
static inline void witness_armed(struct engine *e, const struct vp_state *v)
{
	if (witnessed(e))
		witness_write_armed(e, v);
}

/* A deadline of @v is reached, while it did what it does now. */
static inline void witness_reached(struct engine *e, const struct vp_state *v)
{
	if (witnessed(e))
		witness_write_reached(e, v);
}

/* An event of the recorded hypervisor, or of what it lost. */
static inline void witness_observed(struct engine *e, const struct trace_event *ev)
{
	if (witnessed(e))
		witness_write_observed(e, ev);
	else if (__builtin_expect(e->on_fire != NULL, 0) && ev->type == TRACE_OBS_FIRE)
		e->on_fire(e, &e->vp[ev->vp]);
}

#endif
