/* SPDX-License-Identifier: GPL-2.0-only */
/* Counters that cannot wrap. */
#ifndef VTICK_TRACES_BASE_COUNT_H
#define VTICK_TRACES_BASE_COUNT_H

#include <stdint.h>

/*
 * Where a counter stays that one event of a trace may raise by up to 2^61 (deadlines that a counter
 * jumped over, records lost). One at a time may still be added: nobody lives to see it wrap.
 */
#define COUNT_FULL (UINT64_C(1) << 63)

static inline void count_add(uint64_t *counter, uint64_t n)
{
	if (__builtin_add_overflow(*counter, n, counter) || *counter > COUNT_FULL)
		*counter = COUNT_FULL;
}

#endif
