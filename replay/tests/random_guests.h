/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random traces of guests that live by their ticks: deadlines on a grid, one or more of them before
 * a halt, ticks that come while a guest is at work. Each VP has its LP; LPs take turns.
 */
#ifndef VTICK_REPLAY_TESTS_RANDOM_GUESTS_H
#define VTICK_REPLAY_TESTS_RANDOM_GUESTS_H

#include "replay/tests/random_trace.h"

/* Its LPs and VPs are those of random_trace_make(). random_trace_free() frees it. */
void random_guests_make(struct random_trace *t, uint64_t seed);

#endif
