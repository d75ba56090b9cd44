/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel side of `vtick record`. Every program is a tp_btf one: unlike classic tracepoint
 * programs, these are not skipped when a timer interrupt hits while another of them runs.
 *
 * What a write of the timer meant is read from KVM's own state where the tracepoint does not say:
 * kvm_msr comes after the write took effect, kvm_apic before it.
 */
#include "kernel.h"

#include <linux/bpf.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "raw.h"

#define MSR_TSC_DEADLINE 0x6e0
#define MSR_X2APIC_TMICT 0x838
#define MSR_X2APIC_TDCR 0x83e
#define APIC_LVTT 0x320
#define APIC_TMICT 0x380
#define APIC_TDCR 0x3e0
#define APIC_BASE_ENABLE (1u << 11)
#define HRTIMER_ENQUEUED 1
#define TASK_DEAD 0x80
#define PF_KTHREAD 0x00200000

/* In `threads`: the thread of a VMM that is not to be recorded. */
#define IGNORED_VCPU 1
/* In `table`: somebody is about to fill it in. */
#define CLAIMED_VCPU 1

#define SLOT_BITS 12

enum pending { PENDING_NONE, PENDING_TMICT, PENDING_TDCR };

/* A vCPU that is recorded and the thread that runs it: one cache line, as most of them are cold. */
struct thread {
	__u64 vcpu; /* its address; 0: none */
	__u64 tsc_offset;
	/* While it runs: when the TMICT or TDCR was written whose timer start is awaited. After:
	 * when it went to sleep; 0: it does not. */
	__u64 since;
	__u64 started_ts;   /* of the timer start whose MSR write is awaited; 0: none */
	__u64 last_expires; /* a start with the same one only moves the timer to another CPU */
	__u64 apic;	    /* struct kvm_lapic's address */
	__u32 tid;
	__u32 vcpu_id;
	__u8 vector; /* the LVTT's */
	__u8 pending;
	__u8 unsure; /* on its way to sleep it was woken, and may have slept all the same */
	__u8 unused[5];
};

_Static_assert(sizeof(struct thread) == 64, "a cache line");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct raw_cpu);
} cpus SEC(".maps");

/* A thread's vCPU, by address, or IGNORED_VCPU: asked where the thread itself does not tell. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, __u32);
	__type(value, __u64);
} threads SEC(".maps");

/* The vCPUs whose place in `table` another one has, by address. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, struct thread);
} others SEC(".maps");

/* The VMMs to record, if not all. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, __u8);
} vmms SEC(".maps");

const volatile bool only_some_vmms;
const volatile bool switch_has_state; /* sched_switch hands over prev_state (5.18 on) */
const volatile __u64 apic_timer_fn;   /* address of KVM's timer callback */

/* While the vCPUs that are there are looked for: sightings are of before the recording. */
bool starting;
/* Set when all programs are attached, cleared before they are detached. */
bool recording;
/* vCPUs that did not fit into the maps. */
__u64 no_room;
/* The vCPUs, each at a place that its address says. */
static struct thread table[1 << SLOT_BITS] __attribute__((aligned(64)));

char LICENSE[] SEC("license") = "GPL";

struct stamp {
	__u64 ts;
	struct raw_cpu *cpu;
	__u32 seq;
	__u16 number;
};

/* Sequence number and, unless known, time are taken first: what is reserved later may come into the
 * ring earlier. */
static __always_inline bool stamp_at(struct stamp *s, __u64 ts)
{
	__u32 number = bpf_get_smp_processor_id();

	s->cpu = bpf_map_lookup_elem(&cpus, &number);
	if (!s->cpu)
		return false;
	s->number = (__u16)number;
	s->ts = ts;
	s->seq = (__u32)__sync_fetch_and_add(&s->cpu->seq, 1);
	return true;
}

static __always_inline bool stamp(struct stamp *s)
{
	return stamp_at(s, bpf_ktime_get_ns());
}

