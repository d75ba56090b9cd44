/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a host does with its tick on LPs where no VP runs, as its timer interrupts show it: those in
 * which no guest's timer expires, in the first tick period of an idle stretch and later, beside how
 * many ticks would have come then. The words are those of host_model.tick_idle (FORMAT.md).
 */
#ifndef VTICK_TRACES_TICK_IDLE_H
#define VTICK_TRACES_TICK_IDLE_H

#include <stdint.h>

#include "traces/event.h"

struct tick_idle;

/* @period: of the tick, in ticks of the trace; 0: not known, nothing is told. The caller frees. */
struct tick_idle *tick_idle_new(uint32_t lps, uint64_t period);
/* One that goes on from the same state. */
struct tick_idle *tick_idle_copy(const struct tick_idle *t);
void tick_idle_free(struct tick_idle *t);

/* A run on @lp ends: its SCHED_OUT, which does not name the LP, is next. */
void tick_idle_leaves(struct tick_idle *t, uint32_t lp);
/* The next event of the trace. */
void tick_idle_event(struct tick_idle *t, const struct trace_event *ev);
/* A guest's timer expires on @lp. */
void tick_idle_expiry(struct tick_idle *t, uint32_t lp);

/* The word for what was seen until @end; NULL: too little was. */
const char *tick_idle_told(const struct tick_idle *t, uint64_t end);

/*
 * Interrupts of no guest until @end on LPs where no VP runs, where a tick of @word's kind does not
 * come, and for how long, in ticks of the trace and of all LPs, that was looked at: the host has
 * other timers. 0 and 0 for "run", which hides them, or another word.
 */
void tick_idle_own(const struct tick_idle *t, const char *word, uint64_t end, uint64_t *irqs,
		   uint64_t *time);

#endif
