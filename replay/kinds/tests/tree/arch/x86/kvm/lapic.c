/* SPDX-License-Identifier: GPL-2.0-only */
/* Invented for the tests of the kind kvm: a local APIC's timer as short as it can be. */
#include "lapic.h"
#include "trace.h"
#include <asm/apicdef.h>
#include <linux/hrtimer.h>
#include <linux/kvm_host.h>

static bool periodic(struct kvm_lapic *apic)
{
	return kvm_lapic_get_reg(apic, APIC_LVTT) & APIC_LVT_TIMER_PERIODIC;
}

static bool by_deadline(struct kvm_lapic *apic)
{
	return kvm_lapic_get_reg(apic, APIC_LVTT) & APIC_LVT_TIMER_TSCDEADLINE;
}

static void expired(struct kvm_lapic *apic, bool interrupt)
{
	trace_test_expired(apic->vcpu->vcpu_id);
	atomic_set(&apic->lapic_timer.pending, 1);
	kvm_make_request(KVM_REQ_TEST, apic->vcpu);
	if (interrupt)
		kvm_vcpu_kick(apic->vcpu);
}

static void next_period(struct kvm_timer *t)
{
	t->target_expiration = ktime_add_ns(t->target_expiration, t->period);
	if (t->target_expiration < ktime_get())
		t->target_expiration = ktime_get();
}

static bool start_hv(struct kvm_lapic *apic)
{
	struct kvm_timer *t = &apic->lapic_timer;
	bool past;

	if (!kvm_x86_ops.set_hv_timer || !t->tscdeadline ||
	    kvm_x86_call(set_hv_timer)(apic->vcpu, t->tscdeadline, &past))
		return false;
	t->hv_timer_in_use = true;
	hrtimer_cancel(&t->timer);
	if (past && !periodic(apic)) {
		expired(apic, false);
		t->hv_timer_in_use = false;
		kvm_x86_call(cancel_hv_timer)(apic->vcpu);
	}
	return true;
}

static void start_soft(struct kvm_lapic *apic)
{
	struct kvm_timer *t = &apic->lapic_timer;
	s64 left;

	if (t->hv_timer_in_use)
		kvm_x86_call(cancel_hv_timer)(apic->vcpu);
	t->hv_timer_in_use = false;
	if (!by_deadline(apic)) {
		if (!t->period)
			return;
		if (ktime_get() > t->target_expiration) {
			expired(apic, false);
			if (!periodic(apic))
				return;
			next_period(t);
		}
		hrtimer_start(&t->timer, t->target_expiration, HRTIMER_MODE_ABS_HARD);
		return;
	}
	if (!t->tscdeadline)
		return;
	left = (s64)(t->tscdeadline - kvm_read_l1_tsc(apic->vcpu, rdtsc()));
	left = left * 1000000 / apic->vcpu->arch.virtual_tsc_khz;
	if (left > (s64)t->timer_advance_ns)
		hrtimer_start(&t->timer, ktime_get() + left - t->timer_advance_ns,
			      HRTIMER_MODE_ABS_HARD);
	else
		expired(apic, false);
}

static void restart_apic_timer(struct kvm_lapic *apic)
{
	if (!periodic(apic) && atomic_read(&apic->lapic_timer.pending))
		return;
	if (!start_hv(apic))
		start_soft(apic);
}

static enum hrtimer_restart fired(struct hrtimer *timer)
{
	struct kvm_timer *t = container_of(timer, struct kvm_timer, timer);
	struct kvm_lapic *apic = container_of(t, struct kvm_lapic, lapic_timer);

	expired(apic, true);
	if (!periodic(apic))
		return HRTIMER_NORESTART;
	next_period(t);
	hrtimer_set_expires(timer, t->target_expiration);
	return HRTIMER_RESTART;
}

static void stop(struct kvm_lapic *apic)
{
	hrtimer_cancel(&apic->lapic_timer.timer);
	if (apic->lapic_timer.hv_timer_in_use)
		kvm_x86_call(cancel_hv_timer)(apic->vcpu);
	apic->lapic_timer.hv_timer_in_use = false;
	atomic_set(&apic->lapic_timer.pending, 0);
}

static int divider(struct kvm_lapic *apic)
{
	u32 tdcr = kvm_lapic_get_reg(apic, APIC_TDCR);

	return 1 << ((((tdcr & 3) | (tdcr >> 1 & 4)) + 1) & 7);
}

