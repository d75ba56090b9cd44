/* SPDX-License-Identifier: GPL-2.0-only */
/* The header of a trace imported from a KVM host's trace.dat file. */
#ifndef VTICK_TRACES_IMPORT_KVM_HEADER_H
#define VTICK_TRACES_IMPORT_KVM_HEADER_H

#include "traces/import/import.h"
#include "traces/import/kvm/events.h"
#include "traces/import/kvm/scan.h"
#include "traces/import/kvm/tracecmd_layout.h"
#include "traces/import/kvm/vms.h"
#include "traces/trace.h"

struct kvm_header {
	const struct import_options *options;
	const struct tracecmd_layout *layout;
	const struct kvm_scan *scan;
	const struct kvm_vms *vms;
	const char *sha256;
	const struct kvm_tally *tally; /* NULL: what is known before the events are written */
};

void kvm_header(struct trace_meta *meta, const struct kvm_header *h);

#endif
