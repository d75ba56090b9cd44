/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/import/kvm/links.h"

#include <stdlib.h>

#include "traces/base/mem.h"
#include "traces/import/kvm/owners.h"

/* LVTT (Intel SDM vol. 3, figure 11-8). */
enum { LVTT_MODE_SHIFT = 17, LVTT_MODE_MASK = 3 };

/* The registers whose x2APIC writes KVM logs twice, as kvm_apic and then as kvm_msr. */
enum { TWICE_LVTT = 1, TWICE_TMICT = 2, TWICE_TDCR = 4 };

/* What is under way on a vCPU's thread. Record numbers are + 1; 0: none. */
struct thread {
	size_t start;	/* an hrtimer start whose register write is still to come */
	bool by_itself; /* without one it is a periodic timer that went on */
	size_t tmict;	/* a TMICT write whose hrtimer start is still to come */
	size_t armed;	/* the write that the timer runs by */
	size_t exit;	/* the VM exit that it handles */
	unsigned twice; /* TWICE_: kvm_apic came, kvm_msr is still to come */
	enum kvm_mode mode;
	bool ticks;	   /* its timer went on by itself */
	uint64_t deadline; /* last written; 0: none */
	bool due;	   /* an injection of its timer is to be expected */
	uint64_t best_count;
	uint32_t vector[256]; /* injections that were expected */
	size_t silent;	      /* a write that no hrtimer start took up */
	bool left;	      /* since then the thread entered its guest, or left it once more */
	size_t accepted;      /* an injection in the VM exit at hand */
	size_t fire;	      /* the exit at hand is the preemption timer's */
	uint64_t best_exit;   /* the longest count that an exit told, and in how many ns */
	uint64_t exit_ns;
	size_t hv_start; /* a Hyper-V timer whose hrtimer start is still to come */
	uint64_t hv_starts[KVM_STIMERS], hv_expiries[KVM_STIMERS], writes;
};

struct kvm_links {
	struct kvm_scan *s;
	struct thread *thread; /* [vps] */
	struct kvm_owners owners;
	uint32_t vectors[256];
	bool accepts; /* the capture holds injections */
};

struct kvm_links *kvm_links_new(struct kvm_scan *s)
{
	struct kvm_links *l = vt_alloc(sizeof(*l));

	l->s = s;
	l->thread = vt_array(s->vps, sizeof(*l->thread));
	kvm_owners_init(&l->owners, s);
	for (uint32_t i = 0; i < s->vps; i++)
		l->thread[i].mode = KVM_MODE_UNKNOWN;
	for (size_t i = 0; i < s->file->n && !l->accepts; i++)
		l->accepts = s->file->record[i].kind == KVM_ACCEPT;
	return l;
}

void kvm_links_free(struct kvm_links *l)
{
	if (!l)
		return;
	free(l->thread);
	kvm_owners_free(&l->owners);
	free(l);
}

static void add_pair(struct kvm_links *l, uint32_t vp, const struct kvm_record *start, uint64_t tsc)
{
	const struct kvm_clock *c = &l->s->clock;
	struct kvm_pair p = {
		.expires = kvm_clock_flat(c, start->b),
		.time = (int64_t)kvm_time(l->s, start->ts),
		.tsc = tsc,
	};

	p.ahead = kvm_clock_at(c, start->b) - p.time;
	/* KTIME_MAX: KVM could not tell the time of the deadline. */
	if (start->b < UINT64_C(1) << 62 && tsc)
		kvm_pairs_add(&l->s->vp[vp].pairs, &p);
}

/* ---- writes without an hrtimer: something else may tell their deadline ---- */

static void silent(struct thread *t, size_t write)
{
	t->silent = write;
	t->left = false;
}

/* Record @by tells the deadline of the write. */
static void told(struct kvm_links *l, struct thread *t, size_t by)
{
	struct kvm_record *write = &l->s->file->record[t->silent - 1];
	const struct kvm_record *r = &l->s->file->record[by - 1];

	write->link = by;
	if (r->kind == KVM_EXIT && write->kind == KVM_APIC && write->b > t->best_exit) {
		t->best_exit = write->b;
		t->exit_ns = (uint64_t)kvm_ticks_to_ns(&l->s->clock, (int64_t)(r->ts - write->ts));
	}
	t->silent = 0;
}

/*
 * An injection that was due. Before the guest runs again the deadline had passed when it was
 * written, in an exit of the preemption timer it has now.
 */
static void silent_accept(struct kvm_links *l, struct thread *t, size_t i)
{
	if (!t->silent)
		return;
	if (!t->left)
		told(l, t, i + 1);
	else if (t->fire)
		told(l, t, t->fire);
}

