/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hypervisor.h: what vpt.c calls, done by vtick's host. Xen's functions know neither cell nor time
 * but by where they are called: hypervisor_enter() says so at the begin of each hook.
 */
#ifndef VTICK_KINDS_XEN_HYPERVISOR_H
#define VTICK_KINDS_XEN_HYPERVISOR_H

#include "xen_pv.h"

enum { PV_NONE, PV_DOM0 };
enum { ALIGN_YES, ALIGN_NO };

struct params {
	uint64_t timer_mode, align, pv;
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

	int irr;	    /* the vector that is requested; -1: none */
	bool kicked;	    /* in this hook */
	bool pended;	    /* vtick knows of an expiry that the guest has not taken */
	uint64_t pended_to; /* so many of the guest's deadlines it covers */
	bool burst;	    /* the next tick is one of several that the guest gets one by one */
};

/* ---- where the hook is ---- */

static struct {
	struct vtick_host *host;
	struct vp *runs; /* NULL: an interrupt */
	uint32_t lp;
} at;

static void hypervisor_enter(struct vtick_host *h, struct vp *runs, uint32_t lp)
{
	at.host = h;
	at.runs = runs;
	at.lp = lp;
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
	shell_fail("vpt.c calls %s(), which vtick's xen shell does not know", function);
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

/* ---- timers: there is one for each VP ---- */

static struct vtick_timer *timer_of(struct timer *timer)
{
	return &container_of(timer, struct vp, vcpu.arch.hvm.vlapic.pt.timer)->pv.timer;
}

void init_timer(struct timer *timer, void (*function)(void *), void *data, unsigned cpu)
{
	*timer = (struct timer){ .function = function, .data = data, .cpu = cpu };
}

void set_timer(struct timer *timer, s_time_t expires)
{
	timer->expires = expires;
	at.host->timer_add(at.host, timer_of(timer), timer->cpu, tick_of(expires), 0);
}

void stop_timer(struct timer *timer)
{
	at.host->timer_del(at.host, timer_of(timer));
}

void kill_timer(struct timer *timer)
{
	stop_timer(timer);
}

/* Off the one CPU's list, on the other's. */
void migrate_timer(struct timer *timer, unsigned new_cpu)
{
	if (timer->cpu == new_cpu)
		return;
	timer->cpu = new_cpu;
	if (vtick_timer_active(timer_of(timer)))
		set_timer(timer, timer->expires);
}

/* The multiple of @period at or after @firsttick. */
s_time_t align_timer(s_time_t firsttick, uint64_t period)
{
	uint64_t over = period ? (uint64_t)firsttick % period : 0;

	return over ? firsttick + (s_time_t)(period - over) : firsttick;
}

/* ---- the VP ---- */

void vcpu_kick(struct vcpu *v)
{
	vp_of(v)->kicked = true;
}

void vlapic_set_irq(struct vlapic *vlapic, uint8_t vector, uint8_t trigger)
{
	container_of(vlapic, struct vp, vcpu.arch.hvm.vlapic)->irr = vector;
}

#endif
