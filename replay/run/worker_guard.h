/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside the child: the memory that a cell may take, and the notes that its death leaves. */
#ifndef VTICK_REPLAY_RUN_WORKER_GUARD_H
#define VTICK_REPLAY_RUN_WORKER_GUARD_H

#include "replay/run/worker.h"

/* Once: from here on a death is noted in @page. @memory_mib 0: no limit. @alone: there is one cell,
 * which cannot lift the limit either. */
void worker_guard_start(struct worker_page *page, uint64_t memory_mib, bool alone);
/*
 * Around each call into a policy. The limit holds for the cell alone, so that what a cell may take
 * does not depend on which others share the process; *used carries what it has taken so far.
 */
void worker_guard_enter(uint32_t cell, enum worker_phase phase, const uint64_t *used);
void worker_guard_leave(uint64_t *used);

/* Ends the process because of that system call (sandbox.h). */
void worker_guard_forbidden(int number);

#endif