int kvm_x2apic_msr_write(struct kvm_vcpu *vcpu, u32 msr, u64 data)
{
	struct kvm_lapic *apic = vcpu->arch.apic;
	struct kvm_timer *t = &apic->lapic_timer;
	u32 offset = (msr - APIC_BASE_MSR) << 4, mode = kvm_lapic_get_reg(apic, APIC_LVTT);

	if (offset == APIC_TMICT) {
		stop(apic);
		t->period = (s64)data * divider(apic);
		if (periodic(apic) && data && t->period < (s64)min_timer_period_us * 1000)
			t->period = (s64)min_timer_period_us * 1000;
		t->target_expiration = ktime_get() + t->period;
		t->tscdeadline =
		    data ? kvm_read_l1_tsc(vcpu, rdtsc()) + nsec_to_cycles(vcpu, t->period) : 0;
		if (data)
			restart_apic_timer(apic);
	}
	apic->regs[offset >> 4] = (u32)data;
	if (offset == APIC_LVTT && (mode ^ data) & APIC_LVT_TIMER_TSCDEADLINE) {
		stop(apic);
		t->period = 0;
		t->tscdeadline = 0;
	}
	return 0;
}

void kvm_set_lapic_tscdeadline_msr(struct kvm_vcpu *vcpu, u64 data)
{
	stop(vcpu->arch.apic);
	vcpu->arch.apic->lapic_timer.tscdeadline = data;
	restart_apic_timer(vcpu->arch.apic);
}

int apic_has_pending_timer(struct kvm_vcpu *vcpu)
{
	return !(kvm_lapic_get_reg(vcpu->arch.apic, APIC_LVTT) & APIC_LVT_MASKED) &&
	       atomic_read(&vcpu->arch.apic->lapic_timer.pending);
}

void kvm_inject_apic_timer_irqs(struct kvm_vcpu *vcpu)
{
	struct kvm_lapic *apic = vcpu->arch.apic;

	kvm_lapic_set_irr((int)(kvm_lapic_get_reg(apic, APIC_LVTT) & 0xff), apic);
	atomic_set(&apic->lapic_timer.pending, 0);
	if (!periodic(apic))
		apic->lapic_timer.tscdeadline = 0;
}

int kvm_apic_has_interrupt(struct kvm_vcpu *vcpu)
{
	return vcpu->arch.apic->requested ? vcpu->arch.apic->requested : -1;
}

int kvm_lapic_find_highest_irr(struct kvm_vcpu *vcpu)
{
	return kvm_apic_has_interrupt(vcpu);
}

void kvm_apic_ack_interrupt(struct kvm_vcpu *vcpu, int vector)
{
	vcpu->arch.apic->requested = 0;
}

void kvm_lapic_set_eoi(struct kvm_vcpu *vcpu)
{
}

void kvm_wait_lapic_expire(struct kvm_vcpu *vcpu)
{
}

void __kvm_migrate_apic_timer(struct kvm_vcpu *vcpu)
{
	struct hrtimer *timer = &vcpu->arch.apic->lapic_timer.timer;

	if (hrtimer_cancel(timer))
		hrtimer_start_expires(timer, HRTIMER_MODE_ABS_HARD);
}

bool kvm_lapic_hv_timer_in_use(struct kvm_vcpu *vcpu)
{
	return vcpu->arch.apic->lapic_timer.hv_timer_in_use;
}

void kvm_lapic_restart_hv_timer(struct kvm_vcpu *vcpu)
{
	restart_apic_timer(vcpu->arch.apic);
}

void kvm_lapic_switch_to_hv_timer(struct kvm_vcpu *vcpu)
{
	restart_apic_timer(vcpu->arch.apic);
}

void kvm_lapic_switch_to_sw_timer(struct kvm_vcpu *vcpu)
{
	start_soft(vcpu->arch.apic);
}

void kvm_lapic_expired_hv_timer(struct kvm_vcpu *vcpu)
{
	struct kvm_lapic *apic = vcpu->arch.apic;

	expired(apic, false);
	apic->lapic_timer.hv_timer_in_use = false;
	kvm_x86_call(cancel_hv_timer)(vcpu);
	if (periodic(apic)) {
		next_period(&apic->lapic_timer);
		apic->lapic_timer.tscdeadline =
		    kvm_read_l1_tsc(vcpu, rdtsc()) +
		    nsec_to_cycles(vcpu, (u64)(apic->lapic_timer.target_expiration - ktime_get()));
		restart_apic_timer(apic);
	}
}

void kvm_lapic_reset(struct kvm_vcpu *vcpu, bool again)
{
	stop(vcpu->arch.apic);
}

int kvm_create_lapic(struct kvm_vcpu *vcpu)
{
	struct kvm_lapic *apic = kzalloc(sizeof(*apic), GFP_KERNEL_ACCOUNT);

	apic->regs = (u32 *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	apic->vcpu = vcpu;
	hrtimer_setup(&apic->lapic_timer.timer, fired, CLOCK_MONOTONIC, HRTIMER_MODE_ABS_HARD);
	vcpu->arch.apic = apic;
	return 0;
}

void kvm_free_lapic(struct kvm_vcpu *vcpu)
{
	stop(vcpu->arch.apic);
	free_page((unsigned long)vcpu->arch.apic->regs);
	kfree(vcpu->arch.apic);
	vcpu->arch.apic = NULL;
}
EXPORT_SYMBOL_GPL(kvm_free_lapic);
