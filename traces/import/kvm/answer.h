/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether the trace of a capture of a KVM host can answer anything. */
#ifndef VTICK_TRACES_IMPORT_KVM_ANSWER_H
#define VTICK_TRACES_IMPORT_KVM_ANSWER_H

#include "traces/import/import.h"
#include "traces/import/kvm/events.h"
#include "traces/import/kvm/scan.h"

/*
 * Fills the verdict of @o, if it asks for one, where there is nothing to compare or who runs is not
 * known: why, and what to record instead. Warns of what is only missing in part.
 */
void kvm_answer(const struct import_options *o, const struct kvm_scan *s,
		const struct kvm_tally *t);

#endif
