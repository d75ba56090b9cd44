/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a SEED does not say, but what comes after it: did its VP sleep as the recording began? A
 * policy must be told when the SEED comes, so somebody looks ahead. RULES.md 2.4.
 */
#ifndef VTICK_REPLAY_ENGINE_SEEDS_H
#define VTICK_REPLAY_ENGINE_SEEDS_H

#include "traces/trace.h"

struct seeds {
	uint32_t vps;
	uint32_t open;	 /* VPs of SEEDs whose next schedule event is still to come */
	bool over;	 /* no further SEED can come */
	uint8_t *answer; /* [vps], NULL as long as there is no SEED */
};

/* Before the first event of a trace of @vps VPs. */
void seeds_init(struct seeds *s, uint32_t vps);
void seeds_free(struct seeds *s);

/* Takes the next @n events. True if more of them are needed to know. */
bool seeds_look(struct seeds *s, const struct trace_event *ev, size_t n);

/* Did @vp, which has a SEED, sleep? As far as was looked: else it waited to run. */
bool seeds_blocked(const struct seeds *s, uint32_t vp);

#endif
