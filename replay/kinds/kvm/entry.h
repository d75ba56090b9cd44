/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * entry.h: what is done with a local APIC outside lapic.c. First the guest, which writes its
 * registers; then the callers in x86.c and vmx.c: a thread that is loaded, blocks, is kicked, goes
 * back into the guest. These callers are written anew, from what a kernel's do; the build reads the
 * tree's by patterns (the file `callers`) and says when they are none that this file knows.
 */
#ifndef VTICK_KINDS_KVM_ENTRY_H
#define VTICK_KINDS_KVM_ENTRY_H

/* Linux's own vector of the local timer, for guests whose vector the trace does not have. */
#define ENTRY_VECTOR 0xec

/* ---- what vtick has to know of an expiry ---- */

static bool entry_lvtt_masked(const struct vp *v)
{
	return kvm_lapic_get_reg(v->vcpu.arch.apic, APIC_LVTT) & APIC_LVT_MASKED;
}

/*
 * The guest's deadline that goes with KVM's @target. Where a period's rounding to ns is all that is
 * between it and one of the guest's own, it is that.
 */
static uint64_t entry_deadline(const struct vp *v, ktime_t target)
{
	ktime_t gone = target - v->first_target;
	uint64_t ticks, periods, grid;

	if (!v->period || gone <= 0)
		return v->deadline;
	ticks = at.host->ticks(at.host, (uint64_t)gone);
	periods = (ticks + v->period / 2) / v->period;
	grid = periods * v->period;
	if ((grid > ticks ? grid - ticks : ticks - grid) <= 2 + periods)
		ticks = grid;
	return v->deadline + ticks;
}

struct entry_watch {
	int pending;
	ktime_t target;
};

static struct entry_watch entry_watch(struct vp *v)
{
	const struct kvm_timer *t = &v->vcpu.arch.apic->lapic_timer;

	v->accepted = false;
	return (struct entry_watch){ atomic_read(&t->pending), t->target_expiration };
}

/*
 * What was due at @target has expired. Where the kernel lets others that are due, too, follow one
 * by one, it is this one; else it is all until now, of which some may have been told before.
 */
static void entry_expired(struct vp *v, uint64_t deadline, ktime_t target)
{
	const struct kvm_timer *t = &v->vcpu.arch.apic->lapic_timer;
	ktime_t now = ktime_get();

	if (entry_lvtt_masked(v)) {
		if (!v->keeps)
			v->kept = deadline;
		v->keeps = true;
		return;
	}
	if (v->period && t->target_expiration == target + t->period &&
	    t->target_expiration <= now) {
		at.host->pend_one(at.host, v->number, deadline);
	} else if (!v->pended || v->covered != now) {
		at.host->pend(at.host, v->number, deadline);
		v->covered = now;
	}
	v->pended = true;
}

/* Pends what lapic.c had expire since @w. */
static void entry_watched(struct vp *v, const struct entry_watch *w)
{
	const struct kvm_timer *t = &v->vcpu.arch.apic->lapic_timer;
	bool pending = atomic_read(&t->pending);

	/* One that is pending is enough for KVM: of the next period only the target tells. */
	if (v->accepted ||
	    (pending && (!w->pending || (v->period && t->target_expiration != w->target))))
		entry_expired(v, entry_deadline(v, w->target), w->target);
}

/* ---- into the guest ---- */

static bool entry_take(struct vp *v)
{
	int vector = kvm_apic_has_interrupt(&v->vcpu);

	if (vector < 0)
		return false;
#if SHADOW_ACK
	kvm_apic_ack_interrupt(&v->vcpu, vector);
#else
	kvm_get_apic_interrupt(&v->vcpu);
#endif
	return true;
}

/* vcpu_run(): what is pending is injected, unless LVTT is masked. */
static void entry_inject(struct vp *v)
{
	if (apic_has_pending_timer(&v->vcpu))
		kvm_inject_apic_timer_irqs(&v->vcpu);
}

/* The guest acts: where costs are it may do so before vtick has had it resume. */
static void entry_was(struct vp *v)
{
	if (!v->pended)
		return;
	entry_inject(v);
	if (entry_take(v)) {
		kvm_lapic_set_eoi(&v->vcpu);
		v->pended = false;
	}
}

