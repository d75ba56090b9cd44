/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a guest has to do, beside answering its ticks: LOOP.md 6.10. Work is time that the VP ran,
 * in ticks.
 */
#ifndef VTICK_REPLAY_LOOP_OWN_H
#define VTICK_REPLAY_LOOP_OWN_H

#include <stdbool.h>
#include <stdint.h>

#include "replay/loop/tape.h"

/* So many items of a VP are looked at for the next halt, and so long a stretch of the recording. */
#define OWN_LOOK 8u
#define OWN_LOOK_NS 100000000u

struct own {
	int64_t owed;	      /* less than 0: done already */
	uint64_t done, units; /* on the tape so far: work, and steps of ARMs on a grid */
};

/* The VP comes to an item of its tape. */
void own_passes(struct own *o, const struct tape_item *i);
/* It answers ticks by @i, and has run for so long from the item before it to the last of them. */
void own_answers(struct own *o, const struct tape_item *i, uint64_t ran);
/* It writes the deadline that @a stands for, so much later than the one before. */
void own_arms(struct own *o, const struct tape_act *a, int64_t step);
/* For how long it works for @i, a halt, from the item before it on. */
uint64_t own_work(const struct own *o, const struct tape_item *i);
/* It halts by @i. */
void own_halts(struct own *o, const struct tape_item *i);
/* It passes over @i, a halt, having run for so long since the item before it. */
void own_passes_over(struct own *o, const struct tape_item *i, uint64_t ran);
/* What the ticks bring that @i answers, beside the work of answering. */
uint64_t own_brought(const struct own *o, const struct tape_item *i);

#endif
