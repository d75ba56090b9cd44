/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/import/kvm/events.h"

#include <stdlib.h>

#include "traces/base/cli.h"

/* prev_state, include/linux/sched.h: TASK_INTERRUPTIBLE .. TASK_PARKED; 0 and bits above: runnable.
 */
enum { STATE_MASK = 0xff, STATE_DEAD = 0x10 | 0x20 };

enum { LVTT_MASKED = 1 << 16, LVTT_VECTOR = 0xff };

struct vp_state {
	uint32_t lp;	  /* where it runs, or KVM_NOBODY */
	uint32_t waker;	  /* LP + 1 of a wake-up while it still ran, or 0 */
	bool blocked;	  /* it may be woken */
	bool outstanding; /* its timer was armed and is not yet spent */
	bool periodic;
	int vector;
};

struct kvm_events {
	const struct kvm_scan *scan;
	struct trace_writer *writer;
	bool exits;
	uint64_t last;	     /* time of the last event */
	uint32_t *lp;	     /* [cpus] the VP that runs there, or KVM_NOBODY */
	bool *blind;	     /* [cpus] who runs there is not known: after a gap */
	uint64_t *open;	     /* [cpus] the hrtimer whose callback runs, or 0 */
	struct vp_state *vp; /* by the scan's index */
	size_t gap;	     /* the next one */
	struct kvm_tally tally;
};

struct kvm_events *kvm_events_new(const struct kvm_scan *s, bool exits, struct trace_writer *w)
{
	struct kvm_events *e = calloc(1, sizeof(*e));
	uint32_t cpus = s->file->cpus;

	if (!e)
		abort();
	*e = (struct kvm_events){ .scan = s, .writer = w, .exits = exits };
	e->lp = malloc((cpus + 1) * sizeof(*e->lp));
	e->blind = calloc(cpus + 1, sizeof(*e->blind));
	e->open = calloc(cpus + 1, sizeof(*e->open));
	e->vp = calloc(s->vps ? s->vps : 1, sizeof(*e->vp));
	if (!e->lp || !e->blind || !e->open || !e->vp)
		abort();
	for (uint32_t i = 0; i < cpus; i++)
		e->lp[i] = KVM_NOBODY;
	for (uint32_t i = 0; i < s->vps; i++)
		e->vp[i] = (struct vp_state){ .lp = KVM_NOBODY,
					      .blocked = true,
					      .vector = s->vp[i].vector };
	return e;
}

void kvm_events_free(struct kvm_events *e)
{
	if (!e)
		return;
	free(e->lp);
	free(e->blind);
	free(e->open);
	free(e->vp);
	free(e);
}

const struct kvm_tally *kvm_events_tally(const struct kvm_events *e)
{
	return &e->tally;
}

/* @vp is the scan's index; for events of an LP it is KVM_NOBODY. */
static int emit(struct kvm_events *e, enum trace_type type, uint64_t time, uint32_t vp, uint32_t lp,
		unsigned sub, uint64_t value, uint64_t extra, struct vt_error *err)
{
	struct trace_event ev = {
		.time = time,
		.value = value,
		.extra = extra < TRACE_TICK_LIMIT ? extra : TRACE_TICK_LIMIT - 1,
		.vp = vp == KVM_NOBODY ? 0 : e->scan->vp[vp].number,
		.lp = (uint16_t)lp,
		.type = (uint8_t)type,
		.sub = (uint8_t)sub,
	};

	e->last = time;
	return trace_writer_add(e->writer, &ev, err);
}

static int sched_out(struct kvm_events *e, uint64_t time, uint32_t vp, enum trace_reason reason,
		     struct vt_error *err)
{
	struct vp_state *v = &e->vp[vp];
	uint32_t waker = v->waker;

	e->lp[v->lp] = KVM_NOBODY;
	v->lp = KVM_NOBODY;
	v->waker = 0;
	v->blocked = reason != TRACE_PREEMPT;
	if (emit(e, TRACE_SCHED_OUT, time, vp, 0, reason, 0, 0, err))
		return -1;
	if (!waker || reason != TRACE_BLOCK)
		return 0;
	/* Woken by another CPU after it had left its run queue, before it was switched out. */
	e->tally.early_wakes++;
	v->blocked = false;
	return emit(e, TRACE_WAKE, time, vp, waker - 1, 0, 0, 0, err);
}

static int sched_in(struct kvm_events *e, uint64_t time, uint32_t lp, uint32_t vp,
		    struct vt_error *err)
{
	struct vp_state *v = &e->vp[vp];

