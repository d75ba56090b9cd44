/* SPDX-License-Identifier: GPL-2.0-only */
/* The TSC against CLOCK_MONOTONIC: guests write the one, the recorder stamps with the other. */
#ifndef VTICK_TRACES_RECORD_CLOCK_H
#define VTICK_TRACES_RECORD_CLOCK_H

#include <stdint.h>

struct clock_pair {
	uint64_t tsc, ns;
};

struct clock {
	struct clock_pair first, last;
	uint64_t hz; /* of the TSC, over all the time between first and last */
};

uint64_t clock_now_ns(void);

/* A pair that was read with as little between as possible. */
void clock_read(struct clock_pair *pair);
/* Takes the time that a rate needs, 50 ms: deadlines cannot be converted without one. */
void clock_start(struct clock *c);
/* Takes another pair; the rate gets better the more time lies between. */
void clock_update(struct clock *c);

/* ns of CLOCK_MONOTONIC at which the host's TSC is @tsc. May lie before 0. */
int64_t clock_ns(const struct clock *c, uint64_t tsc);

/* And back. */
uint64_t clock_tsc(const struct clock *c, uint64_t ns);

/*
 * The host's TSC when a guest's is @tsc: host = (guest - offset) / ratio. @ratio has 48 fraction
 * bits on Intel, 32 on AMD; 0 and 1 (no
 * fraction bits at all: hosts that cannot scale): no scaling.
 */
uint64_t clock_host_tsc(uint64_t tsc, uint64_t offset, uint64_t ratio);
/* And back. */
uint64_t clock_guest_tsc(uint64_t host, uint64_t offset, uint64_t ratio);

#endif
