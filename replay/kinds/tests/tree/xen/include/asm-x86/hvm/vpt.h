/* SPDX-License-Identifier: GPL-2.0-only */
/* Invented for the tests of the kind xen: a timer that ticks for a VP. */
#ifndef TEST_TREE_VPT_H
#define TEST_TREE_VPT_H

#include <xen/list.h>
#include <xen/timer.h>

#define PTSRC_lapic 2

typedef void time_cb(struct vcpu *v, void *data);

struct periodic_time {
	struct timer timer;
	struct list_head list;
	struct vcpu *vcpu;
	bool listed, one_shot, do_not_freeze, requested;
	u8 source, irq;
	u32 pending_intr_nr;
	u64 period;
	s_time_t scheduled;
	time_cb *done;
	void *done_data;
};

typedef struct {
	struct periodic_time pt0;
} PITState;

struct pl_time {
	rwlock_t lock;
	u64 began;
};

void pt_save_timer(struct vcpu *v);
void pt_restore_timer(struct vcpu *v);
void pt_migrate(struct vcpu *v);
int pt_update_irq(struct vcpu *v);
void pt_intr_post(struct vcpu *v, struct hvm_intack intack);
void pt_may_unmask_irq(struct domain *d, struct periodic_time *pt);
void create_periodic_time(struct vcpu *v, struct periodic_time *pt, uint64_t delta, uint64_t period,
			  uint8_t irq, time_cb *cb, void *data, bool level);
void destroy_periodic_time(struct periodic_time *pt);

#endif
