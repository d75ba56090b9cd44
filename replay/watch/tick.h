/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What became of each guest tick, when, and who ran meanwhile: the samples of `vtick late` and of
 * `vtick export`, one after the other as a trace is read. Two sources make them, and whoever takes
 * them need not know which: what was recorded (recorded_ticks.h), and what a policy did in a replay
 * (replayed_ticks.h). LATE.md is the text to read beside.
 */
#ifndef VTICK_REPLAY_WATCH_TICK_H
#define VTICK_REPLAY_WATCH_TICK_H

#include <stddef.h>
#include <stdint.h>

enum tick_fate {
	TICK_DELIVERED,	 /* one sample; the others are counted only */
	TICK_COALESCED,	 /* with another, which waited for its guest or was served with it */
	TICK_MISSED,	 /* the guest's next write ended it before the guest had it */
	TICK_PENDING,	 /* the trace ended before the guest had it */
	TICK_NO_EXPIRY,	 /* the guest got it, but no expiry was recorded; also where none is needed,
			    as of a deadline that was past when it was written */
	TICK_LOST,	 /* delivered, but the recorder lost events between deadline and delivery */
	TICK_UNRECORDED, /* of a VP whose expiries the recording does not have */
	TICK_FATES
};

/* "delivered": as JSON and CSV say it. @fate is below TICK_FATES. */
const char *tick_fate_name(enum tick_fate fate);

/* Instead of a time, LP or VP. */
#define TICK_NEVER INT64_MIN
#define TICK_NO_LP UINT32_MAX
#define TICK_NO_VP UINT32_MAX	       /* no VP ran: the hypervisor, its host, or nobody */
#define TICK_LONG_AGO (UINT32_MAX - 1) /* so long ago that it was forgotten */

/* So long a VP ran on the LP that another one waited for. */
struct tick_ran {
	uint32_t vp; /* or TICK_NO_VP, TICK_LONG_AGO */
	uint64_t ticks;
};

/* Times are machine ticks since the start of the trace. */
struct tick {
	enum tick_fate fate;
	uint32_t vp;
	uint32_t lp;	 /* on which its VP runs or ran last; TICK_NO_LP */
	uint64_t count;	 /* deadlines; 1 if it was delivered */
	int64_t due;	 /* deadline, of several the oldest */
	int64_t expired; /* the hypervisor's timer; TICK_NEVER: it did not, or it is not known */
	/* The VP's last SCHED_IN before delivery, if that came after expiry; else expiry. */
	int64_t starts;
	/* When it was delivered; of others when that fate became clear. */
	int64_t at;
	uint64_t away; /* of the time from due to expired: the machine under lp was elsewhere */
	/* From expired to starts on lp: who ran there, the longest first, of equals the lower VP.
	 * They add up to that time. Valid during the call only. */
	const struct tick_ran *ran;
	size_t rans;
};

/* The parts of a delivered tick's lateness, in this order one after the other. */
enum tick_part {
	TICK_HOST,   /* due to expired: the hypervisor's timer; negative: early */
	TICK_WAIT,   /* expired to starts: its VP waited for an LP */
	TICK_INJECT, /* starts to at: until the guest had it */
	TICK_PARTS
};

/* "host": as JSON and CSV say it. */
const char *tick_part_name(enum tick_part part);

/* floor(ticks * 1e9 / clock_hz), at most 2^53 - 1 and at least its negative. */
int64_t tick_ns(int64_t ticks, uint64_t clock_hz);

/* How late a delivered tick was, in ns, and its parts, which add up to that. */
int64_t tick_split(const struct tick *t, uint64_t clock_hz, int64_t ns[TICK_PARTS]);

/* The part that most of a late tick went into, of equal ones the first. */
enum tick_part tick_largest(const int64_t ns[TICK_PARTS]);

/* The ns of t->ran[0] to [rans - 1] into @ns: they add up to the part TICK_WAIT. */
void tick_ran_ns(const struct tick *t, uint64_t clock_hz, int64_t *ns);

/* Takes the next tick. They come in the order of `at`. */
typedef void tick_taker(void *context, const struct tick *t);

#endif
