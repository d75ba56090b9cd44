/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/import/kvm/events.h"

#include <stdlib.h>

#include "traces/base/cli.h"
#include "traces/base/mem.h"
#include "traces/import/kvm/deadlines.h"
#include "traces/tick_idle.h"

enum { LVTT_MASKED = 1 << 16, LVTT_VECTOR = 0xff };

/* kvm_exit: reasons of its two kinds of processors (arch/x86/include/uapi/asm/vmx.h, svm.h). */
enum { ISA_VMX = 1, ISA_SVM = 2, VMX_HLT = 12, VMX_REASON = 0xffff, SVM_HLT = 0x78 };

/* What is known of a vCPU as of the last record, besides where it runs. */
struct kvm_guest {
	uint32_t waker;	  /* LP + 1 of a wake-up while it still ran, or 0 */
	bool blocked;	  /* it may be woken */
	bool halts;	  /* its last exit was HLT, and KVM itself deals with it */
	bool outstanding; /* its timer was armed and is not yet spent */
	bool periodic;
	bool seeded; /* its timer is that of before the capture */
	int vector;
	/* Of its Hyper-V timer: */
	uint64_t count, config;
	bool written; /* by the guest, and KVM did not start it yet */
};

struct kvm_events {
	const struct kvm_scan *scan;
	struct trace_writer *writer;
	bool exits;
	struct schedule *schedule; /* its VPs are the scan's */
	struct tick_idle *tick_idle;
	uint64_t now;		 /* time of the record at hand */
	size_t at;		 /* its number + 1 */
	uint64_t *open;		 /* [cpus] the hrtimer whose callback runs, or 0 */
	struct kvm_guest *guest; /* by the scan's index */
	size_t gap;		 /* the next one */
	size_t away;		 /* the next one */
	struct kvm_tally tally;
};

/* The schedule numbers VPs as the scan does, the trace by VM. */
static int write_event(void *arg, const struct trace_event *ev, struct vt_error *err)
{
	struct kvm_events *e = arg;
	struct trace_event out = *ev;

	tick_idle_event(e->tick_idle, ev);
	if (trace_type_has_vp(ev->type))
		out.vp = e->scan->vp[ev->vp].number;
	if (out.extra >= TRACE_TICK_LIMIT)
		out.extra = TRACE_TICK_LIMIT - 1;
	return trace_writer_add(e->writer, &out, err);
}

static void run_ends(void *arg, uint32_t lp, uint32_t vp, enum trace_reason reason)
{
	struct kvm_events *e = arg;

	tick_idle_leaves(e->tick_idle, lp);
	e->guest[vp].waker = 0;
	e->guest[vp].blocked = reason != TRACE_PREEMPT;
}

struct kvm_events *kvm_events_new(const struct kvm_scan *s, bool exits, struct trace_writer *w)
{
	struct kvm_events *e = vt_alloc(sizeof(*e));
	uint32_t cpus = s->file->cpus;

	*e = (struct kvm_events){ .scan = s, .writer = w, .exits = exits };
	e->open = vt_array(cpus + 1, sizeof(*e->open));
	e->guest = vt_array(s->vps, sizeof(*e->guest));
	e->tick_idle = tick_idle_new(cpus, s->tick_hz ? s->clock.hz / s->tick_hz : 0);
	e->schedule = schedule_new(
	    cpus, s->vps,
	    &(struct schedule_sink){ .put = write_event, .run_ends = run_ends, .arg = e });
	for (uint32_t i = 0; i < s->vps; i++)
		e->guest[i] = (struct kvm_guest){ .blocked = true, .vector = s->vp[i].vector };
	return e;
}

void kvm_events_free(struct kvm_events *e)
{
	if (!e)
		return;
	schedule_free(e->schedule);
	tick_idle_free(e->tick_idle);
	free(e->open);
	free(e->guest);
	free(e);
}

const struct kvm_tally *kvm_events_tally(struct kvm_events *e)
{
	e->tally.schedule = *schedule_tally(e->schedule);
	e->tally.tick_idle = tick_idle_told(e->tick_idle, e->scan->file->t1 - e->scan->file->t0);
	return &e->tally;
}

/* @ev happens now. */
static int emit(struct kvm_events *e, struct trace_event ev, struct vt_error *err)
{
	ev.time = e->now;
	return schedule_emit(e->schedule, &ev, err);
}

