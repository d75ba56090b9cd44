/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Small worlds: every legal trace of one LP and two VPs that can be written with so many letters
 * of a small alphabet. A letter is a type with all that it says and the time that passes before it.
 */
#ifndef VTICK_REPLAY_TESTS_SMALL_WORLDS_H
#define VTICK_REPLAY_TESTS_SMALL_WORLDS_H

#include "traces/trace.h"

#define SMALL_WORLD_LETTERS 12u
#define SMALL_WORLD_EVENTS_MAX 16u
#define SMALL_WORLD_VPS 2u

struct small_world {
	const char *name;
	const char *about;
	const struct letter *letters; /* [SMALL_WORLD_LETTERS] */
};

/* A list that ends with a NULL name. */
extern const struct small_world small_worlds[];

/* One trace: @ev[@n], to which @meta is the header. True: go on. */
typedef bool small_world_fn(void *arg, const struct trace_meta *meta, const struct trace_event *ev,
			    size_t n);

/*
 * Calls @fn for every legal trace of @events letters of @w in which a timer is armed (else nothing
 * can be due); of two that differ in the numbers of their VPs only, the one in which VP 0 is first.
 * Ends where @fn says so. Returns how many there were.
 */
uint64_t small_world_each(const struct small_world *w, unsigned events, small_world_fn *fn,
			  void *arg);

#endif
