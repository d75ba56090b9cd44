/* SPDX-License-Identifier: GPL-2.0-only */
/* What the policies of a child print, and the lines of their log: on stderr, so much of it and no
 * more, and nothing that drives a terminal. */
#ifndef VTICK_REPLAY_RUN_CHATTER_H
#define VTICK_REPLAY_RUN_CHATTER_H

#include "replay/run/run.h"

#define CHATTER_LINE 400

struct chatter {
	struct run_cell *const *cell; /* who may speak */
	size_t cells;
	char line[CHATTER_LINE];
	size_t used;
	uint32_t lines;	  /* that were shown */
	uint64_t skipped; /* and that were not */
};

/* The next @n bytes of what was said. */
void chatter_take(struct chatter *c, const char *text, size_t n);
/* Nothing more will come. */
void chatter_end(struct chatter *c);

#endif
