/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/import/kvm/scan.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "traces/base/mem.h"
#include "traces/import/kvm/tick.h"
#include "traces/trace.h"

/* LVTT (Intel SDM vol. 3, figure 11-8). */
enum { LVTT_MODE_SHIFT = 17, LVTT_MODE_MASK = 3 };

/* The registers whose x2APIC writes KVM logs twice, as kvm_apic and then as kvm_msr. */
enum { TWICE_LVTT = 1, TWICE_TMICT = 2, TWICE_TDCR = 4 };

/* What is under way on a vCPU's thread. Record numbers are + 1; 0: none. */
struct thread {
	size_t start;	/* an hrtimer start whose register write is still to come */
	size_t tmict;	/* a TMICT write whose hrtimer start is still to come */
	size_t armed;	/* the write that the timer runs by */
	size_t exit;	/* the VM exit that it handles */
	unsigned twice; /* TWICE_: kvm_apic came, kvm_msr is still to come */
	enum kvm_mode mode;
	uint64_t deadline; /* last written; 0: none */
	bool due;	   /* an injection of its timer is to be expected */
	uint64_t best_count;
	uint32_t vector[256]; /* injections that were expected */
};

struct walk {
	struct kvm_scan *s;
	struct thread *thread; /* [vps] */
	uint64_t *open;	       /* [cpus] the hrtimer whose callback runs, or 0 */
	uint32_t vectors[256];
};

uint32_t kvm_scan_vp(const struct kvm_scan *s, uint32_t tid)
{
	const uint64_t *n = word_map_find(&s->tids, tid);

	return n ? (uint32_t)*n : KVM_NOBODY;
}

bool kvm_scan_lapic(const struct kvm_scan *s, const struct kvm_record *r)
{
	return r->flags & KVM_F_LAPIC || (r->flags & KVM_F_UNKNOWN && !s->symbols);
}

uint64_t kvm_time(const struct kvm_scan *s, uint64_t ts)
{
	return ts - s->clock.t0;
}

static void add_pair(struct walk *w, uint32_t vp, const struct kvm_record *start, uint64_t tsc)
{
	const struct kvm_clock *c = &w->s->clock;
	struct kvm_pair p = {
		.expires = kvm_clock_at(c, start->b),
		.time = (int64_t)kvm_time(w->s, start->ts),
		.tsc = tsc,
	};

	/* KTIME_MAX: KVM could not tell the time of the deadline. */
	if (start->b < UINT64_C(1) << 62 && tsc)
		kvm_pairs_add(&w->s->vp[vp].pairs, &p);
}

/* A start without a register write re-arms what was written before: the vCPU moved, or went to
 * sleep. */
static void restarted(struct walk *w, uint32_t vp)
{
	struct thread *t = &w->thread[vp];
	struct kvm_record *start = &w->s->file->record[t->start - 1];

	if (t->deadline && !(start->flags & KVM_F_UNKNOWN))
		add_pair(w, vp, start, t->deadline);
	w->s->restarts++;
	t->start = 0;
}

static void link_to(struct walk *w, size_t at, size_t write)
{
	w->s->file->record[at].link = write;
	w->s->file->record[write - 1].flags |= KVM_F_MOVED;
	w->s->moved++;
}

/* How long a count of TMICT takes, from a start: the longest count tells best. */
static void learn_count(struct walk *w, uint32_t vp, const struct kvm_record *start, uint64_t count)
{
	const struct kvm_clock *c = &w->s->clock;
	struct thread *t = &w->thread[vp];
	int64_t ns;

	if (count <= t->best_count || start->b >= UINT64_C(1) << 62)
		return;
	ns = kvm_ticks_to_ns(c, kvm_clock_at(c, start->b) - (int64_t)kvm_time(w->s, start->ts));
	/* KVM reads its clock before it starts the hrtimer: half a count more rounds it away. */
	/* No bus clock and divider make more than 1 ms a count. */
	if (ns <= 0 || ns / 1000000 > (int64_t)count)
		return;
	t->best_count = count;
	w->s->vp[vp].count_ns_milli = (uint64_t)ns * 1000 / count;
}

