/* SPDX-License-Identifier: GPL-2.0-only */
#include "traces/record/clock.h"

#include <time.h>
#if defined(__x86_64__)
#include <x86intrin.h>
#endif

#define TRIES 16
/* Shorter than this a pair of readings says too little about the rate. */
#define RATE_NS_MIN 50000000

uint64_t clock_now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static uint64_t tsc(void)
{
#if defined(__x86_64__)
	unsigned aux;

	return __rdtscp(&aux);
#else
	return clock_now_ns();
#endif
}

void clock_read(struct clock_pair *pair)
{
	uint64_t best = UINT64_MAX;

	for (int i = 0; i < TRIES; i++) {
		uint64_t before = tsc(), ns = clock_now_ns(), after = tsc();

		if (after - before >= best)
			continue;
		best = after - before;
		*pair = (struct clock_pair){ .tsc = before + best / 2, .ns = ns };
	}
}

void clock_start(struct clock *c)
{
	const struct timespec wait = { .tv_nsec = RATE_NS_MIN };

	c->hz = 0;
	clock_read(&c->first);
	/* A signal may cut the wait short. */
	while (!c->hz) {
		nanosleep(&wait, NULL);
		clock_update(c);
	}
}

void clock_update(struct clock *c)
{
	uint64_t ns;

	clock_read(&c->last);
	ns = c->last.ns - c->first.ns;
	if (ns >= RATE_NS_MIN)
		c->hz =
		    (uint64_t)((unsigned __int128)(c->last.tsc - c->first.tsc) * 1000000000 / ns);
}

int64_t clock_ns(const struct clock *c, uint64_t at)
{
	/* A deadline may be any 64 bits that the guest wrote. */
	__int128 ticks = (__int128)at - c->last.tsc;
	__int128 ns = (__int128)c->last.ns;

	if (c->hz)
		ns += ticks * 1000000000 / (__int128)c->hz;
	if (ns > INT64_MAX)
		return INT64_MAX;
	return ns < INT64_MIN ? INT64_MIN : (int64_t)ns;
}

uint64_t clock_tsc(const struct clock *c, uint64_t ns)
{
	__int128 off = ((__int128)ns - c->last.ns) * (__int128)c->hz / 1000000000;

	return (uint64_t)((__int128)c->last.tsc + off);
}

/* Fraction bits of a scaling ratio; 0: none is applied. */
static unsigned ratio_bits(uint64_t ratio)
{
	unsigned bits = ratio >> 40 ? 48 : 32;

	return ratio <= 1 || ratio == UINT64_C(1) << bits ? 0 : bits;
}

uint64_t clock_host_tsc(uint64_t at, uint64_t offset, uint64_t ratio)
{
	__int128 guest = (__int128)at - (int64_t)offset;
	unsigned bits = ratio_bits(ratio);
	unsigned __int128 host;

	if (guest < 0)
		return 0;
	host = (unsigned __int128)guest;
	if (bits)
		host = (host << bits) / ratio;
	return host > UINT64_MAX ? UINT64_MAX : (uint64_t)host;
}

uint64_t clock_guest_tsc(uint64_t host, uint64_t offset, uint64_t ratio)
{
	unsigned bits = ratio_bits(ratio);

	if (bits)
		host = (uint64_t)(((unsigned __int128)host * ratio) >> bits);
	return host + offset;
}