/*
 * The way back: vcpu_run() injects what is pending, vcpu_enter_guest() moves the timer of a VP that
 * came from elsewhere and takes the interrupt, the vendor waits for a deadline that was served
 * early. (The wait tunes the advance by how long the way was, so it needs costs.)
 */
static void entry_resume(struct vp *v)
{
	bool taken, apicv = kvm_vcpu_apicv_active(&v->vcpu);

	if (v->moved)
		__kvm_migrate_apic_timer(&v->vcpu);
	v->moved = false;
	v->vcpu.requests = 0;
	entry_inject(v);
	taken = !apicv && entry_take(v);
	if (at.host->costs)
		kvm_wait_lapic_expire(&v->vcpu);
	if (apicv)
		taken = entry_take(v);
	if (taken)
		kvm_lapic_set_eoi(&v->vcpu);
	if (taken && !v->pended)
		at.host->pend(at.host, v->number, v->keeps ? v->kept : v->deadline);
	if (taken)
		v->keeps = false;
	if (!taken && v->pended && !entry_lvtt_masked(v))
		shell_fail("lapic.c had the timer of VP %u expire, and at the guest's entry there "
			   "was no interrupt",
			   v->number);
	v->pended = false;
}

/* ---- a thread comes and goes ---- */

/* kvm_arch_vcpu_load(), then the end of kvm_vcpu_halt() if that is where it was. */
static void entry_load(struct vp *v)
{
	struct entry_watch w = entry_watch(v);

	if (v->lp != at.lp) {
		if (kvm_lapic_hv_timer_in_use(&v->vcpu))
			kvm_lapic_restart_hv_timer(&v->vcpu);
		v->moved = v->lp != VTICK_NO_LP;
		v->lp = at.lp;
	}
	if (v->blocked && v->blocked_hv)
		kvm_lapic_switch_to_hv_timer(&v->vcpu);
	v->blocked = false;
	/* vmx_update_hv_timer(): it counts in guest mode only, and a past one is an exit. */
	if (v->hv_deadline != VTICK_NEVER)
		at.host->guest_arm(at.host, at.lp, v->hv_deadline);
	entry_watched(v, &w);
}

/* The preemption timer does not count outside the guest. */
static void entry_block(struct vp *v)
{
	struct entry_watch w = entry_watch(v);

	v->blocked = true;
	v->blocked_hv = kvm_lapic_hv_timer_in_use(&v->vcpu);
	if (v->blocked_hv)
		kvm_lapic_switch_to_sw_timer(&v->vcpu);
#if SHADOW_BLOCK_ALWAYS
	v->blocked_hv = params_now()->hv;
#endif
	entry_watched(v, &w);
}

/* ---- timers that are due ---- */

static bool entry_is_due(const struct vp *v)
{
	return atomic_read(&v->vcpu.arch.apic->lapic_timer.pending) || v->accepted;
}

/* The host's timer interrupt. */
static void entry_timer_due(struct vp *v)
{
	struct vtick_host *h = at.host;
	struct kvm_timer *t = &v->vcpu.arch.apic->lapic_timer;
	ktime_t target = t->target_expiration;
	uint64_t deadline = entry_deadline(v, target);
	u32 advance = t->timer_advance_ns;
	enum hrtimer_restart again;

	entry_watch(v);
	if (h->runs(h, v->number) && h->lp_of(h, v->number) != at.lp)
		v->vcpu.mode = IN_GUEST_MODE;
	again = t->timer.function(&t->timer);
	v->vcpu.mode = OUTSIDE_GUEST_MODE;
	if (!h->costs)
		t->timer_advance_ns = advance;
	if (entry_is_due(v))
		entry_expired(v, deadline, target);
	if (again == HRTIMER_RESTART)
		hrtimer_start_expires(&t->timer, HRTIMER_MODE_ABS_HARD);
}

