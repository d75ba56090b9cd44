/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kind xen: a hypervisor's own vpt.c as a policy. vpt.c is the tree's, as it is; here is what
 * stands around it. hypervisor.h gives it time and timers, entry.h is what the schedule, the entry
 * into the guest and the guest's side of the local APIC do with it, and this file makes vtick's
 * hooks of both. The timers of PV guests (domain 0) are xen_pv.h's.
 */
#include "policy.h"

#include "vpt.c"

#include "hypervisor.h"

#include "entry.h"

static const struct vtick_param params[] = {
	{ "timer_mode", VTICK_CHOICE, offsetof(struct params, timer_mode), "1", "0|1|2|3",
	  "the domain's; missed ticks are 0 delivered, the guest's clock waits for them, "
	  "1 delivered, 2 dropped, 3 one" },
	{ "align", VTICK_CHOICE, offsetof(struct params, align), "yes", "yes|no",
	  "vpt_align: whether the first tick of a period is at a multiple of it" },
	{ "pv", VTICK_CHOICE, offsetof(struct params, pv), "dom0", "none|dom0",
	  "whose timers are a PV guest's (see xen-pv): nobody's, or domain 0's" },
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
	for (uint32_t i = 0; i < h->vps; i++) {
		struct vp *v = enter(h, i, VTICK_NO_LP);

		v->number = i;
		entry_create(v);
	}
	return 0;
}

static void arm(struct vtick_host *h, uint32_t vp, const struct vtick_arm *a)
{
	if (is_pv(h, vp))
		xen_pv_arm(h, vp, a, h->ticks(h, 1000000));
	else
		guest_arms(enter(h, vp, h->lp_of(h, vp)), a);
}

static void disarm(struct vtick_host *h, uint32_t vp)
{
	if (is_pv(h, vp))
		xen_pv_disarm(h, vp);
	else
		guest_stops(enter(h, vp, h->lp_of(h, vp)));
}

static void mask(struct vtick_host *h, uint32_t vp, int masked, uint32_t vector)
{
	if (is_pv(h, vp))
		xen_pv_mask(h, vp, masked, vector);
	else
		guest_masks(enter(h, vp, h->lp_of(h, vp)), masked, vector);
}

static void timer_due(struct vtick_host *h, struct vtick_timer *timer)
{
	struct vp *v = vtick_vp(h, timer->vp);

	if (is_pv(h, timer->vp)) {
		xen_pv_timer_due(h, timer);
		h->kick(h, timer->vp); /* its one-shot may be on another LP than it */
		return;
	}
	hypervisor_enter(h, NULL, timer->lp);
	entry_timer_due(v);
}

static void sched_out(struct vtick_host *h, uint32_t vp, uint32_t lp, uint32_t reason)
{
	if (is_pv(h, vp))
		xen_pv_sched_out(h, vp, lp, reason);
	else
		entry_saves(enter(h, vp, lp), reason == VTICK_BLOCK);
}

static void sched_in(struct vtick_host *h, uint32_t vp, uint32_t lp)
{
	if (is_pv(h, vp))
		xen_pv_sched_in(h, vp, lp);
	else
		entry_restores(enter(h, vp, lp));
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
	if (kind_closed)
		kind_closed();
}

VTICK_POLICY = {
	VTICK_POLICY_HEAD,
	.name = KIND_NAME,
	.summary = "Xen's HVM and PVH guests: vpt.c of a Xen tree",
	.source = "xen/arch/x86/hvm/vpt.c of the tree that it was built from",
	.tier = 2,
	.params = params,
	.params_size = sizeof(struct params),
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
};
