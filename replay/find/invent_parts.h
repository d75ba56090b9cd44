/* SPDX-License-Identifier: GPL-2.0-only */
/* What invented traces are made of, among the files that do it. */
#ifndef VTICK_REPLAY_FIND_INVENT_PARTS_H
#define VTICK_REPLAY_FIND_INVENT_PARTS_H

#include "traces/gen/rng.h"
#include "traces/reduce/whole.h"

bool one_in(struct rng *r, uint64_t n);
/* A time that a trace can hold. */
uint64_t at_most(uint64_t n);

/* How far apart things are: from far below the usual slop to a few ticks of the hypervisor. */
uint64_t a_scale(struct rng *r);
/* A span of that scale, 0 often, so that times meet. */
uint64_t a_span(struct rng *r, uint64_t scale);

/* Device, deadline and period of @ev, an ARM or a SEED behind what @t has. */
void set_timer(struct trace_event *ev, struct rng *r, const struct whole *t, uint64_t scale);
/* What a COUNTER at @now is set to. */
uint64_t a_counter(struct rng *r, uint64_t now, uint64_t scale);

/* Makes room for one at @at. */
struct trace_event *insert_at(struct whole *t, size_t at);

#endif