	/* The capture says that it runs here: what ended another run, it does not show. */
	if (e->lp[lp] != KVM_NOBODY && e->lp[lp] != vp) {
		e->tally.forced_out++;
		if (sched_out(e, time, e->lp[lp], TRACE_LOST_VP, err))
			return -1;
	}
	if (v->lp == lp)
		return 0;
	if (v->lp != KVM_NOBODY) {
		e->tally.forced_out++;
		if (sched_out(e, time, vp, TRACE_LOST_VP, err))
			return -1;
	}
	e->lp[lp] = vp;
	v->lp = lp;
	v->blocked = false;
	v->waker = 0;
	return emit(e, TRACE_SCHED_IN, time, vp, lp, 0, 0, 0, err);
}

/* Holds who runs on the record's CPU against the record's thread. */
static int agree(struct kvm_events *e, uint64_t time, const struct kvm_record *r,
		 struct vt_error *err)
{
	uint32_t vp = kvm_scan_vp(e->scan, r->pid), now = e->lp[r->cpu];
	bool blind = e->blind[r->cpu];

	e->blind[r->cpu] = false;
	if (vp == now)
		return 0;
	if (vp == KVM_NOBODY) {
		e->tally.forced_out++;
		return sched_out(e, time, now, TRACE_LOST_VP, err);
	}
	e->tally.forced_in += !blind;
	return sched_in(e, time, r->cpu, vp, err);
}

static int wake(struct kvm_events *e, uint64_t time, const struct kvm_record *r,
		struct vt_error *err)
{
	uint32_t vp = r->a <= UINT32_MAX ? kvm_scan_vp(e->scan, (uint32_t)r->a) : KVM_NOBODY;
	struct vp_state *v;

	if (vp == KVM_NOBODY)
		return 0;
	v = &e->vp[vp];
	if (v->lp != KVM_NOBODY) {
		/* sched_wakeup of a thread that runs: it was still on its run queue, and goes on.
		 */
		v->waker = r->kind == KVM_WAKING ? r->cpu + 1u : 0;
		return 0;
	}
	/* sched_waking and sched_wakeup tell of the same: the first counts. */
	if (!v->blocked)
		return 0;
	v->blocked = false;
	return emit(e, TRACE_WAKE, time, vp, r->cpu, 0, 0, 0, err);
}

static int switched(struct kvm_events *e, uint64_t time, const struct kvm_record *r,
		    struct vt_error *err)
{
	uint32_t prev = e->lp[r->cpu];
	uint32_t next = r->a <= UINT32_MAX ? kvm_scan_vp(e->scan, (uint32_t)r->a) : KVM_NOBODY;
	uint64_t state = r->b & STATE_MASK;

	e->open[r->cpu] = 0;
	if (prev != KVM_NOBODY && sched_out(e, time, prev,
					    !state		 ? TRACE_PREEMPT
					    : state & STATE_DEAD ? TRACE_OFFLINE
								 : TRACE_BLOCK,
					    err))
		return -1;
	return next == KVM_NOBODY ? 0 : sched_in(e, time, r->cpu, next, err);
}

/* A time of the trace as a deadline: a guest's counter is not below 0. */
static uint64_t deadline(int64_t time)
{
	if (time < 0)
		return 0;
	return (uint64_t)time < TRACE_TICK_LIMIT ? (uint64_t)time : TRACE_TICK_LIMIT - 1;
}

/* @start: the hrtimer start that took the write up, or NULL. */
static uint64_t tsc_deadline(struct kvm_events *e, uint64_t time, uint32_t vp,
			     const struct kvm_record *write, const struct kvm_record *start)
{
	const struct kvm_clock *c = &e->scan->clock;
	const struct kvm_fit *fit = &e->scan->vp[vp].fit;

	if (fit->ok)
		return deadline(kvm_fit_time(fit, c, (int64_t)time, write->b));
	if (start && start->b < UINT64_C(1) << 62)
		return deadline(kvm_clock_at(c, start->b) + kvm_ns_to_ticks(c, KVM_ADVANCE_NS));
	e->tally.blind_deadlines++;
	return time;
}

static uint64_t count_ticks(const struct kvm_events *e, uint32_t vp, uint64_t count)
{
	/* A count is 32 bits; without any start seen it is taken at the bus clock's rate. */
	uint64_t milli = e->scan->vp[vp].count_ns_milli;

	return trace_ns_to_ticks(count * (milli ? milli : 1000) / 1000, e->scan->clock.hz);
}

static int timer_write(struct kvm_events *e, uint64_t time, uint32_t vp,
		       const struct kvm_record *write, const struct kvm_record *start,
		       struct vt_error *err)
{
	const struct kvm_scan *s = e->scan;
	struct vp_state *v = &e->vp[vp];
	uint64_t ticks, at;

