/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/engine/matches.h"

#include <stdlib.h>
#include <string.h>

#include "traces/base/mem.h"

void matches_open(struct matches *m, uint32_t n)
{
	uint32_t leaves = 4, nodes;

	m->inner = 1;
	while (leaves < n) {
		m->inner += leaves;
		leaves *= 4;
	}
	nodes = m->inner + leaves;
	m->node = vt_array(nodes, sizeof(*m->node));
	memset(m->node, 0xff, nodes * sizeof(*m->node));
	m->at = m->node + m->inner;
	m->earliest = UINT64_MAX;
	m->first = 0;
}

void matches_close(struct matches *m)
{
	free(m->node);
	*m = (struct matches){ 0 };
}

void matches_climb(struct matches *m, uint32_t i, uint64_t time)
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

uint32_t matches_descend(const struct matches *m)
{
	uint32_t node = 0;

	do {
		for (node = 4 * node + 1; m->node[node] != m->earliest; node++)
			;
	} while (node < m->inner);
	return node - m->inner;
}
