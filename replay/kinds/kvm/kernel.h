/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kernel.h: what lapic.c calls, done by vtick's host. The kernel's functions know neither cell nor
 * time but by where they are called: kernel_enter() says so at the begin of each hook. Module
 * parameters and the vendor's ops are globals that all cells of the process share, so it sets them,
 * too.
 */
#ifndef VTICK_KINDS_KVM_KERNEL_H
#define VTICK_KINDS_KVM_KERNEL_H

#include <stdarg.h>

struct params {
	uint64_t hv, apicv, pi_inject_timer;
	uint64_t advance;    /* ns */
	uint64_t min_period; /* us */
	uint64_t shift, stop;
	uint64_t divide; /* by 2^this */
};

struct vp {
	struct vtick_timer timer; /* stands for lapic_timer.timer */
	uint32_t number;
	struct kvm kvm;
	struct kvm_vcpu vcpu;

	/* What the guest wrote last: the deadline of its counter, and when KVM's target for it is.
	 */
	uint64_t deadline, period; /* ticks */
	ktime_t first_target;

	uint32_t vector;
	int masked;
	uint32_t lp;	      /* of the last entry, as vcpu->cpu */
	bool moved;	      /* KVM_REQ_MIGRATE_TIMER */
	bool blocked;	      /* inside kvm_vcpu_halt() */
	bool blocked_hv;      /* the preemption timer was in use before */
	uint64_t hv_deadline; /* machine time; VTICK_NEVER: the preemption timer is off */
	bool accepted;	      /* an interrupt went into the IRR */
	bool pended;	      /* vtick knows of an expiry that the guest has not taken */
	ktime_t covered;      /* no deadline up to then is left untold */
	uint64_t kept;	      /* `keeps`: the deadline of what expired under mask */
	bool keeps;
};

/* ---- where the hook is ---- */

static struct {
	struct vtick_host *host;
	struct vp *current; /* whose thread runs; NULL: an interrupt */
	uint32_t lp;
	uint64_t spent; /* ticks that this hook has taken */
	bool muted;	/* what is started now is set anew before the hook ends */
} at;

unsigned min_timer_period_us;
bool pi_inject_timer, enable_apicv;
u64 kvm_default_tsc_scaling_ratio = 1;
struct kvm_caps kvm_caps = { .default_tsc_scaling_ratio = 1 };
/* Those of before 5.15 and after; some versions define them in lapic.c. */
struct static_key kvm_no_apic_vcpu;
struct static_key_false kvm_has_noapic_vcpu;

static struct kvm_x86_ops ops;
#if SHADOW_OPS_POINTER
struct kvm_x86_ops *kvm_x86_ops = &ops;
#else
#define ops kvm_x86_ops
struct kvm_x86_ops kvm_x86_ops;
#endif

static struct vp *vp_of(const struct kvm_vcpu *vcpu)
{
	return container_of(vcpu, struct vp, vcpu);
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
	shell_fail("lapic.c calls %s(), which vtick's kvm shell does not know", function);
}

/* ---- time ---- */

ktime_t ktime_get(void)
{
	return (ktime_t)at.host->ns(at.host, at.host->now + at.spent);
}

u64 rdtsc(void)
{
	return at.host->now + at.spent;
}

u64 kvm_read_l1_tsc(struct kvm_vcpu *vcpu, u64 host_tsc)
{
	return at.host->counter(at.host, vp_of(vcpu)->number) + (host_tsc - at.host->now);
}

u64 nsec_to_cycles(struct kvm_vcpu *vcpu, u64 ns)
{
	return (u64)((unsigned __int128)ns * vcpu->arch.virtual_tsc_khz / 1000000);
}

/* The first tick at which @ns have passed. */
static uint64_t tick_of(ktime_t ns)
{
	uint64_t ticks;

	if (ns <= 0)
		return 0;
	ticks = at.host->ticks(at.host, (uint64_t)ns);
	return at.host->ns(at.host, ticks) < (uint64_t)ns ? ticks + 1 : ticks;
}

void __delay(unsigned long cycles)
{
	at.spent += cycles;
	at.host->spend(at.host, cycles);
}

void ndelay(unsigned long ns)
{
	__delay(at.host->ticks(at.host, ns));
}

void udelay(unsigned long us)
{
	ndelay(us * 1000);
}

/* ---- hrtimers: there is one for each VP ---- */

static struct vp *vp_of_timer(struct hrtimer *timer)
{
	struct kvm_timer *t = container_of(timer, struct kvm_timer, timer);

	return vp_of(container_of(t, struct kvm_lapic, lapic_timer)->vcpu);
}

void hrtimer_init(struct hrtimer *timer, int clock, enum hrtimer_mode mode)
{
}