static __always_inline void lose(struct stamp *s, __u8 type, __u64 ts)
{
	if (s->cpu->lost == s->cpu->acked)
		s->cpu->first = ts;
	s->cpu->last = bpf_ktime_get_ns();
	__sync_fetch_and_add(&s->cpu->lost_by_type[type], 1);
	__sync_fetch_and_add(&s->cpu->lost, 1);
}

/* The record of @size bytes, to be filled and submitted; NULL if there is no room: it is counted as
 * lost. */
static __always_inline struct raw_event *reserve(struct stamp *s, __u8 type, __u64 ts, __u64 vcpu,
						 __u64 size)
{
	struct raw_event *e;

	__sync_fetch_and_add(&s->cpu->hits[type], 1);
	e = bpf_ringbuf_reserve(&ring, size, 0);
	if (!e) {
		lose(s, type, ts);
		return 0;
	}
	e->ts = ts;
	e->vcpu = vcpu;
	e->seq = s->seq;
	e->cpu = s->number;
	e->type = type;
	e->flags = 0;
	return e;
}

/* Consumers poll; waking one per event would cost more than everything else here. */
static __always_inline void submit(void *record)
{
	bpf_ringbuf_submit(record, BPF_RB_NO_WAKEUP);
}

static __always_inline void emit(struct stamp *s, __u8 type, __u64 vcpu, __u8 flags)
{
	struct raw_event *e = reserve(s, type, s->ts, vcpu, RAW_SHORT);

	if (!e)
		return;
	e->flags = flags;
	submit(e);
}

static __always_inline void emit_a(struct stamp *s, __u8 type, __u64 vcpu, __u64 a, __u8 flags)
{
	struct raw_event *e = reserve(s, type, s->ts, vcpu, RAW_WITH_A);

	if (!e)
		return;
	e->a = a;
	e->flags = flags;
	submit(e);
}

static __always_inline __u64 tsc_ratio(struct kvm_vcpu *v)
{
	struct kvm_vcpu___ratio *old = (void *)v;

	if (bpf_core_field_exists(v->arch.l1_tsc_scaling_ratio))
		return BPF_CORE_READ(v, arch.l1_tsc_scaling_ratio);
	if (bpf_core_field_exists(old->arch.tsc_scaling_ratio))
		return BPF_CORE_READ(old, arch.tsc_scaling_ratio);
	return 0;
}

static __always_inline void describe(struct raw_vcpu *r, struct kvm_vcpu *v, struct kvm_lapic *apic)
{
	void *regs = BPF_CORE_READ(apic, regs);

	r->kvm = (__u64)BPF_CORE_READ(v, kvm);
	r->vcpu_id = (__u32)BPF_CORE_READ(v, vcpu_id);
	r->tsc_offset = BPF_CORE_READ(v, arch.l1_tsc_offset);
	r->tsc_ratio = tsc_ratio(v);
	r->tscdeadline = BPF_CORE_READ(apic, lapic_timer.tscdeadline);
	r->period = (__u64)BPF_CORE_READ(apic, lapic_timer.period);
	r->timer_mode = BPF_CORE_READ(apic, lapic_timer.timer_mode);
	r->advance = BPF_CORE_READ(apic, lapic_timer.timer_advance_ns);
	r->expires = 0;
	if (BPF_CORE_READ(apic, lapic_timer.timer.state) & HRTIMER_ENQUEUED)
		r->expires = (__u64)BPF_CORE_READ(apic, lapic_timer.timer.node.expires);
	r->lvtt = 0;
	bpf_probe_read_kernel(&r->lvtt, sizeof(r->lvtt), regs + APIC_LVTT);
	r->target = (__u64)BPF_CORE_READ(apic, lapic_timer.target_expiration);
	r->hardware = BPF_CORE_READ(apic, lapic_timer.hv_timer_in_use);
}

/* Thread group and thread; a BPF function takes five arguments at most. */
static __always_inline __u64 ids_of(struct task_struct *task)
{
	return (__u64)(__u32)task->tgid << 32 | (__u32)task->pid;
}

