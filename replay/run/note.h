/* SPDX-License-Identifier: GPL-2.0-only */
/* What stands in the page of a child, as the parent may use it: read once, and within its bounds
 * whatever a policy wrote there. */
#ifndef VTICK_REPLAY_RUN_NOTE_H
#define VTICK_REPLAY_RUN_NOTE_H

#include "replay/run/worker.h"

struct note {
	uint64_t step;
	uint64_t event; /* of the trace, or NO_EVENT */
	uint32_t phase; /* enum worker_phase */
	uint32_t cell;	/* below the number of cells, or 0 */
	uint32_t outcome;
	bool no_memory;
	uint32_t hook;
	bool forbidden; /* it made a system call, */
	uint32_t call;
	bool wrote; /* into the host, */
	uint32_t wrote_at;
	uint64_t fates, fates_hash;
};

struct note note_of(const struct worker_page *page, const struct run_trace *trace, size_t cells);

#endif
