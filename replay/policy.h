/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * policy.h - the interface between vtick and a guest-timer policy
 *
 * A policy is one implementation of guest timers in a hypervisor: what it does when a guest writes
 * its timer, when a virtual processor (VP) is scheduled out and in, and when the machine's timer
 * fires. It is compiled into a shared object that exports one constant, `vtick_policy`, and
 * includes nothing of vtick but this file (a family of policies may share a header of its own
 * beside them, as kvm.h). WRITING-A-POLICY.md walks from an empty file to a working one; RULES.md
 * says to the tick what the engine does around a policy.
 *
 * UNITS. Times and counter values are in ticks of the machine counter (the ITC, the TSC), clock_hz
 * of them a second, from the start of the trace. `deadline` is a value of the guest's own counter.
 * VPs and LPs (logical processors) are numbered from 0. VTICK_NEVER is later than every time. Every
 * time, counter value, deadline and period is below 2^60.
 *
 * WHO CALLS. The engine calls a hook when something happened; the hook may call any service of the
 * host and returns. Hooks do not nest: a service never calls a hook. One cell (a trace through a
 * policy with its parameters) is one call of open(), then hooks from a single thread, then close().
 * A hook that is NULL is not called.
 *
 * STATE. The host allocates it, zeroed, before open(): .state_size bytes for the cell, .vp_size for
 * each VP, .lp_size for each LP. vtick_state(), vtick_vp() and vtick_lp() find it. It lives until
 * after close(), and does not move. Several cells of one policy may live in a process at the same
 * time, so nothing belongs into globals.
 *
 * PARAMETERS. The host fills them into a struct of .params_size bytes by the table .params, before
 * open(); vtick_params() finds it.
 *
 * THE SCHEDULE IS RECORDED. Nothing that a policy does moves a VP: it can only be early or late for
 * what the recording's guests and scheduler did.
 *
 * MISUSE. A service that is called with a VP, an LP or a timer that does not exist, or with a time
 * from 2^63 on that is not VTICK_NEVER (a difference that went below zero), does not return: the
 * cell ends with the status `misused`, and its message names hook, service and value. So ends a
 * cell whose policy writes to the host, which can only be read, or to a timer that is active. A
 * copy of the host is no host.
 *
 * CONTAINED. A policy's code runs in child processes, and vtick itself loads none of it. One that
 * was named by its path, or is built from a tree, has a process without any other: whatever it does
 * there, the other cells are as without it, to the last bit. Installed ones share a process: when
 * it dies or hangs the others run again, but what one silently writes into another's memory is not
 * seen. No process of a policy has a descriptor or a page of the others or of vtick's outputs, and
 * each has limits for time and memory, from loading to the end. Before all else each policy is
 * loaded once, alone, to say what it is, so constructors run more than once; one that crashes,
 * hangs or ends the process there loses its cells before they begin. Only what is no policy, or is
 * compiled with errors, is refused, with the whole call.
 *
 * In the sandbox (Linux on x86-64 and aarch64, unless --no-sandbox is given) it can compute, ask
 * for memory and the time, and read and write what it has open: its trace, its result, what it
 * prints. Files cannot be opened (EACCES), no library but the system's is loaded, and any other
 * system call ends the cell as `misused`: no process, no thread, no signal handler, no network.
 *
 * Not contained is what a policy does to its own cell: it lives beside the engine, and who writes
 * into the engine's memory can make that cell say anything.
 *
 * VERSIONS. The engine refuses a policy whose magic, abi or size differ from its own. A service
 * that is new stands behind all others of the host, so that policies of before need not be built
 * again; a hook that is new makes struct vtick_policy larger, and they are refused.
 */
#ifndef VTICK_POLICY_H
#define VTICK_POLICY_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#error "a policy is written in C"
#endif

#define VTICK_POLICY_MAGIC UINT64_C(0x594c4f5056544b31)
#define VTICK_POLICY_ABI 2

#define VTICK_NEVER UINT64_MAX
#define VTICK_NO_LP UINT32_MAX
#define VTICK_NO_VP UINT32_MAX

/* Which timer the guest wrote. It only decides about a deadline that is not in the guest's future.
 */
