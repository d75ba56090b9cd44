/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Many times, and the earliest of them: each node of a tree is the least of its four children,
 * which lie side by side, and the times themselves are its leaves. Of four times or fewer that is
 * one look at all of them.
 */
#ifndef VTICK_REPLAY_ENGINE_MATCHES_H
#define VTICK_REPLAY_ENGINE_MATCHES_H

#include <stdint.h>

struct matches {
	uint64_t earliest;
	uint64_t *at;	/* [how many there are], the times */
	uint64_t *node; /* the tree: node[4 * i + 1] and the next three are the children of node[i];
			   that of the root is `earliest` instead */
	uint32_t inner; /* so many nodes are not leaves */
};

/* Of @n times, all UINT64_MAX at first. */
void matches_open(struct matches *m, uint32_t n);
void matches_close(struct matches *m);

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

/* @i is @time from now on. */
static inline void matches_set(struct matches *m, uint32_t i, uint64_t time)
{
	uint32_t node = m->inner + i;

	m->at[i] = time;
	while (node > 4) {
		node = (node - 1) / 4;
		time = matches_least(m, node);
		if (m->node[node] == time)
			return;
		m->node[node] = time;
	}
	m->earliest = matches_least(m, 0);
}

/* Which one is the earliest; of equals the first. */
static inline uint32_t matches_first(const struct matches *m)
{
	uint32_t node = 0;

	do {
		for (node = 4 * node + 1; m->node[node] != m->earliest; node++)
			;
	} while (node < m->inner);
	return node - m->inner;
}

#endif
