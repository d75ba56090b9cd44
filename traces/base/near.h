/* SPDX-License-Identifier: GPL-2.0-only */
/* "Did you mean": which known name a mistyped one is nearest to. */
#ifndef VTICK_TRACES_BASE_NEAR_H
#define VTICK_TRACES_BASE_NEAR_H

/* Set to { 0 } before the first near_try(). */
struct near {
	const char *name; /* the nearest so far; NULL: none is near */
	unsigned distance;
};

/*
 * Holds the known name @name against @typed. Near is what begins like it (three letters at least),
 * or differs by at most a third of its letters, left out, put in, exchanged, or two swapped. Of
 * equally near ones the first stays.
 */
void near_try(struct near *n, const char *typed, const char *name);

#endif