enum vtick_dev {
	VTICK_ITM = 0,		/* ia64: matches on equality, so a past deadline never fires */
	VTICK_TSC_DEADLINE = 1, /* x86: a past deadline fires at once */
	VTICK_LAPIC = 2,	/* x86: count-down timer, one-shot or periodic; likewise */
};

/* Why a VP stopped running. */
enum vtick_reason {
	VTICK_PREEMPT = 0,
	VTICK_YIELD = 1,
	VTICK_BLOCK = 2,   /* its guest halted: it waits for an interrupt */
	VTICK_OFFLINE = 3, /* it is gone; the disarm hook was called just before */
	VTICK_LOST = 4,	   /* the recorder lost events here; treat it as preempted */
	/*
	 * It did not halt: its VMM or the hypervisor works for it, or holds it (device model,
	 * pause). Do as for a preempted one: nothing wakes it but what it waits for. Its timer
	 * stays armed.
	 */
	VTICK_WAIT = 5,
};

/* A guest timer write. */
struct vtick_arm {
	uint64_t deadline; /* guest counter value */
	uint64_t period;   /* ticks; 0: one-shot */
	uint32_t dev;	   /* enum vtick_dev */
};

/*
 * A timer of the policy's own. The policy owns the memory (most put it into their state of the VP),
 * zeroed once, sets `vp` to the VP that it serves (.timers has the host do it), and leaves the rest
 * to the host. It must not change, move or vanish while it is active.
 */
struct vtick_timer {
	uint32_t vp;	   /* whose timer it is; the host reads it only to say whose timers ran */
	uint32_t lp;	   /* where it is, or was last; valid once it was added */
	uint64_t expiry;   /* its time */
	uint32_t position; /* 0: not active */
	uint32_t flags;
};

/* Not in the ac_timer list: no slop, no list length; the policy programs the match for it. */
#define VTICK_TIMER_MATCH_ONLY 1u

static inline int vtick_timer_active(const struct vtick_timer *timer)
{
	return timer->position != 0;
}

/*
 * The timers of an LP, as a policy has them that keeps the queue itself (keep_queue); and what
 * changed since it reported that queue last.
 */
struct vtick_queue {
	uint64_t next;		/* expiry of the first one; VTICK_NEVER: there is none */
	uint32_t len;		/* so many are in it, below 2^20, */
	uint32_t guest_len;	/* of these the guests' */
	uint32_t adds, removes; /* what was taken off to run is no remove: queue_fire */
	uint32_t moves;		/* adds of timers whose last add was on another LP */
};

/* Whose a timer in such a queue is, by an LP's or a VP's number. */
enum vtick_queued {
	VTICK_HV_TICK = 0,     /* the hypervisor's tick of an LP */
	VTICK_HV_SLICE = 1,    /* its slice of a VP */
	VTICK_GUEST_TIMER = 2, /* a timer that the policy has for a VP */
};

/*
 * What the engine offers; every hook gets it. The services take it as their first argument. Where
 * nothing else is said, a VP or LP that the trace does not have is misuse.
 */
struct vtick_host {
	uint64_t now; /* the machine counter, by which all of this hook happens */
	uint64_t clock_hz;
	uint64_t slop; /* ticks; the hypervisor's timer_slop in this cell */
	uint32_t lps;
	uint32_t vps;

	/* For the accessors below. */
	void *state, *vp_state, *lp_state;
	size_t vp_size, lp_size;
	const void *params;

	/* ---- asking ---- */

	/* The guest's true counter of @vp at now, as the recording has it. */
	uint64_t (*counter)(const struct vtick_host *, uint32_t vp);
	/* The VP that runs on @lp, or VTICK_NO_VP. */
	uint32_t (*running)(const struct vtick_host *, uint32_t lp);
	/* Does @vp run? */
	int (*runs)(const struct vtick_host *, uint32_t vp);
	/* The LP that @vp runs on or last ran on, or VTICK_NO_LP if it never ran. */
	uint32_t (*lp_of)(const struct vtick_host *, uint32_t vp);
	/* The domain of @vp, and which of the domain's it is: the trace header's VP table. */
	uint32_t (*domain)(const struct vtick_host *, uint32_t vp);
	uint32_t (*vcpu)(const struct vtick_host *, uint32_t vp);
	/* What the hypervisor wants as the next match of @lp: `next` of the last reprogramming.
	 * VTICK_NEVER if the policy keeps the queue. */
	uint64_t (*next)(const struct vtick_host *, uint32_t lp);
	/* Ticks of so many ns, and ns of so many ticks: floor, and at most 2^60 - 1. */
	uint64_t (*ticks)(const struct vtick_host *, uint64_t ns);
	uint64_t (*ns)(const struct vtick_host *, uint64_t ticks);

