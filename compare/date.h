/* SPDX-License-Identifier: GPL-2.0-only */
/* Days of the calendar. */
#ifndef VTICK_COMPARE_DATE_H
#define VTICK_COMPARE_DATE_H

#include <stdbool.h>

/* "2026-11-22" is a day that there is. */
bool date_valid(const char *text);

#endif
