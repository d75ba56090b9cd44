/* SPDX-License-Identifier: GPL-2.0-only */
/* The second reading: a cut's events, those that say how it begins and those of the window. */
#ifndef VTICK_TRACES_CUT_COPY_H
#define VTICK_TRACES_CUT_COPY_H

#include "traces/cut/pick.h"
#include "traces/cut/survey.h"
#include "traces/trace.h"

/* Writes the events that @s and @pick ask for from @r to @w. 0, or -1 with @err. */
int cut_copy(const struct cut_survey *s, const struct cut_pick *pick, struct trace_reader *r,
	     struct trace_writer *w, struct vt_error *err);

#endif
