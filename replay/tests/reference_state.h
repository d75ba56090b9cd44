/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The state of the reference, shared by its parts:
 *
 *   reference.c              the events of the trace in order, sections 2 and 5 of RULES.md
 *   reference_truth.c        the true timers, pends, deliveries, blocks: sections 1, 4 and 6
 *   reference_hv.c           queue, match and interrupt: section 3
 *   reference_resume.c       the way back into the guest: section 18
 *   reference_kept.c         the queue that a policy keeps: section 19
 *   reference_policies.c     the list of the policies, each in a file of its own: sections 7 and on
 *   reference_result.c       the result: a flat list of RESULT.md's numbers
 *
 * Times are signed ticks: an offset may be negative, and so may a deadline in machine time.
 */
#ifndef VTICK_REPLAY_TESTS_REFERENCE_STATE_H
#define VTICK_REPLAY_TESTS_REFERENCE_STATE_H

#include "replay/tests/reference.h"

#define REF_NEVER INT64_MAX
#define REF_UNKNOWN INT64_MIN /* a time that is not known yet */
#define REF_NONE UINT32_MAX   /* no VP, no LP */
#define REF_NO_INDEX SIZE_MAX

struct ref;

/* Samples, all kept. */
struct ref_samples {
	int64_t *value;
	size_t count, room;
};

/* What is counted: a few events of a trace may add up to more than 64 bits hold. */
typedef __int128 ref_count;

/* A deadline that counts in ticks.due. */
enum ref_kind {
	REF_REACHED, /* by the true timer */
	REF_EARLY,   /* consumed by a pend before its time */
	REF_OWN,     /* nothing but the policy knows why */
};

/* Or several that were reached in one moment, of which all that is said here is true of the first;
 * the others follow it, each `apart` ticks later, and one is split off when it is looked at. */
struct ref_deadline {
	enum ref_kind kind;
	ref_count count;
	int64_t apart;
	int64_t due;
	int64_t due_now;     /* what skew is taken from: due, unless a pend_one left it behind */
	int64_t opportunity; /* of a reached one; REF_UNKNOWN until its VP is scheduled in */
	int64_t pended;	     /* by the first pend that covered it, else REF_UNKNOWN */
	bool broken;	     /* one of them is counted in causality_breaks */
};

struct ref_ticks {
	ref_count due, delivered, coalesced, missed, pending_at_end, early, inferred;
};

struct ref_wakeups {
	ref_count due, on_time, late, lost, open;
};

/* A timer of a queue; queues are linked lists in order of expiry. */
enum ref_timer_kind { REF_TIMER_TICK, REF_TIMER_SLICE, REF_TIMER_GUEST };

struct ref_timer {
	struct ref_timer *next;
	enum ref_timer_kind kind;
	uint32_t vp;
	bool active;
	int64_t expiry;
	uint32_t lp; /* of the last add, REF_NONE before */
	uint64_t k;  /* tick number, section 3 */
};

struct ref_vp {
	/* the schedule */
	uint32_t lp;	  /* where it runs, or REF_NONE */
	uint32_t last_lp; /* where it runs or ran last, or REF_NONE */
	int64_t in;	  /* time of its last SCHED_IN */
	int64_t off;	  /* guest counter - now */

	/* the true timer */
	bool armed, masked;
	int64_t due, period;
	unsigned dev;
	bool arm_open;	  /* its last ARM's first deadline is still to come */
	int64_t arm_time; /* of the last ARM, 0 before */
	bool of_seed;	  /* its timer is that of a SEED */

	/* every deadline so far; those from `outstanding` on wait for a pend */
	struct ref_deadline *deadline;
	size_t deadlines, room;
	size_t outstanding;
	size_t undelivered; /* the one whose pend waits for delivery, or REF_NO_INDEX */

	/* the block it is in, and the wake deadline of its last one until the next SCHED_IN */
	bool blocked;
	size_t block_first; /* deadlines from here on came in this block */
	size_t wake;

	struct ref_timer slice, timer;
	uint64_t ipi_hook; /* the last hook that sent it an IPI */

	struct ref_ticks ticks;
	struct ref_wakeups wakeups;
	struct ref_samples pend;
	uint64_t digest;
};

struct ref_irqs {
	ref_count total, guest, hypervisor, both, spurious, lp_idle, lp_busy;
};

struct ref_lp {
	uint32_t vp; /* that runs there, or REF_NONE */
	struct ref_timer *queue;
	struct ref_timer tick;
	bool dirty;
	int64_t match, next;
	int64_t guest_match; /* of the guest-mode timer */
	int64_t resume;	     /* when the one that is owed comes */
	int64_t idle_since;

