/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kind kvm: a kernel's own lapic.c as a policy. lapic.c is the tree's, as it is; here is what
 * stands around it. kernel.h gives it time, timers and module parameters, entry.h is what x86.c,
 * vmx.c and the guest's side of the APIC do with it, and this file makes vtick's hooks of both.
 */
#include "policy.h"

#include "lapic.c"

#include "kernel.h"

#include "entry.h"

static const struct vtick_param params[] = {
	{ "hv", VTICK_CHOICE, offsetof(struct params, hv), "no", "no|yes",
	  "the VMX preemption timer while a VP runs (set_hv_timer)" },
	{ "apicv", VTICK_CHOICE, offsetof(struct params, apicv), "no", "no|yes",
	  "the processor delivers interrupts by itself (enable_apicv)" },
	{ "pi_inject_timer", VTICK_CHOICE, offsetof(struct params, pi_inject_timer), "no", "no|yes",
	  "post the timer's interrupt to a running guest; needs apicv, and halts stay in the "
	  "guest" },
	{ "advance", VTICK_NUMBER, offsetof(struct params, advance), "1000", NULL,
	  "ns by which the timer is early at first, tuned where there are costs; 0: off" },
	{ "min_timer_period_us", VTICK_NUMBER, offsetof(struct params, min_period), "200", NULL,
	  "us, the shortest period of a periodic timer" },
	{ "stop", VTICK_CHOICE, offsetof(struct params, stop), "register", "register|mode",
	  "how a guest stops its timer: by the timer's register, or by LVTT, in another mode" },
	{ "divide", VTICK_CHOICE, offsetof(struct params, divide), "1", "1|2|4|8|16|32|64|128",
	  "by which a guest has its counter divided (TDCR)" },
	{ "shift", VTICK_NUMBER, offsetof(struct params, shift), "5", NULL,
	  "the preemption timer counts once in 2^shift ticks; it has 32 bits" },
	{ 0 },
};

static int open_cell(struct vtick_host *h)
{
	if (h->clock_hz < 1000000)
		h->fail(h, "the trace's counter has under 1 MHz, which is no TSC that KVM has");
	for (uint32_t i = 0; i < h->vps; i++) {
		struct vp *v = vtick_vp(h, i);

		v->number = i;
		v->lp = VTICK_NO_LP;
		kernel_enter(h, v, VTICK_NO_LP);
		if (entry_create(v))
			return -ENOMEM;
	}
	return 0;
}

/* Of a build that tells which code it came to (policy build --lines). */
void kind_closed(void) __attribute__((weak));

static void close_cell(struct vtick_host *h)
{
	for (uint32_t i = 0; i < h->vps; i++) {
		struct vp *v = vtick_vp(h, i);

		if (!v->vcpu.arch.apic)
			continue;
		kernel_enter(h, v, VTICK_NO_LP);
		kvm_free_lapic(&v->vcpu);
	}
	if (kind_closed)
		kind_closed();
}

/* The guest of @vp did something that its VP leaves guest mode for. */
static struct vp *guest_exits(struct vtick_host *h, uint32_t vp)
{
	struct vp *v = vtick_vp(h, vp);

	kernel_enter(h, v, h->lp_of(h, vp));
	entry_was(v);
	return v;
}

static void arm(struct vtick_host *h, uint32_t vp, const struct vtick_arm *a)
{
	guest_arms(guest_exits(h, vp), a);
}

static void disarm(struct vtick_host *h, uint32_t vp)
{
	guest_stops(guest_exits(h, vp));
}

static void mask(struct vtick_host *h, uint32_t vp, int masked, uint32_t vector)
{
	guest_masks(guest_exits(h, vp), masked, vector);
}

static void sched_in(struct vtick_host *h, uint32_t vp, uint32_t lp)
{
	struct vp *v = vtick_vp(h, vp);

	kernel_enter(h, v, lp);
	entry_load(v);
}

static void sched_out(struct vtick_host *h, uint32_t vp, uint32_t lp, uint32_t reason)
{
	struct vp *v = vtick_vp(h, vp);

	kernel_enter(h, v, lp);
	if (reason == VTICK_BLOCK)
		entry_block(v);
}

static void timer_due(struct vtick_host *h, struct vtick_timer *timer)
{
	struct vp *v = vtick_vp(h, timer->vp);

	kernel_enter(h, NULL, timer->lp);
	entry_timer_due(v);
}

static void guest_due(struct vtick_host *h, uint32_t lp, uint32_t vp)
{
	struct vp *v = vtick_vp(h, vp);

	kernel_enter(h, v, lp);
	entry_guest_due(v);
}

static void resume(struct vtick_host *h, uint32_t vp, uint32_t lp)
{
	struct vp *v = vtick_vp(h, vp);

	kernel_enter(h, v, lp);
	entry_resume(v);
}

VTICK_POLICY = {
	VTICK_POLICY_HEAD,
	.name = KIND_NAME,
	.summary = "KVM x86: lapic.c of a Linux tree",
	.source = "arch/x86/kvm/lapic.c of the tree that it was built from",
	.tier = 2,
	.params = params,
	.params_size = sizeof(struct params),
	VTICK_VP_STATE(struct vp, timer),
	.open = open_cell,
	.close = close_cell,
	.arm = arm,
	.disarm = disarm,
	.mask = mask,
	.sched_in = sched_in,
	.sched_out = sched_out,
	.timer_due = timer_due,
	.guest_due = guest_due,
	.resume = resume,
};