void hrtimer_setup(struct hrtimer *timer, enum hrtimer_restart (*function)(struct hrtimer *),
		   int clock, enum hrtimer_mode mode)
{
	timer->function = function;
}

void hrtimer_start(struct hrtimer *timer, ktime_t expires, enum hrtimer_mode mode)
{
	timer->expires = expires;
	if (at.muted)
		return;
	at.host->timer_add(at.host, &vp_of_timer(timer)->timer, at.lp, tick_of(expires), 0);
}

int hrtimer_cancel(struct hrtimer *timer)
{
	struct vp *v = vp_of_timer(timer);
	int was = vtick_timer_active(&v->timer);

	at.host->timer_del(at.host, &v->timer);
	return was;
}

/* ---- the VP ---- */

/* A VP whose own thread this is needs no kick. */
void kvm_vcpu_kick(struct kvm_vcpu *vcpu)
{
	if (at.current != vp_of(vcpu))
		at.host->kick(at.host, vp_of(vcpu)->number);
}

void kvm_set_pending_timer(struct kvm_vcpu *vcpu)
{
	kvm_vcpu_kick(vcpu);
}

struct kvm_vcpu *kvm_get_running_vcpu(void)
{
	uint32_t runs;

	if (at.current)
		return &at.current->vcpu;
	runs = at.host->running(at.host, at.lp);
	return runs == VTICK_NO_VP ? NULL : &((struct vp *)vtick_vp(at.host, runs))->vcpu;
}

/* ---- the vendor's ops ---- */

long shell_op_left_out(void)
{
	return 0;
}

static void nothing()
{
}

/*
 * vmx_set_hv_timer(): the preemption timer is to leave the guest `advance` before @deadline. It has
 * 32 bits.
 */
static int set_hv_timer(struct kvm_vcpu *vcpu, u64 deadline, bool *expired)
{
	struct vp *v = vp_of(vcpu);
	u64 shift = 32 + min_t(u64, params_now()->shift, 31);
	u64 counter = kvm_read_l1_tsc(vcpu, rdtsc());
	u64 left = deadline > counter ? deadline - counter : 0;
	u64 advance = nsec_to_cycles(vcpu, vcpu->arch.apic->lapic_timer.timer_advance_ns);

	left = left > advance ? left - advance : 0;
	if (at.muted || (shift < 64 && left >> shift))
		return -ERANGE;
	v->hv_deadline = rdtsc() + left;
	*expired = !left;
	at.host->guest_arm(at.host, at.lp, v->hv_deadline);
	return 0;
}

static void cancel_hv_timer_op(struct kvm_vcpu *vcpu)
{
	vp_of(vcpu)->hv_deadline = VTICK_NEVER;
	if (at.lp != VTICK_NO_LP) /* of a VP that never ran */
		at.host->guest_arm(at.host, at.lp, VTICK_NEVER);
}

/* Whether the processor or KVM delivers it: it is requested, and its VP hears of it. */
static void deliver_interrupt(struct kvm_lapic *apic, int mode, int trigger, int vector)
{
	kvm_lapic_set_irr(vector, apic);
	vp_of(apic->vcpu)->accepted = true;
	kvm_vcpu_kick(apic->vcpu);
}

static int deliver_posted_interrupt(struct kvm_vcpu *vcpu, int vector)
{
	deliver_interrupt(vcpu->arch.apic, 0, 0, vector);
	return 0;
}

/* What was posted is in the IRR already. */
static int sync_pir_to_irr(struct kvm_vcpu *vcpu)
{
	return kvm_lapic_find_highest_irr(vcpu);
}

/* ---- the begin of a hook ---- */

static void kernel_enter(struct vtick_host *h, struct vp *current, uint32_t lp)
{
	const struct params *p = vtick_params(h);

	at.host = h;
	at.current = current;
	at.lp = lp;
	at.spent = 0;
	at.muted = false;
	min_timer_period_us = (unsigned)min_t(u64, p->min_period, UINT_MAX);
	pi_inject_timer = p->pi_inject_timer;
	enable_apicv = p->apicv;
	ops.set_hv_timer = p->hv ? set_hv_timer : NULL;
	ops.cancel_hv_timer = cancel_hv_timer_op;
	ops.deliver_interrupt = deliver_interrupt;
	ops.deliver_posted_interrupt = deliver_posted_interrupt;
	ops.sync_pir_to_irr = sync_pir_to_irr;
	/* Some versions call these without a look. */
	ops.hwapic_irr_update = nothing;
	ops.hwapic_isr_update = nothing;
	ops.apicv_post_state_restore = nothing;
	ops.set_virtual_apic_mode = nothing;
}

#endif
