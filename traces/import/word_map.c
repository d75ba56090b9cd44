/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/import/word_map.h"
#include "traces/base/mem.h"
#include "traces/base/sort.h"

#include <stdlib.h>

static size_t place(const struct word_map *m, uint32_t key)
{
	size_t i = (key * UINT64_C(0x9e3779b97f4a7c15)) >> 32 & (m->slots - 1);

	while (m->slot[i].used && m->slot[i].key != key)
		i = (i + 1) & (m->slots - 1);
	return i;
}

static void grow(struct word_map *m)
{
	struct word_map bigger = { .slots = m->slots ? 2 * m->slots : 64, .n = m->n };

	bigger.slot = vt_array(bigger.slots, sizeof(*bigger.slot));
	for (size_t i = 0; i < m->slots; i++)
		if (m->slot[i].used)
			bigger.slot[place(&bigger, m->slot[i].key)] = m->slot[i];
	free(m->slot);
	*m = bigger;
}

uint64_t *word_map_get(struct word_map *m, uint32_t key, size_t max)
{
	size_t i;

	if (m->n * 2 >= m->slots)
		grow(m);
	i = place(m, key);
	if (!m->slot[i].used) {
		if (m->n >= max)
			return NULL;
		m->slot[i] = (struct word_entry){ .key = key, .used = 1 };
		m->n++;
	}
	return &m->slot[i].value;
}

const uint64_t *word_map_find(const struct word_map *m, uint32_t key)
{
	size_t i;

	if (!m->slots)
		return NULL;
	i = place(m, key);
	return m->slot[i].used ? &m->slot[i].value : NULL;
}

static int by_key(const void *a, const void *b)
{
	return order_u64(((const struct word_entry *)a)->key, ((const struct word_entry *)b)->key);
}

struct word_entry *word_map_sorted(const struct word_map *m)
{
	struct word_entry *all;
	size_t n = 0;

	if (!m->n)
		return NULL;
	all = vt_array(m->n, sizeof(*all));
	for (size_t i = 0; i < m->slots; i++)
		if (m->slot[i].used)
			all[n++] = m->slot[i];
	qsort(all, n, sizeof(*all), by_key);
	return all;
}

void word_map_free(struct word_map *m)
{
	free(m->slot);
	*m = (struct word_map){ 0 };
}
