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

uint32_t vptable_vm(const struct vptable *t, uint64_t kvm, uint32_t tgid)
{
	for (uint32_t i = t->vms; i--;)
		if (t->vm[i].kvm == kvm && t->vm[i].tgid == tgid)
			return i;
	return VPTABLE_NONE;
}

uint32_t vptable_add_vm(struct vptable *t, uint64_t kvm, uint32_t tgid, const char *name)
{
	struct vm vm = { .kvm = kvm, .tgid = tgid };
	uint32_t nth = 1;

	for (uint32_t i = 0; i < t->vms; i++)
		nth += t->vm[i].tgid == tgid;
	if (name) {
		vm.given = vt_strdup(name);
		vm.name = nth > 1 ? vt_format("%s/%u", name, nth) : vt_strdup(name);
	}
	t->vm = vt_realloc(t->vm, (t->vms + 1) * sizeof(*t->vm));
	t->vm[t->vms] = vm;
	return t->vms++;
}

static bool has_vcpu(const struct trace_meta *meta, uint32_t vm, uint32_t vcpu_id)
{
	for (uint32_t i = 0; i < meta->vps; i++)
		if (meta->vp[i].domain == vm && meta->vp[i].vcpu == vcpu_id)
			return true;
	return false;
}

/* The VM of a vCPU that is not known yet. */
static uint32_t vm_of(struct vptable *t, const struct trace_meta *meta, const struct raw_vcpu *v)
{
	uint32_t vm = vptable_vm(t, v->kvm, v->tgid);

	if (vm == VPTABLE_NONE)
		return vptable_add_vm(t, v->kvm, v->tgid, NULL);
	if (has_vcpu(meta, vm, v->vcpu_id))
		return vptable_add_vm(t, v->kvm, v->tgid, t->vm[vm].given);
	return vm;
}

/* A vCPU that a second thread runs, or that is met again, is the same VP. */
static uint32_t known_vp(const struct vptable *t, const struct trace_meta *meta,
			 const struct raw_vcpu *v, uint32_t older)
{
	const struct sighting *s;

	if (older == VPTABLE_NONE)
		return VPTABLE_NONE;
	s = &t->seen[older];
	if (s->gone || s->v.kvm != v->kvm || s->v.tgid != v->tgid || s->v.vcpu_id != v->vcpu_id)
		return VPTABLE_NONE;
	/* Another vCPU may have shown already that its VM is gone. */
	return meta->vp[s->vp].domain == vptable_vm(t, v->kvm, v->tgid) ? s->vp : VPTABLE_NONE;
}

uint32_t vptable_add(struct vptable *t, struct trace_meta *meta, const struct raw_vcpu *v)
{
	struct sighting *s;
	uint32_t *slot;

	if (t->n == t->room)
		grow(t);
	slot = slot_of(t, v->ev.vcpu);
	s = &t->seen[t->n];
	*s = (struct sighting){ .v = *v, .older = *slot ? *slot - 1 : VPTABLE_NONE };
	s->vp = known_vp(t, meta, v, s->older);
	if (s->vp == VPTABLE_NONE) {
		uint32_t vm = vm_of(t, meta, v);
		char name[160];

		snprintf(name, sizeof(name), "%sv%u", t->vm[vm].name ? t->vm[vm].name : "vm",
			 v->vcpu_id);
		s->vp = trace_meta_add_vp(meta, vm, v->vcpu_id, name);
	}
	*slot = ++t->n;
	return t->n - 1;
}

void vptable_created(struct vptable *t, const struct trace_meta *meta, const struct raw_event *e)
{
	uint32_t i = t->slots ? *slot_of(t, e->vcpu) : 0;
	uint32_t vm = vptable_vm(t, e->a, e->c);

	if (i)
		t->seen[i - 1].gone = true;
	if (vm != VPTABLE_NONE && has_vcpu(meta, vm, (uint32_t)e->b))
		vptable_add_vm(t, e->a, e->c, t->vm[vm].given);
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
		to->vm[i].given = from->vm[i].given ? vt_strdup(from->vm[i].given) : NULL;
		to->vm[i].name = from->vm[i].name ? vt_strdup(from->vm[i].name) : NULL;
	}
}

void vptable_free(struct vptable *t)
{
	for (uint32_t i = 0; i < t->vms; i++) {
		free(t->vm[i].given);
		free(t->vm[i].name);
	}
	free(t->seen);
	free(t->slot);
	free(t->vm);
	*t = (struct vptable){ 0 };
}
