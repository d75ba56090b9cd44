/* SPDX-License-Identifier: GPL-2.0-only */
#include "compare/date.h"

#include <stdio.h>
#include <string.h>

bool date_valid(const char *text)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int year, month, day, end = 0;

	if (strlen(text) != 10 || sscanf(text, "%4d-%2d-%2d%n", &year, &month, &day, &end) != 3 ||
	    end != 10)
		return false;
	for (int i = 0; i < 10; i++) {
		if ((text[i] == '-') != (i == 4 || i == 7) ||
		    (text[i] != '-' && (text[i] < '0' || text[i] > '9')))
			return false;
	}
	bool leap = (year % 4 == 0 && year % 100) || year % 400 == 0;

	return month >= 1 && month <= 12 && day >= 1 &&
	       day <= days[month - 1] + (month == 2 && leap);
}
