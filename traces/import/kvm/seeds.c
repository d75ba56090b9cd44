/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/import/kvm/seeds.h"

#include <stdlib.h>

#include "traces/base/mem.h"
#include "traces/import/kvm/callback.h"
#include "traces/import/kvm/deadlines.h"
#include "traces/import/tick_line.h"
#include "traces/trace.h"

enum {
	STEPS = 8,	 /* different ones that are counted */
	SLOP_NS = 50000, /* how far expiries may stray from a line: what hosts need to take one */
	LVTT_MODE = 3 << 17, /* Intel SDM vol. 3, figure 11-8 */
	LVTT_PERIODIC = 1 << 17,
	LVTT_DEADLINE = 2 << 17,
};

/* The steps between the times that an hrtimer was set to, the commonest of them (Misra, Gries). */
struct steps {
	uint64_t step[STEPS], count[STEPS], all;
};

/* What the timer of a VP did before its first write. Times are the monotonic clock's, in ns. */
struct evidence {
	bool over; /* it was written, or something else is wrong with it */
	bool ran;  /* `lp` is where its VP or, before that, its timer was first seen */
	uint16_t lp;
	uint8_t dev;		 /* of the first write */
	bool set;		 /* the hrtimer was set to `to`, as of gap number `gap` */
	uint64_t to, gap, first; /* the first one of those */
	bool expired, expires_known;
	uint64_t expired_at, expires; /* the first time */
	bool went_on;		      /* afterwards it was set to `next` */
	uint64_t next;
	uint64_t starts, restarts, expiries;
	struct steps sure, any; /* to a time that was still to come; all */
	struct tick_times times;
	size_t fire; /* an exit of the preemption timer that an injection may follow */
};

struct inference {
	struct kvm_scan *scan;
	struct evidence *evidence;     /* [vps] */
	struct kvm_callback *callback; /* [cpus] */
	size_t *expiry;		       /* [cpus] number + 1 of the last one there; 0: none */
	uint64_t gaps;
	bool accepts, writes, expiries, starts; /* the capture holds such */
};

static void add_step(struct steps *s, uint64_t step)
{
	s->all++;
	for (unsigned i = 0; i < STEPS; i++)
		if (!s->count[i] || s->step[i] == step) {
			s->step[i] = step;
			s->count[i]++;
			return;
		}
	for (unsigned i = 0; i < STEPS; i++)
		s->count[i]--;
}

/* The one that is at least half of all, or 0. */
static uint64_t common_step(const struct steps *s)
{
	for (unsigned i = 0; i < STEPS; i++)
		if (s->count[i] && 2 * s->count[i] >= s->all)
			return s->step[i];
	return 0;
}

static void seen_at(struct evidence *e, uint16_t lp)
{
	if (!e->ran)
		e->lp = lp;
	e->ran = true;
}

/* At @now by the monotonic clock, or as stamped at @time. */
static void expires(struct inference *in, struct evidence *e, uint64_t now, int64_t time)
{
	int64_t by_now = kvm_clock_at(&in->scan->clock, now);

	e->expiries++;
	/* The stamp comes later. */
	if (!e->restarts)
		tick_times_add(&e->times,
			       by_now >= 0 && by_now < time ? (uint64_t)by_now : (uint64_t)time, 0);
	if (e->expired)
		return;
	e->expired = true;
	e->expired_at = now;
	e->expires_known = e->set && e->gap == in->gaps && e->to <= now;
	e->expires = e->to;
}

/* @restart: by itself, not by a thread. */
static void started(struct inference *in, struct evidence *e, const struct kvm_record *r,
		    bool restart)
{
	bool knew = e->set && e->gap == in->gaps;
	int64_t ahead = kvm_clock_at(&in->scan->clock, r->b) - (int64_t)kvm_time(in->scan, r->ts);

	e->starts++;
	/* Set to another time by a thread: the write of that was not recorded. */
	if (!restart && knew && r->b != e->to && !e->expired)
		e->over = true;
	if (restart) {
		e->restarts++;
		tick_times_free(&e->times);
		if (knew && r->b > e->to) {
			add_step(&e->any, r->b - e->to);
			if (ahead > 0)
				add_step(&e->sure, r->b - e->to);
		}
		if (e->expired && !e->went_on) {
			e->went_on = true;
			e->next = r->b;
		}
	}
	e->first = e->set ? e->first : r->b;
	e->set = true;
	e->to = r->b;
	e->gap = in->gaps;
}