/* For the verifier an address is no number to reckon with, a copy of its lower half is. */
static __always_inline struct thread *place_of(__u64 vcpu)
{
	__u32 low;

	asm volatile("%0 = %1" : "=w"(low) : "w"((__u32)vcpu));
	return &table[(low * 0x9e3779b1u) >> (32 - SLOT_BITS)];
}

/* The vCPU at that address, if it is recorded. */
static __always_inline struct thread *find(__u64 vcpu)
{
	struct thread *t = place_of(vcpu);

	return t->vcpu == vcpu ? t : bpf_map_lookup_elem(&others, &vcpu);
}

static __always_inline void leave(__u64 vcpu)
{
	struct thread *t = place_of(vcpu);

	if (t->vcpu == vcpu)
		t->vcpu = 0;
	bpf_map_delete_elem(&others, &vcpu);
}

/* Others look at the table at the same time: an address is there once all else is. */
static __always_inline struct thread *settle(__u64 vcpu, struct thread *fresh)
{
	struct thread *t = place_of(vcpu);
	__u64 there = __sync_val_compare_and_swap(&t->vcpu, 0, CLAIMED_VCPU);

	if (!there || there == vcpu) {
		fresh->vcpu = there ? vcpu : CLAIMED_VCPU;
		*t = *fresh;
		*(volatile __u64 *)&t->vcpu = vcpu;
		return t;
	}
	fresh->vcpu = vcpu;
	bpf_map_update_elem(&others, &vcpu, fresh, BPF_ANY);
	return bpf_map_lookup_elem(&others, &vcpu);
}

/*
 * First sight of a vCPU in a thread: says who it is and keeps it. Others may use preempt notifiers
 * too, so what looks like a vCPU must have an APIC that points back at it. (A VMM that keeps the
 * APIC to itself has none here, and no timer to record either.) Of the VMM's other threads one may
 * hold the vCPU for a moment, to look at its registers: the vCPU's own is the one that runs it.
 */
static __noinline struct thread *meet(struct stamp *s, __u64 vcpu, __u64 ids, __u32 cpu,
				      __u32 flags)
{
	__u32 tid = (__u32)ids, tgid = (__u32)(ids >> 32);
	struct kvm_vcpu *v = (void *)vcpu;
	struct thread fresh = { .tid = tid }, *t;
	struct kvm_lapic *apic;
	struct raw_vcpu *r;

	if (only_some_vmms && !bpf_map_lookup_elem(&vmms, &tgid)) {
		__u64 ignored = IGNORED_VCPU;

		bpf_map_update_elem(&threads, &tid, &ignored, BPF_ANY);
		return 0;
	}
	apic = BPF_CORE_READ(v, arch.apic);
	if (!apic || BPF_CORE_READ(apic, vcpu) != v)
		return 0;
	if ((__u32)BPF_CORE_READ(v, pid, numbers[0].nr) != tid)
		return 0;
	__sync_fetch_and_add(&s->cpu->hits[RAW_VCPU], 1);
	r = bpf_ringbuf_reserve(&ring, sizeof(*r), 0);
	if (!r) {
		lose(s, RAW_VCPU, s->ts);
		return 0;
	}
	describe(r, v, apic);
	r->tgid = tgid;
	r->ev.ts = s->ts;
	r->ev.seq = s->seq;
	r->ev.cpu = (__u16)cpu;
	r->ev.type = RAW_VCPU;
	r->ev.flags = (__u8)(starting ? flags | RAW_SNAPSHOT : flags);
	r->ev.vcpu = vcpu;
	r->ev.a = 0;
	r->ev.b = 0;
	r->ev.c = 0;
	fresh.vcpu_id = r->vcpu_id;
	fresh.vector = (__u8)r->lvtt;
	fresh.tsc_offset = r->tsc_offset;
	fresh.last_expires = r->expires;
	fresh.apic = (__u64)apic;
	submit(r);
	t = settle(vcpu, &fresh);
	if (bpf_map_update_elem(&threads, &tid, &vcpu, BPF_ANY) || !t)
		__sync_fetch_and_add(&no_room, 1);
	return t;
}

