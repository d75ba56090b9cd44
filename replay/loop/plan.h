/* SPDX-License-Identifier: GPL-2.0-only */
/* What comes next: at most one thing for each of so many ids, by time, place in the recording, id.
 */
#ifndef VTICK_REPLAY_LOOP_PLAN_H
#define VTICK_REPLAY_LOOP_PLAN_H

#include <stddef.h>
#include <stdint.h>

#define PLAN_NEVER UINT64_MAX

struct plan_entry {
	uint64_t time, seq;
	uint32_t id;
};

/* A heap. */
struct plan {
	struct plan_entry *heap;
	size_t n;
	uint32_t *place; /* id to index + 1; 0: not in it */
};

void plan_begin(struct plan *p, size_t ids);
void plan_end(struct plan *p);
/* From now on that is planned for @id; PLAN_NEVER: nothing. */
void plan_set(struct plan *p, uint32_t id, uint64_t time, uint64_t seq);

static inline uint64_t plan_time(const struct plan *p)
{
	return p->n ? p->heap[0].time : PLAN_NEVER;
}

#endif
