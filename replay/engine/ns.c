/* SPDX-License-Identifier: GPL-2.0-only */
/* Differences of machine time in ns: RULES.md 0.2 and 0.3. */
#include "replay/engine/state.h"

/* What cannot be multiplied in 64 bits is over that at fast clocks, what saturates at slow ones. */
int64_t engine_short_diff(uint64_t clock_hz)
{
	unsigned __int128 saturates = (unsigned __int128)RESULT_MAX * clock_hz / 1000000000;

	return saturates < INT64_MAX / 1000000000 ? (int64_t)saturates : INT64_MAX / 1000000000;
}

int64_t engine_ns(const struct engine *e, __int128 diff)
{
	const int64_t hz = (int64_t)e->host.clock_hz;

	if (hz == 1000000000)
		return result_saturate(diff);
	/* Nearly every difference is short enough for one 64-bit division. */
	if (diff >= 0 && diff < e->short_diff)
		return (int64_t)diff * 1000000000 / hz;
	__int128 n = diff * 1000000000;
	__int128 ns = n / hz;

	return result_saturate(ns * hz > n ? ns - 1 : ns);
}