static void silent_exit(struct kvm_links *l, struct thread *t, size_t i)
{
	const struct kvm_record *r = &l->s->file->record[i];

	t->left = true;
	t->accepted = 0;
	t->fire =
	    r->b != KVM_ISA_SVM && (r->a & KVM_VMX_REASON) == KVM_VMX_PREEMPTION_TIMER ? i + 1 : 0;
	/* KVM makes some such exits for purposes of its own: an injection shows which is the
	 * timer's, where injections were recorded. */
	if (t->fire && t->silent && !l->accepts)
		told(l, t, t->fire);
}

/* The timer of @vp, of which no write said that it is periodic, goes on by itself. */
static void goes_on(struct kvm_links *l, uint32_t vp)
{
	struct thread *t = &l->thread[vp];

	t->ticks = true;
	if (t->armed)
		l->s->file->record[t->armed - 1].flags |= KVM_F_PERIODIC;
}

/* A TSC deadline never does, and a count does not in one-shot mode. */
static bool may_go_on(const struct thread *t)
{
	return t->mode == KVM_PERIODIC || (t->mode == KVM_MODE_UNKNOWN && !t->deadline);
}

/* A start without a register write re-arms what was written before: the vCPU moved, or went to
 * sleep; or a timer went on by itself. */
static void restarted(struct kvm_links *l, uint32_t vp)
{
	struct thread *t = &l->thread[vp];
	struct kvm_record *start = &l->s->file->record[t->start - 1];
	uint32_t owner = t->by_itself ? kvm_owners_of(&l->owners, start->a) : KVM_NOBODY;

	t->start = 0;
	if (owner != KVM_NOBODY && may_go_on(&l->thread[owner]))
		goes_on(l, owner);
	if (t->by_itself)
		return;
	if (t->deadline && !(start->flags & KVM_F_UNKNOWN))
		add_pair(l, vp, start, t->deadline);
	/* Before it sleeps: KVM goes from the preemption timer to an hrtimer. */
	if (t->silent && !(start->flags & KVM_F_UNKNOWN))
		told(l, t, (size_t)(start - l->s->file->record) + 1);
	l->s->restarts++;
}

static void link_to(struct kvm_links *l, size_t at, size_t write)
{
	l->s->file->record[at].link = write;
	l->s->file->record[write - 1].flags |= KVM_F_MOVED;
	l->s->moved++;
}

/* How long a count of TMICT takes, from a start: the longest count tells best. */
static void learn_count(struct kvm_links *l, uint32_t vp, const struct kvm_record *start,
			uint64_t count)
{
	const struct kvm_clock *c = &l->s->clock;
	struct thread *t = &l->thread[vp];
	int64_t ns;

	if (count <= t->best_count || start->b >= UINT64_C(1) << 62)
		return;
	ns = kvm_ticks_to_ns(c, kvm_clock_at(c, start->b) - (int64_t)kvm_time(l->s, start->ts));
	/* KVM reads its clock before it starts the hrtimer: half a count more rounds it away. */
	/* No bus clock and divider make more than 1 ms a count. */
	if (ns <= 0 || ns / 1000000 > (int64_t)count)
		return;
	t->best_count = count;
	l->s->vp[vp].count_ns_milli = (uint64_t)ns * 1000 / count;
}

/*
 * The start at hand is of the timer whose callback ends. True: the timer went on by itself. False
 * is also what only a write behind it could tell: whether it is that of @vp, whose thread had been
 * interrupted.
 */
static bool went_on(struct kvm_links *l, const struct kvm_record *r, uint32_t vp)
{
	uint32_t owner = kvm_owners_of(&l->owners, r->a);
	const struct thread *t = owner != KVM_NOBODY ? &l->thread[owner] : NULL;

	if (t && !may_go_on(t))
		return false;
	if (vp != KVM_NOBODY && (!t || (owner == vp && !t->armed && t->mode != KVM_PERIODIC)))
		return false;
	if (t)
		goes_on(l, owner);
	return true;
}

static void start(struct kvm_links *l, size_t i, uint32_t vp)
{
	struct kvm_record *r = &l->s->file->record[i];
	bool restart = l->owners.restart;
	struct thread *t;

	if ((restart && went_on(l, r, vp)) || vp == KVM_NOBODY)
		return;
	t = &l->thread[vp];
	if (!(r->flags & KVM_F_UNKNOWN) && !restart)
		kvm_scan_owns(l->s, r->a, vp);
	if (t->tmict) {
		const struct kvm_record *write = &l->s->file->record[t->tmict - 1];

		link_to(l, i, t->tmict);
		kvm_scan_owns(l->s, r->a, vp);
		learn_count(l, vp, r, write->b);
		t->silent = 0;
		t->tmict = 0;
		t->due = false;
		return;
	}
	if (t->start)
		restarted(l, vp);
	t->start = i + 1;
	t->by_itself = restart;
}

