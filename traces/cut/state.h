/* SPDX-License-Identifier: GPL-2.0-only */
/* What the events of a trace leave behind, and a cut that begins behind them has to say first. */
#ifndef VTICK_TRACES_CUT_STATE_H
#define VTICK_TRACES_CUT_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "traces/cut/timer.h"
#include "traces/trace.h"

#define CUT_NOWHERE UINT32_MAX

struct cut_vp {
	struct cut_timer timer;
	int64_t offset; /* of the guest's counter from the machine's */
	bool counter_set;
	bool wrote; /* its timer's past is known: a write or a SEED */

	uint32_t lp;	/* that it runs on, ran on last, or was seeded on; or CUT_NOWHERE */
	bool scheduled; /* ran, or woke */
	bool running;
	bool blocked;		  /* from a SCHED_OUT block to a WAKE, */
	bool woken;		  /* which came, but it did not run yet: */
	uint16_t waker;		  /* by this LP */
	uint8_t reason;		  /* of its last SCHED_OUT */
	uint64_t in_since, slice; /* of the run */

	bool masked;
	uint64_t vector;
	bool in_guest; /* by EXIT and ENTRY */
	uint64_t entry_reason;
};

/* A type whose events say that something lasts on an LP until their value: LOST, AWAY. */
bool cut_type_lasts(unsigned type);

/* What lasts on an LP. */
struct cut_gap {
	uint64_t until, count;
};

struct cut_state {
	uint32_t lps, vps;
	struct cut_vp *vp;		  /* [vps] */
	struct cut_gap *gap[TRACE_TYPES]; /* [lps] each of those that last; else NULL */
};

/* Nothing has happened. */
void cut_state_init(struct cut_state *s, uint32_t lps, uint32_t vps);
void cut_state_copy(struct cut_state *to, const struct cut_state *from);
/* A zeroed one is fine. */
void cut_state_free(struct cut_state *s);

/* After @ev, which is legal. */
void cut_state_follow(struct cut_state *s, const struct trace_event *ev);

/* All timers are advanced to @now. */
void cut_state_advance(struct cut_state *s, uint64_t now);

#endif
