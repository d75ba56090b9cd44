/* SPDX-License-Identifier: GPL-2.0-only */
/* What a child left behind, and what that makes of its cells. */
#ifndef VTICK_REPLAY_RUN_VERDICT_H
#define VTICK_REPLAY_RUN_VERDICT_H

#include "replay/run/job.h"
#include "replay/run/note.h"

/* Bytes that the result of @cells of @trace may have. */
uint64_t verdict_room(const struct run_trace *trace, size_t cells);

/* job_end(), but that nothing is given back. */
enum job_end verdict(struct job *job, const struct run *run, int status, uint32_t *at, bool *doubt,
		     struct vt_error *err);

#endif
