/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/engine/seeds.h"

#include <stdlib.h>

#include "traces/base/mem.h"

enum { NO_SEED, OPEN, RUNNABLE, BLOCKED };

void seeds_init(struct seeds *s, uint32_t vps)
{
	*s = (struct seeds){ .vps = vps };
}

void seeds_free(struct seeds *s)
{
	free(s->answer);
	s->answer = NULL;
}

static void note_seed(struct seeds *s, uint32_t vp)
{
	if (!s->answer)
		s->answer = vt_alloc(s->vps);
	if (s->answer[vp] != NO_SEED)
		return;
	s->answer[vp] = OPEN;
	s->open++;
}

static void answer(struct seeds *s, uint32_t vp, bool blocked)
{
	if (!s->answer || s->answer[vp] != OPEN)
		return;
	s->answer[vp] = blocked ? BLOCKED : RUNNABLE;
	s->open--;
}

bool seeds_look(struct seeds *s, const struct trace_event *ev, size_t n)
{
	for (; n && !(s->over && !s->open); n--, ev++) {
		s->over |= ev->time || ev->type == TRACE_SCHED_IN;
		if (ev->type == TRACE_SEED && !s->over)
			note_seed(s, ev->vp);
		else if (ev->type == TRACE_WAKE)
			answer(s, ev->vp, true);
		else if (ev->type == TRACE_SCHED_IN || ev->type == TRACE_SCHED_OUT)
			answer(s, ev->vp, false);
	}
	return !s->over || s->open;
}

bool seeds_blocked(const struct seeds *s, uint32_t vp)
{
	return s->answer && s->answer[vp] == BLOCKED;
}
