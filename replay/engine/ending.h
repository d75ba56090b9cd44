/* SPDX-License-Identifier: GPL-2.0-only */
/* How a cell ends before its time. */
#ifndef VTICK_REPLAY_ENGINE_ENDING_H
#define VTICK_REPLAY_ENGINE_ENDING_H

#include "replay/engine/state.h"

/* It ends as @kind says, for the reason that @format and what follows give. */
void ending_set(struct engine *e, enum engine_end_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* At once: out of the hook, or of what the engine does by itself. */
void ending_now(struct engine *e, enum engine_end_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4), cold, noreturn));

/* A timer of the policy's in a queue of @lp is not as it was put there. */
void ending_timer_changed(struct engine *e, uint32_t lp) __attribute__((cold, noreturn));

/* @text becomes a line of printable ASCII. */
void ending_plain(char *text);

#endif
