/* SPDX-License-Identifier: GPL-2.0-only */
/* A hash map from 32-bit words to 64-bit values, with a bound on its size. */
#ifndef VTICK_TRACES_IMPORT_WORD_MAP_H
#define VTICK_TRACES_IMPORT_WORD_MAP_H

#include <stddef.h>
#include <stdint.h>

struct word_entry {
	uint32_t key;
	uint32_t used;
	uint64_t value;
};

struct word_map {
	struct word_entry *slot;
	size_t slots; /* a power of two, or 0 */
	size_t n;
};

/*
 * The value of @key, made 0 if it was not there. NULL if it was not there and the map already has
 * @max entries. Valid until the next call.
 */
uint64_t *word_map_get(struct word_map *m, uint32_t key, size_t max);
/* NULL if it is not there. */
const uint64_t *word_map_find(const struct word_map *m, uint32_t key);
/* All entries by ascending key, malloc'ed (NULL if there are none). */
struct word_entry *word_map_sorted(const struct word_map *m);
void word_map_free(struct word_map *m);

#endif
