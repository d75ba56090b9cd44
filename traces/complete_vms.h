/* SPDX-License-Identifier: GPL-2.0-only */
/* Names of the trace that the command line has, for completion: struct opt's values. */
#ifndef VTICK_TRACES_COMPLETE_VMS_H
#define VTICK_TRACES_COMPLETE_VMS_H

#include "traces/base/options.h"

/* VMs, with commas between; VPs. */
opt_values_fn complete_vms, complete_vps;

#endif