	/* section 17 */
	bool raised, begun; /* an interrupt */
	int64_t raised_at;  /* d */
	int64_t latency;    /* of that one */
	uint64_t raises;    /* how many there were */
	int64_t own_left;   /* 17.14 */
	bool own;	    /* the tick's timer is one of the host's own */
	int64_t step;	    /* its last step, once begun */
	int64_t free;
	int64_t away_until; /* of its last AWAY */

	/* section 19 */
	int64_t first; /* of the policy's queue, as it was reported last */
	bool again;    /* run_timers() came in an interrupt that had begun */
	bool looked;   /* queue_run() came in it */

	ref_count hypervisor_ns, spend_ns;
	uint64_t pends, hv, expiries; /* in it, so far */

	/* lengths of the queue, and the ticks spent at each */
	size_t len, guest_len, len_max, guest_len_max;
	int64_t len_since;
	int64_t *len_ticks, *guest_len_ticks;

	struct ref_irqs irqs;
};

/* What a policy does at each event; a hook that is NULL is not called. */
struct ref_hooks {
	void (*open)(struct ref *r);
	void (*close)(struct ref *r);
	void (*arm)(struct ref *r, uint32_t vp, int64_t deadline, int64_t period, unsigned dev);
	void (*disarm)(struct ref *r, uint32_t vp);
	void (*mask)(struct ref *r, uint32_t vp, bool masked);
	void (*counter_set)(struct ref *r, uint32_t vp, int64_t value);
	void (*sched_in)(struct ref *r, uint32_t vp, uint32_t lp);
	void (*sched_out)(struct ref *r, uint32_t vp, uint32_t lp, unsigned reason);
	void (*machine_irq)(struct ref *r, uint32_t lp);
	void (*reprogram)(struct ref *r, uint32_t lp);
	void (*timer_due)(struct ref *r, uint32_t vp, uint32_t lp);
	void (*guest_due)(struct ref *r, uint32_t lp, uint32_t vp);
	void (*resume)(struct ref *r, uint32_t vp, uint32_t lp);
	/* of a policy that keeps the queue; @number is an LP's or a VP's */
	void (*queue_run)(struct ref *r, uint32_t lp);
	void (*queue_hv)(struct ref *r, enum ref_timer_kind kind, uint32_t number, uint32_t lp,
			 int64_t expiry);
};

struct ref_policy {
	const char *name;
	bool of_tests; /* it stands in plugins/, not in replay/policies */
	const struct ref_hooks *hooks;
};

/* reference_policies.c: ends with NULL */
extern const struct ref_policy *const ref_policies[];
/* Value number @param of the cell's policy. */
static inline uint64_t ref_param(const struct reference_params *params, unsigned param)
{
	return params->value[param];
}

struct ref {
	const struct trace_meta *meta;
	const struct reference_params *params;
	const uint64_t
	    *cost_ns; /* those of params; zeros if only AWAY events make interrupts wait */
	const struct ref_hooks *hooks;
	void *policy;
	int64_t now, slop, slice;
	struct ref_vp *vp;
	struct ref_lp *lp;
	size_t len_room; /* of len_ticks */

	uint64_t hook;	  /* number of the one that is being called */
	bool keeps;	  /* the policy has the queue */
	bool no_exit;	  /* said in the hook that is being called */
	bool seeding;	  /* in a SEED, of which nothing counts */
	uint32_t at_work; /* the LP where the hypervisor is */
	/* in the interrupt that is being taken */
	uint64_t irq_pends, irq_hv, irq_expiries;

	ref_count arms_total, arms_reached, arms_cancelled, arms_replaced, arms_inferred;
	ref_count list_adds, list_removes, list_fires, list_moves;
	ref_count expiries_max, hardware_writes, exits_arm, exits_guest_timer, causality_breaks,
	    lost_events;
	ref_count obs_hv_irqs, obs_fires, obs_pends;
	int64_t guest_clock_error, hv_clock_error;
	struct ref_samples policy_skew, delivery_skew, idle;
};

/* The hooks, of which one is called now. */
static inline const struct ref_hooks *ref_hook(struct ref *r)
{
	r->hook++;
	return r->hooks;
}

/* reference.c */
void *ref_alloc(size_t count, size_t size);
/* Adds a sample, saturated as numbers in results are. */
void ref_sample(struct ref_samples *samples, int64_t value);
/* floor(ticks * 1e9 / clock_hz), also of negative ones. */
int64_t ref_ns(const struct ref *r, __int128 ticks);
/* floor(ns * clock_hz / 1e9), at most 2^60 - 1. */
uint64_t ref_ticks(const struct ref *r, uint64_t ns);
/* The first @from + k * @period, k = 0, 1, ..., that is after @now. */
int64_t ref_first_after(int64_t from, int64_t period, int64_t now);
int64_t ref_counter(const struct ref *r, uint32_t vp);
/* Keeps the larger magnitude. */
void ref_clock_error(int64_t *max, int64_t error);