	if (!write->b) {
		v->outstanding = false;
		e->tally.disarms++;
		return emit(e, TRACE_DISARM, time, vp, 0, 0, 0, 0, err);
	}
	v->outstanding = true;
	v->periodic = (write->flags & KVM_F_PERIODIC) != 0;
	if (write->kind == KVM_MSR) {
		e->tally.arms_tsc++;
		return emit(e, TRACE_ARM, time, vp, 0, TRACE_TSC_DEADLINE,
			    tsc_deadline(e, time, vp, write, start), 0, err);
	}
	e->tally.arms_lapic++;
	ticks = count_ticks(e, vp, write->b);
	at = time + ticks;
	/* KVM's own one-shot and periodic hrtimers expire at the very time, not early. */
	if (start && start->b < UINT64_C(1) << 62)
		at = deadline(kvm_clock_at(&s->clock, start->b));
	else if (!s->vp[vp].count_ns_milli)
		e->tally.blind_deadlines++;
	return emit(e, TRACE_ARM, time, vp, 0, TRACE_LAPIC, deadline((int64_t)at),
		    v->periodic ? ticks + !ticks : 0, err);
}

static int apic_write(struct kvm_events *e, uint64_t time, uint32_t vp, const struct kvm_record *r,
		      struct vt_error *err)
{
	if (r->a == APIC_REG_TMICT)
		return timer_write(e, time, vp, r, NULL, err);
	if (r->a != APIC_REG_LVTT)
		return 0;
	if (!(r->b & LVTT_MASKED))
		e->vp[vp].vector = (int)(r->b & LVTT_VECTOR);
	if (r->flags & KVM_F_RESET && e->vp[vp].outstanding) {
		e->vp[vp].outstanding = false;
		e->tally.resets++;
		if (emit(e, TRACE_DISARM, time, vp, 0, 0, 0, 0, err))
			return -1;
	}
	return emit(e, TRACE_MASK, time, vp, 0, (r->b & LVTT_MASKED) != 0, 0, r->b & LVTT_VECTOR,
		    err);
}

/* The register write that takes effect with this record. */
static int linked(struct kvm_events *e, uint64_t time, uint32_t vp, const struct kvm_record *r,
		  struct vt_error *err)
{
	const struct kvm_record *write;

	if (!r->link || vp == KVM_NOBODY)
		return 0;
	write = &e->scan->file->record[r->link - 1];
	return timer_write(e, time, vp, write, r->kind == KVM_START ? r : NULL, err);
}

static int expired(struct kvm_events *e, uint64_t time, const struct kvm_record *r,
		   struct vt_error *err)
{
	uint32_t vp;

	e->open[r->cpu] = r->a;
	if (!kvm_scan_lapic(e->scan, r))
		return 0;
	vp = timer_map_owner(&e->scan->timers, r->a);
	if (vp == KVM_NOBODY) {
		e->tally.foreign_fires += (r->flags & KVM_F_LAPIC) != 0;
		e->tally.unseen_ticks += (r->flags & KVM_F_LAPIC) != 0;
		return 0;
	}
	e->tally.unseen_ticks += !e->vp[vp].outstanding;
	if (!e->vp[vp].periodic)
		e->vp[vp].outstanding = false;
	return emit(e, TRACE_OBS_FIRE, time, vp, 0, 0, 0, 0, err);
}

/* Whose timer's injection it is, or KVM_NOBODY, counted. */
static uint32_t injected(struct kvm_events *e, uint32_t vp, const struct kvm_record *r)
{
	const struct kvm_scan *s = e->scan;
	uint32_t owner = timer_map_owner(&s->timers, e->open[r->cpu]);

	/* In hardirq (posted from a housekeeping CPU) the callback's timer tells whose it is. */
	if (vp == KVM_NOBODY ||
	    (owner != KVM_NOBODY && owner != vp && s->vp[owner].vcpu == (int64_t)r->b))
		vp = owner;
	if (vp != KVM_NOBODY && e->vp[vp].vector == (int)r->a &&
	    (s->vp[vp].vcpu < 0 || (uint64_t)s->vp[vp].vcpu == r->b))
		return vp;
	/* One vCPU sends another an interrupt with the timer's own vector: not the timer. */
	++*(vp == KVM_NOBODY ? &e->tally.no_vp_pend : &e->tally.other_vectors);
	return KVM_NOBODY;
}

