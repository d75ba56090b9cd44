/* SPDX-License-Identifier: GPL-2.0-only */
#include "replay/watch/tick.h"

#include "replay/engine/histogram.h"

const char *tick_fate_name(enum tick_fate fate)
{
	static const char *const names[TICK_FATES] = {
		[TICK_DELIVERED] = "delivered",	  [TICK_COALESCED] = "coalesced",
		[TICK_MISSED] = "missed",	  [TICK_PENDING] = "pending_at_end",
		[TICK_NO_EXPIRY] = "no_expiry",	  [TICK_LOST] = "lost",
		[TICK_UNRECORDED] = "unrecorded",
	};

	return names[fate];
}

const char *tick_part_name(enum tick_part part)
{
	static const char *const names[TICK_PARTS] = { "host", "wait", "inject" };

	return names[part];
}

int64_t tick_ns(int64_t ticks, uint64_t clock_hz)
{
	__int128 n = (__int128)ticks * 1000000000;
	__int128 ns = n / (int64_t)clock_hz;

	return result_saturate(ns * (int64_t)clock_hz > n ? ns - 1 : ns);
}

/* Each boundary is converted as a distance from the deadline, so that the parts add up. */
int64_t tick_split(const struct tick *t, uint64_t clock_hz, int64_t ns[TICK_PARTS])
{
	int64_t host = tick_ns(t->expired - t->due, clock_hz);
	int64_t starts = tick_ns(t->starts - t->due, clock_hz);
	int64_t all = tick_ns(t->at - t->due, clock_hz);

	ns[TICK_HOST] = host;
	ns[TICK_WAIT] = starts - host;
	ns[TICK_INJECT] = all - starts;
	return all;
}

void tick_ran_ns(const struct tick *t, uint64_t clock_hz, int64_t *ns)
{
	int64_t from = t->expired - t->due, before = tick_ns(from, clock_hz);

	for (size_t i = 0; i < t->rans; i++) {
		from += (int64_t)t->ran[i].ticks;
		int64_t now = tick_ns(from, clock_hz);

		ns[i] = now - before;
		before = now;
	}
}

enum tick_part tick_largest(const int64_t ns[TICK_PARTS])
{
	enum tick_part best = TICK_HOST;

	for (unsigned i = 0; i < TICK_PARTS; i++) {
		if (ns[i] > ns[best])
			best = i;
	}
	return best;
}