/* The VP whose timer it is and that may have been armed before the capture, or NULL. */
static struct evidence *owner_of(struct inference *in, const struct kvm_record *r)
{
	uint32_t vp =
	    kvm_scan_lapic(in->scan, r)
		? timer_map_owner(&in->scan->timers, r->a, (size_t)(r - in->scan->file->record))
		: KVM_NOBODY;
	const struct kvm_vp *v = vp != KVM_NOBODY ? &in->scan->vp[vp] : NULL;
	struct evidence *e = v ? &in->evidence[vp] : NULL;

	/* A vCPU that is plugged again starts anew. */
	if (!v || v->stimer || v->before != KVM_NOBODY || e->over)
		return NULL;
	seen_at(e, r->cpu);
	return e;
}

/* The first write ends it, and a mode in which its timer does not go on. */
static void written(struct evidence *e, const struct kvm_record *r)
{
	bool lvtt = r->kind == KVM_APIC && r->a == APIC_REG_LVTT;

	if (r->flags & KVM_F_IGNORED || (r->kind == KVM_MSR && r->a != MSR_IA32_TSC_DEADLINE) ||
	    (lvtt && (r->b & LVTT_MODE) == LVTT_PERIODIC))
		return;
	e->over = true;
	e->dev = r->kind == KVM_MSR || (lvtt && (r->b & LVTT_MODE) == LVTT_DEADLINE)
		     ? TRACE_TSC_DEADLINE
		     : TRACE_LAPIC;
}

static void timer_record(struct inference *in, const struct kvm_record *r, bool restart)
{
	struct evidence *e = owner_of(in, r);

	if (!e)
		return;
	if (r->kind == KVM_EXPIRE) {
		expires(in, e, r->b, (int64_t)kvm_time(in->scan, r->ts));
		return;
	}
	if (r->link) {
		written(e, &in->scan->file->record[r->link - 1]);
		return;
	}
	if (!kvm_tells_expiry(r))
		return;
	/* Where expiries were not recorded a later time is that of the next period. */
	restart |= kvm_scan_vp(in->scan, r->pid) == KVM_NOBODY ||
		   (!in->expiries && e->set && r->b > e->to);
	started(in, e, r, restart);
}

/* A callback of Hyper-V's timers, inside that of its hrtimer: the expiry of the one that is its
 * VP's timer. */
static void stimer_expires(struct inference *in, size_t i)
{
	const struct kvm_record *r = &in->scan->file->record[i];
	uint64_t timer = in->callback[r->cpu].open;
	uint32_t vp = timer ? timer_map_owner(&in->scan->timers, timer, i) : KVM_NOBODY;
	const struct kvm_record *expiry;

	if (vp == KVM_NOBODY || in->scan->vp[vp].stimer != r->a + 1 ||
	    in->scan->vp[vp].before != KVM_NOBODY || in->evidence[vp].over)
		return;
	expiry = &in->scan->file->record[in->expiry[r->cpu] - 1];
	seen_at(&in->evidence[vp], r->cpu);
	expires(in, &in->evidence[vp], expiry->b, (int64_t)kvm_time(in->scan, expiry->ts));
}

/* The first write of it ends it; LAPIC's timers are others. */
static void stimer_record(const struct kvm_vp *v, struct evidence *e, const struct kvm_record *r)
{
	if (r->a + 1 != v->stimer)
		return;
	e->over |= r->kind == KVM_HV_CONFIG || r->kind == KVM_HV_COUNT;
	/* A one-shot does not go on by itself: its write was not recorded, nor may others have
	 * been. */
	if (r->kind == KVM_HV_START && !(r->flags & KVM_F_PERIODIC) && !e->over) {
		e->over = true;
		tick_times_free(&e->times);
	}
}