/* The exit of a preemption timer. */
static void entry_guest_due(struct vp *v)
{
	ktime_t target = v->vcpu.arch.apic->lapic_timer.target_expiration;
	uint64_t deadline = entry_deadline(v, target);

	entry_watch(v);
	kvm_lapic_expired_hv_timer(&v->vcpu);
	if (entry_is_due(v))
		entry_expired(v, deadline, target);
}

/* ---- what the guest writes ---- */

static void guest_writes(struct vp *v, u32 offset, u32 value)
{
	if (kvm_x2apic_msr_write(&v->vcpu, APIC_BASE_MSR + (offset >> 4), value))
		shell_fail("lapic.c refuses the guest's write to the APIC's register 0x%x", offset);
}

/* A register is not written again with what it has. */
static void guest_writes_lvtt(struct vp *v, u32 mode)
{
	u32 value = mode | v->vector | (v->masked ? APIC_LVT_MASKED : 0);

	if (kvm_lapic_get_reg(v->vcpu.arch.apic, APIC_LVTT) != value)
		guest_writes(v, APIC_LVTT, value);
}

/* ns of @ticks, rounded up: a count that ends no sooner. */
static uint64_t guest_ns(uint64_t ticks)
{
	uint64_t ns = at.host->ns(at.host, ticks);

	return at.host->ticks(at.host, ns) < ticks ? ns + 1 : ns;
}

/* The divide configuration for 2^i. */
static const u32 guest_tdcr[] = { 0xb, 0x0, 0x1, 0x2, 0x3, 0x8, 0x9, 0xa };

/* The divider is 2^this: the guest's, or the smallest above it with which 32 bits are enough. */
static unsigned guest_shift(uint64_t ns)
{
	unsigned i = (unsigned)params_now()->divide;

	while (i < ARRAY_SIZE(guest_tdcr) - 1 && ns >> i >> 32)
		i++;
	return i;
}

/* What is written for @ns; 0 would be a stop. */
static u32 guest_count(uint64_t ns)
{
	return (u32)max_t(u64, min_t(u64, ns >> guest_shift(ns), UINT_MAX), ns > 0);
}

static void guest_counts(struct vp *v, uint64_t ns)
{
	u32 tdcr = guest_tdcr[guest_shift(ns)];

	if (kvm_lapic_get_reg(v->vcpu.arch.apic, APIC_TDCR) != tdcr) {
		guest_writes(v, APIC_TMICT, 0);
		guest_writes(v, APIC_TDCR, tdcr);
	}
	guest_writes(v, APIC_TMICT, guest_count(ns));
}

/*
 * A count. What a trace can say and registers cannot is set behind it: a first deadline that is not
 * a period after the write, one that had passed, a count that the divider does not divide or of
 * more than 39 bits. Where the tree takes another period from the registers, that one stays.
 */
static void guest_arms_count(struct vp *v, const struct vtick_arm *a, uint64_t counter)
{
	struct kvm_lapic *apic = v->vcpu.arch.apic;
	int64_t left = a->deadline > counter
			   ? (int64_t)guest_ns(a->deadline - counter)
			   : -(int64_t)at.host->ns(at.host, counter - a->deadline);
	uint64_t count = a->period ? guest_ns(a->period) : (uint64_t)(left > 0 ? left : 1);
	uint64_t said = (uint64_t)guest_count(count) << guest_shift(count);
	bool exact = count == (uint64_t)left && count == said;

	guest_writes_lvtt(v, a->period ? APIC_LVT_TIMER_PERIODIC : APIC_LVT_TIMER_ONESHOT);
	at.muted = !exact;
	guest_counts(v, count);
	at.muted = false;
	v->first_target = exact ? apic->lapic_timer.target_expiration : ktime_get() + left;
	if (exact)
		return;
	if (said != count && (uint64_t)apic->lapic_timer.period == said)
		apic->lapic_timer.period = (s64)count;
	hrtimer_cancel(&apic->lapic_timer.timer);
	atomic_set(&apic->lapic_timer.pending, 0);
	apic->lapic_timer.target_expiration = v->first_target;
	apic->lapic_timer.tscdeadline = a->deadline ? a->deadline : 1;
	restart_apic_timer(apic);
}

