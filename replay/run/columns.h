/* SPDX-License-Identifier: GPL-2.0-only */
/* The metrics that people are shown of a cell, side by side: in the table of `replay` and in
 * pages. */
#ifndef VTICK_REPLAY_RUN_COLUMNS_H
#define VTICK_REPLAY_RUN_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "replay/catalogue.h"

struct column {
	const char *group; /* begins here; NULL: goes on */
	const char *title;
	const char *metric; /* of the catalogue, which says its unit and when there is one */
	bool rate;	    /* per second and LP */
	bool alarm;	    /* other than 0 it stands out */
};

struct columns {
	const struct column *column;
	size_t n;
};

#define COLUMNS_MAX 16

/* What the machine does, and what its guests have of it. */
extern const struct columns columns_machine, columns_guest;

/* The metric that a column shows. */
const struct metric *column_metric(const struct column *col);

/* Those of @all whose metrics results have, by the bits of run_whens(); how many. */
size_t columns_choose(const struct columns *all, unsigned whens, struct column chosen[COLUMNS_MAX]);

/* The number @n of a trace of @duration_ns and @lps as the column has it. */
void column_text(char *text, size_t size, const struct column *col, int64_t n, uint64_t duration_ns,
		 uint64_t lps);

#endif
