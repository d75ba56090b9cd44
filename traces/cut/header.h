/* SPDX-License-Identifier: GPL-2.0-only */
/* The header of a cut: what the whole trace's says that is true of its part, too. */
#ifndef VTICK_TRACES_CUT_HEADER_H
#define VTICK_TRACES_CUT_HEADER_H

#include "traces/cut/pick.h"
#include "traces/cut/survey.h"
#include "traces/trace.h"

/* Makes the header of the cut of @r into @meta, which the caller frees. */
void cut_header(struct trace_meta *meta, const struct trace_reader *r, const struct cut_survey *s,
		const struct cut_pick *pick);

/* Takes from a cut's header all that may name anybody: VMs are called vm1 and so on, in order. */
void cut_forget_names(struct trace_meta *meta);

#endif
