/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * poll: guests' timers without any timer. The hypervisor looks whether a guest's deadline has
 * passed when it has control anyway: at the LP's timer interrupt and when it schedules the guest
 * in.
 */
#include "policy.h"

enum { LOOK_RUNNING, LOOK_ALL };

struct params {
	uint64_t look;
};

static const struct vtick_param params[] = {
	{ "look", VTICK_CHOICE, offsetof(struct params, look), "all", "running|all",
	  "at an interrupt, look at the VP that runs or at all of the LP" },
	{ 0 },
};

struct vp {
	uint64_t deadline; /* guest counter */
	uint64_t period;   /* 0: one-shot */
	int armed;
	int masked;
};

/* Has the deadline of @vp passed? A periodic timer goes on in its phase. */
static void look(struct vtick_host *host, uint32_t vp)
{
	struct vp *v = vtick_vp(host, vp);
	uint64_t now = host->counter(host, vp);

	if (!v->armed || v->deadline > now)
		return;
	if (!v->masked)
		host->pend(host, vp, v->deadline);
	if (v->period)
		v->deadline += ((now - v->deadline) / v->period + 1) * v->period;
	else
		v->armed = 0;
}

static void poll_arm(struct vtick_host *host, uint32_t vp, const struct vtick_arm *arm)
{
	struct vp *v = vtick_vp(host, vp);

	/* An ITM matches on equality: in the past it never does. The x86 timers fire at once. */
	v->armed = arm->dev != VTICK_ITM || arm->deadline > host->counter(host, vp);
	v->deadline = arm->deadline;
	v->period = arm->period;
	look(host, vp);
}

static void poll_disarm(struct vtick_host *host, uint32_t vp)
{
	struct vp *v = vtick_vp(host, vp);

	v->armed = 0;
}

static void poll_mask(struct vtick_host *host, uint32_t vp, int masked, uint32_t vector)
{
	struct vp *v = vtick_vp(host, vp);

	look(host, vp); /* what passed under the old mask is judged by the old mask */
	v->masked = masked;
}

static void poll_sched_in(struct vtick_host *host, uint32_t vp, uint32_t lp)
{
	look(host, vp);
}

static void poll_machine_irq(struct vtick_host *host, uint32_t lp)
{
	const struct params *p = vtick_params(host);
	uint32_t running = host->running(host, lp);

	for (uint32_t vp = 0; vp < host->vps; vp++) {
		if (p->look == LOOK_ALL ? host->lp_of(host, vp) == lp : vp == running)
			look(host, vp);
	}
}

VTICK_POLICY = {
	VTICK_POLICY_HEAD,
	.name = "poll",
	.summary = "no guest timers: deadlines are noticed at the hypervisor's own interrupts",
	.source = "WRITING-A-POLICY.md",
	.params = params,
	.params_size = sizeof(struct params),
	.vp_size = sizeof(struct vp),
	.arm = poll_arm,
	.disarm = poll_disarm,
	.mask = poll_mask,
	.sched_in = poll_sched_in,
	.machine_irq = poll_machine_irq,
};
