/* SPDX-License-Identifier: GPL-2.0-only */
/* Numbers for people: short, with a unit, never wider than 7 characters (8 with a sign). */
#ifndef VTICK_TRACES_BASE_HUMAN_H
#define VTICK_TRACES_BASE_HUMAN_H

#include <stddef.h>
#include <stdint.h>

/* "999999", "12.34M", "5.678G". */
void human_count(char *text, size_t size, uint64_t n);
/* "0", "850ns", "50us", "1.25ms", "-3.2s". */
void human_time(char *text, size_t size, int64_t ns);

#endif
