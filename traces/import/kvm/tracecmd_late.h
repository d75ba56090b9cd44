/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For the decoder, which alone sees all records: hrtimers that expire more than a millisecond late,
 * on a CPU that is just back from a silence, or that was silent when they were due and went on for
 * a while with what it had been at.
 */
#ifndef VTICK_TRACES_IMPORT_KVM_TRACECMD_LATE_H
#define VTICK_TRACES_IMPORT_KVM_TRACECMD_LATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	/* A millisecond: in stamps, or less, as no trace clock is slower than 1 GHz. */
	TRACECMD_LATE = 1000000,
	/* So many silences back one may lie in which a timer was due. */
	TRACECMD_SILENCES = 4,
};

/* A CPU's: stamps of the last record in front of it, and of the first one behind it. */
struct late_silence {
	uint64_t before, since;
};

/* Of a CPU: its last silences, the newest first, and is it just back from that? */
struct late_cpu {
	bool back;
	unsigned n;
	struct late_silence silence[TRACECMD_SILENCES];
};

/* When hrtimers are to expire, by their address. All zero at first. */
struct late_timers {
	struct late_timer {
		uint64_t timer; /* 0: free */
		uint64_t expires;
	} * slot;
	size_t slots, n;
};

/* The CPU is back from @s. */
static inline void late_begin(struct late_cpu *c, struct late_silence s)
{
	c->back = true;
	c->n += c->n < TRACECMD_SILENCES;
	for (unsigned i = c->n - 1; i; i--)
		c->silence[i] = c->silence[i - 1];
	c->silence[0] = s;
}

/* The next record of the CPU is stamped @ts, @last the one before. */
static inline void late_record(struct late_cpu *c, uint64_t ts, uint64_t last)
{
	if (ts - last > TRACECMD_LATE)
		late_begin(c, (struct late_silence){ last, ts });
	else if (c->back && ts - c->silence[0].since > TRACECMD_LATE)
		c->back = false;
}

/* Its interrupts are done with: it goes on. */
static inline void late_over(struct late_cpu *c)
{
	c->back = false;
}

/* Nothing is known of what came before: its first record, or events were lost. */
static inline void late_lost(struct late_cpu *c)
{
	c->back = false;
	c->n = 0;
}

void late_started(struct late_timers *l, uint64_t timer, uint64_t expires);
/* When @timer should have expired that does at @now, if that is late; else 0. */
uint64_t late_expires(const struct late_timers *l, uint64_t timer, uint64_t now);

#endif
