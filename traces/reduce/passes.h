/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a reduction tries, in passes. A pass makes candidates of a trace, one for each place; which
 * of them still shows what is wanted, reduce.c finds out.
 */
#ifndef VTICK_TRACES_REDUCE_PASSES_H
#define VTICK_TRACES_REDUCE_PASSES_H

#include "traces/reduce/whole.h"

/* Where a pass goes on behind a candidate that was taken. */
enum pass_next {
	PASS_STAYS,   /* at the same place: what stood behind it is there now */
	PASS_GOES_ON, /* at the next one */
	PASS_BEGINS,  /* at the first one */
};

struct pass {
	const char *name; /* for progress */
	enum pass_next next;
	/* How many things there are to be dropped in chunks: of half of them first, then smaller
	 * ones, one at last. NULL: it has no chunks, and @size is 0. */
	size_t (*things)(const struct whole *t);
	/* The places of @t, with chunks of @size. */
	size_t (*places)(const struct whole *t, size_t size);
	/* Makes the candidate of a place of @from: legal. False: there is none. @to is zeroed
	 * before, and whole_free() comes in any case. */
	bool (*make)(const struct whole *from, size_t place, size_t size, struct whole *to);
};

/* In the order in which they are tried; the last has no name. */
extern const struct pass passes[];

#endif
