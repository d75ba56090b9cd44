/* SPDX-License-Identifier: GPL-2.0-only */
/* A bounded set of samples: when it is full, every second one goes, and only every second one still
 * comes in. */
#ifndef VTICK_TRACES_BASE_SAMPLES_H
#define VTICK_TRACES_BASE_SAMPLES_H

#include <stddef.h>
#include <stdint.h>

struct samples {
	int64_t *value;
	size_t count, room;
	uint64_t seen;
	uint64_t stride; /* 0: 1 */
};

void samples_add(struct samples *s, int64_t value);
/* Puts them in order. */
void samples_sort(struct samples *s);
/* The sample of rank ceil(q * count / 100) of sorted ones that are not empty. */
int64_t samples_percentile(const struct samples *s, unsigned q);
/* How many of sorted ones are at most @limit. */
size_t samples_up_to(const struct samples *s, int64_t limit);
/* The floor of the mean of those from @first to before @last, which is more. */
int64_t samples_mean(const struct samples *s, size_t first, size_t last);
void samples_free(struct samples *s);

#endif
