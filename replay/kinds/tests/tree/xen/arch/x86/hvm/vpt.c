/* SPDX-License-Identifier: GPL-2.0-only */
/* Invented for the tests of the kind xen: ticks for a VP as short as it can be. */
#include <asm/event.h>
#include <asm/hvm/vpt.h>
#include <xen/time.h>

static uint64_t mode(const struct vcpu *v)
{
	return v->domain->arch.hvm.params[HVM_PARAM_TIMER_MODE];
}

static bool masked(struct vcpu *v)
{
	return vlapic_get_reg(vcpu_vlapic(v), APIC_LVTT) & APIC_LVT_MASKED;
}

void hvm_init_guest_time(struct domain *d)
{
	d->arch.hvm.pl_time->began = get_s_time();
}

uint64_t hvm_get_guest_time_fixed(const struct vcpu *v, uint64_t at_tsc)
{
	return get_s_time_fixed(at_tsc) - v->domain->arch.hvm.pl_time->began;
}

/* A VP has one of them here. */
static struct periodic_time *only(struct vcpu *v)
{
	struct periodic_time *pt;

	list_for_each_entry(pt, &v->arch.hvm.tm_list, list) return pt;
	return NULL;
}

static void unlist(struct periodic_time *pt)
{
	if (pt->listed)
		list_del(&pt->list);
	pt->listed = false;
}

static void enlist(struct periodic_time *pt)
{
	list_add(&pt->list, &pt->vcpu->arch.hvm.tm_list);
	pt->listed = true;
}

static void catch_up(struct periodic_time *pt)
{
	u64 n;

	if (pt->one_shot || NOW() <= pt->scheduled)
		return;
	n = (u64)(NOW() - pt->scheduled) / pt->period + 1;
	pt->scheduled += n * pt->period;
	if (mode(pt->vcpu) == HVMPTM_no_missed_ticks_pending)
		pt->do_not_freeze = !pt->pending_intr_nr;
	else
		pt->pending_intr_nr += n;
}

static void ticks(void *data)
{
	struct periodic_time *pt = data;

	TRACE_TEST_TICK(pt->vcpu->vcpu_id);
	pt->pending_intr_nr++;
	pt->scheduled += pt->period;
	pt->do_not_freeze = false;
	vcpu_kick(pt->vcpu);
}

void pt_save_timer(struct vcpu *v)
{
	struct periodic_time *pt = only(v);

	if (pt && !pt->do_not_freeze && !(v->pause_flags & VPF_blocked))
		stop_timer(&pt->timer);
}

void pt_restore_timer(struct vcpu *v)
{
	struct periodic_time *pt = only(v);

	if (!pt || pt->pending_intr_nr)
		return;
	catch_up(pt);
	set_timer(&pt->timer, pt->scheduled);
}

void pt_migrate(struct vcpu *v)
{
	struct periodic_time *pt = only(v);

	if (pt)
		migrate_timer(&pt->timer, v->processor);
}

int pt_update_irq(struct vcpu *v)
{
	struct periodic_time *pt = only(v);

	if (!pt || !pt->pending_intr_nr)
		return -1;
	if (masked(v)) {
		unlist(pt);
		return -1;
	}
	pt->requested = true;
	vlapic_set_irq(vcpu_vlapic(v), pt->irq, 0);
	return pt->irq;
}

void pt_intr_post(struct vcpu *v, struct hvm_intack intack)
{
	struct periodic_time *pt = only(v);

	if (!pt || !pt->requested || intack.vector != pt->irq)
		return;
	pt->requested = false;
	if (pt->one_shot) {
		pt->pending_intr_nr = 0;
		unlist(pt);
		return;
	}
	if (mode(v) >= HVMPTM_no_missed_ticks_pending) {
		catch_up(pt);
		pt->pending_intr_nr = 0;
	} else if (--pt->pending_intr_nr == 0) {
		catch_up(pt);
	}
	if (!pt->pending_intr_nr)
		set_timer(&pt->timer, pt->scheduled);
}

void destroy_periodic_time(struct periodic_time *pt)
{
	if (!pt->vcpu)
		return;
	unlist(pt);
	pt->pending_intr_nr = 0;
	kill_timer(&pt->timer);
}

void create_periodic_time(struct vcpu *v, struct periodic_time *pt, uint64_t delta, uint64_t period,
			  uint8_t irq, time_cb *cb, void *data, bool level)
{
	ASSERT(pt->source == PTSRC_lapic && !level);
	destroy_periodic_time(pt);
	pt->vcpu = v;
	pt->irq = irq;
	pt->one_shot = !period;
	pt->period = !period || period > MICROSECS(100) ? period : MICROSECS(100);
	pt->do_not_freeze = pt->requested = false;
	pt->scheduled = NOW() + delta;
	if (period && v->domain->arch.hvm.params[HVM_PARAM_VPT_ALIGN])
		pt->scheduled = align_timer(pt->scheduled, pt->period);
	else if (period)
		pt->scheduled += delta / 2;
	pt->done = cb;
	pt->done_data = data;
	init_timer(&pt->timer, ticks, pt, v->processor);
	set_timer(&pt->timer, pt->scheduled);
	enlist(pt);
}

void pt_may_unmask_irq(struct domain *d, struct periodic_time *pt)
{
	if (!pt->vcpu || pt->listed || !pt->pending_intr_nr)
		return;
	enlist(pt);
	vcpu_kick(pt->vcpu);
}
