/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random numbers for the generator: SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom
 * number generators", OOPSLA 2014). Every VP has a stream of its own, so that what a guest does
 * does not depend on the order in which the scheduler happens to run the others.
 */
#ifndef VTICK_TRACES_GEN_RNG_H
#define VTICK_TRACES_GEN_RNG_H

#include <stdint.h>

struct rng {
	uint64_t state;
};

static inline uint64_t rng_next(struct rng *r)
{
	uint64_t z = (r->state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* A number in 0 .. @bound - 1; the bias is below 2^-24 for every bound that occurs here. */
static inline uint64_t rng_below(struct rng *r, uint64_t bound)
{
	return (uint64_t)(((unsigned __int128)rng_next(r) * bound) >> 64);
}

/* Stream number @stream of @seed. */
static inline struct rng rng_stream(uint64_t seed, uint64_t stream)
{
	struct rng a = { seed };
	struct rng b = { rng_next(&a) ^ stream };

	return (struct rng){ rng_next(&b) };
}

#endif