/* An event that says only which VP it is about. */
static int emit_vp(struct kvm_events *e, enum trace_type type, uint32_t vp, struct vt_error *err)
{
	return emit(e, (struct trace_event){ .type = (uint8_t)type, .vp = vp }, err);
}

/* ---- who runs, sleeps and is woken ---- */

static int emit_wake(struct kvm_events *e, uint32_t vp, uint32_t lp, struct vt_error *err)
{
	e->guest[vp].blocked = false;
	return emit(e, (struct trace_event){ .type = TRACE_WAKE, .vp = vp, .lp = (uint16_t)lp },
		    err);
}

/* The VP that a record names by its thread, or KVM_NOBODY. */
static uint32_t vp_of(const struct kvm_events *e, uint64_t tid)
{
	return tid <= UINT32_MAX ? kvm_scan_vp(e->scan, (uint32_t)tid) : KVM_NOBODY;
}

static int wake(struct kvm_events *e, const struct kvm_record *r, struct vt_error *err)
{
	uint32_t vp = vp_of(e, r->a);

	if (vp == KVM_NOBODY)
		return 0;
	if (schedule_lp(e->schedule, vp) != SCHEDULE_NOBODY) {
		/* sched_wakeup of a thread that runs: it was still on its run queue, and goes on.
		 */
		e->guest[vp].waker = r->kind == KVM_WAKING ? r->cpu + 1u : 0;
		return 0;
	}
	/* sched_waking and sched_wakeup tell of the same: the first counts. */
	return e->guest[vp].blocked ? emit_wake(e, vp, r->cpu, err) : 0;
}

static bool is_halt(const struct kvm_record *exit)
{
	return (exit->b != ISA_SVM && (exit->a & VMX_REASON) == VMX_HLT) ||
	       (exit->b != ISA_VMX && exit->a == SVM_HLT);
}

/*
 * A thread that sleeps, but not for its guest's HLT, waits for what KVM or the VMM does. Where
 * exits were not recorded nobody can tell: then it halts, as most that sleep do.
 */
static enum trace_reason reason_of(struct kvm_events *e, uint32_t vp, uint64_t prev_state)
{
	if (!(prev_state & KVM_STATE_MASK))
		return TRACE_PREEMPT;
	if (prev_state & KVM_STATE_DEAD)
		return TRACE_OFFLINE;
	e->tally.blind_sleeps += !e->scan->exits;
	return !e->scan->exits || e->guest[vp].halts ? TRACE_BLOCK : TRACE_WAIT;
}

static int switched_out(struct kvm_events *e, uint32_t vp, const struct kvm_record *r,
			struct vt_error *err)
{
	uint32_t waker = e->guest[vp].waker;
	enum trace_reason why = reason_of(e, vp, r->b);

	if (schedule_out(e->schedule, e->now, vp, why, err))
		return -1;
	if (!waker || (why != TRACE_BLOCK && why != TRACE_WAIT))
		return 0;
	/* Woken by another CPU after it had left its run queue, before it was switched out. */
	e->tally.early_wakes++;
	return emit_wake(e, vp, waker - 1, err);
}

static int switched(struct kvm_events *e, const struct kvm_record *r, struct vt_error *err)
{
	uint32_t prev = schedule_vp(e->schedule, r->cpu), next = vp_of(e, r->a);

	e->tally.runs += next != KVM_NOBODY;
	e->open[r->cpu] = 0;
	if (prev != SCHEDULE_NOBODY && switched_out(e, prev, r, err))
		return -1;
	return next == KVM_NOBODY ? 0 : schedule_in(e->schedule, e->now, r->cpu, next, 0, err);
}

/* ---- the guest's timer ---- */

/* An ARM at which nothing is missing. */
static int arm(struct kvm_events *e, const struct trace_event *ev, struct vt_error *err)
{
	struct kvm_guest *g = &e->guest[ev->vp];

	g->outstanding = true;
	g->periodic = ev->extra != 0;
	g->seeded = false;
	return emit(e, *ev, err);
}