static void start(struct walk *w, size_t i, uint32_t vp)
{
	struct kvm_record *r = &w->s->file->record[i];
	uint32_t owner = timer_map_owner(&w->s->timers, r->a);
	struct thread *t;

	/* Inside the callback: a periodic timer goes on. */
	if (w->open[r->cpu] == r->a && owner != KVM_NOBODY) {
		t = &w->thread[owner];
		if (t->mode == KVM_PERIODIC || (t->mode == KVM_MODE_UNKNOWN && !t->deadline)) {
			if (t->armed)
				w->s->file->record[t->armed - 1].flags |= KVM_F_PERIODIC;
			return;
		}
	}
	if (vp == KVM_NOBODY)
		return;
	t = &w->thread[vp];
	if (!(r->flags & KVM_F_UNKNOWN))
		timer_map_vote(&w->s->timers, r->a, vp);
	if (t->tmict) {
		const struct kvm_record *write = &w->s->file->record[t->tmict - 1];

		link_to(w, i, t->tmict);
		timer_map_vote(&w->s->timers, r->a, vp);
		learn_count(w, vp, r, write->b);
		t->tmict = 0;
		t->due = false;
		return;
	}
	if (t->start)
		restarted(w, vp);
	t->start = i + 1;
}

/* A write that takes effect with the start before it, if there is one; else when its exit began. */
static void write_after(struct walk *w, size_t i, uint32_t vp, uint64_t tsc)
{
	struct thread *t = &w->thread[vp];
	struct kvm_record *s = t->start ? &w->s->file->record[t->start - 1] : NULL;

	t->armed = i + 1;
	t->due = !s;
	if (s) {
		timer_map_vote(&w->s->timers, s->a, vp);
		if (tsc)
			add_pair(w, vp, s, tsc);
		link_to(w, t->start - 1, i + 1);
		t->start = 0;
	} else if (t->exit && !w->s->file->record[t->exit - 1].link) {
		link_to(w, t->exit - 1, i + 1);
	}
}

static void ignore(struct kvm_record *r, uint64_t *count)
{
	r->flags |= KVM_F_IGNORED;
	++*count;
}

static void lvtt(struct kvm_record *r, struct thread *t)
{
	enum kvm_mode mode = r->b >> LVTT_MODE_SHIFT & LVTT_MODE_MASK;

	/* Into and out of deadline mode KVM stops the timer (lapic.c: apic_update_lvtt()). */
	if (t->mode != KVM_MODE_UNKNOWN && (t->mode == KVM_DEADLINE) != (mode == KVM_DEADLINE)) {
		r->flags |= KVM_F_RESET;
		t->deadline = 0;
		t->armed = 0;
	}
	t->mode = mode;
}

static void apic_write(struct walk *w, size_t i, uint32_t vp, bool after)
{
	struct kvm_record *r = &w->s->file->record[i];
	struct thread *t = &w->thread[vp];

	if (r->a == APIC_REG_LVTT) {
		lvtt(r, t);
		return;
	}
	if (r->a != APIC_REG_TMICT)
		return;
	if (t->mode == KVM_DEADLINE) {
		ignore(r, &w->s->ignored_writes);
		return;
	}
	if (t->mode == KVM_PERIODIC && r->b)
		r->flags |= KVM_F_PERIODIC;
	t->deadline = 0;
	if (after) {
		const struct kvm_record *s = t->start ? &w->s->file->record[t->start - 1] : NULL;

		write_after(w, i, vp, 0);
		if (s)
			learn_count(w, vp, s, r->b);
		return;
	}
	t->armed = i + 1;
	t->due = true;
	t->tmict = r->b ? i + 1 : 0;
}

static unsigned twice(uint64_t reg)
{
	return reg == APIC_REG_LVTT ? TWICE_LVTT : reg == APIC_REG_TMICT ? TWICE_TMICT : TWICE_TDCR;
}

static void msr_write(struct walk *w, size_t i, uint32_t vp)
{
	struct kvm_record *r = &w->s->file->record[i];
	struct thread *t = &w->thread[vp];
	uint64_t reg = (r->a - MSR_X2APIC_BASE) << 4;

	switch (r->a) {
	case MSR_IA32_TSC_DEADLINE:
		if (t->mode == KVM_MODE_UNKNOWN)
			t->mode = KVM_DEADLINE;
		if (t->mode != KVM_DEADLINE) {
			/* KVM drops it (lapic.c: kvm_set_lapic_tscdeadline_msr()). */
			ignore(r, &w->s->ignored_writes);
			return;
		}
		write_after(w, i, vp, r->b);
		t->deadline = r->b;
		if (!r->b)
			t->due = false;
		return;
	case MSR_IA32_TSC:
	case MSR_IA32_TSC_ADJUST:
		return;
	default:
		if (t->twice & twice(reg)) {
			t->twice &= ~twice(reg);
			t->tmict = reg == APIC_REG_TMICT ? 0 : t->tmict;
			ignore(r, &w->s->duplicates);
			return;
		}
		/* Recorded without kvm_apic: the MSR write is the register write. */
		r->kind = KVM_APIC;
		r->a = reg;
		r->b &= UINT32_MAX;
		apic_write(w, i, vp, true);
	}
}

