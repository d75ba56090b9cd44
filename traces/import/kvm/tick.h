/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VTICK_TRACES_IMPORT_KVM_TICK_H
#define VTICK_TRACES_IMPORT_KVM_TICK_H

#include <stdint.h>

#include "traces/import/kvm/tracecmd_run.h"

/* The rate of the host's scheduler tick (CONFIG_HZ) as its hrtimers show it, or 0. */
uint64_t kvm_tick_hz(const struct tracecmd_file *f);
/* When some tick of the host is due, monotonic ns; 0: none was seen. All CPUs tick at the same
 * time, a period apart. */
uint64_t kvm_tick_due(const struct tracecmd_file *f);

#endif
