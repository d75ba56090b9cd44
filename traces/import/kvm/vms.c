/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All vCPUs of a VM share one guest TSC, and KVM gives each VM another offset: a vCPU belongs to
 * the vCPU 0 whose guest TSC shows nearly the same at the same time. Where TSCs are not known, a
 * VMM starts its vCPU threads one after the other, so it belongs to the last vCPU 0 started before
 * it. So it does where TSCs are known and do not differ by more than what they are known by (clones
 * of one snapshot). A thread that ended makes room for another with its vCPU's number: the vCPU was
 * unplugged, and plugged again.
 */
#include "traces/import/kvm/vms.h"
#include "traces/base/mem.h"
#include "traces/base/sort.h"

#include <stdlib.h>

enum {
	SAME_TSC_NS = 1000000, /* vCPUs of one VM are no farther apart */
	TSC_ERROR_NS = 1000, /* what a level is known by, besides how far its pairs lie around it */
};

struct pair {
	uint64_t distance;
	uint32_t behind; /* thread ids from the anchor to the VP; UINT32_MAX: it is before it */
	uint32_t vp, anchor;
};

static int by_distance(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	if (x->distance != y->distance)
		return order_u64(x->distance, y->distance);
	if (x->behind != y->behind)
		return order_u64(x->behind, y->behind);
	if (x->vp != y->vp)
		return order_u64(x->vp, y->vp);
	return order_u64(x->anchor, y->anchor);
}

static bool is_anchor(const struct kvm_vp *vp)
{
	return vp->vcpu == 0;
}

/* The thread of @a had ended when that of @b began. */
static bool gone(const struct kvm_vp *a, const struct kvm_vp *b)
{
	return a->ended && b->first && a->last < b->first;
}

/* VM @anchor has no such vCPU as @vp at its time. @owner[i]: the anchor of VP i, or KVM_NOBODY. */
static bool lacks(const struct kvm_scan *s, const uint32_t *owner, uint32_t anchor, uint32_t vp)
{
	const struct kvm_vp *v = &s->vp[vp];

	if (gone(&s->vp[anchor], v))
		return false;
	for (uint32_t i = 0; i < s->vps; i++)
		if (owner[i] == anchor && s->vp[i].vcpu == v->vcpu && !gone(&s->vp[i], v) &&
		    !gone(v, &s->vp[i]))
			return false;
	return true;
}

/* The guest TSC of @vp at the later of two beginnings. */
static uint64_t offset_of(const struct kvm_scan *s, const struct kvm_vp *vp,
			  const struct kvm_vp *other)
{
	size_t k = vp->fit.segments - 1;

	while (k && vp->fit.segment[k].from > other->fit.segment[0].from)
		k--;
	return kvm_fit_offset(&vp->fit, &s->clock, k);
}

static uint64_t tsc_distance(const struct kvm_scan *s, const struct kvm_vp *a,
			     const struct kvm_vp *b)
{
	int64_t d = (int64_t)(offset_of(s, a, b) - offset_of(s, b, a));

	return d < 0 ? 0 - (uint64_t)d : (uint64_t)d;
}

/* How far apart two TSCs may seem that are one, in guest ticks. */
static uint64_t tsc_error(const struct kvm_scan *s, const struct kvm_vp *a, const struct kvm_vp *b)
{
	int64_t ns = TSC_ERROR_NS + a->fit.p99_ns + b->fit.p99_ns;

	return (uint64_t)kvm_scale(kvm_ns_to_ticks(&s->clock, ns), b->fit.slope);
}

/* Of a VP's pairs, @n of them: those no farther than the nearest by more than an error are as near.
 */
static void level_pairs(const struct kvm_scan *s, struct pair *pair, size_t n)
{
	uint64_t least = UINT64_MAX;

	for (size_t k = 0; k < n; k++)
		least = pair[k].distance < least ? pair[k].distance : least;
	for (size_t k = 0; k < n; k++)
		if (pair[k].distance - least <=
		    tsc_error(s, &s->vp[pair[k].vp], &s->vp[pair[k].anchor]))
			pair[k].distance = least;
}

/* Closest pairs first. */
static void group_by_tsc(struct kvm_vms *v, const struct kvm_scan *s, uint32_t *owner)
{
	const struct kvm_clock *c = &s->clock;
	struct pair *pair = NULL;
	size_t n = 0, room = 0;

	for (uint32_t i = 0; i < s->vps; i++) {
		size_t from = n;

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
			pair[n++] = (struct pair){
				d, vp->tid > anchor->tid ? vp->tid - anchor->tid : UINT32_MAX, i, a
			};
		}
		if (n > from)
			level_pairs(s, pair + from, n - from);
	}
	if (n)
		qsort(pair, n, sizeof(*pair), by_distance);
	for (size_t k = 0; k < n; k++) {
		if (owner[pair[k].vp] != KVM_NOBODY || !lacks(s, owner, pair[k].anchor, pair[k].vp))
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
			if (is_anchor(&s->vp[a]) && lacks(s, owner, a, i)) {
				owner[i] = a;
				v->by_tid++;
			}
	}
}

struct place {
	uint32_t domain, vcpu, vp;
	size_t first;
};

static int by_place(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->domain != y->domain)
		return x->domain < y->domain ? -1 : 1;
	if (x->vcpu != y->vcpu)
		return x->vcpu < y->vcpu ? -1 : 1;
	if (x->first != y->first)
		return order_u64(x->first, y->first);
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
		place[i] =
		    (struct place){ s->vp[i].domain, s->vp[i].vcpu_number, i, s->vp[i].first };
	}
	if (s->vps)
		qsort(place, s->vps, sizeof(*place), by_place);
	for (uint32_t i = 0; i < s->vps; i++) {
		struct kvm_vp *vp = &s->vp[place[i].vp];

		if (i && place[i - 1].domain == place[i].domain &&
		    place[i - 1].vcpu == place[i].vcpu) {
			vp->before = place[i - 1].vp;
			v->again++;
		} else {
			v->order[v->vps++] = place[i].vp;
		}
		vp->number = v->vps - 1;
	}
	free(place);
	free(owner);
}

void kvm_vms_free(struct kvm_vms *v)
{
	free(v->order);
	v->order = NULL;
}
