/* SPDX-License-Identifier: GPL-2.0-only */
/* The services that policy.h offers, on top of the machine and the truth. */
#include "replay/engine/host.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "replay/engine/costed.h"
#include "replay/engine/machine.h"

static struct engine *engine_of(struct vtick_host *h)
{
	return (struct engine *)h;
}

static const struct engine *engine_of_const(const struct vtick_host *h)
{
	return (const struct engine *)h;
}

static uint64_t host_counter(const struct vtick_host *h, uint32_t vp)
{
	return truth_counter(&engine_of_const(h)->vp[vp], h->now);
}

static uint32_t host_running(const struct vtick_host *h, uint32_t lp)
{
	return engine_of_const(h)->lp[lp].running;
}

static uint32_t host_lp_of(const struct vtick_host *h, uint32_t vp)
{
	return engine_of_const(h)->vp[vp].lp;
}

static uint64_t host_next(const struct vtick_host *h, uint32_t lp)
{
	return engine_of_const(h)->lp[lp].next;
}

static void host_hw_arm(struct vtick_host *h, uint32_t lp, uint64_t time)
{
	machine_hw_arm(engine_of(h), lp, time);
}

static void host_timer_add(struct vtick_host *h, struct vtick_timer *t, uint32_t lp,
			   uint64_t expiry, uint32_t flags)
{
	machine_timer_add(engine_of(h), t, lp, expiry, flags & VTICK_TIMER_MATCH_ONLY);
}

static void host_timer_del(struct vtick_host *h, struct vtick_timer *t)
{
	machine_timer_del(engine_of(h), t);
}

static uint64_t host_match_next(struct vtick_host *h, uint32_t lp)
{
	struct engine *e = engine_of(h);

	machine_find_reached(e, &e->lp[lp]);
	return queue_head_expiry(&e->lp[lp].match_only);
}

/* Before each pend. */
static void count_pend(struct engine *e, const struct vp_state *v)
{
	e->pends++;
	if (e->costs && v->running && v->lp != e->at_lp)
		costed_charge(e, e->at_lp, COST_IPI);
}

static void host_pend(struct vtick_host *h, uint32_t vp, uint64_t deadline)
{
	struct engine *e = engine_of(h);

	count_pend(e, &e->vp[vp]);
	truth_pend(e, &e->vp[vp], deadline);
}

static void host_pend_one(struct vtick_host *h, uint32_t vp, uint64_t deadline)
{
	struct engine *e = engine_of(h);

	count_pend(e, &e->vp[vp]);
	truth_pend_one(e, &e->vp[vp], deadline);
}

static void host_wake(struct vtick_host *h, uint32_t vp)
{
	struct engine *e = engine_of(h);

	truth_advance(e, &e->vp[vp]);
	truth_served(e, &e->vp[vp]);
}

static void host_no_exit(struct vtick_host *h)
{
	engine_of(h)->no_exit = true;
}

static void host_clock_error(struct vtick_host *h, uint32_t vp, int64_t ticks)
{
	struct engine *e = engine_of(h);
	uint64_t magnitude = ticks < 0 ? 0 - (uint64_t)ticks : (uint64_t)ticks;
	uint64_t *max = vp == VTICK_NO_VP ? &e->hv_clock_error : &e->guest_clock_error;

	if (magnitude > *max)
		*max = magnitude;
}

static void host_log(struct vtick_host *h, const char *format, ...)
{
	struct engine *e = engine_of(h);
	char text[300];
	va_list ap;

	if (e->log_lines++ >= LOG_LINES_MAX)
		return;
	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	fprintf(stderr, "vtick: %s: at %" PRIu64 ": %s\n", e->name, h->now, text);
}

static uint32_t host_domain(const struct vtick_host *h, uint32_t vp)
{
	return engine_of_const(h)->meta->vp[vp].domain;
}

static uint32_t host_vcpu(const struct vtick_host *h, uint32_t vp)
{
	return engine_of_const(h)->meta->vp[vp].vcpu;
}

static void host_guest_arm(struct vtick_host *h, uint32_t lp, uint64_t time)
{
	machine_guest_arm(engine_of(h), lp, time);
}

static void host_run_timers(struct vtick_host *h, uint32_t lp)
{
	machine_mark_dirty(engine_of(h), lp);
}

const struct vtick_host host_services = {
	.size = sizeof(struct vtick_host),
	.abi = VTICK_POLICY_ABI,
	.counter = host_counter,
	.running = host_running,
	.lp_of = host_lp_of,
	.next = host_next,
	.hw_arm = host_hw_arm,
	.timer_add = host_timer_add,
	.timer_del = host_timer_del,
	.match_next = host_match_next,
	.pend = host_pend,
	.wake = host_wake,
	.no_exit = host_no_exit,
	.clock_error = host_clock_error,
	.log = host_log,
	.domain = host_domain,
	.vcpu = host_vcpu,
	.pend_one = host_pend_one,
	.guest_arm = host_guest_arm,
	.run_timers = host_run_timers,
};