/* A write that takes effect with the start before it, if there is one; else when its exit began. */
static void write_after(struct kvm_links *l, size_t i, uint32_t vp, uint64_t tsc)
{
	struct thread *t = &l->thread[vp];
	struct kvm_record *s = t->start ? &l->s->file->record[t->start - 1] : NULL;

	t->armed = i + 1;
	t->due = !s;
	t->writes++;
	silent(t, s || !l->s->file->record[i].b ? 0 : i + 1);
	if (s) {
		kvm_scan_owns(l->s, s->a, vp);
		if (tsc)
			add_pair(l, vp, s, tsc);
		link_to(l, t->start - 1, i + 1);
		t->start = 0;
	} else if (t->exit && !l->s->file->record[t->exit - 1].link) {
		link_to(l, t->exit - 1, i + 1);
	}
	/* On its fast path KVM injects before it logs the write. */
	if (t->silent && t->accepted)
		told(l, t, t->accepted);
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
	if ((t->mode != KVM_MODE_UNKNOWN || t->ticks) &&
	    (t->mode == KVM_DEADLINE) != (mode == KVM_DEADLINE)) {
		r->flags |= KVM_F_RESET;
		t->deadline = 0;
		t->armed = 0;
	}
	t->mode = mode;
}

static void apic_write(struct kvm_links *l, size_t i, uint32_t vp, bool after)
{
	struct kvm_record *r = &l->s->file->record[i];
	struct thread *t = &l->thread[vp];

	if (r->a == APIC_REG_LVTT) {
		lvtt(r, t);
		return;
	}
	if (r->a != APIC_REG_TMICT)
		return;
	if (t->mode == KVM_DEADLINE) {
		ignore(r, &l->s->ignored_writes);
		return;
	}
	if (t->mode == KVM_PERIODIC && r->b)
		r->flags |= KVM_F_PERIODIC;
	t->deadline = 0;
	if (after) {
		const struct kvm_record *s = t->start ? &l->s->file->record[t->start - 1] : NULL;

		write_after(l, i, vp, 0);
		if (s)
			learn_count(l, vp, s, r->b);
		return;
	}
	t->armed = i + 1;
	t->due = true;
	t->writes++;
	t->tmict = r->b ? i + 1 : 0;
	silent(t, t->tmict);
}

static unsigned twice(uint64_t reg)
{
	return reg == APIC_REG_LVTT ? TWICE_LVTT : reg == APIC_REG_TMICT ? TWICE_TMICT : TWICE_TDCR;
}

static void msr_write(struct kvm_links *l, size_t i, uint32_t vp)
{
	struct kvm_record *r = &l->s->file->record[i];
	struct thread *t = &l->thread[vp];
	uint64_t reg = (r->a - MSR_X2APIC_BASE) << 4;

	switch (r->a) {
	case MSR_IA32_TSC_DEADLINE:
		if (t->mode == KVM_MODE_UNKNOWN)
			t->mode = KVM_DEADLINE;
		if (t->mode != KVM_DEADLINE) {
			/* KVM drops it (lapic.c: kvm_set_lapic_tscdeadline_msr()). */
			ignore(r, &l->s->ignored_writes);
			return;
		}
		write_after(l, i, vp, r->b);
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
			ignore(r, &l->s->duplicates);
			return;
		}
		/* Recorded without kvm_apic: the MSR write is the register write. */
		r->kind = KVM_APIC;
		r->a = reg;
		r->b &= UINT32_MAX;
		apic_write(l, i, vp, true);
	}
}

/* The thread goes on in the guest, or to sleep: what it had under way is done. */
static void settle(struct kvm_links *l, uint32_t vp)
{
	struct thread *t = &l->thread[vp];

	if (t->start)
		restarted(l, vp);
	t->tmict = 0;
	t->twice = 0;
	t->exit = 0;
	t->hv_start = 0;
	t->left = true;
	t->accepted = 0;
	t->fire = 0;
}

static void expire(struct kvm_links *l, struct kvm_record *r)
{
	uint32_t owner = kvm_owners_of(&l->owners, r->a);

	if (owner != KVM_NOBODY)
		l->thread[owner].due = true;
}