/* An exit of the preemption timer has a stamp alone. */
static void fired(struct inference *in, struct evidence *e, const struct kvm_record *exit)
{
	const struct kvm_clock *c = &in->scan->clock;
	int64_t time = (int64_t)kvm_time(in->scan, exit->ts);
	int64_t ns = kvm_unscale(time - c->at, c->slope > 0 ? c->slope : KVM_SLOPE_ONE);

	expires(in, e, c->from + (uint64_t)ns, time);
}

/* The preemption timer's exits are expiries, too; of some that KVM makes for itself an injection
 * tells them apart. */
static void exits(struct inference *in, struct evidence *e, size_t i)
{
	const struct kvm_record *r = &in->scan->file->record[i];

	if (r->b == KVM_ISA_SVM || (r->a & KVM_VMX_REASON) != KVM_VMX_PREEMPTION_TIMER) {
		e->fire = 0;
		return;
	}
	e->fire = i + 1;
	if (!in->accepts)
		fired(in, e, r);
}

static void thread_record(struct inference *in, size_t i)
{
	const struct kvm_record *r = &in->scan->file->record[i];
	uint32_t vp = kvm_scan_vp(in->scan, r->pid);
	struct evidence *e = vp != KVM_NOBODY ? &in->evidence[vp] : NULL;

	if (!e || e->over)
		return;
	seen_at(e, r->cpu);
	if (in->scan->vp[vp].stimer) {
		stimer_record(&in->scan->vp[vp], e, r);
		return;
	}
	switch (r->kind) {
	case KVM_MSR:
	case KVM_APIC:
		written(e, r);
		return;
	case KVM_EXIT:
		exits(in, e, i);
		return;
	case KVM_ACCEPT:
		if (e->fire)
			fired(in, e, &in->scan->file->record[e->fire - 1]);
		e->fire = 0;
		return;
	case KVM_ENTRY:
		e->fire = 0;
		return;
	default:
		return;
	}
}

static void read_record(struct inference *in, size_t i)
{
	const struct kvm_record *r = &in->scan->file->record[i];
	struct kvm_callback *c = &in->callback[r->cpu];
	bool restart = kvm_callback_restarts(c, r);
	uint32_t next = r->kind == KVM_SWITCH && r->a <= UINT32_MAX
			    ? kvm_scan_vp(in->scan, (uint32_t)r->a)
			    : KVM_NOBODY;

	if (r->kind == KVM_LATE)
		return;
	kvm_callback_see(c, r);
	if (r->kind == KVM_EXPIRE)
		in->expiry[r->cpu] = i + 1;
	if (r->kind == KVM_HV_FIRE)
		stimer_expires(in, i);
	else if (r->kind == KVM_EXPIRE || r->kind == KVM_START)
		timer_record(in, r, restart);
	else
		thread_record(in, i);
	if (r->kind == KVM_GAP)
		in->gaps++;
	if (next != KVM_NOBODY)
		seen_at(&in->evidence[next], r->cpu);
}

/* ---- what follows from it ---- */

/* A time of the timer as a time of the trace. */
static int64_t trace_time(const struct inference *in, uint64_t monotonic)
{
	return kvm_clock_at(&in->scan->clock, monotonic);
}