/* What is not at its place in the table, or not in KVM_RUN, or not known yet. */
static __noinline struct thread *look(struct stamp *s, struct task_struct *task, __u32 flags)
{
	struct hlist_node *node = task->preempt_notifiers.first;
	__u64 *known, vcpu = 0;
	struct thread *t;
	__u32 tid = (__u32)task->pid;

	known = bpf_map_lookup_elem(&threads, &tid);
	if (known)
		vcpu = *known;
	if (vcpu == IGNORED_VCPU || (!vcpu && !node))
		return 0;
	if (node)
		vcpu = (__u64)node - bpf_core_field_offset(struct kvm_vcpu, preempt_notifier);
	t = find(vcpu);
	if (t && t->tid == tid)
		return t;
	return node ? meet(s, vcpu, ids_of(task), s->number, flags) : 0;
}

/*
 * The vCPU whose thread @task is, or NULL. Inside KVM_RUN (a HLT that blocks included) the thread
 * has a preempt notifier, which is part of its vCPU; outside of it the thread is known from before.
 */
static __always_inline struct thread *thread_of(struct stamp *s, struct task_struct *task,
						__u32 flags)
{
	struct hlist_node *node = task->preempt_notifiers.first;

	if (node) {
		__u64 vcpu = (__u64)node - bpf_core_field_offset(struct kvm_vcpu, preempt_notifier);
		struct thread *t = place_of(vcpu);

		if (t->vcpu == vcpu && t->tid == (__u32)task->pid)
			return t;
	} else if (task->flags & PF_KTHREAD) {
		return 0;
	}
	return look(s, task, flags);
}

/* The vCPU that @task is in KVM_RUN for, if it was met before. */
static __always_inline struct thread *met(struct task_struct *task)
{
	struct hlist_node *node = task->preempt_notifiers.first;
	struct thread *t;

	if (!node)
		return 0;
	t = find((__u64)node - bpf_core_field_offset(struct kvm_vcpu, preempt_notifier));
	return t && t->tid == (__u32)task->pid ? t : 0;
}

/* A TMICT write for which KVM started no hrtimer (another timer, or it was due at once). */
static __always_inline void flush_pending(struct stamp *s, struct thread *t)
{
	struct kvm_lapic *apic;
	struct raw_event *e;

	if (t->pending == PENDING_NONE)
		return;
	if (t->pending == PENDING_TMICT) {
		apic = (void *)t->apic;
		e = reserve(s, RAW_ARM_LAPIC, t->since, t->vcpu, sizeof(*e));
		if (e) {
			e->a = (__u64)BPF_CORE_READ(apic, lapic_timer.target_expiration);
			e->b = 0;
			e->c = 0;
			if (BPF_CORE_READ(apic, lapic_timer.timer_mode) == LVTT_PERIODIC)
				e->b = (__u64)BPF_CORE_READ(apic, lapic_timer.period);
			submit(e);
		}
	}
	t->pending = PENDING_NONE;
}

/* The guest's TSC was moved, by the guest, the VMM or KVM itself. */
static __always_inline void check_offset(struct stamp *s, struct thread *t)
{
	struct kvm_vcpu *v = (void *)t->vcpu;
	__u64 offset = BPF_CORE_READ(v, arch.l1_tsc_offset);
	struct raw_event *e;

	if (offset == t->tsc_offset)
		return;
	/* Its stamp must not lie after that of the arm that it is for. */
	e = reserve(s, RAW_OFFSET, t->started_ts ? t->started_ts : s->ts, t->vcpu, sizeof(*e));
	if (!e)
		return;
	t->tsc_offset = offset;
	e->a = offset;
	e->b = tsc_ratio(v);
	e->c = 0;
	submit(e);
}

