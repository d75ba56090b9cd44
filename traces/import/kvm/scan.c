/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/import/kvm/scan.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "traces/base/mem.h"
#include "traces/import/kvm/links.h"
#include "traces/import/kvm/tick.h"
#include "traces/trace.h"

static void add_gap(struct kvm_scan *s, uint64_t from, uint64_t until, uint32_t cpu, uint64_t count)
{
	if (s->gaps == s->gap_room) {
		s->gap_room = s->gap_room ? 2 * s->gap_room : 16;
		s->gap = vt_realloc(s->gap, s->gap_room * sizeof(*s->gap));
	}
	s->gap[s->gaps++] = (struct kvm_gap){ from, until, count, cpu };
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

static void finish(struct kvm_scan *s, uint64_t guest_hz)
{
	struct kvm_pairs *pairs = vt_array(s->vps, sizeof(*pairs));
	struct kvm_fit *fit = vt_array(s->vps, sizeof(*fit));

	for (uint32_t i = 0; i < s->vps; i++) {
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
		vp->before = KVM_NOBODY;
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

/* The CPUs whose events end before the recording does: from there on they are lost. */
static void add_cut_gaps(struct kvm_scan *s, const bool *cpu_cut)
{
	const struct tracecmd_file *f = s->file;
	const json_t *list = json_object_get(f->report, "last");

	for (uint32_t i = 0; cpu_cut && i < f->cpus; i++) {
		uint64_t last = (uint64_t)json_integer_value(json_array_get(list, i));

		if (cpu_cut[i] && last < f->t1)
			add_gap(s, last > f->t0 ? last : f->t0, f->t1, i, 0);
	}
}

/* When the threads of vCPUs are seen, and whether they end. */
static void note_life(struct kvm_scan *s, size_t i)
{
	const struct kvm_record *r = &s->file->record[i];
	bool leaves = r->kind == KVM_SWITCH;
	uint32_t vp[2] = { kvm_scan_vp(s, r->pid), leaves && r->a <= UINT32_MAX
						       ? kvm_scan_vp(s, (uint32_t)r->a)
						       : KVM_NOBODY };

	for (int k = 0; k < 2; k++) {
		struct kvm_vp *v = &s->vp[vp[k]];

		if (vp[k] == KVM_NOBODY)
			continue;
		v->first = v->first ? v->first : i + 1;
		v->last = i + 1;
		v->ended = leaves && !k && r->b & KVM_STATE_DEAD;
	}
}

void kvm_scan_owns(struct kvm_scan *s, uint64_t timer, uint32_t vp)
{
	uint32_t owner = timer_map_owner(&s->timers, timer, SIZE_MAX);

	/* Its VM is gone, and another one has its memory. */
	if (owner != KVM_NOBODY && owner != vp && s->vp[owner].ended)
		timer_map_renew(&s->timers, timer, s->vp[owner].last);
	timer_map_vote(&s->timers, timer, vp);
}

static void read_records(struct kvm_scan *s)
{
	const struct tracecmd_file *f = s->file;
	struct kvm_links *links = kvm_links_new(s);

	for (size_t i = 0; i < f->n; i++) {
		const struct kvm_record *r = &f->record[i];

		if (r->kind == KVM_LATE) {
			kvm_away_record(&s->away, r, &s->clock, f->cpus);
			continue;
		}
		if (s->first[r->cpu] == KVM_NOBODY)
			s->first[r->cpu] = r->pid;
		s->exits |= r->kind == KVM_EXIT;
		if (r->kind == KVM_GAP)
			add_gap(s, r->a, r->ts, r->cpu, r->b);
		note_life(s, i);
		kvm_links_record(links, i);
	}
	kvm_links_vectors(links);
	kvm_links_free(links);
}

int kvm_scan(struct kvm_scan *s, const struct tracecmd_file *f, uint64_t cpu_hz, bool cut,
	     const bool *cpu_cut, const char *path, struct vt_error *err)
{
	const json_t *seen = json_object_get(f->report, "seen");

	*s = (struct kvm_scan){ .file = f };
	if (kvm_clock_find(&s->clock, f, cpu_hz, cut, path, err))
		return -1;
	threads(s);
	s->symbols = json_integer_value(json_object_get(seen, "hrtimer_start_apic_timer_fn")) > 0 ||
		     json_integer_value(json_object_get(seen, "hrtimer_expire_apic_timer_fn")) > 0;
	s->first = vt_alloc((f->cpus + 1) * sizeof(*s->first));
	memset(s->first, 0xff, (f->cpus + 1) * sizeof(*s->first));
	read_records(s);
	add_cut_gaps(s, cpu_cut);
	kvm_away_sort(&s->away);
	if (s->gaps)
		qsort(s->gap, s->gaps, sizeof(*s->gap), by_from);
	s->tick_hz = kvm_tick_hz(f);
	finish(s, cpu_hz);
	find_tick_phase(s, f);
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
	kvm_away_free(&s->away);
}