	/* ---- timers and the machine's match ---- */

	/*
	 * Writes the match of @lp (one hardware write). A @time that is not in the future raises
	 * the interrupt at now, after this event and before the next. VTICK_NEVER disarms.
	 */
	void (*hw_arm)(struct vtick_host *, uint32_t lp, uint64_t time);
	/* Adds @timer on @lp; if it is active it is removed first. @flags: VTICK_TIMER_*. */
	void (*timer_add)(struct vtick_host *, struct vtick_timer *timer, uint32_t lp,
			  uint64_t expiry, uint32_t flags);
	/* Removes @timer; nothing happens if it is not active. */
	void (*timer_del)(struct vtick_host *, struct vtick_timer *timer);
	/* The earliest match-only timer of @lp that lies after now, or VTICK_NEVER. */
	uint64_t (*match_next)(struct vtick_host *, uint32_t lp);
	/*
	 * Sets the guest-mode timer of @lp: a second comparator that counts only while a VP runs
	 * there, as the VMX preemption timer or a virtualized APIC timer does. When it is due the
	 * guest_due hook is called. The engine turns it off when the VP stops. A @time that is not
	 * in the future is due at now, after this event and before the next; VTICK_NEVER turns it
	 * off. No hardware write is counted. Nothing happens if no VP runs on @lp, or without the
	 * hook.
	 */
	void (*guest_arm)(struct vtick_host *, uint32_t lp, uint64_t time);
	/*
	 * Has the due timers of @lp run after this hook, and its match reprogrammed, as at the end
	 * of an interrupt: for a design whose own timers come by another way than the machine's
	 * interrupt. None is counted for it.
	 */
	void (*run_timers)(struct vtick_host *, uint32_t lp);

	/* ---- the guest's interrupt ---- */

	/*
	 * Pends the timer interrupt of @vp for @deadline (guest counter): delivered now if the VP
	 * runs, else at its next schedule-in, after the sched_in hook. A policy with a resume hook
	 * delivers when that returns. Pending an undelivered one again coalesces. A blocked VP is
	 * woken by it.
	 */
	void (*pend)(struct vtick_host *, uint32_t vp, uint64_t deadline);
	/*
	 * As pend, but covers only the oldest of the deadlines that passed and were not pended yet.
	 * For designs that deliver each missed tick: while @vp runs, in its sched_in hook, an
	 * undelivered one is delivered first (not with a resume hook).
	 */
	void (*pend_one)(struct vtick_host *, uint32_t vp, uint64_t deadline);
	/* Wakes a blocked VP without pending anything (its sched_in hook will). */
	void (*wake)(struct vtick_host *, uint32_t vp);
	/*
	 * Has @vp, if it runs, leave guest mode: resume follows. Where costs are and it runs on
	 * another LP than this hook, an IPI is charged; pends and kicks of one VP within one hook
	 * charge one. Nothing happens if it does not run.
	 */
	void (*kick)(struct vtick_host *, uint32_t vp);

	/* ---- what it costs ---- */

	/* In arm, disarm, mask, counter_set, guest_due: this costs no exit in this design. */
	void (*no_exit)(struct vtick_host *);
	/*
	 * The hypervisor is at work for @ticks more on the LP of this hook (a spin, a delay): where
	 * costs are, whatever waits for the LP comes after it, and so does what this resume
	 * delivers. Without costs nothing happens. 2^60 and more is misuse.
	 */
	void (*spend)(struct vtick_host *, uint64_t ticks);
	/* The clock of @vp (VTICK_NO_VP: the hypervisor's) is @ticks off; the largest magnitude is
	 * reported. */
	void (*clock_error)(struct vtick_host *, uint32_t vp, int64_t ticks);

	/* ---- saying ---- */

