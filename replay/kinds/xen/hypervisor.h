/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hypervisor.h: what vpt.c, timer.c and vlapic.c call, done by vtick's host. Xen's functions know
 * neither cell nor time but by where they are called: hypervisor_enter() says so at the begin of
 * each hook.
 */
#ifndef VTICK_KINDS_XEN_HYPERVISOR_H
#define VTICK_KINDS_XEN_HYPERVISOR_H

/* Timers of PV guests are in the queue of the others. */
struct xen_pv;
static void xen_pv_timer_add(struct vtick_host *h, struct xen_pv *v, uint32_t lp, uint64_t expiry);
static void xen_pv_timer_del(struct vtick_host *h, struct xen_pv *v);
#define XEN_PV_TIMERS
#include "xen_pv.h"

enum { PV_NONE, PV_DOM0 };
enum { ALIGN_YES, ALIGN_NO };
enum { QUEUE_ENGINE, QUEUE_TIMER_C };
enum { LAPIC_RULES, LAPIC_VLAPIC_C };

struct params {
	uint64_t timer_mode, align, pv, queue, lapic;
	uint64_t stop;	 /* by a register, or (1) by a mode */
	uint64_t divide; /* by 2^this */
};

/* What vtick knows of a timer in timer.c's queue. */
struct queued {
	bool guest;	  /* not the hypervisor's own */
	bool used;	  /* it was in the queue before, */
	uint32_t last_lp; /* of this CPU */
};

/* A timer that is not vpt.c's: the hypervisor's tick of an LP, its slice of a VP, a PV guest's. */
struct own_timer {
	struct timer timer;
	struct queued queued;
	uint32_t kind, number; /* as queue_fire() has it */
};

struct lp {
	struct own_timer tick;
	uint32_t active, guests; /* timers that say that they are in the queue of this CPU */
};

/* The cell's. */
struct machine {
	char *per_cpu; /* [lps] of what Xen has of each CPU */
	size_t stride;
	unsigned slop;	       /* timer.c's timer_slop, in ns */
	struct memory *memory; /* of xmalloc() */
};

/* What the guest wrote to TMICT last, in ns. */
struct count {
	uint64_t means; /* in the trace, */
	uint64_t said;	/* in the registers */
	uint64_t first; /* until the first tick */
	bool written;	/* now */
};

struct vp {
	struct xen_pv pv; /* first; its timer stands for vcpu.arch.hvm.vlapic.pt.timer, too */
	uint32_t number;
	struct vcpu vcpu;
	/* Each VP has a domain of its own: what its VPs share are locks, and a clock of which each
	 * has its own distance. */
	struct domain domain;
	struct pl_time pl_time;

	/* What the guest wrote last, and when vpt.c first had a tick for it. */
	uint64_t deadline, guest_period; /* ticks */
	uint64_t period;		 /* vpt.c's, in ticks */
	s_time_t first;
	uint64_t vector;
	bool masked;
	struct count count; /* lapic=vlapic.c */

	/* What vpt.c wants to be called when its timer is due. */
	void (*tick)(void *);
	void *tick_data;

	struct queued queued; /* vpt.c's timer */
	struct own_timer slice, pv_timer;

	int irr;	    /* lapic=rules: the vector that is requested; -1: none */
	bool kicked;	    /* in this hook */
	bool pended;	    /* vtick knows of an expiry that the guest has not taken */
	uint64_t pended_to; /* so many of the guest's deadlines it covers */
	bool burst;	    /* the next tick is one of several that the guest gets one by one */

	struct hvm_hw_lapic_regs registers; /* lapic=rules: only LVTT is used */
};

/* ---- where the hook is ---- */

static struct {
	struct vtick_host *host;
	struct machine *machine;
	struct vp *runs; /* NULL: an interrupt */
	uint32_t lp;
} at;

static bool queue_is_xens(void)
{
	const struct params *p = vtick_params(at.host);

	return p->queue == QUEUE_TIMER_C;
}

static void hypervisor_enter(struct vtick_host *h, struct vp *runs, uint32_t lp)
{
	at.host = h;
	at.machine = vtick_state(h);
	at.runs = runs;
	at.lp = lp;
	timer_slop = at.machine->slop;
}

static struct vp *vp_of(const struct vcpu *vcpu)
{
	return container_of(vcpu, struct vp, vcpu);
}

static struct periodic_time *pt_of(struct vp *v)
{
	return &v->vcpu.arch.hvm.vlapic.pt;
}

static const struct params *params_now(void)
{
	return vtick_params(at.host);
}

_Noreturn void shell_fail(const char *format, ...)
{
	char text[120];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	at.host->fail(at.host, "%s", text);
}

/* Of the generated stubs. */
_Noreturn void kind_unknown(const char *function)
{
	shell_fail("Xen's code calls %s(), which vtick's xen shell does not know", function);
}

struct vcpu *shell_current(void)
{
	return at.runs ? &at.runs->vcpu : NULL;
}

/* ---- time: Xen counts ns ---- */

s_time_t get_s_time(void)
{
	return (s_time_t)at.host->ns(at.host, at.host->now);
}

s_time_t get_s_time_fixed(u64 at_tsc)
{
	return at_tsc ? (s_time_t)at.host->ns(at.host, at_tsc) : get_s_time();
}

/* The first tick at which @ns have passed. */
static uint64_t tick_of(s_time_t ns)
{
	uint64_t ticks;

	if (ns <= 0)
		return 0;
	ticks = at.host->ticks(at.host, (uint64_t)ns);
	return at.host->ns(at.host, ticks) < (uint64_t)ns ? ticks + 1 : ticks;
}

/* ---- the VP ---- */

/* A VP at whose work the hypervisor is needs none. */
void vcpu_kick(struct vcpu *v)
{
	vp_of(v)->kicked = at.runs != vp_of(v);
}

#endif
