/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The state of one cell, shared by the files that work on it: engine.c (events), machine.c
 * (matches, queues, interrupts), host.c (what policies call), truth.c (what the guests asked for
 * and got), metrics.c (the result). RULES.md is the text to read beside.
 */
#ifndef VTICK_REPLAY_ENGINE_STATE_H
#define VTICK_REPLAY_ENGINE_STATE_H

#include <setjmp.h>
#include <stdio.h>

#include "replay/engine/cost_profile.h"
#include "replay/engine/counts.h"
#include "replay/engine/digest.h"
#include "replay/engine/engine.h"
#include "replay/engine/hook.h"
#include "replay/engine/host_view.h"
#include "replay/engine/matches.h"
#include "replay/engine/queue.h"

#define UNKNOWN_TIME INT64_MIN

/* An interrupt that is pended and not yet delivered. Times in machine ticks. */
struct pending {
	bool is;
	bool own;    /* of no true deadline, or before it: RULES.md 4, "opportunity" */
	int64_t due; /* of the oldest deadline in it */
	int64_t pended;
	int64_t opportunity; /* UNKNOWN_TIME: the VP's next SCHED_IN */
};

/* Its size is 320 bytes, by which is quickly multiplied: there are many look-ups. */
struct vp_state {
	/* What the recording says: who runs, the counter, the true timer (RULES.md 1). */
	uint64_t due; /* machine time of the next deadline; VTICK_NEVER: not armed */
	int64_t counter_offset;
	uint64_t period;
	uint8_t dev; /* enum trace_dev of the last ARM */
	uint32_t lp; /* where it runs or last ran; VTICK_NO_LP */
	bool running;
	bool masked;
	bool arm_open;
	bool inferred;	   /* its timer is that of a SEED: RULES.md 1.10 */
	uint64_t in_since; /* last SCHED_IN */
	uint64_t armed_at; /* last ARM */

	/* Deadlines reached and not yet pended. */
	uint64_t outstanding;
	int64_t oldest;
	int64_t opportunity;
	uint64_t breaks;      /* how many of the outstanding are in causality_breaks already */
	uint64_t before_wake; /* how many of the outstanding came before the wake deadline */

	struct pending pending;

	/* The block that the VP is in or was in before its next SCHED_IN (RULES.md 6). */
	bool in_block;
	bool wake_found;  /* there is a wake deadline ... */
	bool wake_early;  /* ... from an early pend ... */
	bool wake_pended; /* ... and it is pended */
	bool wake_served;
	int64_t wake_due;
	int64_t wake_time; /* of service */

	struct vtick_timer slice;
	struct vp_counts counts;
	uint64_t on_time; /* ticks delivered when they were due, which are in no counter before the
			     end */
	uint64_t digest;
};

struct witness;
struct survey;

/* What becomes of a tick. */
enum fate { FATE_DELIVERED, FATE_COALESCED, FATE_MISSED, FATE_PENDING };

/* What ran in an interrupt. */
struct irq_progress {
	uint64_t pends, hv_expiries, expiries;
};

/* With costs an interrupt takes time: it was due and waits to begin, or it is being handled. */
enum irq_stage { STAGE_NONE, STAGE_RAISED, STAGE_RUNNING };

struct lp_state {
	uint64_t next;		 /* what the hypervisor wants, of the last reprogramming */
	uint32_t own_len;	 /* so many in the queue are the hypervisor's own */
	uint32_t running;	 /* VTICK_NO_VP */
	uint32_t guests_longest; /* own_len and the most timers of guests that were in the queue */
	bool dirty;
	bool again;	      /* it would have become dirty in an interrupt that was on */
	bool looked;	      /* with costs: the policy has looked at its queue in this interrupt */
	bool tick_is_own;     /* the tick's timer is one of the host's own */
	uint64_t tick_number; /* k of the tick in the queue */
	uint64_t own_left;    /* with own_every: time without a VP to the next of the host's own */
	struct vtick_timer tick;
	struct queue queue;	 /* the ac_timer list */
	struct queue match_only; /* not yet due, as far as we looked */
	struct queue reached;	 /* match-only ones found due; run at the next interrupt */

	/* Of the time at present lengths less their beginning: lengths.h. */
	uint64_t *by_len;	    /* [lengths] ticks at each length of the queue */
	unsigned __int128 own_area; /* ticks times own_len */
	uint32_t lengths;
	uint32_t match; /* which of the engine's matches is the machine's */
	uint64_t idle_since;
	struct lp_counts counts;

	/* With costs only. */
	enum irq_stage stage;
	struct irq_progress progress;
	uint64_t begins_at;   /* if the LP is free by then */
	uint64_t match_after; /* the match as it is programmed while an interrupt is on */
	uint64_t free_at;     /* the hypervisor is at work here until then */