	/* A line on stderr, with the cell's name before it; at most 20 a cell, the rest are
	 * counted. */
	void (*log)(struct vtick_host *, const char *format, ...)
	    __attribute__((format(printf, 2, 3)));
	/* Ends the cell, status `error`, with this sentence (up to 100 bytes). Does not return. */
	void (*fail)(struct vtick_host *, const char *format, ...)
	    __attribute__((format(printf, 2, 3), noreturn));

	/* Does the hypervisor's work take time in this cell (spend)? */
	int costs;

	/* ---- the queue of timers ---- */

	/*
	 * In open, of a policy that has the hook queue_run: it keeps the timers of each LP in a
	 * queue of its own from now on, the hypervisor's among them. timer_add() is for match-only
	 * ones then.
	 */
	void (*keep_queue)(struct vtick_host *);
	/* How the queue of @lp is from now on; to be called whenever that changes. */
	void (*queue_report)(struct vtick_host *, uint32_t lp, const struct vtick_queue *queue);
	/*
	 * In queue_run: a timer was taken off the queue and runs: that of LP or VP @number, @kind
	 * says which (enum vtick_queued). Of the hypervisor's own, which must be in the queue by
	 * queue_hv or by this, no more is to be done. Returns, for a tick, the time at which the
	 * policy adds it again, on the same LP; VTICK_NEVER: not at all.
	 */
	uint64_t (*queue_fire)(struct vtick_host *, uint32_t kind, uint32_t number);
	/* When the hypervisor's work on @lp is done: after now only where costs are. */
	uint64_t (*free_at)(const struct vtick_host *, uint32_t lp);
};

/* The policy's state: of the cell, of @vp, of @lp. The number must be one that the trace has. */
static inline void *vtick_state(const struct vtick_host *host)
{
	return host->state;
}

static inline void *vtick_vp(const struct vtick_host *host, uint32_t vp)
{
	return (char *)host->vp_state + vp * host->vp_size;
}

static inline void *vtick_lp(const struct vtick_host *host, uint32_t lp)
{
	return (char *)host->lp_state + lp * host->lp_size;
}

/* The struct that .params describes. */
static inline const void *vtick_params(const struct vtick_host *host)
{
	return host->params;
}

/* What a parameter's field, a uint64_t or int64_t, holds. */
enum vtick_kind {
	VTICK_NUMBER, /* an unsigned decimal number */
	VTICK_CHOICE, /* the index of one of `choices`: in "nearest|current" current is 1 */
	VTICK_NS,     /* a number of ns in ticks, as ticks() converts it */
};

/*
 * A parameter, as `vtick policy show` prints it and `-p NAME:key=value` sets it. vtick refuses
 * values that are none of the choices, or no number. The table ends with a NULL name.
 */
struct vtick_param {
	const char *name;
	uint32_t kind;	     /* enum vtick_kind */
	uint32_t offset;     /* of the field */
	const char *value;   /* default; required */
	const char *choices; /* "nearest|current"; NULL: none */
	const char *help;    /* one line */
};

struct vtick_policy {
	uint64_t magic; /* VTICK_POLICY_MAGIC */
	uint32_t abi;	/* VTICK_POLICY_ABI */
	uint32_t size;	/* sizeof(struct vtick_policy) */
	const char *name;
	const char *summary; /* one line */
	const char *source;  /* where the rule is from */
	/* 2: vtick has no second implementation of it that its numbers are held against. */
	uint32_t tier;

	const struct vtick_param *params; /* ends with a NULL name; NULL: none */
	size_t params_size;
	size_t state_size, vp_size, lp_size; /* bytes; 0: none */
	/* So many timers stand at this offset of each VP's state: the host sets their `vp`. */
	size_t timer_offset, timers;

	/*
	 * Starts a cell at time 0, the hypervisor's ticks already in the queues (if the policy has
	 * queue_run they come then). Other than 0: the cell is not run, status `error`, and the
	 * message says the number (fail() says more).
	 */
	int (*open)(struct vtick_host *);
	/* The end, unless the cell ended before: to give back what open() took. Nothing counts. */
	void (*close)(struct vtick_host *);

