/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One guest's dealings with its timer. The scheduler (sim.c) says when the guest runs; the guest
 * says when it wants to do something next, and does it by emitting events.
 *
 * Under an ideal hypervisor its tick reaches the guest at the deadline if it runs then, else at its
 * next schedule-in; else the hypervisor (hv.c) says when it does. The guest answers a tick after it
 * ran for the answer delay: programs the next deadline (one-shot), then goes on with its work, and
 * halts when that is done.
 */
#ifndef VTICK_TRACES_GEN_GUEST_H
#define VTICK_TRACES_GEN_GUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "traces/gen/config.h"
#include "traces/gen/rng.h"

#define GUEST_NEVER UINT64_MAX

struct guest {
	struct rng rng;
	uint64_t phase;	      /* its tick grid: phase + k * period */
	uint64_t deadline;    /* in machine ticks, whatever its counter says */
	uint64_t counter;     /* guest counter - machine counter, modulo 2^64 */
	uint64_t answer_left; /* running time until it has answered; while answering */
	uint64_t change_left; /* running time until it moves or cancels its timer, or GUEST_NEVER */
	uint64_t work_until;  /* up to which moment the work that came in has been counted */
	int64_t work_left;    /* running time until it has nothing to do */
	uint64_t next_set;    /* when it wants to set its counter, or GUEST_NEVER */
	uint32_t vp;
	bool armed;
	bool answering; /* a tick is being answered, or the first ARM prepared */
	bool cancels;	/* what change_left leads to: a DISARM, else a move */
	bool booted;
};

/* Takes the guest's events; 0 or -1, which ends the run. */
struct guest_sink {
	int (*emit)(struct guest_sink *sink, const struct trace_event *ev);
};

void guest_init(struct guest *g, const struct gen_config *c, uint32_t vp);

/* The guest starts to run at @now. */
void guest_in(struct guest *g, const struct gen_config *c, uint64_t now);
/* Its tick reaches it, at any time that the hypervisor likes: of one that is not ideal. */
void guest_tick(struct guest *g, const struct gen_config *c);
/* The guest has run for @ran ticks since it was last told. */
void guest_ran(struct guest *g, uint64_t ran);
/* When a guest that runs from @now on wants to act next, GUEST_NEVER: not before its tick. */
uint64_t guest_next(const struct guest *g, const struct gen_config *c, uint64_t now);
/* The guest runs and does what is due at @now. Returns 1 if it then halts, 0, or -1 (the sink). */
int guest_act(struct guest *g, const struct gen_config *c, uint64_t now, struct guest_sink *sink);

#endif