	uint64_t away_until; /* by its last AWAY */
	uint64_t raised;     /* how many interrupts were, where the latency is a list */

	char unused[16]; /* up to 384 bytes, by which is quickly multiplied, too */
};

#if defined(__x86_64__) || defined(__aarch64__) /* others align an __int128 otherwise */
_Static_assert(sizeof(struct vp_state) == 320 && sizeof(struct lp_state) == 384,
	       "sizes that are quickly multiplied by");
#endif

/*
 * What mostly is, and is done without a look at all that could be otherwise. Plain: no resume hook,
 * no queue that the policy keeps, no costs, no witness and no fates. Alone: besides there is no
 * match but the machine's. Bare: and the policy has no hook that sets it or hears of it.
 */
enum plainness { NOT_PLAIN, PLAIN, ALONE, BARE };

struct engine {
	struct vtick_host host; /* first: services get it back as the engine (host_view.h) */
	const struct vtick_policy *policy;
	void *params; /* the policy's */
	const struct trace_meta *meta;
	struct engine_options options;
	const char *name;
	const struct seeds *seeds; /* NULL: nobody looked ahead */
	volatile uint64_t *event;
	uint64_t no_event; /* where *event goes if nobody asked */
	/* Told what becomes of each tick (watch/fates.h); NULL: nobody asked. */
	void (*on_fate)(struct engine *, const struct vp_state *, enum fate, int64_t due,
			int64_t pended, uint64_t count);
	void *on_fate_for;	 /* whose it is */
	struct witness *witness; /* NULL: nobody asked */
	/* Told of each OBS_FIRE where there is no witness; NULL: nobody asked. */
	void (*on_fire)(struct engine *, struct vp_state *);
	const struct engine_ear *ear; /* NULL: nobody listens */
	struct survey *survey;	      /* whose on_fire it is */

	struct lp_state *lp;
	struct vp_state *vp;
	uint64_t slice;	    /* ticks */
	int64_t short_diff; /* engine_short_diff() */
	uint64_t same_ns;   /* up to so many ticks are as many ns */
	uint64_t tick_back; /* ticks by which the hv-tick is earlier than multiples of its period */

	/*
	 * Each LP has 1 << slots matches: the resume that is owed if the policy has a resume hook,
	 * the guest-mode timer if it has a guest_due hook, the machine's match (and with all three
	 * one that is never due).
	 */
	struct matches matches;
	uint32_t slots; /* 0, 1 or 2 */

	uint32_t *dirty; /* [dirty_count] LPs to be settled, the lowest last */
	uint32_t dirty_count;
	uint64_t seq;

	/* Run in this interrupt; with costs, where interrupts overlap, in this step of one. */
	uint64_t pends, hv_expiries, expiries;

	/* NULL: nothing costs anything, an interrupt is a moment. */
	const struct costs *costs;
	uint64_t cost_ticks[COST_KINDS];
	uint64_t latency_ticks[COST_LATENCIES_MAX]; /* where the latency is a list */
	uint64_t own_every; /* time of an LP without a VP between two timers of the host's own; 0:
			       it has none */
	bool uncounted;	    /* a SEED is at work: nothing costs anything */
	uint32_t at_lp;	    /* where the hypervisor is at work; with costs only */
	uint32_t *ipi_to;   /* [call.ipis] VPs; room for all of them */

	struct hook_call call; /* the last one into the policy */
	bool no_exit;
	bool resumes;	  /* the policy has a resume hook: it delivers there */
	bool keeps_queue; /* the timers are there (kept_queue.h) */
	enum plainness shape;
	bool plain; /* the shape is not NOT_PLAIN, and nobody listens (ear) */
	uint32_t log_lines;
	bool observed; /* the recorded hypervisor, at something */
	struct counts counts;

	struct engine_end end;
	jmp_buf escape; /* out of a hook that ends the cell */
};

/* From now on all is looked for. */
static inline void engine_not_plain(struct engine *e)
{
	e->shape = NOT_PLAIN;
	e->plain = false;
}

/* Before each hook of the policy. */
static inline void at_hook(struct engine *e, enum hook hook)
{
	e->call = (struct hook_call){ .hook = hook };
}

/* What its hooks are given. */
static inline struct vtick_host *shown(struct engine *e)
{
	return host_view_of(e);
}

/* Differences from 0 to below this are converted in 64 bits, and their ns don't saturate. */
int64_t engine_short_diff(uint64_t clock_hz);

/* floor(diff * 1e9 / clock_hz), saturated. */
int64_t engine_ns(const struct engine *e, __int128 diff);

/* The same for what mostly needs no conversion. */
static inline int64_t engine_ns_short(const struct engine *e, int64_t diff)
{
	return (uint64_t)diff <= e->same_ns ? diff : engine_ns(e, diff);
}
#endif
