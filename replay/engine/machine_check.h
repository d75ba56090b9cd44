/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef VTICK_REPLAY_ENGINE_MACHINE_CHECK_H
#define VTICK_REPLAY_ENGINE_MACHINE_CHECK_H

#include "replay/engine/engine.h"

/*
 * Looks through what the machine keeps between two events: each queue is sorted or a heap, and its
 * timers know their place, list lengths are those of the queues, the earliest match is that, the
 * dirty list holds the LPs that are dirty and is empty once all is settled, who runs where is said
 * alike by LPs and VPs. NULL if all of that holds, else a sentence about the first that does not,
 * valid until the next call. For tests: it takes as long as the state is large.
 */
const char *machine_check(const struct engine *e);

#endif
