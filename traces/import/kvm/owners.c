/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/import/kvm/owners.h"

#include <stdlib.h>

#include "traces/base/mem.h"

void kvm_owners_init(struct kvm_owners *o, struct kvm_scan *s)
{
	*o = (struct kvm_owners){ .scan = s };
	o->hit = vt_array(s->vps, sizeof(*o->hit));
	o->callback = vt_array(s->file->cpus + 1, sizeof(*o->callback));
}

void kvm_owners_free(struct kvm_owners *o)
{
	timer_map_free(&o->likely);
	free(o->hit);
	free(o->callback);
}

static void expires(struct kvm_owners *o, const struct kvm_record *r, uint32_t vp)
{
	if (!(r->flags & KVM_F_LAPIC) || vp == KVM_NOBODY)
		return;
	o->hit[vp] = r->a;
}

static void wakes(struct kvm_owners *o, const struct kvm_record *r, uint32_t vp)
{
	const struct kvm_callback *c = &o->callback[r->cpu];
	uint32_t woken = r->a <= UINT32_MAX ? kvm_scan_vp(o->scan, (uint32_t)r->a) : KVM_NOBODY;

	if (!c->open || !(c->flags & KVM_F_LAPIC) || woken == KVM_NOBODY)
		return;
	kvm_scan_owns(o->scan, c->open, woken);
	if (vp != KVM_NOBODY && vp != woken)
		o->hit[vp] = 0;
}

static void accepts(struct kvm_owners *o, const struct kvm_record *r, uint32_t vp)
{
	const struct kvm_vp *v;

	if (vp == KVM_NOBODY || !o->hit[vp])
		return;
	v = &o->scan->vp[vp];
	if (v->vcpu < 0 || (uint64_t)v->vcpu == r->b)
		kvm_scan_owns(o->scan, o->hit[vp], vp);
	o->hit[vp] = 0;
}

void kvm_owners_record(struct kvm_owners *o, const struct kvm_record *r, uint32_t vp)
{
	struct kvm_callback *c = &o->callback[r->cpu];

	o->restart = kvm_callback_restarts(c, r);
	switch (r->kind) {
	case KVM_EXPIRE:
		expires(o, r, vp);
		break;
	case KVM_START:
		if (o->restart && r->flags & KVM_F_LAPIC && vp != KVM_NOBODY)
			timer_map_vote(&o->likely, r->a, vp);
		break;
	case KVM_WAKING:
	case KVM_WAKEUP:
		wakes(o, r, vp);
		break;
	case KVM_ACCEPT:
		accepts(o, r, vp);
		break;
	case KVM_ENTRY:
	case KVM_SWITCH:
		if (vp != KVM_NOBODY)
			o->hit[vp] = 0;
		break;
	default:
		break;
	}
	kvm_callback_see(c, r);
}

uint32_t kvm_owners_of(const struct kvm_owners *o, uint64_t timer)
{
	uint32_t vp = timer_map_owner(&o->scan->timers, timer, SIZE_MAX);

	return vp != KVM_NOBODY ? vp : timer_map_owner(&o->likely, timer, SIZE_MAX);
}

void kvm_owners_settle(struct kvm_owners *o)
{
	for (size_t i = 0; i < o->likely.slots; i++) {
		const struct timer_owner *t = &o->likely.slot[i];

		if (t->timer && timer_map_owner(&o->scan->timers, t->timer, SIZE_MAX) == KVM_NOBODY)
			kvm_scan_owns(o->scan, t->timer, t->vp);
	}
}