static int timer_write(struct kvm_events *e, uint32_t vp, const struct kvm_record *write,
		       const struct kvm_record *start, struct vt_error *err)
{
	struct kvm_guest *g = &e->guest[vp];
	struct trace_event ev = { .type = TRACE_ARM, .vp = vp };
	struct kvm_deadlines d = { e->scan, &e->tally, e->now };
	bool known;

	if (e->scan->vp[vp].stimer) {
		e->tally.other_timers++;
		return 0;
	}
	if (!write->b) {
		g->outstanding = g->seeded = false;
		e->tally.disarms++;
		return emit_vp(e, TRACE_DISARM, vp, err);
	}
	if (write->kind == KVM_MSR) {
		ev.sub = TRACE_TSC_DEADLINE;
		known = kvm_tsc_deadline(&d, vp, write, start, &ev.value);
		e->tally.arms_tsc += known;
	} else {
		uint64_t ticks = kvm_count_ticks(&d, vp, write->b);

		ev.sub = TRACE_LAPIC;
		ev.extra = write->flags & KVM_F_PERIODIC ? ticks + !ticks : 0;
		known = kvm_count_deadline(&d, vp, write, start, ticks, &ev.value);
		e->tally.arms_lapic += known;
	}
	if (known)
		return arm(e, &ev, err);
	e->tally.unknown_writes++;
	/* It ended what was armed before the capture began, or a replay would tick on. */
	if (g->seeded && g->outstanding) {
		e->tally.disarms++;
		if (emit_vp(e, TRACE_DISARM, vp, err))
			return -1;
	}
	g->outstanding = g->periodic = g->seeded = false;
	return 0;
}

/* ---- Hyper-V's synthetic timers ---- */

enum { STIMER_ENABLE = 1, STIMER_PERIODIC = 2, STIMER_AUTO = 8, STIMER_UNIT_NS = 100 };

/* @ns from now on. */
static uint64_t from_now(const struct kvm_events *e, uint64_t units)
{
	uint64_t limit = TRACE_TICK_LIMIT / STIMER_UNIT_NS;
	uint64_t ns = STIMER_UNIT_NS * (units < limit ? units : limit - 1);

	return kvm_deadline((int64_t)e->now + kvm_ns_to_ticks(&e->scan->clock, (int64_t)ns));
}

static int stimer_arm(struct kvm_events *e, uint32_t vp, uint64_t when, struct vt_error *err)
{
	struct kvm_guest *g = &e->guest[vp];
	struct trace_event ev = { .type = TRACE_ARM, .vp = vp, .sub = TRACE_LAPIC, .value = when };

	g->written = false;
	e->tally.arms_stimer++;
	if (g->config & STIMER_PERIODIC) {
		ev.extra = from_now(e, g->count) - e->now;
		ev.extra += !ev.extra;
	}
	return arm(e, &ev, err);
}

/* A write of the guest: KVM starts the timer a little later, or says at once that it expired. */
static int stimer_write(struct kvm_events *e, uint32_t vp, struct vt_error *err)
{
	struct kvm_guest *g = &e->guest[vp];

	g->written = g->count && g->config & STIMER_ENABLE;
	if (g->written || !g->outstanding)
		return 0;
	g->outstanding = false;
	e->tally.disarms++;
	return emit_vp(e, TRACE_DISARM, vp, err);
}

static int stimer(struct kvm_events *e, uint32_t vp, const struct kvm_record *r,
		  struct vt_error *err)
{
	struct kvm_guest *g = &e->guest[vp];
	const struct kvm_record *start = r->link ? &e->scan->file->record[r->link - 1] : NULL;

	if (r->a + 1 != e->scan->vp[vp].stimer) {
		e->tally.other_timers += r->kind == KVM_HV_COUNT && r->b;
		return 0;
	}
	switch (r->kind) {
	case KVM_HV_CONFIG:
		g->config = r->b;
		return stimer_write(e, vp, err);
	case KVM_HV_COUNT:
		g->count = r->b;
		/* Where its configuration was written before the capture: it counts, so it is on.
		 */
		g->config = r->b ? g->config | STIMER_ENABLE : g->config & ~(uint64_t)STIMER_ENABLE;
		return stimer_write(e, vp, err);
	case KVM_HV_START:
		if (!g->written)
			return 0;
		return stimer_arm(e, vp,
				  start && kvm_tells_expiry(start)
				      ? kvm_deadline(kvm_clock_at(&e->scan->clock, start->b))
				      : from_now(e, r->b),
				  err);
	default:
		/* Past when it was written. */
		return g->written ? stimer_arm(e, vp, e->now, err) : 0;
	}
}

