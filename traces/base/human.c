/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/base/human.h"

#include <inttypes.h>
#include <stdio.h>

struct unit {
	uint64_t size;
	const char *name;
};

/* Four digits of n / unit, cut off, without zeros behind the point. */
static void scaled(char *text, size_t size, const char *sign, uint64_t n, const struct unit *u)
{
	uint64_t whole = n / u->size;
	int digits = whole >= 1000 ? 0 : whole >= 100 ? 1 : whole >= 10 ? 2 : 3;
	uint64_t scale = 1;

	for (int i = 0; i < digits; i++)
		scale *= 10;

	uint64_t fraction = (uint64_t)((unsigned __int128)(n % u->size) * scale / u->size);

	for (; digits && fraction % 10 == 0; digits--)
		fraction /= 10;
	if (digits)
		snprintf(text, size, "%s%" PRIu64 ".%0*" PRIu64 "%s", sign, whole, digits, fraction,
			 u->name);
	else
		snprintf(text, size, "%s%" PRIu64 "%s", sign, whole, u->name);
}

void human_count(char *text, size_t size, uint64_t n)
{
	static const struct unit units[] = {
		{ UINT64_C(1000000000000000), "P" },
		{ UINT64_C(1000000000000), "T" },
		{ 1000000000, "G" },
		{ 1000000, "M" },
	};

	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		if (n >= units[i].size) {
			scaled(text, size, "", n, &units[i]);
			return;
		}
	}
	snprintf(text, size, "%" PRIu64, n);
}

void human_time(char *text, size_t size, int64_t ns)
{
	static const struct unit units[] = {
		{ 1000000000, "s" }, { 1000000, "ms" }, { 1000, "us" }, { 1, "ns" }
	};
	uint64_t n = ns < 0 ? -(uint64_t)ns : (uint64_t)ns;

	if (!n) {
		snprintf(text, size, "0");
		return;
	}
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		if (n >= units[i].size) {
			scaled(text, size, ns < 0 ? "-" : "", n, &units[i]);
			return;
		}
	}
}
