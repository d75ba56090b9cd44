/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For the decoder, which alone sees all records: hrtimers that expire more than a millisecond late
 * on a CPU that was silent until then.
 */
#ifndef VTICK_TRACES_IMPORT_KVM_TRACECMD_LATE_H
#define VTICK_TRACES_IMPORT_KVM_TRACECMD_LATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	/* A millisecond: in stamps, or less, as no trace clock is slower than 1 GHz. */
	TRACECMD_LATE = 1000000,
};

/* Of a CPU: is it just back from a silence? */
struct late_cpu {
	bool back;
	uint64_t before; /* stamp of the last record in front of the silence */
	uint64_t since;	 /* stamp of the first one behind it */
};

/* When hrtimers are to expire, by their address. All zero at first. */
struct late_timers {
	struct late_timer {
		uint64_t timer; /* 0: free */
		uint64_t expires;
	} * slot;
	size_t slots, n;
};

/* The next record of the CPU is stamped @ts, @last the one before. */
static inline void late_record(struct late_cpu *c, uint64_t ts, uint64_t last)
{
	if (ts - last > TRACECMD_LATE)
		*c = (struct late_cpu){ true, last, ts };
	else if (c->back && ts - c->since > TRACECMD_LATE)
		c->back = false;
}

/* Nothing is known of what came before: its first record, or events were lost. Or its interrupts
 * are done with: it goes on. */
static inline void late_over(struct late_cpu *c)
{
	c->back = false;
}

void late_started(struct late_timers *l, uint64_t timer, uint64_t expires);
/* When @timer should have expired that does at @now, if that is late; else 0. */
uint64_t late_expires(const struct late_timers *l, uint64_t timer, uint64_t now);

#endif
