/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ticks of a recording (tick.h), from what the recorded hypervisor itself did: OBS_FIRE,
 * OBS_PEND and who ran where. Nothing is guessed: a tick without an OBS_FIRE is counted apart.
 * LATE.md has the rules.
 */
#ifndef VTICK_REPLAY_WATCH_RECORDED_TICKS_H
#define VTICK_REPLAY_WATCH_RECORDED_TICKS_H

#include <stdbool.h>

#include "replay/watch/tick.h"
#include "traces/trace.h"

/* An expiry serves a deadline that is still to come if it is no further away, nor further than half
 * a period: clocks and their conversion, and what a hypervisor fires early on purpose. */
#define RECORDED_EARLY_NS 50000u

/* What the whole trace has; a first pass over it fills it in. */
struct recorded_facts {
	bool *fired;	/* [vps] there is an OBS_FIRE of it */
	bool *injected; /* [vps] its injections are recorded */
	uint64_t fires, injections;
	bool partial; /* a Xen: it logs expiries of PV timers and injections of periodic ones */
};

/* The hypervisor logs expiries and injections of some VPs only. */
bool recorded_partly(const struct trace_meta *meta);

void recorded_facts_begin(struct recorded_facts *f, const struct trace_meta *meta);
void recorded_facts_event(struct recorded_facts *f, const struct trace_event *ev);
/* After the last event. */
void recorded_facts_end(struct recorded_facts *f, uint32_t vps);
void recorded_facts_free(struct recorded_facts *f);

/* Reads @r, which is at its start, to the end, and rewinds. 0 or -1; recorded_facts_free() in any
 * case. */
int recorded_facts_read(struct recorded_facts *f, struct trace_reader *r, struct vt_error *err);

/* What the recorded hypervisor did that serves no deadline that the trace has. */
struct recorded_extra {
	uint64_t expiries, injections;
};

struct recorded_ticks;

/* @meta and @facts must outlive it; @take gets each tick, with @context. */
struct recorded_ticks *recorded_ticks_new(const struct trace_meta *meta,
					  const struct recorded_facts *facts, tick_taker *take,
					  void *context);
/* The next event, which is legal (trace_legal_event()). */
void recorded_ticks_event(struct recorded_ticks *r, const struct trace_event *ev);
/* After the last event: what is pending still. */
void recorded_ticks_end(struct recorded_ticks *r);
/* Valid while @r is. */
const struct recorded_extra *recorded_ticks_extra(const struct recorded_ticks *r);
void recorded_ticks_free(struct recorded_ticks *r);

#endif
