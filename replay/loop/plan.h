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
	uint64_t id; /* below 2^32; as wide as it is copied */
};

/* The first of all is apart, as most that is planned comes next at once; the rest is a heap. */
struct plan {
	struct plan_entry first; /* time PLAN_NEVER: there is none */
	struct plan_entry *heap;
	size_t n;
	uint32_t *place; /* id to index + 1; 0: nothing is planned for it, or it is the first */
};

void plan_begin(struct plan *p, size_t ids);
void plan_end(struct plan *p);
/* Those of plan_set(). */
void plan_put(struct plan *p, uint32_t id, uint64_t time, uint64_t seq);
void plan_take_out(struct plan *p, uint32_t id);
/* From now on that is planned for @id; PLAN_NEVER: nothing. */
static inline void plan_set(struct plan *p, uint32_t id, uint64_t time, uint64_t seq)
{
	if (time != PLAN_NEVER)
		plan_put(p, id, time, seq);
	else if (p->place[id] || p->first.id == id)
		plan_take_out(p, id);
}

static inline uint64_t plan_time(const struct plan *p)
{
	return p->first.time;
}

#endif
