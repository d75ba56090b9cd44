/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The generator's machine: LPs with a round-robin run queue each, and guests that run, wait or
 * are blocked, under an ideal hypervisor or one of hv.h. It streams to the writer and holds nothing
 * but the LPs and the VPs.
 */
#ifndef VTICK_TRACES_GEN_SIM_H
#define VTICK_TRACES_GEN_SIM_H

#include "traces/base/cli.h"
#include "traces/gen/config.h"

/* Writes the events of @c to @w. 0 or -1. */
int gen_simulate(const struct gen_config *c, struct trace_writer *w, struct cli_progress *progress,
		 struct vt_error *err);

#endif
