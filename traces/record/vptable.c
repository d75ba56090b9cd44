/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/record/vptable.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "traces/base/mem.h"
#include "traces/trace.h"

static uint32_t *slot_of(const struct vptable *t, uint64_t vcpu)
{
	uint64_t hash = vcpu * UINT64_C(0x9e3779b97f4a7c15);
	uint32_t i = (uint32_t)(hash >> 32) & (t->slots - 1);

	while (t->slot[i] && t->seen[t->slot[i] - 1].v.ev.vcpu != vcpu)
		i = (i + 1) & (t->slots - 1);
	return &t->slot[i];
}

static void grow(struct vptable *t)
{
	t->room = t->room ? t->room * 2 : 64;
	t->seen = vt_realloc(t->seen, t->room * sizeof(*t->seen));
	free(t->slot);
	t->slots = t->room * 2;
	t->slot = vt_alloc(t->slots * sizeof(*t->slot));
	for (uint32_t i = 0; i < t->n; i++)
		*slot_of(t, t->seen[i].v.ev.vcpu) = i + 1;
}

struct vm *vptable_vm(struct vptable *t, uint64_t kvm, uint32_t tgid)
{
	struct vm *vm;

	for (uint32_t i = t->vms; i--;)
		if (t->vm[i].kvm == kvm && t->vm[i].tgid == tgid)
			return &t->vm[i];
	t->vm = vt_realloc(t->vm, (t->vms + 1) * sizeof(*t->vm));
	vm = &t->vm[t->vms++];
	*vm = (struct vm){ .kvm = kvm, .tgid = tgid };
	return vm;
}

/* A vCPU that a second thread runs, or that is met again, is the same VP. */
static uint32_t known_vp(const struct vptable *t, const struct raw_vcpu *v, uint32_t older)
{
	while (older != VPTABLE_NONE) {
		const struct sighting *s = &t->seen[older];

		if (s->v.kvm == v->kvm && s->v.tgid == v->tgid && s->v.vcpu_id == v->vcpu_id)
			return s->vp;
		older = s->older;
	}
	return VPTABLE_NONE;
}

uint32_t vptable_add(struct vptable *t, struct trace_meta *meta, const struct raw_vcpu *v)
{
	struct sighting *s;
	uint32_t *slot;

	if (t->n == t->room)
		grow(t);
	slot = slot_of(t, v->ev.vcpu);
	s = &t->seen[t->n];
	s->v = *v;
	s->older = *slot ? *slot - 1 : VPTABLE_NONE;
	s->vp = known_vp(t, v, s->older);
	if (s->vp == VPTABLE_NONE) {
		const struct vm *vm = vptable_vm(t, v->kvm, v->tgid);
		char name[160];

		snprintf(name, sizeof(name), "%sv%u", vm->name ? vm->name : "vm", v->vcpu_id);
		s->vp = trace_meta_add_vp(meta, (uint32_t)(vm - t->vm), v->vcpu_id, name);
	}
	*slot = ++t->n;
	return t->n - 1;
}

uint32_t vptable_find(const struct vptable *t, uint64_t vcpu, uint64_t ts)
{
	uint32_t i, vp = VPTABLE_NONE;

	if (!t->slots)
		return VPTABLE_NONE;
	i = *slot_of(t, vcpu);
	i = i ? i - 1 : VPTABLE_NONE;
	for (; i != VPTABLE_NONE; i = t->seen[i].older) {
		vp = t->seen[i].vp;
		if (t->seen[i].v.ev.ts <= ts)
			break;
	}
	return vp;
}

void vptable_copy(struct vptable *to, const struct vptable *from)
{
	*to = *from;
	to->seen = vt_alloc(from->room * sizeof(*to->seen) + 1);
	to->slot = vt_alloc(from->slots * sizeof(*to->slot) + 1);
	to->vm = vt_alloc(from->vms * sizeof(*to->vm) + 1);
	if (from->n)
		memcpy(to->seen, from->seen, from->n * sizeof(*to->seen));
	if (from->slots)
		memcpy(to->slot, from->slot, from->slots * sizeof(*to->slot));
	for (uint32_t i = 0; i < from->vms; i++) {
		to->vm[i] = from->vm[i];
		to->vm[i].name = from->vm[i].name ? vt_strdup(from->vm[i].name) : NULL;
	}
}

void vptable_free(struct vptable *t)
{
	for (uint32_t i = 0; i < t->vms; i++)
		free(t->vm[i].name);
	free(t->seen);
	free(t->slot);
	free(t->vm);
	*t = (struct vptable){ 0 };
}