/* reference_truth.c */
void ref_advance(struct ref *r, uint32_t vp);
void ref_true_arm(struct ref *r, uint32_t vp, int64_t deadline, int64_t period, unsigned dev);
void ref_true_seed(struct ref *r, uint32_t vp, int64_t deadline, int64_t period, unsigned dev);
void ref_true_disarm(struct ref *r, uint32_t vp);
void ref_true_counter(struct ref *r, uint32_t vp, int64_t value);
void ref_pend(struct ref *r, uint32_t vp, int64_t deadline);
void ref_pend_one(struct ref *r, uint32_t vp, int64_t deadline);
void ref_deliver(struct ref *r, uint32_t vp);
/* The LP is at work until then; that ends at 2^60. */
void ref_work_until(struct ref_lp *l, int64_t time);
/* The VP is scheduled in: deadlines that waited for that have their opportunity now. */
void ref_opportunity(struct ref *r, uint32_t vp);
void ref_block_begin(struct ref *r, uint32_t vp);
void ref_block_end(struct ref *r, uint32_t vp, bool by_wake);
/* Decides what became of the wake deadline: @at_end or at the SCHED_IN. */
void ref_wake_resolve(struct ref *r, uint32_t vp, bool at_end);
void ref_true_close(struct ref *r, uint32_t vp);

/* reference_hv.c */
/* Before each change of a length: the time at the old one. */
void ref_account(struct ref *r, struct ref_lp *l);
/* When the tick of the LP that just ran comes again; REF_NEVER: not at all. */
int64_t ref_tick_again(struct ref *r, uint32_t lp);
void ref_timer_add(struct ref *r, struct ref_timer *timer, uint32_t lp, int64_t expiry);
void ref_timer_del(struct ref *r, struct ref_timer *timer);
void ref_charge(struct ref *r, uint32_t lp, enum reference_cost cost);
void ref_hw_arm(struct ref *r, uint32_t lp, int64_t time);
void ref_guest_arm(struct ref *r, uint32_t lp, int64_t time);
/* A VP runs on the LP from now on, or none does: its tick, where those don't run on idle LPs. */
void ref_tick_start(struct ref *r, uint32_t lp);
void ref_tick_stop(struct ref *r, uint32_t lp);
void ref_run_timers(struct ref *r, uint32_t lp);
void ref_settle(struct ref *r);
/* The LP shows that it takes interrupts: one that is raised begins now. Section 17. */
void ref_begin_raised(struct ref *r, uint32_t lp, uint32_t vp);
/* Takes every interrupt that is due at or before @time. */
void ref_interrupts(struct ref *r, int64_t time);
void ref_hv_open(struct ref *r);
/* The first tick of each LP; a policy that keeps the queue gets them once it is open. */
void ref_first_ticks(struct ref *r);
void ref_hv_close(struct ref *r);
void ref_idle_end(struct ref *r, uint32_t lp);

/* reference_resume.c */
void ref_ipi(struct ref *r, uint32_t vp);
void ref_kick(struct ref *r, uint32_t vp);
void ref_spend(struct ref *r, int64_t ticks);
/* The VP that runs there, if one does, gets a resume. */
void ref_owe(struct ref *r, uint32_t lp);
/* The one that is owed comes now, as the guest does something. */
void ref_pull(struct ref *r, uint32_t lp);
/* Its time has come. */
void ref_take_resume(struct ref *r, uint32_t lp);

/* reference_kept.c */
/* In open: the policy keeps the queue. */
void ref_keep_queue(struct ref *r);
/* What the policy did with a timer of that queue. */
enum ref_queue_step { REF_QUEUE_ADD, REF_QUEUE_MOVE, REF_QUEUE_REMOVE, REF_QUEUE_TAKE };
/* After it: the queue's lengths, the expiry of its first timer or REF_NEVER. */
void ref_queue_report(struct ref *r, uint32_t lp, enum ref_queue_step step, size_t len,
		      size_t guest_len, int64_t first);
int64_t ref_queue_fire(struct ref *r, enum ref_timer_kind kind, uint32_t number);
int64_t ref_free_at(const struct ref *r, uint32_t lp);
/* The hypervisor's tick or slice, by those that add and remove them everywhere. */
void ref_kept_add(struct ref *r, struct ref_timer *timer, uint32_t lp, int64_t expiry);
void ref_kept_del(struct ref *r, struct ref_timer *timer);
void ref_kept_run(struct ref *r, uint32_t lp);

/* reference_result.c */
json_t *ref_result(const struct ref *r);

#endif