static int lvtt_write(struct kvm_events *e, uint32_t vp, const struct kvm_record *r,
		      struct vt_error *err)
{
	struct kvm_guest *g = &e->guest[vp];
	struct trace_event ev = { .type = TRACE_MASK,
				  .vp = vp,
				  .sub = (r->b & LVTT_MASKED) != 0,
				  .extra = r->b & LVTT_VECTOR };

	if (!(r->b & LVTT_MASKED))
		g->vector = (int)(r->b & LVTT_VECTOR);
	if (r->flags & KVM_F_RESET && g->outstanding) {
		g->outstanding = false;
		e->tally.resets++;
		if (emit_vp(e, TRACE_DISARM, vp, err))
			return -1;
	}
	return emit(e, ev, err);
}

static int apic_write(struct kvm_events *e, uint32_t vp, const struct kvm_record *r,
		      struct vt_error *err)
{
	if (r->flags & (KVM_F_MOVED | KVM_F_IGNORED))
		return 0;
	if (r->a == APIC_REG_TMICT)
		return timer_write(e, vp, r, NULL, err);
	return r->a == APIC_REG_LVTT ? lvtt_write(e, vp, r, err) : 0;
}

static int msr_write(struct kvm_events *e, uint32_t vp, const struct kvm_record *r,
		     struct vt_error *err)
{
	if (r->a == MSR_IA32_TSC || r->a == MSR_IA32_TSC_ADJUST) {
		e->tally.counter_writes++;
		return 0;
	}
	if (r->flags & (KVM_F_MOVED | KVM_F_IGNORED))
		return 0;
	return timer_write(e, vp, r, NULL, err);
}

/* The register write that takes effect with this record. */
static int linked(struct kvm_events *e, uint32_t vp, const struct kvm_record *r,
		  struct vt_error *err)
{
	const struct kvm_record *write;

	if (!r->link || vp == KVM_NOBODY)
		return 0;
	write = &e->scan->file->record[r->link - 1];
	return timer_write(e, vp, write, r->kind == KVM_START ? r : NULL, err);
}

/* ---- what the host does with it ---- */

/* Whose timer it is now: a vCPU that was plugged again may have its old one. */
static uint32_t owner_now(const struct kvm_events *e, uint64_t timer)
{
	const struct kvm_scan *s = e->scan;
	uint32_t vp = timer_map_owner(&s->timers, timer, e->at - 1);

	if (vp == KVM_NOBODY)
		return vp;
	while (s->vp[vp].first > e->at && s->vp[vp].before != KVM_NOBODY)
		vp = s->vp[vp].before;
	for (uint32_t i = 0; s->vp[vp].ended && s->vp[vp].last < e->at && i < s->vps; i++)
		if (s->vp[i].before == vp && s->vp[i].first <= e->at) {
			vp = i;
			i = UINT32_MAX; /* from the first once more */
		}
	return vp;
}

/* A SEED whose first deadlines were before time 0 stands for what comes after them. KVM sets some
 * hrtimers early. */
static bool before_seed(const struct kvm_events *e, uint32_t vp)
{
	int64_t early = kvm_ns_to_ticks(&e->scan->clock, KVM_ADVANCE_NS);

	return e->guest[vp].seeded && e->now + (uint64_t)early < e->scan->vp[vp].seed.deadline;
}

static int timer_fired(struct kvm_events *e, uint32_t vp, struct vt_error *err)
{
	bool seen = e->guest[vp].outstanding && !before_seed(e, vp);

	e->tally.unseen_ticks += !seen;
	if (seen && !e->guest[vp].periodic)
		e->guest[vp].outstanding = false;
	return emit_vp(e, TRACE_OBS_FIRE, vp, err);
}

static int expired(struct kvm_events *e, const struct kvm_record *r, struct vt_error *err)
{
	uint32_t vp;

	e->open[r->cpu] = r->a;
	if (!kvm_scan_lapic(e->scan, r))
		return 0;
	tick_idle_expiry(e->tick_idle, r->cpu);
	vp = owner_now(e, r->a);
	if (vp == KVM_NOBODY) {
		e->tally.foreign_fires += (r->flags & KVM_F_LAPIC) != 0;
		e->tally.unseen_ticks += (r->flags & KVM_F_LAPIC) != 0;
		return 0;
	}
	if (!e->scan->vp[vp].stimer)
		return timer_fired(e, vp, err);
	e->tally.other_fires++;
	return 0;
}

