/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers in ascending order, and what comparators of other things are made of. */
#ifndef VTICK_TRACES_BASE_SORT_H
#define VTICK_TRACES_BASE_SORT_H

#include <stddef.h>
#include <stdint.h>

void sort_i64(int64_t *v, size_t n);
void sort_u64(uint64_t *v, size_t n);

/* As qsort(), which must not be given NULL, not even of nothing. */
void sort_by(void *base, size_t n, size_t size, int (*order)(const void *, const void *));

/* Below 0, 0, above 0: as a comparator answers. */
static inline int order_i64(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static inline int order_u64(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

#endif