static void guest_arms(struct vp *v, const struct vtick_arm *a)
{
	uint64_t counter = at.host->counter(at.host, v->number);
	bool never = a->dev == VTICK_ITM && a->deadline <= counter;
	struct entry_watch w = entry_watch(v);

	w.pending = 0;
	v->keeps = false;
	v->deadline = a->deadline;
	v->period = a->period;
	if (a->dev == VTICK_LAPIC || a->period) {
		guest_arms_count(v, a, counter);
		if (never)
			guest_writes(v, APIC_TMICT, 0);
	} else {
		guest_writes_lvtt(v, APIC_LVT_TIMER_TSCDEADLINE);
		/* A write of 0 would be a stop. */
		kvm_set_lapic_tscdeadline_msr(&v->vcpu, never ? 0 : a->deadline ? a->deadline : 1);
	}
	w.target = v->first_target;
	entry_watched(v, &w);
}

/* A trace does not say how. Into and out of deadline mode LVTT stops the timer, too. */
static void guest_stops(struct vp *v)
{
	bool by_deadline =
	    kvm_lapic_get_reg(v->vcpu.arch.apic, APIC_LVTT) & APIC_LVT_TIMER_TSCDEADLINE;

	v->keeps = false;
	if (params_now()->stop)
		guest_writes_lvtt(v, by_deadline ? APIC_LVT_TIMER_ONESHOT
						 : APIC_LVT_TIMER_TSCDEADLINE);
	else if (by_deadline)
		kvm_set_lapic_tscdeadline_msr(&v->vcpu, 0);
	else
		guest_writes(v, APIC_TMICT, 0);
}

static void guest_masks(struct vp *v, int masked, uint32_t vector)
{
	v->masked = masked;
	if (vector >= 32 && vector < 256)
		v->vector = vector;
	guest_writes_lvtt(v, kvm_lapic_get_reg(v->vcpu.arch.apic, APIC_LVTT) &
				 v->vcpu.arch.apic->lapic_timer.timer_mode_mask);
}

/* ---- the begin ---- */

/* Some versions take the advance as a second argument, -1: tuned. One too many does no harm. */
typedef int entry_create_fn(struct kvm_vcpu *, int);

static int entry_create(struct vp *v)
{
	struct kvm_vcpu *vcpu = &v->vcpu;
	const struct params *p = params_now();
	struct kvm_lapic *apic;

	v->kvm.vcpu = vcpu;
	v->kvm.arch.apic_bus_cycle_ns = 1;
	v->kvm.arch.hlt_in_guest = p->pi_inject_timer;
	v->hv_deadline = VTICK_NEVER;
	v->vector = ENTRY_VECTOR;
	vcpu->kvm = &v->kvm;
	vcpu->wants_to_run = true;
	vcpu->arch.virtual_tsc_khz = (u32)min_t(u64, at.host->clock_hz / 1000, UINT_MAX);
	vcpu->arch.tsc_scaling_ratio = kvm_caps.default_tsc_scaling_ratio;
	vcpu->arch.l1_tsc_scaling_ratio = kvm_caps.default_tsc_scaling_ratio;
	if (((entry_create_fn *)kvm_create_lapic)(vcpu, -1))
		return -ENOMEM;
	apic = vcpu->arch.apic;
#if SHADOW_APICV_OF_APIC
	apic->apicv_active = p->apicv;
#else
	vcpu->arch.apicv_active = p->apicv;
#endif
	kvm_lapic_reset(vcpu, false);
	vcpu->arch.apic_base |= X2APIC_ENABLE;
	apic->lapic_timer.timer_mode_mask = APIC_LVT_TIMER_TSCDEADLINE | APIC_LVT_TIMER_PERIODIC;
	apic->lapic_timer.timer_advance_ns = (u32)min_t(u64, p->advance, UINT_MAX);
	guest_writes(v, APIC_SPIV, APIC_SPIV_APIC_ENABLED | 0xff);
	guest_writes(v, APIC_TDCR, guest_tdcr[0]);
	guest_writes_lvtt(v, APIC_LVT_TIMER_ONESHOT);
	return 0;
}

#endif