/* Inside the callback of an hrtimer: which of its Hyper-V timers it is. */
static int stimer_fired(struct kvm_events *e, const struct kvm_record *r, struct vt_error *err)
{
	uint32_t vp = owner_now(e, e->open[r->cpu]);

	if (vp == KVM_NOBODY)
		return 0;
	if (e->scan->vp[vp].stimer == r->a + 1)
		return timer_fired(e, vp, err);
	e->tally.other_fires++;
	return 0;
}

static int injected(struct kvm_events *e, uint32_t vp, const struct kvm_record *r,
		    struct vt_error *err)
{
	const struct kvm_scan *s = e->scan;
	uint32_t owner = owner_now(e, e->open[r->cpu]);

	/* In hardirq (posted from a housekeeping CPU) the callback's timer tells whose it is. */
	if (vp == KVM_NOBODY ||
	    (owner != KVM_NOBODY && owner != vp && s->vp[owner].vcpu == (int64_t)r->b))
		vp = owner;
	if (vp != KVM_NOBODY && e->guest[vp].vector == (int)r->a &&
	    (s->vp[vp].vcpu < 0 || (uint64_t)s->vp[vp].vcpu == r->b))
		return emit_vp(e, TRACE_OBS_PEND, vp, err);
	/* One vCPU sends another an interrupt with the timer's own vector: not the timer. */
	++*(vp == KVM_NOBODY ? &e->tally.no_vp_pend : &e->tally.other_vectors);
	return 0;
}

/* ---- records ---- */

/* What a thread does itself; as it runs, a wake-up that is not done yet is none. */
static int in_thread(struct kvm_events *e, uint32_t vp, const struct kvm_record *r,
		     struct vt_error *err)
{
	e->open[r->cpu] = 0;
	if (vp == KVM_NOBODY)
		return 0;
	e->guest[vp].waker = 0;
	switch (r->kind) {
	case KVM_MSR:
		return msr_write(e, vp, r, err);
	case KVM_APIC:
		return apic_write(e, vp, r, err);
	case KVM_HV_CONFIG:
	case KVM_HV_COUNT:
	case KVM_HV_START:
	case KVM_HV_EXPIRED:
		return stimer(e, vp, r, err);
	case KVM_EOI:
		if ((int)r->a == e->guest[vp].vector)
			return emit_vp(e, TRACE_ACK, vp, err);
		e->tally.other_eois++;
		return 0;
	case KVM_TO_USER:
		e->guest[vp].halts = false;
		return 0;
	case KVM_EXIT:
		e->guest[vp].halts = is_halt(r);
		if (e->exits &&
		    emit(e, (struct trace_event){ .type = TRACE_EXIT, .vp = vp, .extra = r->a },
			 err))
			return -1;
		return linked(e, vp, r, err);
	case KVM_ENTRY:
		return e->exits ? emit_vp(e, TRACE_ENTRY, vp, err) : 0;
	default:
		return 0;
	}
}

static int record(struct kvm_events *e, const struct kvm_record *r, struct vt_error *err)
{
	uint32_t vp = kvm_scan_vp(e->scan, r->pid);

	e->now = kvm_time(e->scan, r->ts);
	if (schedule_sees(e->schedule, e->now, r->cpu, vp, err))
		return -1;
	switch (r->kind) {
	case KVM_SWITCH:
		return switched(e, r, err);
	case KVM_WAKING:
	case KVM_WAKEUP:
		return wake(e, r, err);
	case KVM_HV_IRQ:
		return emit(e, (struct trace_event){ .type = TRACE_OBS_HV_IRQ, .lp = r->cpu }, err);
	case KVM_START:
		return linked(e, vp, r, err);
	case KVM_EXPIRE:
		return expired(e, r, err);
	case KVM_HV_FIRE:
		return stimer_fired(e, r, err);
	case KVM_EXPIRE_EXIT:
		e->open[r->cpu] = 0;
		return 0;
	case KVM_ACCEPT:
		return injected(e, vp, r, err);
	case KVM_OTHER:
		return 0;
	default:
		return in_thread(e, vp, r, err);
	}
}

