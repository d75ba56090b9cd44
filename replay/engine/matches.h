/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Many times, and the earliest of them: each node of a tree is the least of its four children,
 * which lie side by side, and the times themselves are its leaves. Of four times or fewer, which
 * is no tree, it is known which one is the earliest, and mostly it stays so.
 */
#ifndef VTICK_REPLAY_ENGINE_MATCHES_H
#define VTICK_REPLAY_ENGINE_MATCHES_H

#include <stdbool.h>
#include <stdint.h>

struct matches {
	uint64_t earliest;
	uint64_t *at;	/* [how many there are], the times */
	uint64_t *node; /* the tree: node[4 * i + 1] and the next three are the children of node[i];
			   that of the root is `earliest` instead */
	uint32_t inner; /* so many nodes are not leaves */
	uint32_t first; /* which one is the earliest; only if there is no node but the root */
};

/* Of @n times, all UINT64_MAX at first. */
void matches_open(struct matches *m, uint32_t n);
void matches_close(struct matches *m);

/* ---- what the functions behind it are made of ---- */

/* @i, one of more than four, is @time from now on. */
void matches_climb(struct matches *m, uint32_t i, uint64_t time);
/* Of more than four which one is the earliest. */
uint32_t matches_descend(const struct matches *m);

static inline uint64_t matches_lesser(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* The least child of @i. */
static inline uint64_t matches_least(const struct matches *m, uint32_t i)
{
	const uint64_t *child = &m->node[4 * i + 1];

	return matches_lesser(matches_lesser(child[0], child[1]),
			      matches_lesser(child[2], child[3]));
}

/* Looks at all four. */
static inline void matches_look(struct matches *m)
{
	const uint64_t *at = m->at;
	uint64_t time = at[0];
	uint32_t first = 0;

	for (uint32_t i = 1; i < 4; i++) {
		first = at[i] < time ? i : first;
		time = at[i] < time ? at[i] : time;
	}
	m->first = first;
	m->earliest = time;
}

/* ---- */

static inline bool matches_are_few(const struct matches *m)
{
	return m->inner == 1;
}

/* @i is @time from now on. */
static inline void matches_set(struct matches *m, uint32_t i, uint64_t time)
{
	if (!matches_are_few(m)) {
		matches_climb(m, i, time);
		return;
	}
	m->at[i] = time;
	if (i == m->first) {
		matches_look(m);
	} else if (time <= m->earliest) {
		m->first = time < m->earliest || i < m->first ? i : m->first;
		m->earliest = time;
	}
}

/* Which one is the earliest; of equals the first. */
static inline uint32_t matches_first(const struct matches *m)
{
	return matches_are_few(m) ? m->first : matches_descend(m);
}

#endif
