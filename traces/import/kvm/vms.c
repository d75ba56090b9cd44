/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All vCPUs of a VM share one guest TSC, and KVM gives each VM another offset: a vCPU belongs to
 * the vCPU 0 whose guest TSC shows nearly the same at the same time. Where TSCs are not known, a
 * VMM starts its vCPU threads one after the other, so it belongs to the last vCPU 0 started before
 * it.
 */
#include "traces/import/kvm/vms.h"
#include "traces/base/mem.h"
#include "traces/base/sort.h"

#include <stdlib.h>

enum { SAME_TSC_NS = 1000000 };

struct pair {
	uint64_t distance;
	uint32_t vp, anchor;
};

static int by_distance(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	if (x->distance != y->distance)
		return order_u64(x->distance, y->distance);
	if (x->vp != y->vp)
		return order_u64(x->vp, y->vp);
	return order_u64(x->anchor, y->anchor);
}

static bool is_anchor(const struct kvm_vp *vp)
{
	return vp->vcpu == 0;
}

/* VM @anchor has no vCPU @vcpu yet. @owner[i]: the anchor of VP i, or KVM_NOBODY. */
static bool lacks(const struct kvm_scan *s, const uint32_t *owner, uint32_t anchor, int64_t vcpu)
{
	for (uint32_t i = 0; i < s->vps; i++)
		if (owner[i] == anchor && s->vp[i].vcpu == vcpu)
			return false;
	return true;
}

static uint64_t tsc_distance(const struct kvm_scan *s, const struct kvm_vp *a,
			     const struct kvm_vp *b)
{
	int64_t d = (int64_t)(kvm_fit_offset(&a->fit, &s->clock, 0) -
			      kvm_fit_offset(&b->fit, &s->clock, 0));

	return d < 0 ? 0 - (uint64_t)d : (uint64_t)d;
}

/* Closest pairs first. */
static void group_by_tsc(struct kvm_vms *v, const struct kvm_scan *s, uint32_t *owner)
{
	const struct kvm_clock *c = &s->clock;
	struct pair *pair = NULL;
	size_t n = 0, room = 0;

	for (uint32_t i = 0; i < s->vps; i++)
		for (uint32_t a = 0; a < s->vps; a++) {
			const struct kvm_vp *vp = &s->vp[i], *anchor = &s->vp[a];
			uint64_t d, limit;

			if (!is_anchor(anchor) || is_anchor(vp) || vp->vcpu < 0 || !vp->fit.ok ||
			    !anchor->fit.ok)
				continue;
			d = tsc_distance(s, vp, anchor);
			limit =
			    (uint64_t)kvm_scale(kvm_ns_to_ticks(c, SAME_TSC_NS), anchor->fit.slope);
			if (d > limit)
				continue;
			if (n == room) {
				room = room ? 2 * room : 64;
				pair = vt_realloc(pair, room * sizeof(*pair));
			}
			pair[n++] = (struct pair){ d, i, a };
		}
	if (n)
		qsort(pair, n, sizeof(*pair), by_distance);
	for (size_t k = 0; k < n; k++) {
		if (owner[pair[k].vp] != KVM_NOBODY ||
		    !lacks(s, owner, pair[k].anchor, s->vp[pair[k].vp].vcpu))
			continue;
		owner[pair[k].vp] = pair[k].anchor;
		v->by_tsc++;
	}
	free(pair);
}

/* The scan's VPs are in the order of their thread ids. */
static void group_by_tid(struct kvm_vms *v, const struct kvm_scan *s, uint32_t *owner)
{
	for (uint32_t i = 0; i < s->vps; i++) {
		if (owner[i] != KVM_NOBODY || s->vp[i].vcpu <= 0)
			continue;
		for (uint32_t a = i; a-- && owner[i] == KVM_NOBODY;)
			if (is_anchor(&s->vp[a]) && lacks(s, owner, a, s->vp[i].vcpu)) {
				owner[i] = a;
				v->by_tid++;
			}
	}
}

struct place {
	uint32_t domain, vcpu, vp;
};

static int by_place(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->domain != y->domain)
		return x->domain < y->domain ? -1 : 1;
	if (x->vcpu != y->vcpu)
		return x->vcpu < y->vcpu ? -1 : 1;
	return (x->vp > y->vp) - (x->vp < y->vp);
}

void kvm_vms_find(struct kvm_vms *v, struct kvm_scan *s)
{
	uint32_t *owner = vt_alloc((s->vps + 1) * sizeof(*owner));
	struct place *place = vt_array(s->vps + 1, sizeof(*place));

	*v = (struct kvm_vms){ .order = vt_array(s->vps + 1, sizeof(*v->order)) };
	for (uint32_t i = 0; i < s->vps; i++)
		owner[i] = is_anchor(&s->vp[i]) ? i : KVM_NOBODY;
	group_by_tsc(v, s, owner);
	group_by_tid(v, s, owner);
	for (uint32_t i = 0; i < s->vps; i++) {
		if (owner[i] == KVM_NOBODY) {
			owner[i] = i;
			v->alone++;
		}
		s->vp[i].domain = s->vp[owner[i]].tid;
		s->vp[i].vcpu_number = s->vp[i].vcpu < 0 ? 0 : (uint32_t)s->vp[i].vcpu;
		place[i] = (struct place){ s->vp[i].domain, s->vp[i].vcpu_number, i };
	}
	if (s->vps)
		qsort(place, s->vps, sizeof(*place), by_place);
	for (uint32_t i = 0; i < s->vps; i++) {
		v->order[i] = place[i].vp;
		s->vp[place[i].vp].number = i;
	}
	free(place);
	free(owner);
}

void kvm_vms_free(struct kvm_vms *v)
{
	free(v->order);
	v->order = NULL;
}
