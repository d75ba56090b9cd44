/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/base/samples.h"

#include <stdlib.h>

#include "traces/base/mem.h"
#include "traces/base/sort.h"

#define KEPT_MAX ((size_t)1 << 20)

void samples_add(struct samples *s, int64_t value)
{
	if (!s->stride)
		s->stride = 1;
	if (s->seen++ % s->stride)
		return;
	if (s->count == KEPT_MAX) {
		for (size_t i = 0; i < s->count / 2; i++)
			s->value[i] = s->value[2 * i];
		s->count /= 2;
		s->stride *= 2;
	}
	if (s->count == s->room) {
		s->room = s->room ? s->room * 2 : 256;
		s->value = vt_realloc(s->value, s->room * sizeof(*s->value));
	}
	s->value[s->count++] = value;
}

void samples_sort(struct samples *s)
{
	sort_i64(s->value, s->count);
}

int64_t samples_percentile(const struct samples *s, unsigned q)
{
	size_t rank = (s->count * q + 99) / 100;

	return s->value[rank ? rank - 1 : 0];
}

size_t samples_up_to(const struct samples *s, int64_t limit)
{
	size_t n = s->count;

	while (n && s->value[n - 1] > limit)
		n--;
	return n;
}

int64_t samples_mean(const struct samples *s, size_t first, size_t last)
{
	__int128 sum = 0;

	for (size_t i = first; i < last; i++)
		sum += s->value[i];

	__int128 n = (__int128)(last - first), mean = sum / n;

	return (int64_t)(mean * n > sum ? mean - 1 : mean);
}

void samples_free(struct samples *s)
{
	free(s->value);
	*s = (struct samples){ 0 };
}
