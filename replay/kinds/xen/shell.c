/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kind xen: a hypervisor's own vpt.c as a policy, with its timer.c as the queue of timers and
 * its vlapic.c as the local APIC if that is wanted. All are the tree's, as they are; here is what
 * stands around them. hypervisor.h gives them time, queue.h has the timers, local_apic.h is the
 * guest's side of the local APIC, entry.h is what the schedule and the entry into the guest do with
 * it, and this file makes vtick's hooks of all. The timers of PV guests (domain 0) are xen_pv.h's.
 */
#include "policy.h"

/* The clock that timer.c reads: queue.h. */
static s_time_t queue_now(void);
#undef NOW
#define NOW() queue_now()
#include "timer.c"
#undef NOW
#define NOW() get_s_time()

#include "vpt_calls.h"

#include "vpt.c"

#include "vpt_calls_end.h"

/* What it makes of a write: local_apic.h. */
void vlapic_create_periodic_time(struct vcpu *v, struct periodic_time *pt, uint64_t delta,
				 uint64_t period, uint8_t irq, time_cb *cb, void *data, bool level);
#define create_periodic_time vlapic_create_periodic_time
#include "vlapic.c"
#undef create_periodic_time

#include "hypervisor.h"

#include "queue.h"

#include "local_apic.h"

#include "entry.h"

static const struct vtick_param params[] = {
	{ "timer_mode", VTICK_CHOICE, offsetof(struct params, timer_mode), "1", "0|1|2|3",
	  "the domain's; missed ticks are 0 delivered, the guest's clock waits for them, "
	  "1 delivered, 2 dropped, 3 one" },
	{ "align", VTICK_CHOICE, offsetof(struct params, align), "yes", "yes|no",
	  "vpt_align: whether the first tick of a period is at a multiple of it" },
	{ "pv", VTICK_CHOICE, offsetof(struct params, pv), "dom0", "none|dom0",
	  "whose timers are a PV guest's (see xen-pv): nobody's, or domain 0's" },
	{ "queue", VTICK_CHOICE, offsetof(struct params, queue), "engine", "engine|timer.c",
	  "whose queue of timers the machine has: vtick's, or the tree's common/timer.c" },
	{ "lapic", VTICK_CHOICE, offsetof(struct params, lapic), "rules", "rules|vlapic.c",
	  "whose local APIC a guest has: what its writes come to in short, or the tree's "
	  "vlapic.c" },
	{ "stop", VTICK_CHOICE, offsetof(struct params, stop), "register", "register|mode",
	  "lapic=vlapic.c: how a guest stops its timer: by the timer's register, or by LVTT, in "
	  "another "
	  "mode" },
	{ "divide", VTICK_CHOICE, offsetof(struct params, divide), "1", "1|2|4|8|16|32|64|128",
	  "lapic=vlapic.c: by which a guest has its counter divided (TDCR)" },
	{ 0 },
};

static int is_pv(const struct vtick_host *h, uint32_t vp)
{
	return ((const struct params *)vtick_params(h))->pv == PV_DOM0 && h->domain(h, vp) == 0;
}

static struct vp *enter(struct vtick_host *h, uint32_t vp, uint32_t lp)
{
	struct vp *v = vtick_vp(h, vp);

	hypervisor_enter(h, v, lp);
	return v;
}

static int open_cell(struct vtick_host *h)
{
	hypervisor_enter(h, NULL, 0);
	if (queue_is_xens())
		queue_boot();
	for (uint32_t i = 0; i < h->vps; i++) {
		struct vp *v = enter(h, i, VTICK_NO_LP);

		v->number = i;
		entry_create(v);
		if (queue_is_xens())
			queue_create_vp(v);
	}
	return 0;
}

static void arm(struct vtick_host *h, uint32_t vp, const struct vtick_arm *a)
{
	struct vp *v = enter(h, vp, h->lp_of(h, vp));

	if (is_pv(h, vp))
		xen_pv_arm(h, vp, a, h->ticks(h, 1000000));
	else
		guest_arms(v, a);
}

static void disarm(struct vtick_host *h, uint32_t vp)
{
	struct vp *v = enter(h, vp, h->lp_of(h, vp));

	if (is_pv(h, vp))
		xen_pv_disarm(h, vp);
	else
		guest_stops(v);
}

static void mask(struct vtick_host *h, uint32_t vp, int masked, uint32_t vector)
{
	struct vp *v = enter(h, vp, h->lp_of(h, vp));

	if (is_pv(h, vp))
		xen_pv_mask(h, vp, masked, vector);
	else
		guest_masks(v, masked, vector);
}

static void pv_due(struct vtick_host *h, struct vtick_timer *timer)
{
	xen_pv_timer_due(h, timer);
	h->kick(h, timer->vp); /* its one-shot may be on another LP than it */
}

static void timer_due(struct vtick_host *h, struct vtick_timer *timer)
{
	hypervisor_enter(h, NULL, timer->lp);
	if (is_pv(h, timer->vp))
		pv_due(h, timer);
	else
		entry_timer_due(vtick_vp(h, timer->vp));
}

static void queue_run(struct vtick_host *h, uint32_t lp)
{
	hypervisor_enter(h, NULL, lp);
	queue_softirq();
}

static void queue_hv(struct vtick_host *h, uint32_t kind, uint32_t number, uint32_t lp,
		     uint64_t expiry)
{
	hypervisor_enter(h, NULL, lp);
	queue_own(kind, number, lp, expiry);
}

static void sched_out(struct vtick_host *h, uint32_t vp, uint32_t lp, uint32_t reason)
{
	struct vp *v = enter(h, vp, lp);

	if (is_pv(h, vp))
		xen_pv_sched_out(h, vp, lp, reason);
	else
		entry_saves(v, reason == VTICK_BLOCK);
}

static void sched_in(struct vtick_host *h, uint32_t vp, uint32_t lp)
{
	struct vp *v = enter(h, vp, lp);

	if (is_pv(h, vp))
		xen_pv_sched_in(h, vp, lp);
	else
		entry_restores(v);
}

static void resume(struct vtick_host *h, uint32_t vp, uint32_t lp)
{
	if (!is_pv(h, vp))
		entry_resume(enter(h, vp, lp));
}

/* Of a build that tells which code it came to (policy build --lines). */
void kind_closed(void) __attribute__((weak));

static void close_cell(struct vtick_host *h)
{
	hypervisor_enter(h, NULL, 0);
	queue_end();
	if (kind_closed)
		kind_closed();
}

VTICK_POLICY = {
	VTICK_POLICY_HEAD,
	.name = KIND_NAME,
	.summary = "Xen's HVM and PVH guests: vpt.c of a Xen tree",
	.source = "vpt.c, vlapic.c and common/timer.c of the Xen tree that it was built from",
	.tier = 2,
	.params = params,
	.params_size = sizeof(struct params),
	.state_size = sizeof(struct machine),
	.lp_size = sizeof(struct lp),
	VTICK_VP_STATE(struct vp, pv.timer),
	.open = open_cell,
	.close = close_cell,
	.arm = arm,
	.disarm = disarm,
	.mask = mask,
	.sched_in = sched_in,
	.sched_out = sched_out,
	.timer_due = timer_due,
	.resume = resume,
	.queue_run = queue_run,
	.queue_hv = queue_hv,
};
