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
}

void matches_close(struct matches *m)
{
	free(m->node);
	*m = (struct matches){ 0 };
}