static int gap(struct kvm_events *e, const struct kvm_gap *g, struct vt_error *err)
{
	e->open[g->cpu] = 0;
	return schedule_lost(e->schedule, kvm_time(e->scan, g->from), g->cpu,
			     kvm_time(e->scan, g->until), g->count, err);
}

/* Whether the next gap goes before @r. */
static bool gap_is_next(const struct kvm_events *e, const struct kvm_record *r)
{
	uint64_t from;

	if (e->gap == e->scan->gaps)
		return false;
	from = e->scan->gap[e->gap].from;
	return from < r->ts || (r->kind == KVM_GAP && from == r->ts);
}

/* A machine that goes away, before @r and before the next gap. */
static bool away_is_next(const struct kvm_events *e, const struct kvm_record *r)
{
	const struct kvm_scan *s = e->scan;
	uint64_t from;

	if (e->away == s->away.n)
		return false;
	from = s->away.item[e->away].from;
	return from <= kvm_time(s, r->ts) &&
	       (e->gap == s->gaps || from <= kvm_time(s, s->gap[e->gap].from));
}

static int away(struct kvm_events *e, const struct kvm_away *a, struct vt_error *err)
{
	return schedule_emit(
	    e->schedule,
	    &(struct trace_event){
		.type = TRACE_AWAY, .time = a->from, .lp = (uint16_t)a->cpu, .value = a->until },
	    err);
}

/* What no record tells by itself, up to @r. */
static int before(struct kvm_events *e, const struct kvm_record *r, struct vt_error *err)
{
	const struct kvm_scan *s = e->scan;
	int ret = 0;

	while (!ret) {
		if (away_is_next(e, r))
			ret = away(e, &s->away.item[e->away++], err);
		else if (gap_is_next(e, r))
			ret = gap(e, &s->gap[e->gap++], err);
		else
			break;
	}
	return ret;
}

/* Timers that were armed before. */
static int seed_timers(struct kvm_events *e, struct vt_error *err)
{
	const struct kvm_scan *s = e->scan;

	for (uint32_t vp = 0; vp < s->vps; vp++) {
		const struct kvm_seed *seed = &s->vp[vp].seed;
		struct trace_event ev = { .type = TRACE_SEED,
					  .vp = vp,
					  .lp = seed->lp,
					  .sub = seed->dev,
					  .value = seed->deadline,
					  .extra = seed->period };

		if (!seed->given)
			continue;
		if (schedule_emit(e->schedule, &ev, err))
			return -1;
		e->guest[vp].seeded = e->guest[vp].outstanding = true;
		e->guest[vp].periodic = seed->period != 0;
		e->tally.seeds++;
		e->tally.seeds_by_expiries += seed->by == KVM_SEED_EXPIRIES && seed->period;
	}
	return 0;
}

/* Who ran on each CPU when its records begin has run there since time 0, as far as is known. */
static int seed(struct kvm_events *e, struct vt_error *err)
{
	const struct kvm_scan *s = e->scan;
	int ret = seed_timers(e, err);

	for (uint32_t lp = 0; !ret && lp < s->file->cpus; lp++) {
		uint32_t vp =
		    s->first[lp] == KVM_NOBODY ? KVM_NOBODY : kvm_scan_vp(s, s->first[lp]);

		/* A thread in place of one that ended began after that. */
		if (vp != KVM_NOBODY && s->vp[vp].before == KVM_NOBODY)
			ret = schedule_seed(e->schedule, lp, vp, err);
	}
	return ret;
}

int kvm_events_run(struct kvm_events *e, struct vt_error *err)
{
	const struct kvm_scan *s = e->scan;
	struct cli_progress progress;
	int ret = seed(e, err);

	cli_progress_start(&progress, "importing", "records", s->file->n);
	for (size_t i = 0; !ret && i < s->file->n; i++) {
		const struct kvm_record *r = &s->file->record[i];

		e->at = i + 1;
		ret = before(e, r, err);
		if (!ret && r->kind != KVM_LATE)
			ret = record(e, r, err);
		if (!(i & 0xffff))
			cli_progress(&progress, i);
	}
	while (!ret && e->gap < s->gaps)
		ret = gap(e, &s->gap[e->gap++], err);
	cli_progress_end(&progress);
	return ret;
}
