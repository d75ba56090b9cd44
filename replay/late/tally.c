/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/late/tally.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "traces/base/mem.h"
#include "traces/base/sort.h"
#include "traces/meta.h"

/* ---- VMs ---- */

struct vp_domain {
	uint32_t domain, vp;
};

static int by_domain(const void *a, const void *b)
{
	const struct vp_domain *x = a, *y = b;
	int order = order_u64(x->domain, y->domain);

	return order ? order : order_u64(x->vp, y->vp);
}

/* Numbers the VMs by their first VP. */
static void number_vms(struct late *l)
{
	const uint32_t vps = l->meta->vps;
	struct vp_domain *v = vt_array((size_t)vps + 1, sizeof(*v));
	uint32_t *first = vt_array((size_t)vps + 1, sizeof(*first));

	for (uint32_t vp = 0; vp < vps; vp++)
		v[vp] = (struct vp_domain){ .domain = l->meta->vp[vp].domain, .vp = vp };
	sort_by(v, vps, sizeof(*v), by_domain);
	for (uint32_t i = 0; i < vps; i++) {
		bool same = i && v[i - 1].domain == v[i].domain;

		first[v[i].vp] = same ? first[v[i - 1].vp] : v[i].vp;
	}
	for (uint32_t vp = 0; vp < vps; vp++)
		l->vm_of[vp] = first[vp] == vp ? l->vms++ : l->vm_of[first[vp]];
	free(first);
	free(v);
}

static void add_vp(struct late *l, uint32_t vp)
{
	const struct trace_vp *v = &l->meta->vp[vp];
	struct late_vm *vm = &l->vm[l->vm_of[vp]];

	if (!vm->name)
		vm->name = trace_vm_name(v);
	vm->domain = v->domain;
	if (!(vm->vps & (vm->vps - 1)))
		vm->vp = vt_realloc(vm->vp, (vm->vps ? (size_t)vm->vps * 2 : 1) * sizeof(*vm->vp));
	vm->vp[vm->vps++] = vp;
}

void late_begin(struct late *l, const struct trace_meta *meta, const bool *chosen,
		const struct late_span *span, uint32_t worst)
{
	*l = (struct late){ .meta = meta, .span = *span, .worst_most = worst };
	l->vm_of = vt_array((size_t)meta->vps + 1, sizeof(*l->vm_of));
	l->vp = vt_array((size_t)meta->vps + 1, sizeof(*l->vp));
	l->worst = vt_array((size_t)worst + 1, sizeof(*l->worst));
	number_vms(l);
	l->vm = vt_array((size_t)l->vms + 1, sizeof(*l->vm));
	for (uint32_t vp = 0; vp < meta->vps; vp++) {
		add_vp(l, vp);
		if (!chosen || chosen[vp])
			l->vm[l->vm_of[vp]].chosen = true;
	}
}

static void free_tally(struct late_tally *t)
{
	if (t->late)
		histogram_free(t->late);
	free(t->late);
	free(t->behind);
}

void late_free(struct late *l)
{
	for (uint32_t i = 0; i < l->vms; i++) {
		free(l->vm[i].name);
		free(l->vm[i].vp);
		free(l->vm[i].sample);
		free(l->vm[i].slice);
		free_tally(&l->vm[i].tally);
	}
	for (uint32_t vp = 0; l->vp && vp < l->meta->vps; vp++)
		free_tally(&l->vp[vp]);
	for (size_t i = 0; i < l->worsts; i++)
		free(l->worst[i].ran);
	free_tally(&l->all);
	free(l->vm);
	free(l->vm_of);
	free(l->vp);
	free(l->worst);
	*l = (struct late){ 0 };
}

/* ---- slices ---- */

static uint32_t slice_of(const struct late *l, int64_t at)
{
	uint64_t length = l->span.to - l->span.from + 1;
	unsigned __int128 place = ((uint64_t)at - l->span.from);

	return (uint32_t)(place * LATE_SLICES / length);
}

static int64_t mean(__int128 sum, uint64_t n)
{
	return (int64_t)(sum / (__int128)n);
}

/* The slice at hand is over. */
static void close_slice(struct late_vm *vm, uint32_t slice)
{
	struct late_slice *s;
	__int128 sum = 0;

	if (!vm->samples)
		return;
	s = &vm->slice[slice];
	s->ticks = vm->samples;
	sort_i64(vm->sample, vm->samples);
	for (size_t i = 0; i < vm->samples; i++)
		sum += vm->sample[i];
	s->mean = mean(sum, s->ticks);
	s->p99 = vm->sample[(s->ticks * 990 + 999) / 1000 - 1];
	for (int p = 0; p < TICK_PARTS; p++)
		s->part[p] = mean(vm->part_sum[p], s->ticks);
	vm->samples = 0;
	memset(vm->part_sum, 0, sizeof(vm->part_sum));
}

static void go_to_slice(struct late *l, uint32_t slice)
{
	for (uint32_t i = 0; i < l->vms && l->slice != slice; i++)
		close_slice(&l->vm[i], l->slice);
	l->slice = slice;
}

static void count_in_slice(struct late_vm *vm, const struct late_sample *s)
{
	if (!vm->slice)
		vm->slice = vt_array(LATE_SLICES, sizeof(*vm->slice));
	if (vm->samples == vm->room) {
		vm->room = vm->room ? vm->room * 2 : 64;
		vm->sample = vt_realloc(vm->sample, vm->room * sizeof(*vm->sample));
	}
	vm->sample[vm->samples++] = s->late;
	for (int p = 0; p < TICK_PARTS; p++)
		vm->part_sum[p] += s->part[p];
}