static __always_inline void deadline_written(struct stamp *s, struct thread *t, __u64 data)
{
	struct kvm_vcpu *v = (void *)t->vcpu;
	struct kvm_lapic *apic = (void *)t->apic;
	__u64 started = t->started_ts;
	struct raw_event *e;

	if (BPF_CORE_READ(apic, lapic_timer.timer_mode) != LVTT_TSCDEADLINE ||
	    !(BPF_CORE_READ(v, arch.apic_base) & APIC_BASE_ENABLE)) {
		s->ts = bpf_ktime_get_ns();
		emit_a(s, RAW_IGNORED, t->vcpu, data, 0);
		return;
	}
	if (!started || !data)
		s->ts = bpf_ktime_get_ns();
	if (!data) {
		t->started_ts = 0;
		emit(s, RAW_DISARM, t->vcpu, 0);
		return;
	}
	check_offset(s, t);
	t->started_ts = 0;
	e = reserve(s, RAW_ARM_TSC, started ? started : s->ts, t->vcpu, sizeof(*e));
	if (!e)
		return;
	e->a = data;
	e->b = 0;
	e->c = 0;
	if (started) {
		e->b = t->last_expires;
		e->c = BPF_CORE_READ(apic, lapic_timer.timer_advance_ns);
		e->flags = RAW_STARTED;
	}
	submit(e);
}

SEC("tp_btf/kvm_msr")
int BPF_PROG(on_kvm_msr, unsigned int write, __u32 msr, __u64 data, bool exception)
{
	struct task_struct *task;
	struct thread *t;
	struct stamp s;

	if (!write || exception)
		return 0;
	if (msr != MSR_TSC_DEADLINE && msr != MSR_X2APIC_TMICT && msr != MSR_X2APIC_TDCR)
		return 0;
	if (!recording)
		return 0;
	task = bpf_get_current_task_btf();
	t = met(task);
	if (msr != MSR_TSC_DEADLINE && (!t || t->pending == PENDING_NONE))
		return 0;
	/* Of most writes the time is that of the timer's start. */
	if (!(t ? stamp_at(&s, 0) : stamp(&s)))
		return 0;
	/* The write has taken effect already. */
	if (!t)
		t = thread_of(&s, task, RAW_WRITTEN);
	if (!t)
		return 0;
	flush_pending(&s, t);
	if (msr == MSR_TSC_DEADLINE)
		deadline_written(&s, t, data);
	return 0;
}

/* The write is one that KVM starts a timer for. */
static __always_inline bool starts_timer(struct thread *t, __u32 reg, __u64 val)
{
	struct kvm_lapic *apic = (void *)t->apic;

	return (reg == APIC_TDCR || (reg == APIC_TMICT && val)) &&
	       BPF_CORE_READ(apic, lapic_timer.timer_mode) != LVTT_TSCDEADLINE;
}

/* @val is 32 bits wide on some kernels. x2APIC writes come through here too, before their kvm_msr.
 */
SEC("tp_btf/kvm_apic")
int BPF_PROG(on_kvm_apic, unsigned int write, unsigned int reg, __u64 val)
{
	struct task_struct *task;
	struct kvm_lapic *apic;
	struct raw_event *e;
	struct thread *t;
	struct stamp s;
	__u32 mode;

	if (!write || (reg != APIC_LVTT && reg != APIC_TMICT && reg != APIC_TDCR))
		return 0;
	if (!recording)
		return 0;
	task = bpf_get_current_task_btf();
	t = met(task);
	val &= 0xffffffff;
	if (t && t->pending == PENDING_NONE && starts_timer(t, reg, val)) {
		t->pending = reg == APIC_TMICT ? PENDING_TMICT : PENDING_TDCR;
		t->since = bpf_ktime_get_ns();
		return 0;
	}
	if (!stamp(&s))
		return 0;
	t = thread_of(&s, task, 0);
	if (!t)
		return 0;
	flush_pending(&s, t);
	apic = (void *)t->apic;
	mode = BPF_CORE_READ(apic, lapic_timer.timer_mode);
	if (reg == APIC_LVTT) {
		t->vector = (__u8)val;
		t->started_ts = 0;
		e = reserve(&s, RAW_LVTT, s.ts, t->vcpu, sizeof(*e));
		if (e) {
			e->a = val;
			e->b = mode;
			e->c = 0;
			submit(e);
		}
	} else if (mode == LVTT_TSCDEADLINE) {
		if (reg == APIC_TMICT)
			emit_a(&s, RAW_IGNORED, t->vcpu, val, RAW_LAPIC);
	} else if (reg == APIC_TMICT && !val) {
		emit(&s, RAW_DISARM, t->vcpu, RAW_LAPIC);
	} else {
		t->pending = reg == APIC_TMICT ? PENDING_TMICT : PENDING_TDCR;
		t->since = s.ts;
	}
	return 0;
}