static int in_thread(struct kvm_events *e, uint64_t time, uint32_t vp, const struct kvm_record *r,
		     struct vt_error *err)
{
	e->open[r->cpu] = 0;
	if (vp == KVM_NOBODY)
		return 0;
	e->vp[vp].waker = 0;
	switch (r->kind) {
	case KVM_MSR:
		if (r->a == MSR_IA32_TSC || r->a == MSR_IA32_TSC_ADJUST) {
			e->tally.counter_writes++;
			return 0;
		}
		return r->flags & (KVM_F_MOVED | KVM_F_IGNORED)
			   ? 0
			   : timer_write(e, time, vp, r, NULL, err);
	case KVM_APIC:
		return r->flags & (KVM_F_MOVED | KVM_F_IGNORED) ? 0
								: apic_write(e, time, vp, r, err);
	case KVM_EOI:
		if ((int)r->a != e->vp[vp].vector) {
			e->tally.other_eois++;
			return 0;
		}
		return emit(e, TRACE_ACK, time, vp, 0, 0, 0, 0, err);
	case KVM_EXIT:
		if (e->exits && emit(e, TRACE_EXIT, time, vp, 0, 0, 0, r->a, err))
			return -1;
		return linked(e, time, vp, r, err);
	case KVM_ENTRY:
		return e->exits ? emit(e, TRACE_ENTRY, time, vp, 0, 0, 0, 0, err) : 0;
	default:
		return 0;
	}
}

static int record(struct kvm_events *e, const struct kvm_record *r, struct vt_error *err)
{
	uint64_t time = kvm_time(e->scan, r->ts);
	uint32_t vp;

	if (agree(e, time, r, err))
		return -1;
	vp = e->lp[r->cpu];
	switch (r->kind) {
	case KVM_SWITCH:
		return switched(e, time, r, err);
	case KVM_WAKING:
	case KVM_WAKEUP:
		return wake(e, time, r, err);
	case KVM_HV_IRQ:
		return emit(e, TRACE_OBS_HV_IRQ, time, KVM_NOBODY, r->cpu, 0, 0, 0, err);
	case KVM_START:
		return linked(e, time, vp, r, err);
	case KVM_EXPIRE:
		return expired(e, time, r, err);
	case KVM_EXPIRE_EXIT:
		e->open[r->cpu] = 0;
		return 0;
	case KVM_ACCEPT:
		vp = injected(e, vp, r);
		return vp == KVM_NOBODY ? 0 : emit(e, TRACE_OBS_PEND, time, vp, 0, 0, 0, 0, err);
	case KVM_OTHER:
		return 0;
	default:
		return in_thread(e, time, vp, r, err);
	}
}

/* From here to its end nothing is known of the gap's LP. */
static int gap(struct kvm_events *e, const struct kvm_gap *g, struct vt_error *err)
{
	uint64_t time = kvm_time(e->scan, g->from), until = kvm_time(e->scan, g->until);

	if (time < e->last)
		time = e->last;
	if (e->lp[g->cpu] != KVM_NOBODY && sched_out(e, time, e->lp[g->cpu], TRACE_LOST_VP, err))
		return -1;
	e->open[g->cpu] = 0;
	e->blind[g->cpu] = true;
	e->tally.gaps++;
	e->tally.lost += g->count;
	if (until < time)
		until = time;
	return emit(e, TRACE_LOST, time, KVM_NOBODY, g->cpu, 0, until, g->count, err);
}

/* Who ran on each CPU when its records begin has run there since time 0, as far as is known. */
static int seed(struct kvm_events *e, struct vt_error *err)
{
	const struct kvm_scan *s = e->scan;

	for (uint32_t lp = 0; lp < s->file->cpus; lp++) {
		uint32_t vp =
		    s->first[lp] == KVM_NOBODY ? KVM_NOBODY : kvm_scan_vp(s, s->first[lp]);

		if (vp == KVM_NOBODY || e->vp[vp].lp != KVM_NOBODY)
			continue;
		e->tally.seeds++;
		if (sched_in(e, 0, lp, vp, err))
			return -1;
	}
	return 0;
}

int kvm_events_run(struct kvm_events *e, struct vt_error *err)
{
	const struct kvm_scan *s = e->scan;
	struct cli_progress progress;
	int ret = seed(e, err);

	cli_progress_start(&progress, "importing", "records", s->file->n);
	for (size_t i = 0; !ret && i < s->file->n; i++) {
		const struct kvm_record *r = &s->file->record[i];

		while (!ret && e->gap < s->gaps &&
		       (s->gap[e->gap].from < r->ts ||
			(r->kind == KVM_GAP && s->gap[e->gap].from == r->ts)))
			ret = gap(e, &s->gap[e->gap++], err);
		if (!ret)
			ret = record(e, r, err);
		if (!(i & 0xffff))
			cli_progress(&progress, i);
	}
	while (!ret && e->gap < s->gaps)
		ret = gap(e, &s->gap[e->gap++], err);
	cli_progress_end(&progress);
	return ret;
}