/* The thread goes on in the guest, or to sleep: what it had under way is done. */
static void settle(struct walk *w, uint32_t vp)
{
	struct thread *t = &w->thread[vp];

	if (t->start)
		restarted(w, vp);
	t->tmict = 0;
	t->twice = 0;
	t->exit = 0;
}

static void expire(struct walk *w, struct kvm_record *r)
{
	uint32_t owner = timer_map_owner(&w->s->timers, r->a);

	w->open[r->cpu] = r->a;
	if (owner != KVM_NOBODY)
		w->thread[owner].due = true;
}

static void accept(struct walk *w, const struct kvm_record *r, uint32_t vp)
{
	struct thread *t = &w->thread[vp];

	if (r->a > 255 || !t->due ||
	    (w->s->vp[vp].vcpu >= 0 && (uint64_t)w->s->vp[vp].vcpu != r->b))
		return;
	t->due = false;
	t->vector[r->a]++;
	w->vectors[r->a]++;
}

static void add_gap(struct kvm_scan *s, uint64_t from, uint64_t until, uint32_t cpu, uint64_t count)
{
	if (s->gaps == s->gap_room) {
		s->gap_room = s->gap_room ? 2 * s->gap_room : 16;
		s->gap = vt_realloc(s->gap, s->gap_room * sizeof(*s->gap));
	}
	s->gap[s->gaps++] = (struct kvm_gap){ from, until, count, cpu };
}

static void record(struct walk *w, size_t i)
{
	struct kvm_scan *s = w->s;
	struct kvm_record *r = &s->file->record[i];
	uint32_t vp = kvm_scan_vp(s, r->pid);

	if (s->first[r->cpu] == KVM_NOBODY)
		s->first[r->cpu] = r->pid;
	switch (r->kind) {
	case KVM_START:
		if (kvm_scan_lapic(s, r))
			start(w, i, vp);
		return;
	case KVM_EXPIRE:
		expire(w, r);
		return;
	case KVM_GAP:
		add_gap(s, r->a, r->ts, r->cpu, r->b);
		w->open[r->cpu] = 0;
		return;
	case KVM_WAKING:
	case KVM_WAKEUP:
	case KVM_HV_IRQ:
		return;
	case KVM_ACCEPT:
		if (vp != KVM_NOBODY)
			accept(w, r, vp);
		return;
	default:
		break;
	}
	/* What follows is no interrupt handler's. */
	w->open[r->cpu] = 0;
	if (vp == KVM_NOBODY)
		return;
	switch (r->kind) {
	case KVM_SWITCH:
		/* A thread that was preempted goes on with what it did. */
		if (r->b & 0xff)
			settle(w, vp);
		return;
	case KVM_MSR:
		msr_write(w, i, vp);
		return;
	case KVM_APIC:
		w->thread[vp].twice |= twice(r->a);
		apic_write(w, i, vp, false);
		return;
	case KVM_EXIT:
		w->thread[vp].exit = i + 1;
		return;
	case KVM_ENTRY:
		settle(w, vp);
		return;
	default:
		return;
	}
}

static uint32_t most(const uint32_t *count)
{
	uint32_t best = 0;

	for (uint32_t v = 1; v < 256; v++)
		if (count[v] > count[best])
			best = v;
	return best;
}

/*
 * The time of a count is the bus clock's period times a power of two (TDCR), 1 ns unless the VMM
 * set another (since 6.11).
 */
static void round_count(struct kvm_vp *vp)
{
	for (uint64_t milli = 1000; milli <= 128000; milli *= 2)
		if (vp->count_ns_milli > milli - milli / 50 &&
		    vp->count_ns_milli < milli + milli / 50)
			vp->count_ns_milli = milli;
}

