/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/run/note.h"

/* Whatever numbers system calls may have. */
#define CALLS_MAX UINT32_C(1000000)

struct note note_of(const struct worker_page *page, const struct run_trace *trace, size_t cells)
{
	struct note n = {
		.step = page->step,
		.event = page->event,
		.phase = page->phase,
		.cell = page->cell,
		.outcome = page->outcome,
		.no_memory = page->no_memory,
		.hook = page->hook,
		.call = page->forbidden,
		.wrote_at = page->wrote,
		.fates = page->fates,
		.fates_hash = page->fates_hash,
	};

	if (n.event >= trace->events)
		n.event = NO_EVENT;
	if (n.phase >= WORKER_PHASES)
		n.phase = WORKER_BETWEEN;
	if (n.cell >= cells)
		n.cell = 0;
	n.forbidden = n.call && n.call <= CALLS_MAX;
	n.call -= n.forbidden;
	n.wrote = n.wrote_at && n.wrote_at <= sizeof(struct vtick_host);
	n.wrote_at -= n.wrote;
	return n;
}