static void accept(struct kvm_links *l, size_t i, uint32_t vp)
{
	const struct kvm_record *r = &l->s->file->record[i];
	struct thread *t = &l->thread[vp];

	if (r->a > 255 || (l->s->vp[vp].vcpu >= 0 && (uint64_t)l->s->vp[vp].vcpu != r->b))
		return;
	if (!t->due) {
		t->accepted = t->exit ? i + 1 : 0;
		return;
	}
	t->due = false;
	silent_accept(l, t, i);
	t->vector[r->a]++;
	l->vectors[r->a]++;
}

/* Hyper-V's timers: which of them the guest uses, and what KVM set its hrtimer to. */
static void stimer(struct kvm_links *l, size_t i, uint32_t vp)
{
	struct kvm_record *r = &l->s->file->record[i];
	struct thread *t = &l->thread[vp];

	switch (r->kind) {
	case KVM_HV_START:
		t->hv_starts[r->a]++;
		t->hv_start = i + 1;
		return;
	case KVM_HV_EXPIRED:
		t->hv_expiries[r->a]++;
		t->due = true;
		return;
	default:
		return;
	}
}

static bool stimer_start(struct kvm_links *l, size_t i, uint32_t vp)
{
	struct kvm_record *r = &l->s->file->record[i];
	struct thread *t = vp == KVM_NOBODY ? NULL : &l->thread[vp];

	if (!t || !t->hv_start || !(r->flags & (KVM_F_STIMER | KVM_F_UNKNOWN)))
		return false;
	l->s->file->record[t->hv_start - 1].link = i + 1;
	kvm_scan_owns(l->s, r->a, vp);
	t->hv_start = 0;
	return true;
}

void kvm_links_record(struct kvm_links *l, size_t i)
{
	struct kvm_scan *s = l->s;
	struct kvm_record *r = &s->file->record[i];
	uint32_t vp = kvm_scan_vp(s, r->pid);

	kvm_owners_record(&l->owners, r, vp);
	switch (r->kind) {
	case KVM_START:
		/* Its time tells nothing then. */
		if (s->clock.unknown)
			return;
		if (!stimer_start(l, i, vp) && kvm_scan_lapic(s, r))
			start(l, i, vp);
		return;
	case KVM_EXPIRE:
		expire(l, r);
		return;
	case KVM_GAP:
	case KVM_WAKING:
	case KVM_WAKEUP:
	case KVM_HV_IRQ:
	case KVM_HV_FIRE:
		return;
	case KVM_ACCEPT:
		if (vp != KVM_NOBODY)
			accept(l, i, vp);
		return;
	default:
		break;
	}
	if (vp == KVM_NOBODY)
		return;
	switch (r->kind) {
	case KVM_SWITCH:
		/* A thread that was preempted goes on with what it did. */
		if (r->b & 0xff)
			settle(l, vp);
		return;
	case KVM_MSR:
		msr_write(l, i, vp);
		return;
	case KVM_APIC:
		l->thread[vp].twice |= twice(r->a);
		apic_write(l, i, vp, false);
		return;
	case KVM_EXIT:
		l->thread[vp].exit = i + 1;
		silent_exit(l, &l->thread[vp], i);
		return;
	case KVM_HV_CONFIG:
	case KVM_HV_COUNT:
	case KVM_HV_START:
	case KVM_HV_EXPIRED:
		stimer(l, i, vp);
		return;
	case KVM_ENTRY:
		settle(l, vp);
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

/* What the whole capture tells of a VP's timer. */
static void learn_rest(struct kvm_vp *vp, const struct thread *t)
{
	uint64_t most_uses = 0;

	for (uint32_t k = 0; k < KVM_STIMERS; k++) {
		/* One that is set to the past is not started. */
		uint64_t uses =
		    t->hv_starts[k] > t->hv_expiries[k] ? t->hv_starts[k] : t->hv_expiries[k];

		if (uses > most_uses && uses > t->writes) {
			most_uses = uses;
			vp->stimer = k + 1;
		}
	}
	/* No bus clock and divider make more than 1 ms a count. */
	if (vp->count_ns_milli || !t->best_exit || t->exit_ns / 1000000 > t->best_exit)
		return;
	vp->count_from_exits = true;
	vp->count_ns_milli = t->exit_ns * 1000 / t->best_exit;
}

void kvm_links_vectors(struct kvm_links *l)
{
	uint32_t common = most(l->vectors);

	kvm_owners_settle(&l->owners);
	for (uint32_t i = 0; i < l->s->vps; i++) {
		const struct thread *t = &l->thread[i];
		uint32_t own = most(t->vector);

		learn_rest(&l->s->vp[i], t);

		l->s->vp[i].vector = t->vector[own]	  ? (int)own
				     : l->vectors[common] ? (int)common
							  : -1;
	}
}