/* ---- one tick ---- */

static void count_behind(struct late_tally *t, const struct late_behind *ran)
{
	size_t i = 0;

	while (i < t->behinds && t->behind[i].vp != ran->vp)
		i++;
	if (i == t->behinds) {
		t->behind = vt_realloc(t->behind, (t->behinds + 1) * sizeof(*t->behind));
		t->behind[t->behinds++] = (struct late_behind){ .vp = ran->vp };
	}
	t->behind[i].ns += ran->ns;
	/* Those that are met often stand in front. */
	if (i) {
		struct late_behind swap = t->behind[i];

		t->behind[i] = t->behind[i - 1];
		t->behind[i - 1] = swap;
	}
}

static void count_sample(struct late_tally *t, const struct late_sample *s, bool behind)
{
	if (t->count[TICK_DELIVERED] == 1 || s->late > t->largest.late) {
		t->largest = *s;
		t->largest.ran = NULL;
		t->largest.rans = 0;
	}
	if (!t->late)
		t->late = vt_alloc(sizeof(*t->late));
	histogram_add(t->late, s->late);
	t->away_sum += s->away;
	for (int p = 0; p < TICK_PARTS; p++)
		t->part_sum[p] += s->part[p];
	for (size_t i = 0; behind && i < s->rans; i++)
		count_behind(t, &s->ran[i]);
}

/* Keeps it if it is among the worst so far; it was delivered after those that are there. */
static void keep_if_worst(struct late *l, const struct late_sample *s)
{
	size_t i = l->worsts;

	if (i == l->worst_most && (!i || l->worst[i - 1].late >= s->late))
		return;
	if (i == l->worst_most)
		free(l->worst[--i].ran);
	else
		l->worsts++;
	for (; i && l->worst[i - 1].late < s->late; i--)
		l->worst[i] = l->worst[i - 1];
	l->worst[i] = *s;
	l->worst[i].ran = vt_array(s->rans + 1, sizeof(*s->ran));
	if (s->rans)
		memcpy(l->worst[i].ran, s->ran, s->rans * sizeof(*s->ran));
}

static void take_sample(struct late *l, const struct tick *t)
{
	const uint64_t hz = l->meta->clock_hz;
	struct late_vm *vm = &l->vm[l->vm_of[t->vp]];
	struct late_sample s = { .vp = t->vp,
				 .lp = t->lp,
				 .due = tick_ns(t->due, hz),
				 .at = tick_ns(t->at, hz),
				 .away = tick_ns((int64_t)t->away, hz),
				 .rans = t->rans };
	int64_t *ns = NULL;

	s.late = tick_split(t, hz, s.part);
	if (t->rans) {
		ns = vt_array(t->rans, sizeof(*ns));
		s.ran = vt_array(t->rans, sizeof(*s.ran));
		tick_ran_ns(t, hz, ns);
	}
	for (size_t i = 0; i < t->rans; i++)
		s.ran[i] = (struct late_behind){ .vp = t->ran[i].vp, .ns = (uint64_t)ns[i] };
	count_sample(&l->all, &s, true);
	count_sample(&vm->tally, &s, true);
	count_sample(&l->vp[t->vp], &s, true);
	count_in_slice(vm, &s);
	keep_if_worst(l, &s);
	free(s.ran);
	free(ns);
}

void late_take(void *late, const struct tick *t)
{
	struct late *l = late;
	struct late_vm *vm = &l->vm[l->vm_of[t->vp]];

	if (!vm->chosen || t->at < (int64_t)l->span.from || t->at > (int64_t)l->span.to)
		return;
	go_to_slice(l, slice_of(l, t->at));
	l->all.count[t->fate] += t->count;
	vm->tally.count[t->fate] += t->count;
	l->vp[t->vp].count[t->fate] += t->count;
	if (t->fate == TICK_DELIVERED)
		take_sample(l, t);
}

int late_longest_first(const void *a, const void *b)
{
	const struct late_behind *x = a, *y = b;

	if (x->ns != y->ns)
		return x->ns > y->ns ? -1 : 1;
	return (x->vp > y->vp) - (x->vp < y->vp);
}

static void end_tally(struct late_tally *t)
{
	if (t->behinds)
		qsort(t->behind, t->behinds, sizeof(*t->behind), late_longest_first);
}

void late_end(struct late *l)
{
	go_to_slice(l, LATE_SLICES);
	end_tally(&l->all);
	for (uint32_t i = 0; i < l->vms; i++)
		end_tally(&l->vm[i].tally);
	for (uint32_t vp = 0; vp < l->meta->vps; vp++)
		end_tally(&l->vp[vp]);
}

enum tick_part late_cause(const struct late_tally *t, unsigned *per_mille)
{
	enum tick_part most = TICK_HOST;
	__int128 all = 0;

	for (int p = 0; p < TICK_PARTS; p++) {
		all += t->part_sum[p] > 0 ? t->part_sum[p] : 0;
		if (t->part_sum[p] > t->part_sum[most])
			most = (enum tick_part)p;
	}
	*per_mille = all ? (unsigned)(t->part_sum[most] * 1000 / all) : 0;
	return most;
}

bool late_silent(const struct late_tally *t)
{
	for (int f = 0; f < TICK_FATES; f++) {
		if (t->count[f])
			return false;
	}
	return true;
}
