/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/base/near.h"

#include <string.h>

#define NAME_MAX_LEN 40u

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* How many letters must be left out, put in, exchanged or swapped with their neighbour to make @b
 * of @a (optimal string alignment). */
static unsigned distance(const char *a, size_t la, const char *b, size_t lb)
{
	unsigned row[3][NAME_MAX_LEN + 1];
	unsigned *before = row[0], *last = row[1], *now = row[2];

	for (unsigned j = 0; j <= lb; j++)
		last[j] = j;
	for (unsigned i = 1; i <= la; i++) {
		now[0] = i;
		for (unsigned j = 1; j <= lb; j++) {
			now[j] = least(least(last[j], now[j - 1]) + 1,
				       last[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				now[j] = least(now[j], before[j - 2] + 1);
		}
		unsigned *free_row = before;

		before = last;
		last = now;
		now = free_row;
	}
	return last[lb];
}

void near_try(struct near *n, const char *typed, const char *name)
{
	size_t lt = strlen(typed), ln = strlen(name);
	unsigned d;

	if (!lt || lt > NAME_MAX_LEN || ln > NAME_MAX_LEN)
		return;
	d = distance(typed, lt, name, ln);
	if (d > (lt > ln ? lt : ln) / 3) {
		/* "--cell" is far from "--cell-timeout" by letters, but it is its beginning. */
		if (lt < 3 || strncmp(typed, name, lt))
			return;
	}
	if (!n->name || d < n->distance)
		*n = (struct near){ name, d };
}
