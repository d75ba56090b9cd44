/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/base/sort.h"

#include <stdlib.h>

static int by_i64(const void *a, const void *b)
{
	return order_i64(*(const int64_t *)a, *(const int64_t *)b);
}

static int by_u64(const void *a, const void *b)
{
	return order_u64(*(const uint64_t *)a, *(const uint64_t *)b);
}

void sort_by(void *base, size_t n, size_t size, int (*order)(const void *, const void *))
{
	if (n)
		qsort(base, n, size, order);
}

void sort_i64(int64_t *v, size_t n)
{
	sort_by(v, n, sizeof(*v), by_i64);
}

void sort_u64(uint64_t *v, size_t n)
{
	sort_by(v, n, sizeof(*v), by_u64);
}
