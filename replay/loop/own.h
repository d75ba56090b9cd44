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
/* And for the halt that ends a round. */
#define OWN_ROUND_NS 2000000000u

/* What a VP does from one halt to the next. */
struct own_round {
	bool begun;    /* there was a halt */
	bool first;    /* an ARM that has units came since */
	uint64_t work; /* since then */
};

struct own {
	int64_t owed; /* less than 0: done already */
	struct own_round round;
	uint64_t done, units, arms; /* on the tape so far: work, units, and ARMs that have units */
};

/* The VP comes to an item, @again if it is behind the end of the tape. */
void own_passes(struct own *o, const struct tape_item *i, bool again);
/* Of an item, with what it did before the last of the ticks that it answers. */
static inline uint64_t own_work_of(const struct tape_item *i)
{
	return tape_is_stop(i) ? i->work : i->act.before + i->work;
}
/* In units of the grid of an act; 0: it has none. */
uint64_t own_units(const struct tape_act *a);
/* Is an ARM that comes now the first of its round that has units, of a VP that has a tick? */
static inline bool own_is_first(const struct own *o)
{
	return o->round.begun && !o->round.first && o->units < 2 * o->arms;
}
/* It answers ticks by @i, and has run for so long from the item before it to the last of them. */
void own_answers(struct own *o, const struct tape_item *i, uint64_t ran);
/* By @a, an ARM, it writes a deadline that is so much later than the one before: so many units more
 * than in the recording. */
int64_t own_more_units(const struct tape_act *a, int64_t step);
/* Behind an ARM, of what the tape has of its round: the work, and the units of other ARMs. */
struct own_rest {
	uint64_t work, units;
};
/* Then it has to do what they bring. @rest: if the ARM is the first of its round, else NULL. */
void own_arms(struct own *o, const struct tape_item *i, int64_t more, const struct own_rest *rest);
/* For how long it works for @i, a halt, from the item before it on. */
uint64_t own_work(const struct own *o, const struct tape_item *i);
/* It halts by @i. */
void own_halts(struct own *o, const struct tape_item *i);
/* It passes over @i, a halt, having run for so long since the item before it. */
void own_passes_over(struct own *o, const struct tape_item *i, uint64_t ran);
/* What the ticks bring that @i answers, beside the work of answering. */
uint64_t own_brought(const struct own *o, const struct tape_item *i);

#endif
