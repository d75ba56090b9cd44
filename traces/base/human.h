/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers for people: short, with a unit, never wider than 7 characters (8 with a sign). */
#ifndef VTICK_TRACES_BASE_HUMAN_H
#define VTICK_TRACES_BASE_HUMAN_H

#include <stddef.h>
#include <stdint.h>

/* What stands behind a noun of which there are so many: "1 trace", "2 traces", and, where its
 * last letter changes, "1 policy", "2 policies". */
static inline const char *human_s(uint64_t n)
{
	return n == 1 ? "" : "s";
}

static inline const char *human_y(uint64_t n)
{
	return n == 1 ? "y" : "ies";
}

/* "999999", "12.34M", "5.678G". */
void human_count(char *text, size_t size, uint64_t n);
/* "0", "850ns", "50us", "1.25ms", "-3.2s". */
void human_time(char *text, size_t size, int64_t ns);

#endif
