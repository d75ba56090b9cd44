/* SPDX-License-Identifier: GPL-2.0-only */
/* Which vCPU threads make a VM: trace-cmd records threads, not processes. */
#ifndef VTICK_TRACES_IMPORT_KVM_VMS_H
#define VTICK_TRACES_IMPORT_KVM_VMS_H

#include "traces/import/kvm/scan.h"

/* How a grouping is known, for the header. */
struct kvm_vms {
	uint32_t *order; /* [vps] indices into the scan's vp, by domain and vCPU */
	uint32_t vps;	 /* of the trace: threads, but for those in place of one that ended */
	uint32_t again;	 /* threads in place of one that ended */
	uint32_t by_tsc; /* VPs put to the VM whose guest TSC is nearest */
	uint32_t by_tid; /* VPs put to the VM whose threads are nearest */
	uint32_t alone;	 /* VPs without a VM: one of their own */
};

/*
 * Fills domain, vcpu_number, number and before of the scan's VPs. A VM's number is the thread id of
 * its vCPU 0, or of the first of its vCPUs that is known.
 */
void kvm_vms_find(struct kvm_vms *v, struct kvm_scan *s);
void kvm_vms_free(struct kvm_vms *v);

#endif
