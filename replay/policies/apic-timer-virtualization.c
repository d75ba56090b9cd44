/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * apic-timer-virtualization: the processor has a timer for the guest. While a VP runs, its
 * TSC-deadline writes go there and its interrupt comes from there without an exit. While the VP is
 * blocked an hrtimer of the host stands in; while it is preempted nothing runs, and what has passed
 * is delivered at the next entry. A masked timer and the one-shot and periodic modes are left to
 * the VMX preemption timer, as in kvm-preemption-timer.
 *
 * Source: Intel Architecture Instruction Set Extensions 319433-059, chapter 8; kvm list, APIC timer
 * virtualization series of February and March 2026. What KVM does without it:
 * Linux 6.18, arch/x86/kvm/lapic.c: start_hv_timer(), kvm_lapic_expired_hv_timer(),
 * kvm_lapic_switch_to_sw_timer(); arch/x86/kvm/vmx/vmx.c: vmx_set_hv_timer(),
 * vmx_update_hv_timer(). Linux 6.18, arch/x86/kvm/lapic.c: start_sw_tscdeadline(),
 * start_sw_period(), apic_timer_expired(), apic_timer_fn(), limit_periodic_timer_frequency().
 * late=catchup: advance_periodic_target_expiration() up to 6.18.2; late=rebase: the same in 6.18.44
 * and 7.3; late=drop: of no KVM, what a hypervisor could do else. The rules word by word: RULES.md
 * section 11.
 */
#include "kvm.h"

static const struct vtick_param params[] = {
	{ "advance", "1000", NULL,
	  "ns by which the host's timers are early (lapic_timer_advance); 0: off" },
	{ "late", "rebase", "catchup|rebase|drop",
	  "a period missed: each one expires, the phase starts anew, or they are left out" },
	{ "min-period", "200000", NULL,
	  "ns, the shortest period of a periodic timer (min_timer_period_us)" },
	{ "shift", "5", NULL, "the preemption timer counts once in 2^shift ticks; it has 32 bits" },
	{ NULL, NULL, NULL, NULL },
};

static int open_policy(struct vtick_host *h, const struct vtick_args *args, void **state)
{
	return kvm_open(
	    h,
	    (struct kvm){ .advance = (int64_t)kvm_ticks(h, args->value[0]),
			  .late = args->value[1],
			  .min_period = kvm_ticks(h, args->value[2]),
			  /* no wait has 63 bits */
			  .wait_bits = 32 + (args->value[3] < 31 ? args->value[3] : 31) },
	    state);
}

/* Is it served by the processor? */
static int native(const struct kvm_timer *t)
{
	return t->deadline_mode && !t->masked;
}

static uint64_t guest_time_left(const struct kvm *k, const struct vtick_host *h,
				const struct kvm_timer *t)
{
	return native(t) ? kvm_time_left(h, t, 0) : kvm_hv_time_left(k, h, t);
}

static void start(const struct kvm *k, struct vtick_host *h, struct kvm_timer *t, uint32_t lp)
{
	if (!native(t)) {
		kvm_hv_start(k, h, t, lp);
		return;
	}
	h->timer_del(h, &t->soft);
	h->guest_arm(h, lp, h->now + guest_time_left(k, h, t));
}

static void arm(void *state, struct vtick_host *h, uint32_t vp, const struct vtick_arm *a)
{
	struct kvm_timer *t = kvm_timer_of(state, vp);

	kvm_hv_stop(h, t);
	kvm_set(state, h, t, a);
	if (native(t))
		h->no_exit(h);
	if (t->armed && !guest_time_left(state, h, t))
		kvm_expired(h, t, KVM_DROP);
	if (t->armed)
		start(state, h, t, h->lp_of(h, vp));
}

static void disarm(void *state, struct vtick_host *h, uint32_t vp)
{
	struct kvm_timer *t = kvm_timer_of(state, vp);

	if (native(t))
		h->no_exit(h);
	kvm_hv_stop(h, t);
	t->armed = 0;
}

/* kvm_lapic_expired_hv_timer() */
static void guest_due(void *state, struct vtick_host *h, uint32_t lp, uint32_t vp)
{
	const struct kvm *k = state;
	struct kvm_timer *t = kvm_timer_of(state, vp);

	if (native(t))
		h->no_exit(h);
	kvm_expired(h, t, k->late);
	if (t->armed)
		start(k, h, t, lp);
}

/* Of a VP that runs: what was too far for the preemption timer may be near enough for the next
 * period. */
static void timer_due(void *state, struct vtick_host *h, struct vtick_timer *timer)
{
	const struct kvm *k = state;
	struct kvm_timer *t = kvm_timer_of(state, timer->vp);
	uint32_t lp = h->lp_of(h, timer->vp);

	kvm_expired(h, t, k->late);
	if (!t->armed)
		return;
	if (h->running(h, lp) == timer->vp)
		start(k, h, t, lp);
	else
		kvm_soft_add(k, h, t, timer->lp);
}

static void sched_in(void *state, struct vtick_host *h, uint32_t vp, uint32_t lp)
{
	struct kvm_timer *t = kvm_timer_of(state, vp);

	h->timer_del(h, &t->soft);
	if (t->armed)
		start(state, h, t, lp);
}

/* The deadline changes hands: from the processor to the host, or back. */
static void mask(void *state, struct vtick_host *h, uint32_t vp, int masked, uint32_t vector)
{
	struct kvm_timer *t = kvm_timer_of(state, vp);
	int changes = t->masked != masked;

	(void)vector;
	t->masked = masked;
	if (!changes || !t->armed || !t->deadline_mode)
		return;
	kvm_hv_stop(h, t);
	start(state, h, t, h->lp_of(h, vp));
}

VTICK_POLICY = {
	VTICK_POLICY_HEAD,
	.name = "apic-timer-virtualization",
	.summary = "the processor's own timer for the guest: no exit to arm it, none when it fires",
	.source =
	    "Intel ISE 319433-059 chapter 8; kvm list, APIC timer virtualization series of 2026",
	.params = params,
	.open = open_policy,
	.close = kvm_close,
	.arm = arm,
	.disarm = disarm,
	.mask = mask,
	.sched_in = sched_in,
	.sched_out = kvm_hv_sched_out,
	.timer_due = timer_due,
	.guest_due = guest_due,
};