/* By the times that its hrtimer was set to. */
static bool periodic(const struct inference *in, const struct evidence *e, struct kvm_seed *seed)
{
	uint64_t step = common_step(e->sure.all ? &e->sure : &e->any), due = e->expires;
	const struct kvm_clock *c = &in->scan->clock;
	int64_t time;

	if (!step || step >= UINT64_C(1) << 40)
		return false;
	/* One period before what it was set to then; where that was not seen, some of them. */
	if (e->expired && !e->expires_known) {
		due = (e->went_on ? e->next : e->to) - step;
		if (due > e->expired_at)
			due -= (due - e->expired_at + step - 1) / step * step;
	} else if (!e->expired) {
		due = e->first;
	}
	/* Those before time 0 are not the trace's. */
	time = trace_time(in, due);
	if (time < 0)
		time =
		    trace_time(in, due + ((uint64_t)kvm_ticks_to_ns(c, -time) / step + 1) * step);
	seed->dev = TRACE_LAPIC;
	seed->deadline = kvm_deadline(time);
	seed->period = (uint64_t)(kvm_scale((int64_t)(2 * step), c->slope) + 1) / 2;
	seed->period += !seed->period;
	seed->by = KVM_SEED_STARTS;
	return true;
}

/* By when it expired, where it was not seen to be set. */
static bool ticks(const struct inference *in, struct evidence *e, struct kvm_seed *seed)
{
	const struct kvm_clock *c = &in->scan->clock;
	struct tick_line line;

	if (!tick_line_find(&line, &e->times, (uint64_t)kvm_ns_to_ticks(c, SLOP_NS), c->hz))
		return false;
	seed->dev = TRACE_LAPIC;
	seed->deadline = line.first;
	seed->period = line.period;
	seed->by = KVM_SEED_EXPIRIES;
	return true;
}

/* Pending as the capture began. */
static bool one_shot(const struct inference *in, const struct evidence *e, bool stimer,
		     struct kvm_seed *seed)
{
	const struct kvm_clock *c = &in->scan->clock;
	int64_t time = (int64_t)e->times.tick[0].time; /* the first one */

	/* Several that nothing explains, or a start whose write nobody could see. */
	if ((e->expiries > 1 && (stimer || !in->starts)) || (e->starts && !in->writes))
		return false;
	if (e->expires_known)
		time = trace_time(in, e->expires) +
		       (e->dev == TRACE_TSC_DEADLINE ? kvm_ns_to_ticks(c, KVM_ADVANCE_NS) : 0);
	seed->dev = e->dev;
	seed->deadline = kvm_deadline(time);
	seed->period = 0;
	seed->by = KVM_SEED_EXPIRIES;
	return true;
}

static void conclude(struct inference *in, uint32_t vp)
{
	struct evidence *e = &in->evidence[vp];
	struct kvm_seed *seed = &in->scan->vp[vp].seed;
	bool known = false;

	if (e->restarts)
		known = periodic(in, e, seed);
	else if (!e->starts && e->times.n > 1)
		known = ticks(in, e, seed);
	if (!known && !e->restarts && e->times.n)
		known = one_shot(in, e, in->scan->vp[vp].stimer != 0, seed);
	seed->given = known && e->lp < in->scan->file->cpus;
	seed->lp = e->lp;
	tick_times_free(&e->times);
}

void kvm_seeds_find(struct kvm_scan *s)
{
	const struct tracecmd_file *f = s->file;
	struct inference in = { .scan = s };

	/* Then hrtimers' times tell nothing. */
	if (s->clock.unknown)
		return;
	in.evidence = vt_array(s->vps, sizeof(*in.evidence));
	in.callback = vt_array(f->cpus + 1, sizeof(*in.callback));
	in.expiry = vt_array(f->cpus + 1, sizeof(*in.expiry));
	for (uint32_t i = 0; i < s->vps; i++)
		in.evidence[i].dev = TRACE_LAPIC;
	for (size_t i = 0; i < f->n; i++) {
		unsigned kind = f->record[i].kind;

		in.accepts |= kind == KVM_ACCEPT;
		in.writes |= kind == KVM_MSR || kind == KVM_APIC;
		in.expiries |= kind == KVM_EXPIRE;
		in.starts |= kind == KVM_START;
	}
	for (size_t i = 0; i < f->n; i++)
		read_record(&in, i);
	for (uint32_t i = 0; i < s->vps; i++)
		conclude(&in, i);
	free(in.callback);
	free(in.expiry);
	free(in.evidence);
}
