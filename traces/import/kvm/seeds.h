/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Timers that were armed before the capture began, from what they did before their vCPU wrote its
 * timer for the first time: a pass over the records between the two of scan.h and events.h.
 *
 * A periodic timer's hrtimer is started again each time that it expires, one period later, but by
 * kernels that begin the period anew when it is late; so most steps between its times are the
 * period, and these are exact. Where starts were not recorded the times of its expiries tell
 * (tick_line.h). A one-shot's deadline is its first expiry.
 */
#ifndef VTICK_TRACES_IMPORT_KVM_SEEDS_H
#define VTICK_TRACES_IMPORT_KVM_SEEDS_H

#include "traces/import/kvm/scan.h"

/* Fills `seed` of the scan's VPs, which kvm_vms_find() has numbered. */
void kvm_seeds_find(struct kvm_scan *s);

#endif
