/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pairs of which nothing is to be said, as numbers: of ten thousand traces most are the same on
 * both sides, and need not stay in memory. What groups say of all cells counts them, too.
 */
#ifndef VTICK_COMPARE_SETTLED_H
#define VTICK_COMPARE_SETTLED_H

#include "compare/comparison.h"

/* Pairs of one variant of a policy. */
struct settled {
	char *family, *policy; /* as of struct pair */
	size_t cells;
	size_t traces; /* of the family: where no pair of it is left; in its first variant alone */
	size_t *above; /* [metric_count] in so many the number is none that is 0 */
};

/*
 * Of the pairs from number @from on, which are all pairs of one trace and judged, settles those of
 * each policy none of whose variants differs there. True: all are.
 */
bool settle(struct comparison *c, size_t from);
void settled_free(struct comparison *c);

/* All pairs that were compared. */
size_t comparison_cells(const struct comparison *c);

#endif
