/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a recording says about its own hypervisor's costs: a profile for `vtick replay --costs`,
 * schema vtick.costs/1. Each figure comes from the OBS, EXIT and ENTRY events and says how.
 */
#ifndef VTICK_TRACES_COST_ESTIMATE_H
#define VTICK_TRACES_COST_ESTIMATE_H

#include "traces/trace.h"

struct trace_costs;

/* To see the events of @meta, which must stay, up to @until (ticks). */
struct trace_costs *trace_costs_new(const struct trace_meta *meta, uint64_t until);
void trace_costs_event(struct trace_costs *c, const struct trace_event *ev);
/*
 * The profile; @span is how much of the trace was looked at, in words for the figures' sources
 * ("first half of 1f3a..."). The caller owns it. NULL with @err set (it names @path) if the
 * recording says nothing.
 */
json_t *trace_costs_profile(struct trace_costs *c, const char *span, const char *path,
			    struct vt_error *err);
void trace_costs_free(struct trace_costs *c);

#endif