static void finish(struct walk *w, uint64_t guest_hz)
{
	struct kvm_scan *s = w->s;
	struct kvm_pairs *pairs = vt_array(s->vps, sizeof(*pairs));
	struct kvm_fit *fit = vt_array(s->vps, sizeof(*fit));
	uint32_t common = most(w->vectors);

	for (uint32_t i = 0; i < s->vps; i++) {
		const struct thread *t = &w->thread[i];
		uint32_t own = most(t->vector);

		s->vp[i].vector = t->vector[own] ? (int)own : w->vectors[common] ? (int)common : -1;
		round_count(&s->vp[i]);
		pairs[i] = s->vp[i].pairs;
	}
	kvm_fit_all(fit, pairs, s->vps, &s->clock, guest_hz);
	for (uint32_t i = 0; i < s->vps; i++) {
		s->vp[i].fit = fit[i];
		free(s->vp[i].pairs.pair);
		s->vp[i].pairs.pair = NULL;
	}
	free(fit);
	free(pairs);
}

static int by_from(const void *a, const void *b)
{
	const struct kvm_gap *x = a, *y = b;

	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	return (x->cpu > y->cpu) - (x->cpu < y->cpu);
}

static void threads(struct kvm_scan *s)
{
	const json_t *list = json_object_get(s->file->report, "threads");
	size_t n = json_array_size(list);

	if (n > TRACE_VPS_MAX)
		n = TRACE_VPS_MAX;
	s->vp = vt_array(n, sizeof(*s->vp));
	for (size_t i = 0; i < n; i++) {
		const json_t *t = json_array_get(list, i);
		const char *comm = json_string_value(json_object_get(t, "comm"));
		struct kvm_vp *vp = &s->vp[s->vps];

		vp->tid = (uint32_t)json_integer_value(json_object_get(t, "tid"));
		vp->vcpu = json_integer_value(json_object_get(t, "vcpu"));
		vp->comm = comm ? comm : "";
		*word_map_get(&s->tids, vp->tid, TRACE_VPS_MAX + 1) = s->vps++;
	}
}

/* Ticks are a whole number of periods apart; the first one after time 0 is up to one period later.
 */
static void find_tick_phase(struct kvm_scan *s, const struct tracecmd_file *f)
{
	uint64_t due = kvm_tick_due(f);
	int64_t period, phase;

	if (!s->tick_hz || !due)
		return;
	period = (int64_t)(1000000000 / s->tick_hz);
	phase = kvm_ticks_to_ns(&s->clock, kvm_clock_at(&s->clock, due)) % period;
	s->tick_phase_ns = (uint64_t)(phase > 0 ? phase : phase + period);
}

int kvm_scan(struct kvm_scan *s, const struct tracecmd_file *f, uint64_t cpu_hz, bool cut,
	     const bool *cpu_cut, const char *path, struct vt_error *err)
{
	struct walk w = { .s = s };
	const json_t *seen;

	*s = (struct kvm_scan){ .file = f };
	if (kvm_clock_find(&s->clock, f, cpu_hz, cut, path, err))
		return -1;
	threads(s);
	seen = json_object_get(f->report, "seen");
	s->symbols = json_integer_value(json_object_get(seen, "hrtimer_start_apic_timer_fn")) > 0 ||
		     json_integer_value(json_object_get(seen, "hrtimer_expire_apic_timer_fn")) > 0;
	s->first = vt_alloc((f->cpus + 1) * sizeof(*s->first));
	w.thread = vt_array(s->vps, sizeof(*w.thread));
	w.open = vt_array(f->cpus + 1, sizeof(*w.open));
	memset(s->first, 0xff, (f->cpus + 1) * sizeof(*s->first));
	for (uint32_t i = 0; i < s->vps; i++)
		w.thread[i].mode = KVM_MODE_UNKNOWN;
	for (size_t i = 0; i < f->n; i++)
		record(&w, i);
	for (uint32_t i = 0; cpu_cut && i < f->cpus; i++) {
		uint64_t last = (uint64_t)json_integer_value(
		    json_array_get(json_object_get(f->report, "last"), i));

		if (cpu_cut[i] && last < f->t1)
			add_gap(s, last > f->t0 ? last : f->t0, f->t1, i, 0);
	}
	if (s->gaps)
		qsort(s->gap, s->gaps, sizeof(*s->gap), by_from);
	s->tick_hz = kvm_tick_hz(f);
	finish(&w, cpu_hz);
	find_tick_phase(s, f);
	free(w.thread);
	free(w.open);
	return 0;
}

void kvm_scan_free(struct kvm_scan *s)
{
	for (uint32_t i = 0; i < s->vps; i++) {
		free(s->vp[i].pairs.pair);
		kvm_fit_free(&s->vp[i].fit);
	}
	word_map_free(&s->tids);
	timer_map_free(&s->timers);
	free(s->vp);
	free(s->first);
	free(s->gap);
}