static __always_inline __u64 apic_of_timer(struct hrtimer *timer)
{
	return (__u64)timer - bpf_core_field_offset(struct kvm_lapic, lapic_timer.timer);
}

SEC("tp_btf/hrtimer_start")
int BPF_PROG(on_hrtimer_start, struct hrtimer *timer)
{
	struct kvm_lapic *apic;
	struct raw_event *e;
	struct thread *t;
	struct stamp s;
	__u64 expires;

	if (!recording || (__u64)timer->function != apic_timer_fn)
		return 0;
	/* A period's restart comes from the callback. A move between CPUs keeps the expiry. */
	if (timer->base->running == timer)
		return 0;
	t = met(bpf_get_current_task_btf());
	if (!t || t->apic != apic_of_timer(timer))
		return 0;
	expires = (__u64)timer->node.expires;
	if (expires == t->last_expires)
		return 0;
	t->last_expires = expires;
	if (t->pending == PENDING_NONE) {
		t->started_ts = bpf_ktime_get_ns();
		return 0;
	}
	if (!stamp_at(&s, t->since))
		return 0;
	apic = (void *)t->apic;
	e = reserve(&s, RAW_ARM_LAPIC, t->since, t->vcpu, sizeof(*e));
	if (e) {
		e->a = expires;
		e->b = 0;
		e->c = 0;
		if (BPF_CORE_READ(apic, lapic_timer.timer_mode) == LVTT_PERIODIC)
			e->b = (__u64)BPF_CORE_READ(apic, lapic_timer.period);
		e->flags = RAW_STARTED | (t->pending == PENDING_TDCR ? RAW_TDCR : 0);
		submit(e);
	}
	t->pending = PENDING_NONE;
	return 0;
}

SEC("tp_btf/hrtimer_expire_entry")
int BPF_PROG(on_hrtimer_expire, struct hrtimer *timer)
{
	struct kvm_lapic *apic;
	struct stamp s;
	__u64 vcpu;

	if (!recording || (__u64)timer->function != apic_timer_fn)
		return 0;
	apic = (void *)apic_of_timer(timer);
	vcpu = (__u64)BPF_CORE_READ(apic, vcpu);
	if (find(vcpu) && stamp(&s))
		emit_a(&s, RAW_FIRE, vcpu, (__u64)timer->node.expires, 0);
	return 0;
}

/* Raised by the vCPU's own thread; the vector alone would also match another vCPU's IPI. */
SEC("tp_btf/kvm_apic_accept_irq")
int BPF_PROG(on_accept_irq, __u32 apicid, __u16 dm, __u16 tm, __u8 vec)
{
	struct task_struct *task;
	struct thread *t;
	struct stamp s;

	if (!recording)
		return 0;
	task = bpf_get_current_task_btf();
	t = met(task);
	if (t && (t->vcpu_id != apicid || t->vector != vec))
		return 0;
	if (!stamp(&s))
		return 0;
	if (!t) {
		t = thread_of(&s, task, 0);
		if (!t || t->vcpu_id != apicid || t->vector != vec)
			return 0;
	}
	emit(&s, RAW_PEND, t->vcpu, 0);
	return 0;
}

static __always_inline __u64 state_of(struct task_struct *task)
{
	struct task_struct___state *old = (void *)task;

	if (bpf_core_field_exists(task->__state))
		return BPF_CORE_READ(task, __state);
	return (__u64)BPF_CORE_READ(old, state);
}