	/*
	 * The guest of @vp, which runs, wrote its timer. A timer that was armed before the
	 * recording began is told at time 0: sched_in, arm, sched_out; what the policy does then is
	 * free.
	 */
	void (*arm)(struct vtick_host *, uint32_t vp, const struct vtick_arm *arm);
	/* It stopped its timer, or (before sched_out for VTICK_OFFLINE) went away. */
	void (*disarm)(struct vtick_host *, uint32_t vp);
	/* It wrote its vector register: @masked or not. An expiry under mask is discarded. */
	void (*mask)(struct vtick_host *, uint32_t vp, int masked, uint32_t vector);
	/* The counter of @vp, which need not run, is @value now; host->counter() says so already.
	 */
	void (*counter_set)(struct vtick_host *, uint32_t vp, uint64_t value);
	/* @vp runs on @lp from now on. */
	void (*sched_in)(struct vtick_host *, uint32_t vp, uint32_t lp);
	/* @vp ran on @lp until now; host->running() is VTICK_NO_VP already. */
	void (*sched_out)(struct vtick_host *, uint32_t vp, uint32_t lp, uint32_t reason);
	/* The recording woke @vp; @lp is the waker's. */
	void (*wake)(struct vtick_host *, uint32_t vp, uint32_t lp);
	/* Guest mode was entered and left, where the trace has it. */
	void (*vm_entry)(struct vtick_host *, uint32_t vp);
	void (*vm_exit)(struct vtick_host *, uint32_t vp);
	/* The match of @lp was due; the timers that are due run after this. The match is set anew
	 * in any case. */
	void (*machine_irq)(struct vtick_host *, uint32_t lp);
	/* The hypervisor wants @next as the next match of @lp (VTICK_NEVER: none). Without this
	 * hook: hw_arm. */
	void (*reprogram)(struct vtick_host *, uint32_t lp, uint64_t next);
	/* @timer of this policy expired and is not active any more. */
	void (*timer_due)(struct vtick_host *, struct vtick_timer *timer);
	/*
	 * The guest-mode timer of @lp was due, while @vp ran there. Off now. It costs an exit,
	 * unless no_exit is called here; never a machine timer interrupt.
	 */
	void (*guest_due)(struct vtick_host *, uint32_t lp, uint32_t vp);
	/*
	 * @lp goes back to the guest of @vp: after its sched_in, after a write of its that cost an
	 * exit, after guest_due, after an interrupt of the LP, and after a kick; several of these
	 * at once are one. With costs it comes when the hypervisor's work on the LP is done, or the
	 * guest does something. What is pended for @vp is delivered when this returns, and only
	 * then.
	 */
	void (*resume)(struct vtick_host *, uint32_t vp, uint32_t lp);
	/*
	 * Of a policy that called keep_queue(), as the next: a look at the queue of @lp. What is
	 * due runs (queue_fire), and hw_arm() sets the match; reprogram is not called. It comes in
	 * each interrupt of @lp, after machine_irq and the match-only timers, and after each hook
	 * in which run_timers(lp) was called, this one included. The policy reports what it does
	 * with queue_report().
	 */
	void (*queue_run)(struct vtick_host *, uint32_t lp);
	/*
	 * The hypervisor has its timer @kind (VTICK_HV_TICK, VTICK_HV_SLICE) of LP or VP @number in
	 * the queue of @lp, to run at @expiry; with VTICK_NEVER no more. The first ticks come after
	 * open.
	 */
	void (*queue_hv)(struct vtick_host *, uint32_t kind, uint32_t number, uint32_t lp,
			 uint64_t expiry);
};

/* What a policy's source ends with: `VTICK_POLICY = { VTICK_POLICY_HEAD, .name = ..., ... };` */
#define VTICK_POLICY                                                                               \
	extern const struct vtick_policy vtick_policy __attribute__((visibility("default")));      \
	const struct vtick_policy vtick_policy
#define VTICK_POLICY_HEAD                                                                          \
	.magic = VTICK_POLICY_MAGIC, .abi = VTICK_POLICY_ABI, .size = sizeof(struct vtick_policy)

/* The state of a VP is a @type, with one timer in it, the field @timer. */
#define VTICK_VP_STATE(type, timer)                                                                \
	.vp_size = sizeof(type), .timer_offset = offsetof(type, timer), .timers = 1

#endif
