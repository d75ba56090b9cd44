/* SPDX-License-Identifier: GPL-2.0-only */
/* One step of the hash over many numbers that a result and a golden hold: digest, histograms. */
#ifndef VTICK_REPLAY_ENGINE_DIGEST_H
#define VTICK_REPLAY_ENGINE_DIGEST_H

#include <stdint.h>

/* What it begins with. */
#define TRUTH_DIGEST_START UINT64_C(0xcbf29ce484222325)

/* @h with @x behind what it was made of so far. */
uint64_t truth_mix(uint64_t h, int64_t x);

#endif