static __noinline void thread_ends(__u32 tid)
{
	__u64 *known = bpf_map_lookup_elem(&threads, &tid), vcpu;
	struct thread *t;

	if (!known)
		return;
	vcpu = *known;
	t = vcpu == IGNORED_VCPU ? 0 : find(vcpu);
	if (t && t->tid == tid)
		leave(vcpu);
	bpf_map_delete_elem(&threads, &tid);
}

/* Who comes back from sleep was woken, and if no other wake-up came, then by the one that came when
 * it was about to sleep. */
static __noinline void mend_wake(struct stamp *s, struct thread *t)
{
	struct raw_event *e;

	t->unsure = 0;
	if (!t->since)
		return;
	e = reserve(s, RAW_WAKEUP, t->since + 1, t->vcpu, RAW_SHORT);
	if (e)
		submit(e);
}

/* A switch from one vCPU to another: one record for both. */
static __always_inline void emit_both(struct stamp *s, __u64 out, __u64 state, __u8 flags, __u64 in)
{
	struct raw_event *e = reserve(s, RAW_OUT, s->ts, out, RAW_BOTH);

	__sync_fetch_and_add(&s->cpu->hits[RAW_IN], 1);
	if (!e) {
		lose(s, RAW_IN, s->ts);
		return;
	}
	e->a = state;
	e->b = in;
	e->flags = flags;
	submit(e);
}

SEC("tp_btf/sched_switch")
int sched_switch(__u64 *ctx)
{
	__u8 flags = (bool)ctx[0] ? RAW_PREEMPT : 0;
	struct task_struct *prev = (void *)ctx[1], *next = (void *)ctx[2];
	struct thread *out, *in;
	struct stamp s;
	__u64 state;

	if (!recording || !stamp(&s))
		return 0;
	if (switch_has_state)
		state = (__u32)ctx[3];
	else
		state = state_of(prev);
	out = thread_of(&s, prev, 0);
	if (out) {
		if (prev->preempt_notifiers.first)
			flags |= RAW_IN_RUN;
		flush_pending(&s, out);
		out->since = state && !(flags & RAW_PREEMPT) ? s.ts : 0;
	}
	in = thread_of(&s, next, 0);
	if (in && in->unsure)
		mend_wake(&s, in);
	if (out && in)
		emit_both(&s, out->vcpu, state, flags, in->vcpu);
	else if (out)
		emit_a(&s, RAW_OUT, out->vcpu, state, flags);
	else if (in)
		emit(&s, RAW_IN, in->vcpu, 0);
	if (state & TASK_DEAD)
		thread_ends((__u32)prev->pid);
	return 0;
}

/*
 * Somebody wakes a thread, on the waker's CPU, under the thread's pi_lock. One that is off the run
 * queue (or asleep on it, as it may be from 6.12 on) has left its CPU to sleep, or will do so for
 * certain. One that is on the queue goes on as if nothing had been, if the waker is an interrupt of
 * its own CPU; if not, it may leave the queue before the waker has locked that: its next switch-in
 * tells, as without a wake-up there is none. The time is taken when that is known: what the thread
 * does before it leaves comes first.
 */
SEC("tp_btf/sched_waking")
int BPF_PROG(on_waking, struct task_struct *task)
{
	bool queued, on_cpu;
	struct thread *t;
	struct stamp s;

	if (!recording || (task->flags & PF_KTHREAD))
		return 0;
	queued = task->on_rq;
	if (bpf_core_field_exists(task->se.sched_delayed) && task->se.sched_delayed)
		queued = false;
	on_cpu = task->on_cpu;
	if (!stamp(&s))
		return 0;
	t = thread_of(&s, task, 0);
	if (!t)
		return 0;
	if (!queued)
		t->unsure = 0;
	else if ((__u64)task != (__u64)bpf_get_current_task_btf())
		t->unsure = 1;
	emit(&s, RAW_WAKING, t->vcpu, !queued && on_cpu ? RAW_LEAVES : 0);
	return 0;
}

