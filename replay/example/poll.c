/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * poll: guests' timers without any timer. The hypervisor looks whether a guest's deadline has
 * passed when it has control anyway: at the LP's timer interrupt and when it schedules the guest
 * in.
 */
#include <stdlib.h>

#include "policy.h"

struct vp {
	uint64_t deadline; /* guest counter */
	uint64_t period;   /* 0: one-shot */
	int armed;
	int masked;
};

struct poll {
	uint32_t vps;
	int all; /* also the VPs that do not run */
	struct vp vp[];
};

static const struct vtick_param params[] = {
	{ "look", "all", "running|all",
	  "at an interrupt, look at the VP that runs or at all of the LP" },
	{ NULL, NULL, NULL, NULL },
};

static int poll_open(struct vtick_host *host, const struct vtick_args *args, void **state)
{
	struct poll *p = calloc(1, sizeof(*p) + host->vps * sizeof(struct vp));

	if (!p)
		return -1;
	p->vps = host->vps;
	p->all = args->value[0] == 1;
	*state = p;
	return 0;
}

/* Has the deadline of @vp passed? A periodic timer goes on in its phase. */
static void look(struct poll *p, struct vtick_host *host, uint32_t vp)
{
	struct vp *v = &p->vp[vp];
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

static void poll_arm(void *state, struct vtick_host *host, uint32_t vp, const struct vtick_arm *arm)
{
	struct poll *p = state;

	/* An ITM matches on equality: in the past it never does. The x86 timers fire at once. */
	p->vp[vp].armed = arm->dev != VTICK_ITM || arm->deadline > host->counter(host, vp);
	p->vp[vp].deadline = arm->deadline;
	p->vp[vp].period = arm->period;
	look(p, host, vp);
}

static void poll_disarm(void *state, struct vtick_host *host, uint32_t vp)
{
	struct poll *p = state;

	(void)host;
	p->vp[vp].armed = 0;
}

static void poll_mask(void *state, struct vtick_host *host, uint32_t vp, int masked,
		      uint32_t vector)
{
	struct poll *p = state;

	(void)vector;
	look(p, host, vp); /* what passed under the old mask is judged by the old mask */
	p->vp[vp].masked = masked;
}

static void poll_sched_in(void *state, struct vtick_host *host, uint32_t vp, uint32_t lp)
{
	(void)lp;
	look(state, host, vp);
}

static void poll_machine_irq(void *state, struct vtick_host *host, uint32_t lp)
{
	struct poll *p = state;
	uint32_t running = host->running(host, lp);

	if (!p->all) {
		if (running != VTICK_NO_VP)
			look(p, host, running);
		return;
	}
	for (uint32_t vp = 0; vp < p->vps; vp++) {
		if (host->lp_of(host, vp) == lp)
			look(p, host, vp);
	}
}

VTICK_POLICY = {
	VTICK_POLICY_HEAD,
	.name = "poll",
	.summary = "no guest timers: deadlines are noticed at the hypervisor's own interrupts",
	.source = "WRITING-A-POLICY.md",
	.params = params,
	.open = poll_open,
	.close = free,
	.arm = poll_arm,
	.disarm = poll_disarm,
	.mask = poll_mask,
	.sched_in = poll_sched_in,
	.machine_irq = poll_machine_irq,
};