SEC("tp_btf/local_timer_entry")
int BPF_PROG(on_local_timer, int vector)
{
	struct stamp s;

	if (recording && stamp(&s))
		emit(&s, RAW_TIMER_IRQ, 0, 0);
	return 0;
}

/*
 * A vCPU is made, and its TSC set, before it runs for the first time: if its address named another
 * one, that is gone, of a VM that is gone. (The same event comes when a TSC is written later.)
 */
SEC("tp_btf/kvm_write_tsc_offset")
int BPF_PROG(on_tsc_offset)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct hlist_node *node = task->preempt_notifiers.first;
	__u32 tgid = (__u32)task->tgid, tid;
	struct kvm_vcpu *v;
	struct raw_event *e;
	struct thread *t;
	struct stamp s;
	__u64 vcpu, *known;

	if (!recording || !node || (only_some_vmms && !bpf_map_lookup_elem(&vmms, &tgid)))
		return 0;
	vcpu = (__u64)node - bpf_core_field_offset(struct kvm_vcpu, preempt_notifier);
	v = (void *)vcpu;
	if (BPF_CORE_READ(v, pid) || !stamp(&s))
		return 0;
	t = find(vcpu);
	if (t) {
		tid = t->tid;
		known = bpf_map_lookup_elem(&threads, &tid);
		if (known && *known == vcpu)
			bpf_map_delete_elem(&threads, &tid);
		leave(vcpu);
	}
	e = reserve(&s, RAW_CREATED, s.ts, vcpu, sizeof(*e));
	if (!e)
		return 0;
	e->a = (__u64)BPF_CORE_READ(v, kvm);
	e->b = (__u32)BPF_CORE_READ(v, vcpu_id);
	e->c = tgid;
	submit(e);
	return 0;
}

/* The vCPUs that are in KVM_RUN when the recording starts, and which of them run. */
SEC("iter/task")
int snapshot(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct hlist_node *node;
	struct stamp s;
	__u32 tid, flags = 0, cpu;

	if (!task || !stamp(&s))
		return 0;
	node = task->preempt_notifiers.first;
	tid = (__u32)task->pid;
	if (!node || bpf_map_lookup_elem(&threads, &tid))
		return 0;
	cpu = task->thread_info.cpu;
	if (task->on_cpu)
		flags |= RAW_ON_CPU;
	else if (state_of(task) && !task->on_rq)
		flags |= RAW_ASLEEP;
	meet(&s, (__u64)node - bpf_core_field_offset(struct kvm_vcpu, preempt_notifier),
	     ids_of(task), cpu, flags);
	return 0;
}

/*
 * And those whose thread is in the VMM, as long as that may be (a guest that is paused): by their
 * descriptors, which are called kvm-vcpu. KVM remembers the thread that ran each last.
 */
SEC("iter/task_file")
int snapshot_files(struct bpf_iter__task_file *ctx)
{
	struct file *file = ctx->file;
	struct task_struct *task;
	struct hlist_node *node;
	struct kvm_vcpu *v;
	char name[8] = "";
	struct stamp s;
	__u32 tid;

	if (!ctx->task || !file)
		return 0;
	bpf_probe_read_kernel(name, sizeof(name), BPF_CORE_READ(file, f_path.dentry, d_name.name));
	/* Little endian, as x86 is. */
	if (*(__u64 *)name != 0x757063762d6d766b)
		return 0;
	v = BPF_CORE_READ(file, private_data);
	if (find((__u64)v))
		return 0;
	/* A thread that is gone is no vCPU's. */
	node = BPF_CORE_READ(v, pid, tasks[0].first);
	if (!node || !stamp(&s))
		return 0;
	task = (void *)node - bpf_core_field_offset(struct task_struct, pid_links);
	tid = (__u32)BPF_CORE_READ(task, pid);
	if (bpf_map_lookup_elem(&threads, &tid))
		return 0;
	meet(&s, (__u64)v, (__u64)(__u32)BPF_CORE_READ(task, tgid) << 32 | tid,
	     BPF_CORE_READ(task, thread_info.cpu), 0);
	return 0;
}
